"""The shapes command tells what a record of each class needs, in words, with an example that conforms."""

from __future__ import annotations

import json
import re

import pyoxigraph as ox
import pytest

from gcmgraph import validate
from gcmgraph.cli import main
from gcmgraph.namespaces import PREFIXES, curie
from gcmgraph.reading import read_triples
from gcmgraph.results import write_triples
from gcmgraph.shacl.describe import describe, described_classes, shortest_record
from gcmgraph.shacl.index import Index
from gcmgraph.shacl.shapes import Shapes
from gcmgraph.shacl.wording import how_many, in_words

HEAD = "@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix ex: <http://ex.example/> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> ."
KEYS = ["name", "label", "definition", "groups", "needed", "example"]
GROUP = ["target", "kind", "record", "properties", "allowed"]
NEED = ["property", "name", "count", "needed", "values", "severity", "message", "why", "fix", "shape"]


@pytest.fixture(scope="module")
def shapes(project):
    """All shapes."""
    return Shapes(triple for path in project.shape_files() for triple in read_triples(path))


@pytest.fixture(scope="module")
def ontology(project):
    """The ontology."""
    return Index(triple for path in project.ontology_files() for triple in read_triples(path))


def told(capsys, *words):
    """Run the command and read what it prints as JSON."""
    assert main(["shapes", *words, "--format", "json"]) == 0
    return json.loads(capsys.readouterr().out)


def read(text):
    """Read a shape that is written after the prefixes."""
    found = Shapes(quad.triple for quad in ox.parse(f"{HEAD} {text}", format=ox.RdfFormat.TURTLE))
    return found, found.shape(ox.NamedNode("http://ex.example/S"))


def test_every_class_that_a_shape_looks_at_is_described(shapes, ontology):
    """Each class with a shape, and each class below it, has a description with groups."""
    known = described_classes(shapes, ontology)
    aimed = {t.term.value for shape in shapes.targeted for t in shape.targets if t.kind == "Class"}
    below = {node.value for iri in aimed for node in ontology.below(iri)}
    assert below <= set(known)
    assert all(describe(shapes, ontology, iri).groups for iri in known)


def test_every_shape_is_told_with_its_name_message_and_way_out(shapes, ontology):
    """What stands in the shapes stands in the descriptions, and no term is shown as Python shows it."""
    groups = [g for iri in described_classes(shapes, ontology) for g in describe(shapes, ontology, iri).groups]
    needs = {need.shape: need for group in groups for need in (group.record, *group.properties)}
    for shape in shapes.all():
        if isinstance(shape.node, ox.NamedNode):
            need = needs[curie(shape.node.value)]
            assert need.name == shape.name
            assert need.message == "; ".join(m.value for m in shape.messages)
            assert shape.description in (f"{need.why} Fix: {need.fix}", need.why)
            words = [
                c
                for c in shape.constraints
                if c.kind not in ("MinCount", "MaxCount", "Closed") and (shape.path or c.kind != "Property")
            ]
            assert len(need.values) == len(words)
            assert all(need.values)
            assert not re.search(r"NamedNode|BlankNode|Literal\(|<ox|object at|_:", " ".join(need.values))


def test_what_a_class_needs_holds_for_those_below_it(shapes, ontology):
    """A commitment needs what a statement needs."""
    lower, upper = (describe(shapes, ontology, PREFIXES["gcm"] + name) for name in ("Commitment", "Statement"))
    assert lower.groups == upper.groups
    assert lower.needed == upper.needed > 3


@pytest.mark.parametrize(
    ("shape", "count", "words"),
    [
        ("sh:minCount 1 ; sh:maxCount 1", "exactly one", []),
        ("sh:minCount 1", "at least one", []),
        ("sh:maxCount 1", "at most one", []),
        ("sh:minCount 2 ; sh:maxCount 4", "2 to 4", []),
        ("sh:maxCount 0", "none", []),
        ("sh:minCount 0", "", []),
        ("sh:nodeKind sh:BlankNodeOrIRI", "", ["a blank node or an IRI"]),
        ("sh:minInclusive 1 ; sh:maxExclusive 5", "", ["at least 1", "less than 5"]),
        ("sh:minLength 2", "", ["at least 2 characters long"]),
        ('sh:languageIn ( "en" "fr" "de" )', "", ["in the language en, fr or de"]),
        ('sh:pattern "^a" ; sh:flags "i"', "", ["matching the pattern ^a with the flags i"]),
        ('sh:in ( ex:a "b" "c"@en 4 )', "", ['one of <http://ex.example/a>, "b", "c" in en or 4']),
        ("sh:or ( [ sh:class ex:A ] [ sh:datatype xsd:date ] )", "", ["either an instance of <http://ex.example/A> or a literal of xsd:date"]),
        ("sh:xone ( [ sh:nodeKind sh:IRI ] [ sh:nodeKind sh:Literal ] )", "", ["exactly one of: an IRI or a literal"]),
        ("sh:and ( [ sh:nodeKind sh:IRI ; sh:minLength 3 ] [ sh:pattern 'a' ] )", "", ["(an IRI and at least 3 characters long) and matching the pattern a"]),
        ("sh:not [ sh:hasValue ex:a ]", "", ["not one of the values is <http://ex.example/a>"]),
        ("sh:node [ sh:property [ sh:path ex:p ; sh:minCount 1 ] ]", "", ["something with <http://ex.example/p> (at least one)"]),
        ("sh:node ex:S", "", ["what is itself such a record"]),
        ("sh:node [ sh:closed true ; sh:ignoredProperties ( ex:a ex:b ) ]", "", ["with no property but <http://ex.example/a> or <http://ex.example/b>"]),
        ("sh:qualifiedValueShape [ sh:nodeKind sh:IRI ] ; sh:qualifiedMinCount 2", "", ["at least 2 an IRI"]),
        ("sh:uniqueLang true ; sh:equals ex:q", "", ["at most one in each language", "the same values as <http://ex.example/q> has"]),
        ("sh:sparql [ sh:message 'is odd' ; sh:select 'SELECT $this WHERE { }' ]", "", ["the rule of a query: what is odd is refused"]),
        ("sh:sparql [ sh:select 'SELECT $this WHERE { }' ]", "", ["the rule of a query: what it selects is refused"]),
    ],
)  # fmt: skip
def test_each_kind_of_constraint_has_words(shape, count, words):
    """Counts, values and alternatives are told as people say them."""
    shapes, one = read(f"ex:S sh:path ex:p ; {shape} .")
    if not (count == "" and "qualified" in shape):
        assert how_many(one) == count
    assert sorted(in_words(shapes, one)) == sorted(words)


def test_the_list_tells_how_much_each_class_needs(capsys):
    """Without a class, the classes are listed with counts, as text and as JSON."""
    rows = told(capsys)
    assert {"name", "label", "needed"} == set(rows[0])
    assert {row["name"]: row["needed"] for row in rows}["gcm:Statement"] > 3
    assert main(["shapes"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == len(rows)


def test_a_class_is_found_by_any_of_its_names(capsys):
    """CURIE, IRI and bare name lead to the same description, whose keys are fixed."""
    found = [told(capsys, name) for name in ("Commitment", "gcm:Commitment", PREFIXES["gcm"] + "Commitment")]
    assert found[0] == found[1] == found[2]
    assert list(found[0]) == KEYS
    assert list(found[0]["groups"][0]) == GROUP
    assert list(found[0]["groups"][0]["record"]) == NEED


def test_a_description_as_text_tells_all_that_the_shapes_say(capsys):
    """Names, counts, messages, reasons, ways out, conditions and an example stand in the text."""
    assert main(["shapes", "gcm:Commitment"]) == 0
    text = capsys.readouterr().out
    for part in ("gcm:restsOn - rests on: at least one", "else: does not rest on", "why: ", "fix: ", "(warning)", "If it has gcm:toldBy", "no other property than", "A record that conforms:", "a gcm:Commitment"):  # fmt: skip
        assert part in text


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["Comitment"], "did you mean 'Commitment'?"),
        (["gcm:Comitment"], "'gcm:Commitment'"),
        (["Commitment", "--format", "xml"], "no format 'xml'"),
    ],
)
def test_a_wrong_call_is_refused_with_the_nearest_name(capsys, words, message):
    """A misspelt class and an unknown format are named."""
    assert main(["shapes", *words]) == 2
    assert message in capsys.readouterr().err


def test_the_examples_conform(capsys, project, corpus, shapes, ontology, tmp_path):
    """Every example is well-formed and conforms in the context of the graph, as one file of its own."""
    graph = Index(corpus.triples())
    records = [shortest_record(graph, iri) for iri in described_classes(shapes, ontology)]
    texts = [write_triples(record, ox.RdfFormat.TURTLE).decode() for record in records if record]
    assert len(texts) > 50
    assert told(capsys, "Commitment")["example"] in texts
    file = tmp_path / "examples.ttl"
    file.write_text("".join(texts))
    assert {found.severity for found in validate(project, files=[file]).findings} <= {"info"}

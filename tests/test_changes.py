"""A run on what a change can affect finds all that the change brings about, and nothing that a whole run does not find."""

from __future__ import annotations

import random
import subprocess
from collections import Counter

import pyoxigraph as ox
import pytest
from conftest import ROOT

from gcmgraph import validate
from gcmgraph.changes import change_of
from gcmgraph.cli import main
from gcmgraph.engines import ENGINES, Scope, evaluate
from gcmgraph.errors import ReadError
from gcmgraph.loading import load, loaded
from gcmgraph.reading import read_triples
from gcmgraph.shacl.dependencies import Dependencies
from gcmgraph.shacl.engine import evaluate as over_columns
from gcmgraph.shacl.query_paths import ITSELF, query_paths
from gcmgraph.shacl.shapes import Shapes

E, SH, RDFS = "http://e.example/", "http://www.w3.org/ns/shacl#", "http://www.w3.org/2000/01/rdf-schema#"
PREFIXES = f"@prefix sh: <{SH}> .\n@prefix : <{E}> .\n@prefix rdfs: <{RDFS}> .\n@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .\n"
TARGETS = ("sh:targetClass :A", "sh:targetSubjectsOf :p", "sh:targetObjectsOf :q", "sh:targetNode :n1 , :n2 , :n3")
PATHS = (
    ":p",
    "[ sh:inversePath :p ]",
    "( :p :q )",
    "( :p [ sh:inversePath :q ] :r )",
    "[ sh:alternativePath ( :p ( :q :r ) ) ]",
    "[ sh:zeroOrMorePath :p ]",
    "[ sh:oneOrMorePath ( :p :q ) ]",
    "[ sh:inversePath ( :p [ sh:zeroOrOnePath :q ] ) ]",
    "( [ sh:zeroOrMorePath [ sh:inversePath :q ] ] :r )",
)
CONSTRAINTS = (
    "sh:minCount 2",
    "sh:maxCount 1",
    "sh:class :A",
    "sh:class :B",
    "sh:nodeKind sh:IRI",
    "sh:hasValue :n1",
    "sh:in ( :n0 :n1 :n2 1 2 )",
    "sh:equals :r",
    "sh:disjoint :q",
    "sh:lessThan :r",
    "sh:node [ sh:property [ sh:path :q ; sh:minCount 1 ] ]",
    "sh:not [ sh:class :B ]",
    "sh:or ( [ sh:class :B ] [ sh:property [ sh:path :r ; sh:maxCount 1 ] ] )",
    "sh:xone ( [ sh:class :A ] [ sh:path ( :q :p ) ; sh:class :B ] )",
    "sh:qualifiedValueShape [ sh:property [ sh:path :p ; sh:class :A ] ] ; sh:qualifiedMinCount 1",
    "sh:property [ sh:path [ sh:zeroOrMorePath :q ] ; sh:maxCount 2 ]",
    "sh:closed true ; sh:ignoredProperties ( :p :q )",
)
PATTERNS = (
    "$this $PATH ?value ; :q ?x . ?x :r ?y . FILTER(?y != ?value)",
    "$this $PATH ?value . FILTER NOT EXISTS { ?value :q ?x . ?x a :A }",
    "$this $PATH ?value . OPTIONAL { ?value :q ?x . OPTIONAL { ?x :p ?y } } FILTER(!BOUND(?y))",
    "$this $PATH ?value . { ?value :q ?x } UNION { ?x :r ?value . ?x :p ?z }",
    "$this $PATH ?value . ?z :q :n3 . FILTER(?z = ?value)",
    "$this $PATH ?value . BIND(EXISTS { ?value ^:p/:q+ ?x . [] :r ?x } AS ?b) FILTER(?b)",
    "?value ^($PATH) $this ; a/<http://www.w3.org/2000/01/rdf-schema#subClassOf>* :B , ?k . ?k :p ?o",
    "$this $PATH ?value . ?value ?any ?x . FILTER(?x = :n2)",
    "$this $PATH ?value . OPTIONAL { ?value :q ?x } ?x :r ?y",
)
NODES = [ox.NamedNode(f"{E}n{number}") for number in range(7)]
VALUES = [*NODES, ox.Literal(1), ox.Literal(2)]
CLASSES = [ox.NamedNode(E + name) for name in "ABC"]
TYPE = ox.NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")


def any_triple(chance):
    """Draw a triple: of a property, of a class, or of the class tree."""
    kind = chance.random()
    if kind < 0.2:
        return ox.Triple(chance.choice(NODES), TYPE, chance.choice(CLASSES))
    if kind < 0.25:
        return ox.Triple(chance.choice(CLASSES), ox.NamedNode(RDFS + "subClassOf"), chance.choice(CLASSES))
    return ox.Triple(chance.choice(NODES), ox.NamedNode(E + chance.choice("pqr")), chance.choice(VALUES))


def any_shapes(chance):
    """Draw shapes of all kinds of targets, paths and constraints, and write them."""
    lines = []
    for number in range(12):
        target, path, more = chance.choice(TARGETS), chance.choice(PATHS), chance.choice(CONSTRAINTS)
        if number % 3 == 0:
            query = f"PREFIX : <{E}> SELECT $this ?value WHERE {{ {chance.choice(PATTERNS)} }}"
            more = f'sh:sparql [ sh:select """{query}""" ]'
        if more.startswith("sh:closed"):
            lines.append(f":S{number} a sh:NodeShape ; {target} ; {more} .")
        else:
            lines.append(f":S{number} a sh:NodeShape ; {target} ; sh:property [ sh:path {path} ; {more} ] .")
    return PREFIXES + "\n".join(lines)


def keys(results):
    """Count results by what a reader sees of them."""
    return Counter(result.key() for result in results)


@pytest.mark.parametrize("seed", range(150))
def test_random_edits_under_random_shapes(tmp_path, seed):
    """What a change brings about is found, and what is found a whole run finds too."""
    chance = random.Random(seed)
    text = any_shapes(chance)
    shapes = Shapes(quad.triple for quad in ox.parse(text.encode(), format=ox.RdfFormat.TURTLE))
    path = tmp_path / "data.ttl"
    before = list(dict.fromkeys(any_triple(chance) for _ in range(chance.randrange(5, 40))))
    for _ in range(3):
        after = [triple for triple in before if chance.random() > 0.05]
        after += [any_triple(chance) for _ in range(chance.randrange(3))]
        data = loaded({path: after})
        change = change_of(data, {path.resolve(): before})
        scope = Scope(None, change.affected(shapes, data))
        old, new = (keys(over_columns(shapes, triples)[0]) for triples in (before, after))
        found = keys(evaluate("default", shapes, data, scope)[0])
        assert not found - new
        assert not (new - old) - found
        before = after


def test_the_shapes_of_the_project_are_followed():
    """No shape of the project falls back to looking at everything."""
    shapes = Shapes(triple for path in sorted((ROOT / "shapes").glob("*.ttl")) for triple in read_triples(path))
    dependencies = Dependencies(shapes)
    assert [shape.node for shape in shapes.targeted if dependencies.of(shape) is None] == []


@pytest.mark.parametrize("seed", range(6))
def test_random_edits_of_the_project(small, shapes_of_project, tmp_path, seed):
    """Statements are taken out of the sample and others doubled with another value; all engines agree with a whole run."""
    chance = random.Random(seed)
    path = tmp_path / "edited.ttl"
    path.write_text((ROOT / "tests/shapes/valid.ttl").read_text())
    context = [*small.ontology_files(), *small.data_files()]
    before = load([path, *context])
    old_triples = list(before.triples(before.rows_of(path)))
    new_triples = [triple for triple in old_triples if chance.random() > 0.02]
    one, other = chance.sample(old_triples, 2)
    new_triples.append(ox.Triple(one.subject, one.predicate, other.object))
    path.write_bytes(ox.serialize(new_triples, format=ox.RdfFormat.TURTLE))
    data = load([path, *context])
    scope = Scope(None, change_of(data, {path.resolve(): old_triples}).affected(shapes_of_project, data))
    old, new = (keys(evaluate("default", shapes_of_project, one, Scope())[0]) for one in (before, data))
    for engine in ENGINES:
        found = keys(evaluate(engine, shapes_of_project, data, scope)[0])
        assert not found - new
        assert not (new - old) - found


@pytest.fixture(scope="module")
def shapes_of_project():
    """The shapes of the project."""
    return Shapes(triple for path in sorted((ROOT / "shapes").glob("*.ttl")) for triple in read_triples(path))

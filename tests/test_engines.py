"""All engines find the same; what a run shows and how it ends can be chosen; any shapes will do."""

from __future__ import annotations

import json
import tomllib

import pyoxigraph as ox
import pytest
from conftest import ROOT

from gcmgraph.cli import main
from gcmgraph.reading import read_triples
from gcmgraph.shacl.shapes import Shapes
from gcmgraph.validation.engines import ENGINES, Scope, evaluate
from gcmgraph.validation.loading import load

VALID = ROOT / "tests/shapes/valid.ttl"
MUTATIONS = tomllib.loads((ROOT / "tests/shapes/mutations.toml").read_text())["mutation"]
PREFIXES = "@prefix sh: <http://www.w3.org/ns/shacl#> .\n@prefix e: <http://e.example/> .\n@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .\n"
SHAPES = (
    PREFIXES
    + "e:S a sh:NodeShape ; sh:targetClass e:T ; sh:property [ sh:path e:p ; sh:minCount 1 ; sh:datatype xsd:date ] .\n"
)


@pytest.fixture(scope="session")
def shapes():
    """The shapes of the project."""
    return Shapes(triple for path in sorted((ROOT / "shapes").glob("*.ttl")) for triple in read_triples(path))


@pytest.mark.parametrize("mutation", MUTATIONS, ids=[f"{n:03} {m['shape']}" for n, m in enumerate(MUTATIONS)])
def test_all_engines_find_the_same(small, shapes, tmp_path, mutation):
    """For each defect, the engines give the same focus nodes, paths, values, shapes and components, as often."""
    path = tmp_path / "mutated.ttl"
    path.write_text(VALID.read_text().replace(mutation["old"], mutation["new"]))
    data = load([path, *small.ontology_files(), *small.data_files()])
    focus = Scope(data.subjects([path]))
    found = {engine: sorted(r.key() for r in evaluate(engine, shapes, data, focus)[0]) for engine in ENGINES}
    assert found["default"] == found["pyshacl"]
    assert found["default"] == found["sparql"]


def write(folder, **files):
    """Write some files, and give their paths as words."""
    for name, text in files.items():
        (folder / f"{name}.ttl").write_text(text)
    return [str(folder / f"{name}.ttl") for name in files]


@pytest.mark.parametrize("engine", ENGINES)
def test_any_shapes_will_do(tmp_path, capsys, engine):
    """Files are checked by shapes that are not the project's, each finding at its line and column."""
    shapes, data = write(
        tmp_path, shapes=SHAPES, data=PREFIXES + 'e:a a e:T ;\n  e:p "2017-02-30"^^xsd:date .\ne:b a e:T .\n'
    )
    assert main(["validate", "--shapes", shapes, data, "--engine", engine, "--format", "json", "--no-lint"]) == 1
    found = json.loads(capsys.readouterr().out)["findings"]
    assert [(f["line"], f["column"], f["component"].partition("#")[2]) for f in found] == [
        (5, 7, "DatatypeConstraintComponent"),
        (6, 1, "MinCountConstraintComponent"),
    ]


def test_nothing_is_called_valid_when_no_shape_looked(tmp_path, capsys):
    """A misspelt class, at which no shape looks, is not taken for conformance."""
    shapes, data = write(tmp_path, shapes=SHAPES, data=PREFIXES + "e:a a e:Tt .\n")
    assert main(["validate", "--shapes", shapes, data]) == 1
    told = capsys.readouterr().out
    assert "no shape found a node to look at" in told
    assert "no findings" not in told


def test_a_wrong_shape_is_a_finding(tmp_path, capsys):
    """A misspelt term of SHACL is told at its line in the shapes."""
    shapes, data = write(
        tmp_path, shapes=SHAPES + "e:S sh:minCont 1 .\n", data=PREFIXES + 'e:a a e:T ; e:p "2017-02-03"^^xsd:date .\n'
    )
    assert main(["validate", "--shapes", shapes, data]) == 1
    assert f"{shapes}:5: violation unknown-shape-term" in capsys.readouterr().out


def test_what_is_shown_and_what_fails_can_be_chosen(tmp_path, capsys):
    """Findings can be cut, which is told, and a severity can be set from which on a run fails."""
    shapes, data = write(tmp_path, shapes=SHAPES, data=PREFIXES + "e:a a e:T .\ne:b a e:T .\n")
    words = ["validate", "--shapes", shapes, data, "--no-lint"]
    assert main([*words, "--fail-on", "error"]) == 0
    assert main([*words, "--fail-on", "never"]) == 0
    capsys.readouterr()
    assert main([*words, "--max-findings", "1"]) == 1
    told = capsys.readouterr().out
    assert (told.count("violation"), "1 more" in told) == (1, True)
    assert main([*words, "--severity", "bad"]) == 2


@pytest.mark.parametrize("form", ["ttl", "jsonld"])
def test_the_report_is_w3c_s(tmp_path, capsys, form):
    """The validation report is given as RDF."""
    shapes, data = write(tmp_path, shapes=SHAPES, data=PREFIXES + "e:a a e:T .\n")
    assert main(["validate", "--shapes", shapes, data, "--format", form]) == 1
    chosen = {"ttl": ox.RdfFormat.TURTLE, "jsonld": ox.RdfFormat.JSON_LD}[form]
    kinds = [
        q.object.value
        for q in ox.parse(capsys.readouterr().out.encode(), format=chosen)
        if q.predicate.value.endswith("#type")
    ]
    assert sorted(kind.partition("#")[2] for kind in kinds) == ["ValidationReport", "ValidationResult"]


@pytest.mark.parametrize(
    ("shape", "data"),
    [
        ('sh:property [ sh:path e:p ; sh:pattern "^(a+)+$" ]', f'e:a a e:T ; e:p "{"a" * 60}!" .'),
        (
            "sh:property [ sh:path [ sh:zeroOrMorePath e:p ] ; sh:maxCount 1 ]",
            "".join(f"e:n{i} e:p e:n{i + 1} .\n" for i in range(200)) + "e:n0 a e:T .",
        ),
    ],
    ids=["catastrophic pattern", "long path"],
)
def test_hard_shapes_end(tmp_path, capsys, shape, data):
    """Shapes on which other engines hang end in findings."""
    words = write(
        tmp_path, shapes=f"{PREFIXES}e:S a sh:NodeShape ; sh:targetClass e:T ; {shape} .\n", data=PREFIXES + data
    )
    assert main(["validate", "--shapes", *words, "--timeout", "20"]) == 1
    assert "violation" in capsys.readouterr().out


def test_an_endless_query_is_stopped(tmp_path, capsys):
    """A query of a shape that would run for hours ends at the limit, with status 3 and the shape's name."""
    query = "SELECT $this WHERE { $this ?a ?b . ?c ?d ?e . ?f ?g ?h . ?i ?j ?k . ?l ?m ?n . FILTER(?b = ?e && ?h = ?k && ?n = 1) }"
    shapes, data = write(
        tmp_path,
        shapes=f'{PREFIXES}e:S a sh:NodeShape ; sh:targetClass e:T ; sh:sparql [ sh:select "{query}" ] .\n',
        data=PREFIXES + "".join(f"e:n{i} a e:T ; e:p {i} .\n" for i in range(300)),
    )
    assert main(["validate", "--shapes", shapes, data, "--timeout", "2"]) == 3
    assert "http://e.example/S" in capsys.readouterr().err


def test_a_shape_without_a_name_goes_by_its_owner_and_path(tmp_path, capsys):
    """A nested shape is told by the shape it belongs to, its path and its own line, in the files' own prefixes."""
    text = SHAPES.replace("; sh:property", ";\n  sh:property [ sh:path e:q ; sh:maxCount 0 ] ;\n  sh:property")
    shapes, data = write(tmp_path, shapes=text, data=PREFIXES + "e:a a e:T ; e:q 1 .\n")
    assert main(["validate", "--shapes", shapes, data, "--format", "json"]) == 1
    body = json.loads(capsys.readouterr().out)
    found = {
        f["rule"]: (f["problem"], f["shape"], f["shape_line"]) for f in body["findings"] if f["severity"] != "info"
    }
    assert found == {
        "e:S/e:q": ("has a value", "http://e.example/S", 5),
        "e:S/e:p": ("has no value", "http://e.example/S", 6),
    }
    assert [(one["shape"], one["findings"]) for one in body["looked"]] == [("http://e.example/S", 2)]


@pytest.mark.parametrize("engine", ENGINES)
def test_a_query_can_compute_its_value(tmp_path, capsys, engine):
    """A query may give ?value by an expression, also of a group."""
    query = "SELECT $this (COUNT(?x) AS ?value) WHERE { $this <http://e.example/p> ?x } GROUP BY $this HAVING (COUNT(?x) > 1)"
    shapes, data = write(
        tmp_path,
        shapes=f'{PREFIXES}e:S a sh:NodeShape ; sh:targetClass e:T ; sh:sparql [ sh:message "has {{?value}}" ; sh:select "{query}" ] .\n',
        data=PREFIXES + "e:a a e:T ; e:p 1 , 2 .\ne:b a e:T ; e:p 1 .\n",
    )
    assert main(["validate", "--shapes", shapes, data, "--engine", engine, "--no-lint", "--format", "json"]) == 1
    found = json.loads(capsys.readouterr().out)["findings"]
    assert [(f["focus"], f["problem"]) for f in found] == [("http://e.example/a", "has 2 ('2')")]


@pytest.mark.parametrize("engine", ENGINES)
def test_a_property_of_a_property_is_looked_at(tmp_path, capsys, engine):
    """What a nested property shape finds is about the value, and no engine leaves it out, in a restricted run too."""
    text = (
        PREFIXES
        + "e:S a sh:NodeShape ; sh:targetClass e:T ; sh:property [ sh:path e:at ; sh:property [ sh:path e:code ; sh:minCount 1 ] ] .\n"
    )
    shapes, data = write(tmp_path, shapes=text, data=PREFIXES + "e:a a e:T ; e:at e:x .\n_:b a e:T ; e:at e:y .\n")
    words = ["validate", "--shapes", shapes, data, "--engine", engine, "--no-lint", "--format", "json"]
    assert main(words) == 1
    found = json.loads(capsys.readouterr().out)["findings"]
    assert [f["focus"] for f in found] == ["http://e.example/x", "http://e.example/y"]
    loaded = load([tmp_path / "data.ttl"])
    read = Shapes(read_triples(tmp_path / "shapes.ttl"))
    blank = next(term for term in loaded.graph.terms.listed() if isinstance(term, ox.BlankNode))
    for node, nested in ((ox.NamedNode("http://e.example/a"), "x"), (blank, "y")):
        scope = Scope(loaded.graph.numbers([node]))
        found = {result.focus.value for result in evaluate(engine, read, loaded, scope)[0]}
        assert f"http://e.example/{nested}" in found

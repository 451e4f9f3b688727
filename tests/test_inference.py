"""The command that infers: what it prints, what it warns of, and what it finds contradictory."""

from __future__ import annotations

import pyoxigraph as ox
import pytest
from conftest import ROOT
from test_closure import PROLOGUE, triples

from gcmgraph.cli import main
from gcmgraph.reasoning.closure import infer
from gcmgraph.reasoning.profile import losses

OUTSIDE = [
    ("e:c rdfs:subClassOf [ owl:someValuesFrom e:d ; owl:onProperty e:p ] .", "someValuesFrom stands above it"),
    ("e:c rdfs:subClassOf [ owl:unionOf ( e:d e:f ) ] .", "ruling out all but one"),
    ("e:c rdfs:subClassOf [ owl:minCardinality 1 ; owl:onProperty e:p ] .", "minCardinality stands above it"),
    ("e:c rdfs:subClassOf [ owl:maxCardinality 2 ; owl:onProperty e:p ] .", "maxCardinality stands above it"),
    ("e:c rdfs:subClassOf [ owl:oneOf ( e:x e:y ) ] .", "oneOf stands above it"),
    ("[ owl:allValuesFrom e:d ; owl:onProperty e:p ] rdfs:subClassOf e:c .", "allValuesFrom stands below it"),
    ("[ owl:complementOf e:d ] rdfs:subClassOf e:c .", "complementOf stands below it"),
    ("e:c owl:equivalentClass [ owl:someValuesFrom e:d ; owl:onProperty e:p ] .", "someValuesFrom stands equal it"),
    ("e:c owl:disjointWith [ owl:complementOf e:d ] .", "complementOf stands below it"),
    ("e:p rdfs:domain [ owl:unionOf ( e:d e:f ) ] .", "unionOf stands above it"),
    ("e:p rdfs:range [ owl:intersectionOf ( e:d [ owl:unionOf ( e:d e:f ) ] ) ] .", "unionOf stands above it"),
    ("e:c owl:disjointUnionOf ( e:d e:f ) .", "nothing is inferred from the union"),
    ("e:p a owl:ReflexiveProperty .", "to stand in it to itself"),
    ("<http://e/o> owl:imports <http://e/other> .", "what it names is not read"),
    ("e:p rdfs:range xsd:date .", "xsd:date is not checked by the rules"),
    ("e:c owl:hasKey ( e:p ) . e:x e:p 1 . e:y e:p 01 .", "are one value in two forms"),
]

INSIDE = [
    "e:c rdfs:subClassOf [ owl:allValuesFrom e:d ; owl:onProperty e:p ] .",
    "e:c rdfs:subClassOf [ owl:maxCardinality 1 ; owl:onProperty e:p ] .",
    "e:c rdfs:subClassOf [ owl:complementOf e:d ] .",
    "[ owl:someValuesFrom e:d ; owl:onProperty e:p ] rdfs:subClassOf e:c .",
    "[ owl:unionOf ( e:d [ owl:hasValue e:x ; owl:onProperty e:p ] ) ] rdfs:subClassOf e:c .",
    "e:c owl:equivalentClass [ owl:intersectionOf ( e:d e:f ) ] .",
    "e:p rdfs:range xsd:integer ; rdfs:domain e:c .",
    "e:c owl:hasKey ( e:p ) . e:x e:p 1 , 2 , '1' .",
    "e:x e:p 1 , 01 .",
    "e:c rdfs:subClassOf [ owl:intersectionOf ( e:d e:f ) ] . e:d rdfs:subClassOf e:d .",
]


@pytest.mark.parametrize(("text", "lost"), OUTSIDE, ids=[lost for _, lost in OUTSIDE])
def test_an_axiom_outside_the_profile_is_named(text, lost):
    """What OWL 2 RL has no rule for is told with the axiom and with what is lost."""
    found = losses(triples(text))
    assert any(lost in loss.lost for loss in found)
    assert len(found) == 1


@pytest.mark.parametrize("text", INSIDE)
def test_an_axiom_inside_the_profile_is_not(text):
    """What OWL 2 RL allows where it stands is not warned of."""
    assert losses(triples(text)) == []


def test_the_ontology_is_inside(corpus):
    """The project's own ontology loses nothing."""
    assert losses(corpus.triples()) == []


def test_endless_expressions_end():
    """An expression that holds itself, and a list that closes on itself, are looked at once."""
    text = """e:c rdfs:subClassOf e:r . e:r owl:intersectionOf e:l .
    e:l <http://www.w3.org/1999/02/22-rdf-syntax-ns#first> e:r ; <http://www.w3.org/1999/02/22-rdf-syntax-ns#rest> e:l ."""
    assert losses(triples(text)) == []


@pytest.fixture
def write(tmp_path):
    """Write a Turtle file."""

    def writing(text):
        (tmp_path / "d.ttl").write_text(PROLOGUE + "\n" + text)
        return str(tmp_path / "d.ttl")

    return writing


def test_infer_prints_what_follows(capsys, monkeypatch, corpus):
    """The whole graph's closure comes out as a graph that others can read."""
    monkeypatch.chdir(ROOT)
    assert main(["infer", "--format", "nt"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    found = {quad.triple for quad in ox.parse(out.encode(), format=ox.RdfFormat.N_TRIPLES)}
    assert found == set(infer(corpus))


def test_infer_on_files_alone(capsys, write):
    """Given files stand for themselves."""
    assert main(["infer", write("e:c rdfs:subClassOf e:d . e:x a e:c .")]) == 0
    found = {quad.triple for quad in ox.parse(capsys.readouterr().out.encode(), format=ox.RdfFormat.TURTLE)}
    assert found == set(triples("e:x a e:d ."))


def test_infer_warns_and_finds_contradictions(capsys, write):
    """An axiom outside the profile is a note; a contradiction is an error with its premises, and the status says so."""
    file = write(
        "e:c owl:disjointWith e:d .\ne:p rdfs:domain e:d .\ne:x a e:c .\ne:x e:p e:y .\ne:p rdfs:range [ owl:unionOf ( e:c e:d ) ] .\n"
    )
    assert main(["infer", file]) == 1
    out, err = capsys.readouterr()
    assert "<http://e/x>" in out
    assert "note: <http://e/p> rdfs:range: outside OWL 2 RL; owl:unionOf stands above it" in err
    assert "error cax-dw: cannot all hold: <http://e/c> owl:disjointWith <http://e/d>" in err
    assert "d.ttl:2)" in err
    assert "(inferred)" in err


def test_infer_refuses_what_it_cannot_do(capsys, write):
    """An unknown format and a malformed file are told."""
    assert main(["infer", write("e:x a e:c ."), "--format", "xml"]) == 2
    assert main(["infer", write("e:x a ")]) == 3
    assert "d.ttl:2" in capsys.readouterr().err

"""What is wrong with shapes is found, and what is right is not complained of."""

from __future__ import annotations

import pyoxigraph as ox
import pytest

from gcmgraph.namespaces import PREFIXES
from gcmgraph.reading import read_triples
from gcmgraph.shacl.shape_lint import lint_shapes
from gcmgraph.shacl.slowness import compiles, slow_part

HEAD = "@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix ex: <http://ex.example/> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> ."
EX = "http://ex.example/"


def lint(text):
    """Lint shapes that are written after the prefixes."""
    triples = [quad.triple for quad in ox.parse(f"{HEAD} {text}", format=ox.RdfFormat.TURTLE)]
    return list(lint_shapes(triples, {EX + "Known", EX + "p", EX + "q"}, (EX,)))


def test_the_shapes_of_the_project_have_no_faults(project):
    """Nothing is wrong with them, and every class and property that they name exists."""
    known = {
        t.subject.value
        for path in project.ontology_files()
        for t in read_triples(path)
        if isinstance(t.subject, ox.NamedNode)
    }
    triples = [triple for path in project.shape_files() for triple in read_triples(path)]
    assert list(lint_shapes(triples, known, (PREFIXES["gcm"],))) == []


@pytest.mark.parametrize(
    ("rule", "text", "part"),
    [
        ("unknown-shape-term", "ex:S sh:minCuont 1 ; sh:minLength 1 .", "sh:minCuont"),
        ("unknown-shape-term", "ex:S sh:nodeKind sh:Iri .", "sh:Iri"),
        ("recursive-shape", "ex:S sh:node ex:T . ex:T sh:property [ sh:path ex:p ; sh:node ex:S ] .", "[ ]"),
        ("recursive-shape", "ex:S sh:or ( [ sh:not ex:S ] ) .", "<http://ex.example/S> -> [ ] -> <http://ex.example/S>"),
        ("bad-pattern", 'ex:S sh:pattern "(a" .', "(a"),
        ("slow-pattern", 'ex:S sh:pattern "^(a+)+$" .', "repetition inside"),
        ("shape-without-constraint", "ex:S a sh:NodeShape ; sh:targetClass ex:Known .", "nothing"),
        ("impossible-count", "ex:S sh:path ex:p ; sh:minCount 2 ; sh:maxCount 1 .", "sh:minCount 2"),
        ("impossible-count", "ex:S sh:minLength 2 ; sh:maxLength 1 .", "sh:maxLength 1"),
        ("impossible-count", "ex:S sh:minExclusive 1 ; sh:maxInclusive 1 .", "sh:minExclusive"),
        ("impossible-count", 'ex:S sh:minInclusive "2018-02-01"^^xsd:date ; sh:maxInclusive "2018-01-01"^^xsd:date .', "2018-02-01"),
        ("bad-query", "ex:S sh:sparql [ sh:select 'SELECT $this WHERE { $this ' ] .", "not valid SPARQL"),
        ("bad-query", "ex:S sh:sparql [ sh:select 'SELECT $this WHERE { VALUES ?x { 1 } }' ] .", "VALUES"),
        ("undeclared-prefix", "ex:S sh:sparql [ sh:select 'SELECT $this WHERE { $this ey:p 1 }' ] .", "ey:"),
        ("unknown-severity", "ex:S sh:minLength 1 ; sh:severity ex:Grave .", "Grave"),
        ("list-not-well-formed", "ex:S sh:in ex:List .", "sh:in"),
        ("unknown-target", "ex:S sh:targetClass ex:Knwon ; sh:minLength 1 .", "Knwon"),
        ("unknown-target", "ex:S sh:path ex:r ; sh:minCount 1 .", "sh:path"),
        ("shape-without-path", "ex:S sh:property [ sh:minLength 1 ] .", "without sh:path"),
        ("shape-without-path", "ex:S sh:maxCount 1 .", "sh:maxCount"),
        ("bad-count", "ex:S sh:path ex:p ; sh:maxCount -1 .", "no count"),
        ("bad-count", "ex:S sh:path ex:p ; sh:minCount '1' .", "no count"),
        ("unknown-shape", "ex:S sh:node ex:Known .", "ex.example/Known"),
        ("shape-without-target", "ex:S a sh:NodeShape ; sh:nodeKind sh:IRI .", "no target"),
    ],
)  # fmt: skip
def test_each_fault_is_found_once(rule, text, part):
    """One fault, by its rule, with a way out and the triple that says it."""
    (fault,) = lint(text)
    assert fault.rule == rule
    assert part in fault.problem
    assert fault.advice
    assert fault.severity == ("warning" if rule in ("slow-pattern", "shape-without-target") else "violation")
    assert fault.predicate.startswith("http")


@pytest.mark.parametrize(
    "text",
    [
        "ex:S sh:targetClass ex:Known ; sh:property [ sh:path ex:p ; sh:minCount 1 ; sh:maxCount 1 ] .",
        "ex:S sh:node ex:T ; sh:property [ sh:path ex:p ; sh:node ex:T ] . ex:T sh:nodeKind sh:IRI .",
        "ex:S sh:minInclusive 1 ; sh:maxInclusive 1 .",
        "ex:S sh:minInclusive 1 ; sh:maxInclusive 'b' .",
        "ex:S sh:severity ex:Grave ; sh:minLength 1 . ex:Grave a sh:Severity .",
        "ex:S sh:sparql [ sh:prefixes ex:O ; sh:select 'SELECT $this WHERE { $this ey:p \"a:b\" ; $PATH ?x # c:d\\n}' ] . ex:O sh:declare [ sh:prefix 'ey' ; sh:namespace 'http://ey.example/'^^xsd:anyURI ] .",
        "ex:S sh:sparql [ sh:select 'PREFIX : <http://ey.example/> SELECT $this WHERE { $this :p <urn:a:b> }' ] .",
        "ex:S sh:in ( ) ; sh:languageIn ( 'en' ) .",
    ],
)
def test_what_is_right_is_not_complained_of(text):
    """Shapes without a fault have no findings."""
    assert lint(text) == []


@pytest.mark.parametrize("pattern", ["(a+)+", "^(a*)*$", "(a|aa)+$", "([a-z]+)*x", "(.*,)*", r"(\s*,?\s*)*", "(a+a)*", "a*a*a*b", r"(\w+\d?)+", "x(y(z+)+)?"])  # fmt: skip
def test_patterns_that_can_hang_are_told(pattern):
    """Repetitions that can share their text in many ways are slow."""
    assert slow_part(pattern)


@pytest.mark.parametrize("pattern", ["^[a-z0-9]+(-[a-z0-9]+)*$", "^[A-Z]{3}$", "a*b*", "(ab?)*", "(a|b)+", "^.*x.*$", r"\p{L}+", "(", r"^\d+(\.\d+)?$", "(a|ab)*c"])  # fmt: skip
def test_patterns_that_cannot_hang_are_not(pattern):
    """Common patterns are no faults, nor what Python cannot read."""
    assert slow_part(pattern) == ""


def test_patterns_are_those_of_xpath():
    """What XPath allows compiles, and what it does not allow does not."""
    assert compiles(r"^\p{L}+$")
    assert compiles("a", "i")
    assert not compiles("[a")
    assert not compiles("a", "y")

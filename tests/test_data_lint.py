"""Untidy prefixes, labels and literals are told, and tidy ones are not."""

from __future__ import annotations

from pathlib import Path

import pyoxigraph as ox
import pytest

from gcmgraph.validation.data_lint import lint_labels, lint_prefixes, uses_its_prefixes
from gcmgraph.validation.lint import ill_typed
from gcmgraph.validation.loading import loaded

A, B = "@prefix a: <http://a.example/> .\n", "@prefix b: <http://b.example/> .\n"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (A + "a:x a:p 1 .", []),
        (A + B + "a:x a:p 1 .", [("unused-prefix", 2)]),
        (A + B + "a:x a:p 'b:x' . # b:y\n", [("unused-prefix", 2)]),
        (A + B + 'a:x a:p """b:x\nb:y""", <b:z> , a:b:c , _:b , "x"@en .', [("unused-prefix", 2)]),
        (A + B + 'a:x a:p "\\"b:" ; b:p <http://x.example/#y> .', []),
        (A + B + 'a:x a:p "2018"^^b:year .', []),
        (A + A + "a:x a:p 1 .", [("double-prefix", 2)]),
        (A + "PREFIX c: <http://a.example/>\na:x c:p 1 .", [("double-prefix", 2)]),
        ("@prefix : <http://a.example/> .\n:x :p 1 .", []),
        ("@prefix : <http://a.example/> .\n_:x <urn:p> 1 .", [("unused-prefix", 1)]),
        ('# "\n' + A + "a:x a:p '#' .", []),
        (A + B + "[] a b:C ; a:p (b:x) .", []),
    ],
)  # fmt: skip
def test_prefixes_are_told_apart_from_text(text, found):
    """A prefix counts as used where it stands outside strings, comments and IRIs."""
    list(ox.parse(text, format=ox.RdfFormat.TURTLE))
    assert [(remark.rule, remark.line) for remark in lint_prefixes(text)] == found
    assert not (found and uses_its_prefixes(text.encode()))


def test_labels_are_one_a_language():
    """No label, a language without one and a language with two are told."""
    labels = {"x": [], "y": [("a", "en"), ("b", "EN")], "z": [("a", "en"), ("b", "fr"), ("a", "en")]}
    assert [(r.subject, r.rule, r.severity) for r in lint_labels(labels)] == [
        ("x", "label-missing", "info"),
        ("y", "label-double", "info"),
    ]
    assert [(r.subject, r.rule) for r in lint_labels(labels, ["fr"])] == [
        ("x", "label-missing"),
        ("y", "label-missing"),
        ("y", "label-double"),
    ]


def test_ill_typed_literals_are_told():
    """A day that the calendar does not have is told with its triple."""
    text = '<urn:x> <urn:p> "2018-02-30"^^<http://www.w3.org/2001/XMLSchema#date> , "x" , "1"^^<urn:t> , 5 .'
    data = loaded({Path("a.ttl"): [quad.triple for quad in ox.parse(text, format=ox.RdfFormat.TURTLE)]})
    (found,) = ill_typed(data, data.graph.rows)
    assert (found.rule, str(found.focus), found.path) == ("ill-typed", "<urn:x>", "urn:p")
    assert "'2018-02-30' is no well-formed xsd:date" in found.told["problem"]


def test_the_project_is_tidy(project, corpus):
    """No literal of the graph is ill-typed, and no file declares a prefix twice."""
    data = loaded({Path("a.ttl"): corpus.triples()})
    assert list(ill_typed(data, data.graph.rows)) == []
    paths = [*project.ontology_files(), *project.data_files(), *project.shape_files()]
    found = {str(path): [r for r in lint_prefixes(path.read_text()) if r.rule == "double-prefix"] for path in paths}
    assert not any(found.values())


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
def test_lines_are_counted_however_they_end(end):
    """A remark stands at its line in files of every system."""
    text = f"@prefix a: <http://a.example/> .{end}@prefix b: <http://b.example/> .{end}"
    assert [remark.line for remark in lint_prefixes(text)] == [1, 2]

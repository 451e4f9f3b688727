"""Triples are found at the very bytes where they stand, however a file is laid out."""

from __future__ import annotations

import pyoxigraph as ox
import pytest
from conftest import ROOT

from gcmgraph.namespaces import PREFIXES
from gcmgraph.positions import Wanted, locate
from gcmgraph.reading import FORMATS

XSD = PREFIXES["xsd"]
REST = f"<{PREFIXES['rdf']}rest>"
FILES = [path for folder in ("data", "ontology", "shapes", "tests") for path in sorted((ROOT / folder).rglob("*.ttl"))]


def wanted_of(data: bytes, form: ox.RdfFormat) -> list[Wanted]:
    """List all triples of a file as the parser gives them, each with its row."""
    quads = ox.parse(data.removeprefix(b"\xef\xbb\xbf"), format=form, rename_blank_nodes=True)
    return [Wanted(*map(str, quad.triple), row) for row, quad in enumerate(quads)]


def term_of(text: bytes, head: bytes) -> str:
    """Read a stretch of a file as the object of a triple, below the head of the file."""
    return str(next(iter(ox.parse(head + b"<a:a> <a:a> " + text + b" .", format=ox.RdfFormat.TURTLE))).object)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_triple_of_the_project_is_placed(path):
    """The stretch of each triple's object is there, and says what the triple does."""
    data = path.read_bytes()
    head = b"\n".join(line for line in data.splitlines() if line.startswith(b"@prefix"))
    wanted = wanted_of(data, FORMATS[path.suffix])
    for triple, span in zip(wanted, locate(data, wanted), strict=True):
        assert span is not None, triple
        text = data[span.start : span.end]
        if triple.object.startswith("_:"):
            assert text in {b"[", b"("} or triple.predicate == REST
        else:
            assert (text == b")" and triple.predicate == REST) or term_of(text, head) == triple.object
        assert span.line == data.count(b"\n", 0, span.start) + 1
        assert span.end_line == data.count(b"\n", 0, span.end) + 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('@prefix : <http://e/> .\n:a :b """x\ny""" ,\n 1.50 .', [('"x\\ny"', 2, 7, 3, 5), (f'"1.50"^^<{XSD}decimal>', 4, 2, 4, 6)]),
        ('PREFIX e: <http://e/>\ne:a a e:T ; # a . b\n e:p "x"@en .', [("<http://e/T>", 2, 7, 2, 10), ('"x"@en', 3, 6, 3, 12)]),
        ("<http://a> <http://b>\n [ <http://c> 1 ] , ( 1 2 )\n ; <http://d> true .", [("_:", 2, 2, 2, 3), ("_:", 2, 21, 2, 22), (f'"true"^^<{XSD}boolean>', 3, 15, 3, 19)]),
        ("@base <http://e/> .\n<http://e/a> <http://e/b> <http://e/\\u0063> .", [("<http://e/c>", 2, 28, 2, 45)]),
        ("@base <http://e/x/> .\n<y> <#p> <../z> .", [("<http://e/z>", 2, 10, 2, 16)]),
        ("<http://g> { <http://a> <http://b> <http://c> }", [("<http://c>", 1, 36, 1, 46)]),
    ],
    ids=["long string", "sparql prefix", "nested", "base and escape", "relative to the base", "named graph"],
)  # fmt: skip
def test_places_in_small(text, expected):
    """Lines and columns, for the corners of the grammar."""
    data = text.encode()
    own = [t for t in wanted_of(data, ox.RdfFormat.TRIG) if not t.subject.startswith("_:")]
    found = [(span.line, span.column, span.end_line, span.end_column) for span in locate(data, own)]
    terms = ["_:" if triple.object.startswith("_:") else triple.object for triple in own]
    assert sorted(zip(terms, *zip(*found, strict=True), strict=True)) == sorted(expected)

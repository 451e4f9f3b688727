"""Triples are found at the very bytes where they stand, however a file is laid out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pyoxigraph as ox
import pytest
from conftest import ROOT
from hypothesis import given
from hypothesis import strategies as st

from gcmgraph import Places
from gcmgraph.namespaces import PREFIXES
from gcmgraph.positions import Wanted, locate
from gcmgraph.reading import FORMATS

if TYPE_CHECKING:
    import random

XSD = PREFIXES["xsd"]
REST = f"<{PREFIXES['rdf']}rest>"
BOM = b"\xef\xbb\xbf"
HEAD = "@prefix e: <http://e/> .@prefix : <http://f/#>.\nPREFIX g.h-1:<http://g/>\n"
SPACES = (" ", "\n", "\r\n", "\t ", " # a . b ; 'c' <d> [ é\n", "\n\n#\r\n")
SUBJECTS = ("e:s", "<http://e/s>", ":", "g.h-1:s.t", "e:é·1", "<http://e/t.u,v;w>", "_:n", "_:n.1", "e:\\,x\\.")
PREDICATES = ("a", "e:p", "<http://e/p>", ":q.r", "e:%41", "e:a:b", ":a\\;b")
TERMS = (
    *SUBJECTS, "1", "-1.5", "+.5e3", "1.e3", "true", "false", "()", '"x"', "'.'", '"a # b . \\" [ é 𝄞"@en-GB', "''", '""',
    '"""a\n"b" \\""" . """', "\'\'\'\r\n\'\' ; \'\'\'@de", '"1"^^e:t.u', "'1' ^^ <http://e/t>", '"""x"""# .\n^^e:t', '"x"\n@en', '"\\u00e9\\\\"',
)  # fmt: skip
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
        ("@base <http://e/> .\n<http://e/a> <http://e/b> <http://e/\\u0063> .", [("<http://e/c>", 2, 27, 2, 44)]),
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


@dataclass
class Writer:
    """Writes a file in an odd layout, and notes where its objects stand.

    Attributes:
        chance: what decides.
        text: what has been written.
        places: the bytes of the objects, those of lists and nodes being their brackets.
        told: the bytes of all objects by subject and predicate as written, for the terms without brackets.
    """

    chance: random.Random
    text: str = ""
    places: list[tuple[int, int]] = field(default_factory=list)

    def put(self, term: str) -> tuple[int, int]:
        """Write a term or a mark, apart from the last if it must be."""
        last, first = self.text[-1:], term[0]
        apart = (
            last not in "[](){},;>'\"\n"
            and first not in "[](){},;.<'\""
            or (last in "'\"" and first in "'\"@")
            or last == "."
        )
        self.text += self.chance.choice(SPACES if apart else (*SPACES, "", ""))
        start = len(self.text.encode())
        self.text += term
        return start, len(self.text.encode())

    def objects(self, depth: int) -> None:
        """Write an object list."""
        self.object(depth)
        while self.chance.random() > 0.7:
            self.put(",")
            self.object(depth)

    def object(self, depth: int) -> None:
        """Write an object."""
        kind = self.chance.choice("tttt[(" if depth else "t")
        if kind == "t":
            self.places.append(self.put(self.chance.choice(TERMS)))
            return
        self.places.append(self.put(kind))
        if kind == "[":
            if self.chance.random() < 0.8:
                self.properties(depth - 1)
            self.put("]")
        else:
            for _ in range(self.chance.randint(1, 3)):
                self.object(depth - 1)
            self.put(")")

    def properties(self, depth: int) -> None:
        """Write properties and their objects, with more semicolons than are needed."""
        self.put(self.chance.choice(PREDICATES))
        self.objects(depth)
        while self.chance.random() > 0.6:
            self.put(";")
            if self.chance.random() < 0.8:
                self.put(self.chance.choice(PREDICATES))
                self.objects(depth)

    def statement(self) -> None:
        """Write a statement without its end."""
        head = self.chance.choice((*SUBJECTS, "[]", "[", "()"))
        self.put(head)
        if head == "[":
            self.properties(2)
            self.put("]")
            if self.chance.random() < 0.5:
                return
        self.properties(3)

    def file(self) -> bytes:
        """Write a file."""
        self.text = HEAD
        for _ in range(self.chance.randint(1, 6)):
            braces = self.chance.random() < 0.2
            if braces:
                self.put(self.chance.choice(("{", "e:g {", "GRAPH <http://e/g> {", "graph[]{")))
            self.statement()
            if not braces or self.chance.random() < 0.5:
                self.put(".")
            if braces:
                self.put("}")
        return self.text.encode()


@given(st.randoms(use_true_random=False), st.booleans())
def test_odd_layouts_are_placed(chance, mark):
    """However a file is laid out, rows lead to the objects written, each to its own, and to no other place."""
    writer = Writer(chance)
    data = writer.file()
    before = BOM * mark
    wanted = wanted_of(data, ox.RdfFormat.TRIG)
    found = {}
    for triple, span in zip(wanted, locate(before + data, wanted), strict=True):
        assert span is not None, triple
        text = (before + data)[span.start : span.end]
        if triple.predicate != REST:
            named = "_:" not in (triple.subject[:2], triple.object[:2])
            found[(triple.subject, triple.predicate, triple.object) if named else triple.row] = (
                span.start - len(before),
                span.end - len(before),
            )
            assert triple.object.startswith("_:") or term_of(text, HEAD.encode()) == triple.object
    assert len(set(found.values())) == len(found)
    assert set(found.values()) <= set(writer.places)

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
from gcmgraph.places.positions import Located, Wanted, locate
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
    '"""a\n"b" \\""" . """', "'''\r\n'' ; '''@de", '"1"^^e:t.u', "'1' ^^ <http://e/t>", '"""x"""# .\n^^e:t', '"x"\n@en', '"\\u00e9\\\\"',
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
            (last not in "[](){},;>'\"\n" and first not in "[](){},;.<'\"")
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


@given(st.randoms(use_true_random=False))
def test_the_first_place_of_an_object_is_found(chance):
    """Without a subject, the first place is given where the term stands as object, in whatever form."""
    writer = Writer(chance)
    data = writer.file()
    firsts = {}
    for start, end in sorted(writer.places):
        if data[start:end] not in {b"[", b"("}:
            term = term_of(data[start:end], HEAD.encode())
            firsts.setdefault("_:" if term.startswith("_:") else term, (start, end))
    firsts.pop("_:", None)
    assert [(s.start, s.end) for s in locate(data, [Wanted("", "", term) for term in firsts])] == list(firsts.values())


SMALL = """@prefix : <http://e/> .
:a :p 1 , 2 ; :q "x" .
[ :p 3 ] :q [ :r 4 ] .
_:n :p 5 .
:a :p [ :q 6 ] , 7 ; :p _:n .
@prefix : <http://f/> .
:a :p 8 .
"""
P, Q, R = ("<http://e/p>", "<http://e/q>", "<http://e/r>")


def number(value: int) -> str:
    """Write a whole number as N-Triples does."""
    return f'"{value}"^^<{XSD}integer>'


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (Wanted("<http://e/a>"), (2, 1, ":a")),
        (Wanted("<http://f/a>"), (7, 1, ":a")),
        (Wanted("<http://e/b>"), None),
        (Wanted("<http://e/a>", P), (5, 25, "_:n")),
        (Wanted("<http://e/a>", R), None),
        (Wanted("<http://e/a>", P, number(2)), (2, 11, "2")),
        (Wanted("<http://e/a>", P, number(8)), None),
        (Wanted("<http://e/a>", Q, number(6)), None),
        (Wanted("<http://f/a>", "<http://f/p>", number(8)), (7, 7, "8")),
        (Wanted("<http://e/a>", P, "_:x"), (5, 7, "[")),
        (Wanted("<http://e/a>", P, "_:x", 10), (5, 25, "_:n")),
        (Wanted("<http://e/a>", P, "_:x", 0), (5, 7, "[")),
        (Wanted("<http://e/a>", P, "_:x", 999), (5, 7, "[")),
        (Wanted("_:x"), (3, 1, "[")),
        (Wanted("_:x", "", "", 4), (3, 13, "[")),
        (Wanted("_:x", P, "", 6), (4, 8, "5")),
        (Wanted("_:x", R, "", 4), (3, 18, "4")),
        (Wanted("_:x", Q, number(6)), (5, 12, "6")),
        (Wanted("_:n", P), (4, 8, "5")),
        (Wanted("", "", number(6)), (5, 12, "6")),
        (Wanted("", "", number(9)), None),
        (Wanted("", "", "_:x"), (3, 13, "[")),
        (Wanted("", "", '"x"'), (2, 18, '"x"')),
    ],
)
def test_what_can_be_wanted(wanted, expected):
    """A subject, the last of a property, an object of a property, or any object; blank nodes by row or the first."""
    data = SMALL.encode()
    (span,) = locate(data, [wanted])
    assert (span and (span.line, span.column, data[span.start : span.end].decode())) == expected


@pytest.mark.parametrize(
    "text",
    [
        "<http://e/a> <http://e/b> <http://e/c> {| <http://e/d> [] |} , 2 ~ _:r {| a 1 |} .",
        "<< <http://e/a> <http://e/b> <<( <http://e/a> <http://e/b> 1 )>> ~ _:r >> <http://e/b> 1 .",
        'VERSION "1.2" <<<http://e/a><http://e/b>1>>.',
        '@version "1.2" .',
        "_:a.b <http://e/b> _:a..",
        "PREFIX # é\n e: # .\n <http://e/> prefix:<http://e/> e: e:",
    ],
)
def test_nothing_derails_what_follows(text):
    """After what is rare, or of RDF 1.2, the next statement is found."""
    data = f"{text}\n<http://e/x> <http://e/y> 'z' .".encode()
    (span,) = locate(data.replace(b"prefix:<http://e/> e: e:", b""), [Wanted("<http://e/x>", "<http://e/y>", '"z"')])
    assert span is not None
    assert span.line == text.count("\n") + 2


@pytest.mark.parametrize(
    "data", [b"", BOM, b"<http://e/a", b"@prefix : <", b':a :b "', b"] ) . } :a :p 1 .", b"\xff \x00"]
)
def test_what_is_not_well_formed_has_no_places(data):
    """A file that changed since it was read does no harm."""
    assert locate(data, [Wanted("<http://e/a>"), Wanted("_:x", P, "", 3), Wanted("", "", '"1"')]) == [None] * 3


def test_depth_and_length_are_no_limit():
    """Neither deep nesting nor a long statement stops the search."""
    depth = 5000
    data = f"<http://e/a> <http://e/p> {'[ <http://e/p> ' * depth}1{' ]' * depth} ; <http://e/q> {'0 , ' * 50_000}2 .".encode()
    wanted = [Wanted("_:x", P, number(1)), Wanted("<http://e/a>", Q, number(2)), Wanted("_:x", "", "", depth - 2)]
    assert [data[span.start : span.end] for span in locate(data, wanted) if span] == [b"1", b"2", b"["]


def test_lines_end_in_three_ways():
    """Lines and columns are counted as the parser counts them, in characters, and without the mark at the head."""
    data = BOM + "<http://e/é> <http://e/p>\r\n1 ,\r'𝄞' , 'é'\n.".encode()
    spans = locate(data, [Wanted("<http://e/é>"), *(Wanted("", "", term) for term in (number(1), '"𝄞"', '"é"'))])
    found = [(span.line, span.column, span.end_line, span.end_column) for span in spans]
    assert found == [(1, 1, 1, 13), (2, 1, 2, 2), (3, 1, 3, 4), (3, 7, 3, 10)]


def test_files_are_read_once(tmp_path):
    """Many questions read a file once; the excerpt is a line without its end."""
    file = tmp_path / "x.ttl"
    file.write_bytes(BOM + SMALL.replace("\n", "\r\n").encode())
    places = Places([file], str, {"x": file})
    assert places.span(file, Wanted("<http://e/a>")).line == 2
    file.unlink()
    assert places.excerpt(file, 1) == "@prefix : <http://e/> ."
    assert places.excerpt(file, 4) == "_:n :p 5 ."
    assert [places.excerpt(file, line) for line in (0, 8, 9)] == ["", "", ""]
    assert places.find("http://e/a", P[1:-1], number(2)) == (str(file), 2)
    assert places.find("http://e/a", P[1:-1], "") == (str(file), 5)
    assert places.find("http://e/a", R[1:-1], "") == (str(file), 2)
    assert places.find("x", "", "") == (str(file), 3)
    assert places.find("http://e/z", "", "") == ("", 0)
    triple = ox.Triple(ox.NamedNode("http://e/a"), ox.NamedNode(P[1:-1]), ox.BlankNode())
    assert places.find_exactly(triple) == (str(file), 5)
    assert [span and span.line for span in places.spans(file, [Wanted("<http://e/a>", Q), Wanted("_:y")])] == [2, 3]


def test_an_iri_is_written_as_the_prefixes_allow_where_it_stands():
    """The shortest name is taken; one that would need escapes, or whose prefix is not declared yet, is written whole."""
    data = b"@prefix x: <http://e/> . PREFIX y: <http://e/a/> x:a x:b x:c . "
    names = Located(data).names
    assert names.short("http://e/a/b", len(data)) == "y:b"
    assert names.short("http://e/a/b", 0) == "<http://e/a/b>"
    assert names.short("http://e/a,b", len(data)) == "<http://e/a,b>"

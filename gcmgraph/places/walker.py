"""Read the triples of statements, with the bytes where they stand."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from gcmgraph.places.scanner import (
    BLANK,
    IRI,
    LABEL,
    LANGUAGE,
    NAME,
    NIL,
    NUMBER,
    RDF,
    SPACE,
    STRING,
    XSD,
    Names,
    compiled,
)

if TYPE_CHECKING:
    import re
    from collections.abc import Iterable

Place = tuple[int, int]

FIRST, REST, REIFIES = (f"<{RDF}{name}>" for name in ("first", "rest", "reifies"))
_TOKEN = compiled(rf"""(?P<literal>(?P<string>{STRING})
        (?:{SPACE}\^\^{SPACE}(?P<datatype>{IRI}|{NAME})|{SPACE}(?P<language>{LANGUAGE}))?+)
    |(?P<iri>{IRI})|(?P<label>{LABEL})|(?P<name>{NAME})|(?P<number>{NUMBER})
    |(?P<mark><<\(?|\)>>|>>|\{{\||\|\}}|[\[\](){{}}.;,~])|\s++|\#[^\r\n]*+""")
_OPENING, _CLOSING = {"[", "(", "{|", "<<", "<<("}, {"]", ")", "|}", ">>", ")>>"}


class Told(NamedTuple):
    """A triple of a file, with the bytes where its subject and its object stand.

    Attributes:
        subject: the subject, as N-Triples writes it; a node without a label goes by the byte of its bracket.
        predicate: the predicate, the same way.
        object: the object, the same way.
        head: the first byte of the subject and the one after its last; of a nested node, those of its bracket.
        place: the same of the object.
        verb: the same of the predicate; (0, 0) where none is written.
    """

    subject: str
    predicate: str
    object: str
    head: tuple[int, int]
    place: tuple[int, int]
    verb: tuple[int, int] = (0, 0)


@dataclass
class Block:
    """What a file says of one subject.

    Attributes:
        head: where the subject stands.
        objects: where each property and object stand first; any blank node goes as "_:".
        last: where the last object of each property stands.
    """

    head: Place
    objects: dict[tuple[str, str], Place] = field(default_factory=dict)
    last: dict[str, Place] = field(default_factory=dict)


@dataclass
class _Frame:
    """What is open: a statement or a bracket, and how far it has been read."""

    mark: str = ""
    at: int = 0
    subject: str = ""
    head: tuple[int, int] = (0, 0)
    predicate: str = ""
    verb: tuple[int, int] = (0, 0)
    object: str = ""
    reifier: str = ""


class Reader:
    """Reads the triples of statements in the order in which pyoxigraph gives them.

    Source:
        RDF 1.1 Turtle, section 6.5 (grammar); the triples that RDF 1.2 adds are counted and their names guessed.
    """

    def __init__(self, names: Names) -> None:
        self._names = names
        self._frames = [_Frame()]
        self._told: list[Told] = []
        self._step: list[Told] = []
        self._waiting: tuple[str, tuple[int, int]] | None = None

    def read(self, data: bytes, start: int, end: int) -> list[Told]:
        """Read the statements from one byte up to another."""
        for match in _TOKEN.finditer(data, start, end):
            kind = match.lastgroup
            if kind:
                self._take_waiting()
            if kind == "mark":
                self._take_mark(match.group().decode(), match.span())
            elif kind:
                self._take_term(kind, match)
            self._end_step()
        return self._told

    def _take_term(self, kind: str, match: re.Match[bytes]) -> None:
        """Go on by a term; the parser takes in a bare string by the next token only, which may belong to it."""
        self._advance(match.span())
        term = self._term(kind, match)
        if kind == "literal" and not match["datatype"] and not match["language"]:
            self._waiting = term, match.span()
            return
        if kind == "literal":
            self._end_step()
        self._put(term, match.span())

    def _take_waiting(self) -> None:
        """Take in a bare string."""
        if self._waiting:
            self._put(*self._waiting)
            self._waiting = None

    def _end_step(self) -> None:
        """Give what one token told; the parser gives the last first."""
        if self._step:
            self._told += reversed(self._step)
            self._step = []

    def _term(self, kind: str, match: re.Match[bytes]) -> str:
        """Write a token as N-Triples would."""
        if kind == "literal":
            return self._names.literal(match)
        if kind == "number":
            written = match.group().decode()
            return f'"{written}"^^<{XSD}{_number_type(written)}>'
        return self._names.term(match.group(), match.start())

    def _take_mark(self, mark: str, span: tuple[int, int]) -> None:
        """Go on by a mark."""
        frame = self._frames[-1]
        if mark in _OPENING:
            self._open(mark, span)
        elif mark in _CLOSING:
            if len(self._frames) > 1:
                self._close(self._frames.pop(), span)
        elif mark == "~":
            frame.reifier = self._reify(frame, span)
        elif mark in {",", ";"}:
            frame.object = frame.reifier = ""
            frame.predicate = "" if mark == ";" else frame.predicate
        else:
            self._frames = [_Frame()]

    def _open(self, mark: str, span: tuple[int, int]) -> None:
        """Begin what a bracket begins; a list has no node before its first item."""
        self._advance(span)
        outer, at = self._frames[-1], span[0]
        head = (at, at + 1)
        subject = f"_:{at}[" if mark == "[" else ""
        if mark == "{|":
            subject = outer.reifier or self._reify(outer, span)
        self._frames.append(_Frame(mark, at, subject, head))

    def _close(self, inner: _Frame, span: tuple[int, int]) -> None:
        """End what a bracket ends, and hand what it stands for to what is around it."""
        if inner.mark == "(" and inner.subject:
            self._step.append(Told(inner.subject, REST, NIL, inner.head, span))
        elif inner.mark == "(":
            self._put(NIL, (inner.at, span[1]))
        elif inner.mark == "[":
            self._put(inner.subject, inner.head)
        elif inner.mark == "<<(":
            self._put(_triple_term(inner), (inner.at, span[1]))
        elif inner.mark == "<<":
            self._put(inner.reifier or self._reify(inner, (inner.at, span[1])), (inner.at, span[1]))

    def _advance(self, span: tuple[int, int]) -> None:
        """In a list, make the node of the item that begins here."""
        frame = self._frames[-1]
        if frame.mark != "(":
            return
        if frame.subject:
            node = f"_:{span[0]},"
            self._step.append(Told(frame.subject, REST, node, frame.head, span))
            frame.subject, frame.object = node, ""
        else:
            frame.subject, frame.predicate = f"_:{frame.at}(", FIRST
            self._put(frame.subject, frame.head, -2)

    def _put(self, term: str, span: tuple[int, int], depth: int = -1) -> None:
        """Take a term as subject, predicate or object; what follows the object is the graph, or names the triple."""
        frame = self._frames[depth]
        if not frame.subject:
            frame.subject, frame.head = term, span
        elif not frame.predicate:
            frame.predicate, frame.verb = term, span
        elif frame.object:
            frame.reifier = frame.reifier and term
        else:
            frame.object = term
            if not frame.mark.startswith("<<"):
                self._step.append(Told(frame.subject, frame.predicate, term, frame.head, span, frame.verb))

    def _reify(self, frame: _Frame, span: tuple[int, int]) -> str:
        """Tell that a node stands for the triple just read."""
        node = f"_:{span[0]}~"
        self._step.append(Told(node, REIFIES, _triple_term(frame), span, span))
        return node


def _triple_term(frame: _Frame) -> str:
    """Write the triple just read as a term."""
    return f"<<( {frame.subject} {frame.predicate} {frame.object} )>>"


def _number_type(token: str) -> str:
    """Tell the datatype of a bare number.

    >>> [_number_type(n) for n in ("1", "1.50", "1e3")]
    ['integer', 'decimal', 'double']
    """
    return "double" if "e" in token.lower() else "decimal" if "." in token else "integer"


def block(told: Iterable[Told]) -> Block | None:
    """Gather what is said of one subject; None if nothing is."""
    found = None
    for triple in told:
        found = found or Block(triple.head)
        found.objects.setdefault((triple.predicate, plain(triple.object)), triple.place)
        found.last[triple.predicate] = triple.place
    return found


def plain(term: str) -> str:
    """Leave out the name of a blank node."""
    return BLANK if term.startswith(BLANK) else term

"""Go through a well-formed Turtle, TriG, N-Triples or N-Quads file by byte: its statements, and the triples of one."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple

import pyoxigraph as ox

from gcmgraph.namespaces import PREFIXES

if TYPE_CHECKING:
    from collections.abc import Iterator

RDF, XSD = PREFIXES["rdf"], PREFIXES["xsd"]
FIRST, REST, NIL, TYPE, REIFIES = (f"<{RDF}{name}>" for name in ("first", "rest", "nil", "type", "reifies"))
BLANK = "_:"
BOM = b"\xef\xbb\xbf"
_SPACE = r"(?:\s++|\#[^\r\n]*+)*+"
_STRING = (
    r'(?:"""(?:[^"\\]++|\\.|"(?!""))*+"""'
    r"|'''(?:[^'\\]++|\\.|'(?!''))*+'''"
    r'|"(?:[^"\\\r\n]++|\\.)*+"'
    r"|'(?:[^'\\\r\n]++|\\.)*+')"
)
_IRI = r"<[^<>\s]*+>"
_LANGUAGE = r"@[A-Za-z]++(?:--?[A-Za-z0-9]++)*+"
_PREFIX = r"[A-Za-z\x80-\xff][\w\x80-\xff-]*+(?:\.++[\w\x80-\xff-]++)*+"
_LOCAL = r"(?:(?!-)(?:[\w:%\x80-\xff-]++|\\.)++(?:\.++(?:[\w:%\x80-\xff-]++|\\.)++)*+)?+"
_NAME = rf"(?:{_PREFIX}(?::{_LOCAL})?+|:{_LOCAL})"
_LABEL = r"_:[\w\x80-\xff][\w\x80-\xff-]*+(?:\.[\w\x80-\xff-]++)*+"
_NUMBER = r"[+-]?+(?:\d*+\.\d++|\d++(?:\.(?=[eE]))?+)(?:[eE][+-]?+\d++)?+"
_TERM = rf"{_NAME}|{_STRING}|{_IRI}|{_LANGUAGE}|\#[^\r\n]*+|{_NUMBER}|{_LABEL}"


def _compile(pattern: str) -> re.Pattern[bytes]:
    """Compile a pattern for bytes; every byte that is not ASCII is a letter of a name, as in a well-formed file."""
    return re.compile(pattern.encode("latin-1"), re.VERBOSE | re.DOTALL)


_STATEMENT = _compile(rf"""{_SPACE}(?:
    (?P<directive>(?i:prefix)(?=[\s\#]){_SPACE}(?:{_PREFIX})?+:{_SPACE}{_IRI}
        |(?i:base)(?=[\s\#<]){_SPACE}{_IRI}
        |(?i:version)(?=[\s\#"']){_SPACE}{_STRING})
    |(?P<head>@[a-z]++|{_LABEL}|{_NAME}|{_IRI}|<<|\[|\({_SPACE}\)|\()
        (?:[\s,;\[\]()^~>]++|{_TERM}|\{{\||\|\}}|<<)*+(?P<end>[.{{}}])
    |[.{{}}])""")
_DIRECTIVE = _compile(rf"@?(?:(?i:prefix){_SPACE}(?P<prefix>(?:{_PREFIX})?+:)|(?i:base)){_SPACE}(?P<iri>{_IRI})")
_MARK = _compile(rf"""(?:[\s\])^>]++|{_TERM}|\|\}}|;(?={_SPACE}(?:[;.\]}}]|\|\}})))*+([,;.}}\[({{~<])""")
_TOKEN = _compile(rf"""(?P<literal>(?P<string>{_STRING})
        (?:{_SPACE}\^\^{_SPACE}(?P<datatype>{_IRI}|{_NAME})|{_SPACE}(?P<language>{_LANGUAGE}))?+)
    |(?P<iri>{_IRI})|(?P<label>{_LABEL})|(?P<name>{_NAME})|(?P<number>{_NUMBER})
    |(?P<mark><<\(?|\)>>|>>|\{{\||\|\}}|[\[\](){{}}.;,~])|\s++|\#[^\r\n]*+""")
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))", re.DOTALL)
_CONTROL = {"t": "\t", "b": "\b", "n": "\n", "r": "\r", "f": "\f"}
_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_OPENING, _CLOSING = {"[", "(", "{|", "<<", "<<("}, {"]", ")", "|}", ">>", ")>>"}


class Told(NamedTuple):
    """A triple of a file, with the bytes where its subject and its object stand.

    Attributes:
        subject: the subject, as N-Triples writes it; a node without a label goes by the byte of its bracket.
        predicate: the predicate, the same way.
        object: the object, the same way.
        head: the first byte of the subject and the one after its last; of a nested node, those of its bracket.
        place: the same of the object.
    """

    subject: str
    predicate: str
    object: str
    head: tuple[int, int]
    place: tuple[int, int]


class Names:
    """The prefixes and the base of a file, which may change along the way."""

    def __init__(self) -> None:
        self._declared: dict[str, list[tuple[int, str]]] = {}

    def declare(self, directive: bytes, position: int) -> None:
        """Take in a directive; that of a version says no name."""
        match = _DIRECTIVE.match(directive)
        if match:
            name = (match["prefix"] or b"").decode()
            self._declared.setdefault(name, []).append((position, self.iri(match["iri"], position)))

    @property
    def namespaces(self) -> list[tuple[str, str]]:
        """All declarations: a prefix with its colon, or nothing for the base, and the IRI."""
        return [(name, iri) for name, history in self._declared.items() for _, iri in history]

    def term(self, written: bytes, position: int) -> str:
        """Write an IRI, a name or a label as N-Triples would."""
        if written.startswith(b"<"):
            return f"<{self.iri(written, position)}>"
        prefix, colon, local = written.decode().partition(":")
        if not colon:
            return TYPE if prefix == "a" else f'"{prefix}"^^<{XSD}boolean>'
        if prefix == "_":
            return prefix + colon + local
        if "\\" in local:
            local = re.sub(r"\\(.)", r"\1", local)
        return f"<{self._namespace(prefix + colon, position)}{local}>"

    def iri(self, written: bytes, position: int) -> str:
        """Take the angle brackets off an IRI, and resolve it against the base if there is one."""
        iri = _unescape(written[1:-1].decode())
        base = "" if _ABSOLUTE.match(iri) else self._namespace("", position)
        return _resolved(iri, base) if base else iri

    def literal(self, match: re.Match[bytes]) -> str:
        """Write a string with its language tag or datatype."""
        written, datatype, language = match["string"].decode(), match["datatype"], match["language"]
        quotes = 3 if written.startswith(('"""', "'''")) else 1
        value = _unescape(written[quotes:-quotes])
        if language:
            tag, _, direction = language[1:].decode().partition("--")
            return str(ox.Literal(value, language=tag)) + (f"--{direction}" if direction else "")
        iri = self.term(datatype, match.start())[1:-1] if datatype else f"{XSD}string"
        return str(ox.Literal(value, datatype=ox.NamedNode(iri)))

    def _namespace(self, name: str, position: int) -> str:
        """Look up what a prefix, with its colon, or the base stands for at a byte."""
        history = self._declared.get(name, ())
        number = bisect_right(history, position, key=itemgetter(0))
        return history[number - 1][1] if number else ""


def statements(data: bytes, names: Names) -> Iterator[tuple[str, int, int]]:
    """Go through the statements of a file in order, and take in its directives on the way.

    Args:
        data: the file.
        names: takes in the directives.

    Yields:
        The subject, "_:" if it has no name and no label, the first byte and the one after the last. Neighbours that
        begin alike are given as one.
    """
    at = len(BOM) if data.startswith(BOM) else 0
    start, last = 0, b""
    while match := _STATEMENT.match(data, at):
        written, directive, end = match["head"], match["directive"], match["end"]
        told = written and end != b"{" and not written.startswith(b"@")
        if last and (not told or written != last):
            yield _head(last, start, names), start, at
            last = b""
        if told and not last:
            start, last = match.start("head"), written
        elif directive or (written and written.startswith(b"@")):
            names.declare(directive or data[match.start("head") : match.end()], match.end())
        at = match.end()
    if last:
        yield _head(last, start, names), start, at


def _head(written: bytes, position: int, names: Names) -> str:
    """Write the beginning of a statement as N-Triples would."""
    if written.startswith(b"("):
        return NIL if written.endswith(b")") else BLANK
    return BLANK if written in {b"[", b"<<"} else names.term(written, position)


def count(data: bytes, start: int, end: int) -> int | None:
    """Count the triples of statements by their marks; None if they have brackets, so that they must be read."""
    marks = _MARK.findall(data, start, end)
    return len(marks) if set(marks) <= {b",", b";", b".", b"}"} else None


@dataclass
class _Frame:
    """What is open: a statement or a bracket, and how far it has been read."""

    mark: str = ""
    at: int = 0
    subject: str = ""
    head: tuple[int, int] = (0, 0)
    predicate: str = ""
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
            frame.predicate = term
        elif frame.object:
            frame.reifier = frame.reifier and term
        else:
            frame.object = term
            if not frame.mark.startswith("<<"):
                self._step.append(Told(frame.subject, frame.predicate, term, frame.head, span))

    def _reify(self, frame: _Frame, span: tuple[int, int]) -> str:
        """Tell that a node stands for the triple just read."""
        node = f"_:{span[0]}~"
        self._step.append(Told(node, REIFIES, _triple_term(frame), span, span))
        return node


def _triple_term(frame: _Frame) -> str:
    """Write the triple just read as a term."""
    return f"<<( {frame.subject} {frame.predicate} {frame.object} )>>"


@lru_cache(maxsize=4096)
def _resolved(iri: str, base: str) -> str:
    """Resolve a relative IRI as the parser does."""
    try:
        quad = next(iter(ox.parse(f"<{iri}> <a:a> <a:a> .", format=ox.RdfFormat.TURTLE, base_iri=base)))
    except (SyntaxError, ValueError):
        return iri
    return str(getattr(quad.subject, "value", iri))


def _number_type(token: str) -> str:
    """Tell the datatype of a bare number.

    >>> [_number_type(n) for n in ("1", "1.50", "1e3")]
    ['integer', 'decimal', 'double']
    """
    return "double" if "e" in token.lower() else "decimal" if "." in token else "integer"


def _unescape(text: str) -> str:
    """Resolve the escapes of strings and IRIs."""
    return _ESCAPE.sub(_character, text) if "\\" in text else text


def _character(match: re.Match[str]) -> str:
    """Give the character that an escape stands for."""
    code = match.group(1) or match.group(2)
    return chr(int(code, 16)) if code else _CONTROL.get(match.group(3), match.group(3))

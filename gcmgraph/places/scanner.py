"""Go through a well-formed Turtle, TriG, N-Triples or N-Quads file by byte, statement by statement."""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import lru_cache
from operator import itemgetter
from typing import TYPE_CHECKING

import pyoxigraph as ox

from gcmgraph.namespaces import PREFIXES

if TYPE_CHECKING:
    from collections.abc import Iterator

RDF, XSD = PREFIXES["rdf"], PREFIXES["xsd"]
NIL, TYPE = f"<{RDF}nil>", f"<{RDF}type>"
BLANK = "_:"
BOM = b"\xef\xbb\xbf"
SPACE = r"(?:\s++|\#[^\r\n]*+)*+"
STRING = (
    r'(?:"""(?:[^"\\]++|\\.|"(?!""))*+"""'
    r"|'''(?:[^'\\]++|\\.|'(?!''))*+'''"
    r'|"(?:[^"\\\r\n]++|\\.)*+"'
    r"|'(?:[^'\\\r\n]++|\\.)*+')"
)
IRI = r"<[^<>\s]*+>"
LANGUAGE = r"@[A-Za-z]++(?:--?[A-Za-z0-9]++)*+"
_PREFIX = r"[A-Za-z\x80-\xff][\w\x80-\xff-]*+(?:\.++[\w\x80-\xff-]++)*+"
_LOCAL = r"(?:(?!-)(?:[\w:%\x80-\xff-]++|\\.)++(?:\.++(?:[\w:%\x80-\xff-]++|\\.)++)*+)?+"
NAME = rf"(?:{_PREFIX}(?::{_LOCAL})?+|:{_LOCAL})"
LABEL = r"_:[\w\x80-\xff][\w\x80-\xff-]*+(?:\.[\w\x80-\xff-]++)*+"
NUMBER = r"[+-]?+(?:\d*+\.\d++|\d++(?:\.(?=[eE]))?+)(?:[eE][+-]?+\d++)?+"
_TERM = rf"{NAME}|{STRING}|{IRI}|{LANGUAGE}|\#[^\r\n]*+|{NUMBER}|{LABEL}"


def compiled(pattern: str) -> re.Pattern[bytes]:
    """Compile a pattern for bytes; every byte that is not ASCII is a letter of a name, as in a well-formed file."""
    return re.compile(pattern.encode("latin-1"), re.VERBOSE | re.DOTALL)


_STATEMENT = compiled(rf"""{SPACE}(?:
    (?P<directive>(?i:prefix)(?=[\s\#]){SPACE}(?:{_PREFIX})?+:{SPACE}{IRI}
        |(?i:base)(?=[\s\#<]){SPACE}{IRI}
        |(?i:version)(?=[\s\#"']){SPACE}{STRING})
    |(?P<head>@[a-z]++|{LABEL}|{NAME}|{IRI}|<<|\[|\({SPACE}\)|\()
        (?:[\s,;\[\]()^~>]++|{_TERM}|\{{\||\|\}}|<<)*+(?P<end>[.{{}}])
    |[.{{}}])""")
_DIRECTIVE = compiled(rf"@?(?:(?i:prefix){SPACE}(?P<prefix>(?:{_PREFIX})?+:)|(?i:base)){SPACE}(?P<iri>{IRI})")
_MARK = compiled(rf"""(?:[\s\])^>]++|{_TERM}|\|\}}|;(?={SPACE}(?:[;.\]}}]|\|\}})))*+([,;.}}\[({{~<])""")
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))", re.DOTALL)
_CONTROL = {"t": "\t", "b": "\b", "n": "\n", "r": "\r", "f": "\f"}
_SAFE = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_-])?|")
_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")


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

    def forms(self, term: str) -> list[str]:
        """List all ways to write a term without an escape; an empty one if they cannot be listed.

        Args:
            term: a term as N-Triples writes it.
        """
        if term.startswith('"'):
            return [_unescape(term[1 : term.rindex('"')])]
        if term.startswith(BLANK) or "" in self._declared:
            return [""]
        short = [
            name + term[1 + len(iri) : -1]
            for name, history in self._declared.items()
            for _, iri in history
            if term.startswith(f"<{iri}")
        ]
        return [term, *short, *["("] * (term == NIL)]

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

    def short(self, iri: str, position: int) -> str:
        """Write an IRI as short as the prefixes that hold at a byte allow."""
        found = [
            name + iri.removeprefix(namespace)
            for name, namespace in self.prefixes(position).items()
            if iri.startswith(namespace) and _SAFE.fullmatch(iri.removeprefix(namespace))
        ]
        return min(found, key=lambda name: (len(name), name), default=str(ox.NamedNode(iri)))

    def prefixes(self, position: int) -> dict[str, str]:
        """Give the prefixes that hold at a byte, each with its colon."""
        held = ((name, self._namespace(name, position)) for name in self._declared if name)
        return {name: namespace for name, namespace in held if namespace}

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


@lru_cache(maxsize=4096)
def _resolved(iri: str, base: str) -> str:
    """Resolve a relative IRI as the parser does."""
    try:
        quad = next(iter(ox.parse(f"<{iri}> <a:a> <a:a> .", format=ox.RdfFormat.TURTLE, base_iri=base)))
    except (SyntaxError, ValueError):
        return iri
    return str(getattr(quad.subject, "value", iri))


def _unescape(text: str) -> str:
    """Resolve the escapes of strings and IRIs."""
    return _ESCAPE.sub(_character, text) if "\\" in text else text


def _character(match: re.Match[str]) -> str:
    """Give the character that an escape stands for."""
    code = match.group(1) or match.group(2)
    return chr(int(code, 16)) if code else _CONTROL.get(match.group(3), match.group(3))

"""Find the line of a triple in a Turtle, TriG, N-Triples or N-Quads file that has been parsed before."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urljoin

import pyoxigraph as ox

from gcmgraph.namespaces import PREFIXES
from gcmgraph.reading import read_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

RDF = PREFIXES["rdf"]
XSD = PREFIXES["xsd"]
_STRING = (
    r"""\"\"\"(?:[^"\\]|\\.|"(?!""))*\"\"\"|'''(?:[^'\\]|\\.|'(?!''))*'''|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'"""
)
_IRI = r"<[^<>\s]*>"
_NAME = r"_:[\w.-]*\w|(?:[^\W_][\w.-]*)?:(?:[\w:-]|\.(?=[\w:.%\\-])|%[0-9A-Fa-f]{2}|\\.)*"
_TOKEN = re.compile(
    rf"""(?P<space>\s+|\#[^\n]*)
    |(?P<iri>{_IRI})
    |(?P<literal>(?P<string>{_STRING})(?:\s*\^\^\s*(?P<datatype>{_IRI}|{_NAME})|@(?P<lang>[A-Za-z]+(?:-[A-Za-z0-9]+)*))?)
    |(?P<directive>@prefix\b|@base\b|(?i:prefix|base)(?=\s+[\w.-]*:?\s*<))
    |(?P<name>{_NAME})
    |(?P<number>[+-]?(?:\d*\.\d+|\d+\.?(?=[eE])|\d+)(?:[eE][+-]?\d+)?)
    |(?P<word>[A-Za-z]+)
    |(?P<mark>[\[\](){{}}.;,])""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))", re.DOTALL)
OPENING, CLOSING = ("[", "("), ("]", ")")
NESTED = "_:nested"
ANONYMOUS = "_:"
_CONTROL = {"t": "\t", "b": "\b", "n": "\n", "r": "\r", "f": "\f"}


@dataclass(frozen=True)
class Position:
    """Where a triple stands.

    Attributes:
        subject: the subject, as N-Triples writes it; a nested blank node goes by the subject that owns it.
        predicate: the predicate, the same way.
        object: the object, the same way; "_:nested" for a blank node or list.
        line: the line of the object, from 1.
        subject_line: the line on which the subject's block begins.
    """

    subject: str
    predicate: str
    object: str
    line: int
    subject_line: int


@dataclass(frozen=True)
class Places:
    """Finds the lines of triples in files.

    Attributes:
        files: the files to look in; the first that describes a record is where it is placed.
        shown: how a path is shown to the user.
        owners: the file of each blank node.
    """

    files: Sequence[Path]
    shown: Callable[[Path], str]
    owners: Mapping[str, Path] = field(default_factory=dict)
    _read: dict[Path, dict[str, list[Position]]] = field(default_factory=dict, repr=False)

    def find(self, focus: str, path: str, value: str) -> tuple[str, int]:
        """Find where a triple stands: else the last with the same property, else the head of the subject's block.

        Args:
            focus: the subject's IRI; a blank node, whose name says nothing, goes by the first of its file.
            path: the predicate's IRI, or empty.
            value: the object as N-Triples writes it, or empty.

        Returns:
            The file as shown and the line; ("", 0) if no file describes the subject.
        """
        for file, own in self._describing(focus):
            same = [p for p in own if p.predicate == f"<{path}>" and (not value or p.object in {value, NESTED})]
            if same:
                return self.shown(file), (same[0] if value else same[-1]).line
        for file, own in self._describing(focus):
            return self.shown(file), own[0].subject_line
        return "", 0

    def find_exactly(self, triple: ox.Triple) -> tuple[str, int]:
        """Find where a triple stands; ("", 0) if no file says it."""
        subject, value = str(getattr(triple.subject, "value", "")), str(triple.object)
        for file, own in self._describing(subject):
            for place in own:
                nested = value.startswith("_:") and place.object == NESTED
                if place.predicate == str(triple.predicate) and (place.object == value or nested):
                    return self.shown(file), place.line
        return "", 0

    def _describing(self, focus: str) -> Iterator[tuple[Path, list[Position]]]:
        """Go through the files that describe a subject, reading no more than asked for."""
        owner = self.owners.get(focus)
        for file in [owner] if owner else self.files:
            own = self._triples(file).get(ANONYMOUS if owner else f"<{focus}>")
            if own:
                yield file, own

    def _triples(self, file: Path) -> dict[str, list[Position]]:
        """Read the positions in a file, by subject, once and only when asked."""
        if file not in self._read:
            found: dict[str, list[Position]] = {}
            for position in positions(read_bytes(file).decode()):
                subject = ANONYMOUS if position.subject.startswith("_:") else position.subject
                found.setdefault(subject, []).append(position)
            self._read[file] = found
        return self._read[file]


def positions(text: str) -> Iterator[Position]:
    """Go through the triples of a well-formed file, in order, each with its line.

    Triples inside a blank node or a list are not told apart: they go by the triple that owns them.

    Source:
        RDF 1.1 Turtle, section 6.5 (grammar).
    """
    return _Scanner().scan(text)


class _Scanner:
    """Walks over the tokens of one file, keeping the prefixes."""

    def __init__(self) -> None:
        self._prefixes: dict[str, str] = {}
        self._base = ""

    def scan(self, text: str) -> Iterator[Position]:
        """Give the positions of all triples."""
        subject, predicate, first = "", "", 1
        tokens = _flat(_tokens(text))
        for line, match in tokens:
            kind, written = match.lastgroup, match.group()
            if kind == "directive":
                self._declare(written, tokens)
            elif kind == "mark" and written not in OPENING:
                predicate = predicate if written == "," else ""
                subject = subject if written in ",;" else ""
            elif not subject:
                subject, first = self._term(match), line
            elif not predicate:
                predicate = self._term(match)
            else:
                yield Position(subject, predicate, self._term(match), line, first)

    def _declare(self, keyword: str, tokens: Iterator[tuple[int, re.Match[str]]]) -> None:
        """Take in a prefix declaration, up to its IRI; the closing dot is harmless."""
        is_base = keyword.lower().endswith("base")
        prefix = "" if is_base else next(tokens)[1].group().removesuffix(":")
        iri = self._resolve(next(tokens)[1].group())
        if is_base:
            self._base = iri
        else:
            self._prefixes[prefix] = iri

    def _term(self, match: re.Match[str]) -> str:
        """Write a token as N-Triples would."""
        kind, written = match.lastgroup, match.group()
        if kind == "mark":
            return NESTED
        if kind == "iri":
            return f"<{self._resolve(written)}>"
        if kind == "literal":
            return self._literal(match)
        if kind == "number":
            return f'"{written}"^^<{XSD}{_number_type(written)}>'
        if kind == "word":
            return f"<{RDF}type>" if written == "a" else f'"{written}"^^<{XSD}boolean>'
        return written if written.startswith("_:") else f"<{self._expand(written)}>"

    def _literal(self, match: re.Match[str]) -> str:
        """Write a string with its language tag or datatype."""
        string, datatype = match.group("string"), match.group("datatype")
        quotes = 3 if string.startswith(('"""', "'''")) else 1
        value = _unescape(string[quotes:-quotes])
        if match.group("lang"):
            return str(ox.Literal(value, language=match.group("lang")))
        if not datatype:
            return str(ox.Literal(value))
        iri = self._resolve(datatype) if datatype.startswith("<") else self._expand(datatype)
        return str(ox.Literal(value, datatype=ox.NamedNode(iri)))

    def _resolve(self, written: str) -> str:
        """Take the angle brackets off an IRI, and resolve it against the base if there is one."""
        iri = _unescape(written[1:-1])
        return urljoin(self._base, iri) if self._base else iri

    def _expand(self, name: str) -> str:
        """Expand a prefixed name."""
        prefix, _, local = name.partition(":")
        return self._prefixes.get(prefix, "") + re.sub(r"\\(.)", r"\1", local)


def _tokens(text: str) -> Iterator[tuple[int, re.Match[str]]]:
    """Split a text into tokens, each with its line."""
    line, end = 1, 0
    for match in _TOKEN.finditer(text):
        line += text.count("\n", end, match.start())
        end = match.start()
        if match.lastgroup != "space":
            yield line, match


def _flat(tokens: Iterator[tuple[int, re.Match[str]]]) -> Iterator[tuple[int, re.Match[str]]]:
    """Leave out what stands inside brackets: of a blank node or list, only the opening bracket is given."""
    depth = 0
    for line, match in tokens:
        written = match.group()
        depth -= written in CLOSING
        if depth == 0 and written not in CLOSING:
            yield line, match
        depth += written in OPENING


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

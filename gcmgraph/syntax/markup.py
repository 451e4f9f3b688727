"""Guard the readers of RDF/XML and JSON-LD against what they would let pass, or would choke on."""

from __future__ import annotations

import io
import re
from itertools import accumulate
from typing import TYPE_CHECKING

import pyoxigraph as ox

from gcmgraph.errors import ReadError, cut
from gcmgraph.syntax.mistaken import mistaken, named, unlike

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import Any

DEEPEST = 300
LONGEST_ENTITY = 1000
MOST_EXPANDED = 10_000_000
NO_BASE = "no-base:/-/"
_PREDEFINED = ("lt", "gt", "amp", "quot", "apos")
_REFERENCE = re.compile(r"&([^#;&\s][^;&\s]*);")
_STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+"', re.DOTALL)
_HALF = re.compile(rb"\\u[dD](?:[89aAbB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])|[c-fC-F](?<!\\u[dD][89aAbB]..\\u..))")
_STEPS = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}
_NO_BRACKETS = bytes(set(range(256)) - _STEPS.keys())
_FREE_KEYS = re.compile(rb'"@(?:json|vocab|container|nest)"')
_NO_IRI = re.compile(r"[\x00-\x20<>\"{}|\\^`]")
_PROBLEM = re.compile(r"(.*?): line \d+, column \d+$")
_CUT = "close it; if the file is cut, fetch it whole"
_XML_ERRORS = {
    "no element found": ("the file ends inside an element, or holds none", _CUT),
    "unclosed token": ("a tag that begins here is never closed", _CUT),
    "mismatched tag": ("this tag does not close the last that was opened", "close what is open, or mend the name"),
    "unbound prefix": ("the prefix of this name is not declared", 'add xmlns:PREFIX="..." to the root element'),
    "undefined entity": ("this entity is not declared", "write the character itself, or declare the entity"),
    "junk after document element": ("something stands behind the root element", "take it out"),
}
_BAD_IRI = re.compile("error while parsing IRI '(.*)': Invalid IRI code point '(.)'", re.DOTALL)
_RELATIVE = "is relative, and the file declares no base", "write it in full, or declare a base"


def check_xml(path: Path, data: bytes) -> None:
    """Refuse XML that is not well-formed, points outside, is nested too deep, or grows when its entities are put in.

    Raises:
        ReadError: it is so; the error holds line and column.
    """
    _Xml(path, data).check()


class _Xml:
    """One pass over an XML file."""

    def __init__(self, path: Path, data: bytes) -> None:
        self._path, self._data = path, data
        self._depth = 0
        self._sizes: dict[str, int] = {}
        from xml.parsers import expat

        self._parser = expat.ParserCreate("utf-8", " ")
        self._parser.StartDoctypeDeclHandler = self._doctype
        self._parser.EntityDeclHandler = self._entity
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end

    def check(self) -> None:
        """Go through the file."""
        from xml.parsers.expat import ExpatError

        try:
            self._parser.Parse(self._data, True)
        except ExpatError as error:
            known = mistaken(self._path, self._data, ox.RdfFormat.RDF_XML)
            message = _PROBLEM.sub(r"\1", str(error))
            told = _XML_ERRORS.get(message, (message, "mend the XML here"))
            raise known or self._error(*told, (error.lineno, error.offset + 1)) from error

    def _doctype(self, _: str, system: str | None, public: str | None, has_own: int) -> None:
        """Refuse a document type that lies elsewhere."""
        del has_own
        if system or public:
            raise unlike(self._path, self._data) or self._error(
                f"its document type lies outside, in '{system or public}', which is not fetched",
                "take the address out of <!DOCTYPE>, and write the entities into the file",
            )

    def _entity(self, name: str, is_parameter: int, value: str | None, *outside: str | None) -> None:
        """Refuse entities that lie elsewhere or are large when they are put in."""
        system = outside[1]
        if is_parameter or value is None:
            where = f"lies outside, in '{system}', which is not fetched" if system else "is a parameter entity"
            raise self._error(f"the entity '{name}' {where}", "write what it stands for into the file")
        named = [other for other in _REFERENCE.findall(value) if other not in _PREDEFINED]
        for other in named:
            if other not in self._sizes:
                raise self._error(f"the entity '{name}' uses '{other}', which is not declared before it", "declare it")
        self._sizes.setdefault(name, len(value) + sum(self._sizes[other] for other in named))
        if self._sizes[name] > LONGEST_ENTITY:
            raise self._error(
                f"the entity '{name}' stands for {self._sizes[name]:,} characters", "write its text where it is used"
            )

    def _start(self, *_: Any) -> None:
        """Count the levels; before the first element, look at what the entities will grow to."""
        if not self._depth and self._sizes:
            names = _REFERENCE.findall(self._data.decode())
            used = sum(self._sizes.get(name, 0) for name in names)
            if used > MOST_EXPANDED + len(self._data):
                raise self._error(
                    f"its entities stand for {used:,} characters", "write their texts where they are used"
                )
        self._depth += 1
        if self._depth > DEEPEST:
            raise self._error(f"is nested deeper than {DEEPEST} elements", "write it flatter")

    def _end(self, _: str) -> None:
        """Go back a level."""
        self._depth -= 1

    def _error(self, problem: str, advice: str, place: tuple[int, int] | None = None) -> ReadError:
        """Make an error at a place, or at the place of the parser."""
        line, column = place or (self._parser.CurrentLineNumber, self._parser.CurrentColumnNumber + 1)
        return ReadError(str(self._path), cut(problem), advice, line=line, column=column)


def check_json(path: Path, data: bytes) -> None:
    """Refuse JSON that is nested too deep, and JSON-LD of which a part would be passed over in silence.

    Raises:
        ReadError: it is so. What is no JSON at all is left to the parser, which tells the place.

    Source:
        JSON-LD 1.1 API, section 5.1 (expansion): a key without a meaning, and an IRI that is none, are dropped.
    """
    import json

    marks = _STRING.sub(b"", data).translate(None, _NO_BRACKETS)
    if max(accumulate(map(_STEPS.__getitem__, marks)), default=0) > DEEPEST:
        raise ReadError(str(path), f"is nested deeper than {DEEPEST} levels", "write it flatter", line=1)
    try:
        known = json.loads(data)
    except ValueError:
        return
    for url in _outside(known):
        advice = "write the context into the file"
        raise _at(path, data, url, (f"its context points to '{url}', which is not fetched", advice))
    for text, problem, advice in _lost(known, has_free_keys=bool(_FREE_KEYS.search(data))):
        raise _at(path, data, text, (problem, advice))


def _at(path: Path, data: bytes, text: str, told: tuple[str, str]) -> ReadError:
    """Make an error at the line where a text of JSON stands first; at the head if it is written with escapes."""
    import json

    at = max(0, data.find(json.dumps(text, ensure_ascii=False).encode("utf-8", "replace")))
    return ReadError(str(path), *map(cut, told), line=data.count(b"\n", 0, at) + 1)


def _outside(known: Any) -> Iterator[str]:
    """Go through the addresses to which contexts point."""
    for context in _values(known, "@context"):
        yield from _texts(context)
        yield from (text for one in _objects(context) for text in _texts(one.get("@import")))


def _lost(known: Any, *, has_free_keys: bool) -> Iterator[tuple[str, str, str]]:
    """Go through what would be dropped: the text, what is wrong and what to do."""
    terms = {key for context in _values(known, "@context") for one in _objects(context) for key in one}
    for one in _objects(known):
        for text in (t for key in ("@id", "@type") for t in _texts(one.get(key))):
            if _NO_IRI.search(text):
                yield (
                    text,
                    f"'{text}' is no IRI, and would be dropped",
                    "write each space or sign in it as % and digits",
                )
    if terms and not has_free_keys:
        for key in (key for one in _objects(known, skip="@context") for key in one):
            if not key.startswith("@") and ":" not in key and key not in terms:
                yield key, f"the key '{key}' is not in the context, and would be dropped", "define it, or take it out"


def _values(known: Any, key: str) -> Iterator[Any]:
    """Go through the values of a key, wherever it stands."""
    for one in _objects(known):
        if key in one:
            yield one[key]


def _objects(known: Any, *, skip: str = "") -> Iterator[dict[str, Any]]:
    """Go through the objects of a JSON value, in the order written, but not below a key."""
    waiting = [known]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            yield one
            waiting += [value for key, value in reversed(one.items()) if not skip or key != skip]
        elif isinstance(one, list):
            waiting += reversed(one)


def _texts(value: Any) -> list[str]:
    """List the texts of a value that may be a list."""
    return [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, str)]


def explain(path: Path, data: bytes, rdf_format: ox.RdfFormat, error: SyntaxError) -> ReadError:
    """Tell why RDF/XML or JSON-LD cannot be read.

    Args:
        path: the file.
        data: its bytes.
        rdf_format: which of the two it is.
        error: what the parser said.
    """
    known = mistaken(path, data, rdf_format)
    if known:
        return known
    line, column, problem = error.lineno or 0, error.offset or 0, re.sub(r"^Parser error .*?: ", "", error.msg)
    advice = "mend the syntax here or just before"
    if rdf_format == ox.RdfFormat.RDF_XML:
        line = line or _line_of(data)
        bad = _BAD_IRI.match(problem)
        if bad:
            problem, advice = f"the IRI '{bad.group(1)}' holds {named(bad.group(2))}", "write it as % and two digits"
        elif "No scheme found" in problem:
            iri = problem.partition("'")[2].partition("'")[0]
            problem, advice = f"the IRI '{iri}' {_RELATIVE[0]}", f"{_RELATIVE[1]} with xml:base"
    elif half := _HALF.search(data):
        line, problem = data.count(b"\n", 0, half.start()) + 1, f"'{half.group().decode()}' is half a character"
    if problem[1:2].islower():
        problem = problem[:1].lower() + problem[1:]
    return ReadError(str(path), cut(problem), advice, line=line or 1, column=column)


def require_base(path: Path, data: bytes, triple: ox.Triple) -> None:
    """Refuse IRIs of JSON-LD that have no base.

    Raises:
        ReadError: a term is relative to NO_BASE.
    """
    for term in triple:
        iri = getattr(getattr(term, "datatype", term), "value", "")
        if iri.startswith(NO_BASE):
            written = iri.removeprefix(NO_BASE)
            told = f"the IRI '{written}' {_RELATIVE[0]}", f"{_RELATIVE[1]} with @base"
            raise _at(path, data, written, told)


class _ByLine(io.RawIOBase):
    """Hands out a file line by line, and knows the last."""

    def __init__(self, data: bytes) -> None:
        super().__init__()
        self._lines = io.BytesIO(data)
        self.line = 0
        self._ended = True

    def read(self, size: int = -1) -> bytes:
        """Give the next part of a line."""
        part = self._lines.readline(size)
        self.line += self._ended
        self._ended = part.endswith(b"\n")
        return part


def _line_of(data: bytes) -> int:
    """Find the line of the first error by feeding the parser line by line."""
    lines = _ByLine(data)
    try:
        for _ in ox.parse(lines, format=ox.RdfFormat.RDF_XML):  # type: ignore[arg-type]
            pass
    except SyntaxError:
        pass
    return lines.line

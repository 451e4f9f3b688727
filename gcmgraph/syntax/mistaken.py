"""Recognise files that are not what they should be: web pages, archives, files of other formats, unfinished merges."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

import pyoxigraph as ox

from gcmgraph.errors import ReadError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_BINARY = {
    b"\x1f\x8b": ("gzip data", "unpack it first"),
    b"PK\x03\x04": ("a ZIP archive", "unpack it first"),
    b"BZh": ("bzip2 data", "unpack it first"),
    b"\xfd7zXZ\x00": ("xz data", "unpack it first"),
    b"\x28\xb5\x2f\xfd": ("zstd data", "unpack it first"),
    b"%PDF-": ("a PDF document", "name a file that holds RDF"),
    b"SQLite format 3\x00": ("an SQLite database", "name a file that holds RDF"),
    b"\x89PNG": ("a PNG picture", "name a file that holds RDF"),
}
_WIDE = {b"\x00\x00\xfe\xff": "UTF-32", b"\xff\xfe\x00\x00": "UTF-32", b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}
_HTML = re.compile(
    rb"\s*+(?:<\?xml[^>]*+>\s*+)?+(?><!--.*?-->\s*+)*+<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL
)
_TITLE = re.compile(rb"<title[^>]*>\s*([^<]{1,60})", re.IGNORECASE)
_POINTER = b"version https://git-lfs.github.com/spec/"
_MARKER = re.compile(rb"^(?:<{7}|>{7})(?:[ \r].*)?$", re.MULTILINE)
_XML = re.compile(rb"\s*<(?:\?xml\s|!--|!DOCTYPE\s|rdf:RDF\b)", re.IGNORECASE)
_JSON = re.compile(rb"""\s*[\[{]\s*(?:[\[{]\s*)?"(?:[^"\\]++|\\.)*+"\s*[:,\]]""")
_OTHER = (
    (re.compile(rb"\s*(?:Prefix|Ontology)\s*\("), "OWL in functional syntax"),
    (re.compile(rb"\s*(?:Prefix|Ontology):\s"), "OWL in Manchester syntax"),
)
_TEXTS = (
    (ox.RdfFormat.N_QUADS, "N-Quads", ".nq"),
    (ox.RdfFormat.TURTLE, "Turtle", ".ttl"),
    (ox.RdfFormat.TRIG, "TriG", ".trig"),
)
_SAMPLE = 4096
_HUGE = re.compile(rb"[^\r\n]{16000000,}+")


def unlike(path: Path, data: bytes) -> ReadError | None:
    """Recognise what is no text in UTF-8, or no RDF at all.

    Args:
        path: the file.
        data: its bytes, without a byte-order mark of UTF-8.
    """
    for sign, (kind, advice) in _BINARY.items():
        if data.startswith(sign):
            return _error(path, f"is {kind}, not RDF", advice)
    encoding = _wide(data)
    if encoding:
        return _error(path, f"is in {encoding}", "save the file as UTF-8")
    if data.startswith(_POINTER):
        return _error(path, "is a pointer of Git LFS, not the file itself", "fetch the file with 'git lfs pull'")
    if _HTML.match(data):
        title = _TITLE.search(data[: 16 * _SAMPLE])
        name = f" ('{title.group(1).decode(errors='replace').strip()}')" if title else ""
        return _error(path, f"is an HTML page{name}, not RDF", "fetch the file again; a server may have sent an error")
    return None


def mistaken(path: Path, data: bytes, rdf_format: ox.RdfFormat) -> ReadError | None:
    """Recognise why a text cannot be read as the format that its name promises, if it is a matter of the whole file.

    Args:
        path: the file.
        data: its bytes, without a byte-order mark.
        rdf_format: the format that was tried, in vain.
    """
    return unlike(path, data) or _merge(path, data) or _nul(path, data) or _renamed(path, data, rdf_format)


def not_utf8(path: Path, data: bytes, error: UnicodeDecodeError) -> ReadError:
    """Tell why bytes are no UTF-8."""
    known = unlike(path, data)
    if known:
        return known
    begin = data.rfind(b"\n", 0, error.start) + 1
    line, column = data.count(b"\n", 0, error.start) + 1, len(data[begin : error.start].decode()) + 1
    if error.reason == "unexpected end of data":
        return _error(path, "ends inside a character", "the file is cut; fetch it whole", line, column)
    return _error(path, f"byte {data[error.start]:#04x} is not UTF-8", "save the file as UTF-8", line, column)


def too_long(path: Path, data: bytes, error: MemoryError) -> Exception:
    """Tell that a term or comment is too long for the parser; give back an error that says anything else."""
    if "buffer maximal size" not in str(error):
        return error
    found = _HUGE.search(data)
    line = _line(data, found.start()) if found else 1
    return _error(
        path, "holds a term or comment of more than 16 MB", "split it, or keep it in a file of its own", line, 0
    )


def named(character: str) -> str:
    r"""Name a character so that one that cannot be seen is known.

    >>> named("x"), named("\u00a0")
    ("'x'", 'U+00A0 (NO-BREAK SPACE)')
    """
    if character.isprintable() and character != " ":
        return f"'{character}'"
    return f"U+{ord(character):04X} ({unicodedata.name(character, 'a control character')})"


def _wide(data: bytes) -> str:
    """Name the encoding if its units are wider than a byte."""
    for sign, encoding in _WIDE.items():
        if data.startswith(sign):
            return encoding
    sample = data[:_SAMPLE]
    shares = [sample[n::4].count(0) * 8 > len(sample) for n in range(4)]
    return {1: "UTF-16", 2: "UTF-16", 3: "UTF-32"}.get(sum(shares), "") if len(sample) > 8 else ""


def _merge(path: Path, data: bytes) -> ReadError | None:
    """Find git's marks of a conflict."""
    marks = list(_MARKER.finditer(data))
    if not marks:
        return None
    text = marks[0].group().decode(errors="replace").strip()
    conflicts = max(1, sum(mark.group().startswith(b"<") for mark in marks))
    number = "a merge conflict is" if conflicts == 1 else f"{conflicts} merge conflicts are"
    advice = "choose between the two versions, and take out the lines with the marks"
    return _error(path, f"{number} not resolved ('{text}')", advice, _line(data, marks[0].start()), 1)


def _nul(path: Path, data: bytes) -> ReadError | None:
    """Find a NUL byte."""
    at = data.find(0)
    if at < 0:
        return None
    column = len(data[data.rfind(b"\n", 0, at) + 1 : at].decode(errors="replace")) + 1
    count = data.count(0)
    problem = "holds a NUL byte" if count == 1 else f"holds {count:,} NUL bytes, the first here"
    return _error(path, problem, "the file is damaged; restore it from a copy", _line(data, at), column)


def _renamed(path: Path, data: bytes, rdf_format: ox.RdfFormat) -> ReadError | None:
    """Recognise another format."""
    for kind, ending in _kinds(data, rdf_format):
        advice = f"name it {path.stem}{ending}, or convert it" if ending else "convert it"
        return _error(path, f"is {kind}, and not what '{path.suffix}' stands for", advice)
    return None


def _kinds(data: bytes, rdf_format: ox.RdfFormat) -> Iterator[tuple[str, str]]:
    """Go through the formats that a text is in, each with its ending."""
    if rdf_format != ox.RdfFormat.JSON_LD and _JSON.match(data):
        yield ("JSON-LD", ".jsonld") if re.search(rb'"@(?:context|id|graph|type)"', data) else ("JSON", "")
    elif rdf_format != ox.RdfFormat.RDF_XML and _XML.match(data):
        yield ("RDF/XML", ".rdf") if b"22-rdf-syntax-ns#" in data[: 16 * _SAMPLE] else ("XML", "")
    else:
        yield from ((kind, "") for pattern, kind in _OTHER if pattern.match(data))
        for other, kind, ending in _TEXTS:
            if other != rdf_format and _is_read(data, other):
                yield kind, ending


def _is_read(data: bytes, rdf_format: ox.RdfFormat) -> bool:
    """Tell whether a text is well-formed, and says something, in a format."""
    found = None
    try:
        for found in ox.parse(data, format=rdf_format):  # noqa: B007  (only whether there is one)
            pass
    except SyntaxError:
        return False
    return found is not None


def _line(data: bytes, at: int) -> int:
    """Tell the line of a byte, from 1."""
    return data.count(b"\n", 0, at) + 1


def _error(path: Path, problem: str, advice: str, line: int = 1, column: int = 1) -> ReadError:
    """Make the error; it is at the head of the file if nowhere else."""
    return ReadError(str(path), problem, advice, line=line, column=column)

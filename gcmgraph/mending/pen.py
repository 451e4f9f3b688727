"""Write terms as a file writes them, and replace them where they stand."""

from __future__ import annotations

import re
from contextlib import suppress
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import pyoxigraph as ox

from gcmgraph.findings import Edit
from gcmgraph.namespaces import PREFIXES
from gcmgraph.places.positions import Located
from gcmgraph.places.scanner import STRING, compiled
from gcmgraph.project import shown

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from pathlib import Path

    from gcmgraph.places.walker import Told
    from gcmgraph.shacl.index import Term
    from gcmgraph.validation.placing import Placing

XSD, TYPE = PREFIXES["xsd"], PREFIXES["rdf"] + "type"
LONG = 200
SCHEMES = ("http", "https", "urn", "mailto", "tag", "did")
LINES = (".nt", ".nq")
_QUOTED = compiled(STRING)
_LINE = re.compile(rb"[^\n]*(?:\n|$)")
_PREFIX = re.compile(
    rb"(\xef\xbb\xbf)?+[ \t]*(?:@prefix\s+[^\s:#<>]*:\s*<[^<>\s]*>\s*\.|(?i:prefix)\s+[^\s:#<>]*:\s*<[^<>\s]*>)\s*"
)
_APART = re.compile(rb"[\s#,;\[\](){}>]")


class Stated(NamedTuple):
    """A triple of a file, with its bytes."""

    file: Path
    located: Located
    told: Told


class Pen:
    """Writes into the files that were loaded.

    Attributes:
        places: finds what the files say.
        editable: the files that may be mended.
    """

    def __init__(self, places: Placing, editable: Collection[Path]) -> None:
        self.places = places
        self.editable = {path.resolve() for path in editable}

    def term(self, term: Term, focus: Term) -> str:
        """Write a term as the file that describes a node would; a long text is cut."""
        if isinstance(term, ox.Literal) and len(term.value) > LONG:
            cut = f"{term.value[:LONG]}..."
            term = ox.Literal(cut, language=term.language) if term.language else ox.Literal(cut, datatype=term.datatype)
        located = self._file_of(focus)
        return _written(term, located, len(located.data)) if located else str(term)

    def line(self, focus: Term, path: str, value: str) -> str:
        """Write the line that states a value."""
        file = self.places.data.file_of(focus)
        name = self.term(ox.NamedNode(path), focus)
        if file is not None and file.suffix in LINES:
            return f"{focus} {name} {value} ."
        return f"{'a' if path == TYPE else name} {value} ;"

    def iri(self, text: str, focus: Term) -> ox.NamedNode | None:
        """Read a text as an IRI, or as a name with a prefix of the file that describes a node."""
        prefix, colon, local = text.strip().strip("<>").partition(":")
        located = self._file_of(focus)
        if not colon or re.search(r"[\s<>\"{}|^`\\]", local):
            return None
        namespace = located.names.prefixes(len(located.data)).get(f"{prefix}:") if located else None
        if namespace and not local.startswith("//"):
            iri = namespace + local
        elif prefix in SCHEMES:
            iri = f"{prefix}:{local}"
        else:
            return None
        with suppress(ValueError):
            return ox.NamedNode(iri)
        return None

    def stated(self, focus: Term, path: str, value: Term | None = None) -> list[Stated] | None:
        """Find the triples with a property, or with a value of it; None if the place of one is not certain."""
        data = self.places.data
        rows, columns, terms = data.rows_with(focus), data.graph.rows, data.graph.terms
        rows = rows[columns[rows, 1] == terms.find(ox.NamedNode(path))]
        if value is not None:
            rows = rows[columns[rows, 2] == terms.find(value)]
        found = []
        for row in rows.tolist():
            file, wanted = self.places.wanted(row)
            located = self.places.files.of(file)
            if not isinstance(located, Located):
                return None
            told = located.told(wanted)
            if told is None:
                return None
            found.append(Stated(file, located, told))
        return found

    def where(self, focus: Term, path: str, value: Term | None = None) -> str:
        """Name the place of a triple as file and line; empty if it is not known."""
        found = self.stated(focus, path, value)
        return f"{shown(found[0].file)}:{found[0].located.span(found[0].told.place).line}" if found else ""

    def revalued(self, focus: Term, path: str, old: Term, new: Term) -> tuple[Edit, ...]:
        """Replace a value wherever the files state it; nothing if that cannot be done."""
        found = self._editable(self.stated(focus, path, old))
        return tuple(
            edit(one, one.told.place, _replaced(old, new, one.located, one.told.place))
            for one in found
            if not isinstance(new, ox.BlankNode)
        )

    def renamed(self, focus: Term, old: str, new: str) -> tuple[Edit, ...]:
        """Replace a property of a node wherever the files state it."""
        found = self._editable(self.stated(focus, old))
        verbs = {one.told.verb: one for one in found}
        return tuple(edit(one, verb, one.located.names.short(new, verb[0])) for verb, one in verbs.items() if any(verb))

    def _editable(self, found: list[Stated] | None) -> list[Stated]:
        """Refuse to mend a part of what is stated."""
        return found if found and all(one.file in self.editable for one in found) else []

    def _file_of(self, focus: Term) -> Located | None:
        """Read the file that describes a node."""
        file = self.places.data.file_of(focus)
        located = self.places.files.of(file) if file else None
        return located if isinstance(located, Located) else None


def edit(one: Stated, place: tuple[int, int], text: str) -> Edit:
    """Make an edit that does not grow together with what stands beside it."""
    data, (start, end) = one.located.data, place
    before, after = data[max(start - 1, 0) : start], data[end : end + 2]
    is_name = not text.startswith(("<", '"', "'"))
    left = " " if is_name and before and not _APART.match(before) else ""
    joins = not text.endswith((">", '"', "'")) and after and not _APART.match(after)
    right = " " if joins and (after[:1] != b"." or (after[1:] and not _APART.match(after[1:]))) else ""
    return Edit(str(one.file), start, end, left + text + right)


def without_prefix(path: Path, data: bytes, line: int) -> Edit | None:
    r"""Give the edit that takes out the line that declares a prefix; None if the line holds more than that.

    Args:
        path: the file.
        data: its bytes.
        line: the number of the line, from 1.

    >>> from pathlib import Path
    >>> without_prefix(Path("/a.ttl"), b"@prefix e: <http://e/> .\n<a:a> <a:a> <a:a> .", 1)
    Edit(file='/a.ttl', start=0, end=25, text='')
    """
    lines = _lines(data)
    if line > len(lines):
        return None
    found = lines[line - 1]
    match = _PREFIX.fullmatch(found.group())
    return Edit(str(path), found.start() + len(match[1] or b""), found.end(), "") if match else None


@lru_cache(maxsize=1)
def _lines(data: bytes) -> list[re.Match[bytes]]:
    """Split a file into lines, once for all its prefixes."""
    return list(_LINE.finditer(data))


def words(texts: Iterable[str], *, most: int = 8) -> str:
    """Join alternatives, and say how many are left out."""
    listed = list(texts)
    if len(listed) > most:
        return f"{', '.join(listed[:most])}, ... ({len(listed)} in all)"
    return " or ".join([", ".join(listed[:-1]), listed[-1]]) if len(listed) > 1 else "".join(listed)


def _written(term: Term, located: Located, at: int) -> str:
    """Write a term as short as the prefixes that hold at a byte allow."""
    if isinstance(term, ox.NamedNode):
        return located.names.short(term.value, at)
    if isinstance(term, ox.BlankNode):
        return "a blank node"
    return str(ox.Literal(term.value)) + _suffix(term, located, at)


def _suffix(term: ox.Literal, located: Located, at: int) -> str:
    """Write the language or the datatype of a literal."""
    if term.language:
        return f"@{term.language}"
    datatype = term.datatype.value
    return "" if datatype == XSD + "string" else f"^^{located.names.short(datatype, at)}"


def _replaced(old: Term, new: Term, located: Located, place: tuple[int, int]) -> str:
    """Write a term in the place of another; a text that stays keeps its quotes and escapes."""
    quoted = _QUOTED.match(located.data, *place)
    if quoted and isinstance(new, ox.Literal) and new.value == old.value:
        return quoted.group().decode() + _suffix(new, located, place[0])
    return _written(new, located, place[0])

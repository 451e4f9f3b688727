"""Find roughly where terms stand in RDF/XML and JSON-LD files, which no position of a triple is known of."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

import pyoxigraph as ox

from gcmgraph.places.lines import Lines, Span
from gcmgraph.places.scanner import BLANK
from gcmgraph.reading import FORMATS, read_triples, read_whole

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from gcmgraph.places.positions import Wanted

_XML = re.compile(rb"""(\b(?:about|ID)\s*=\s*)?(?:"([^"<>]*)"|'([^'<>]*)')""")
_JSON = re.compile(rb"""("@id"\s*:\s*)?"((?:[^"\\]++|\\.)*+)"()""", re.DOTALL)
_END = re.compile(rb"[^/#:;]+(?=[/#:]*$)")


class Rough:
    """The terms of one file, each at the line where its IRI, or the end of it, stands first."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.data = read_whole(path)
        self._lines = Lines(self.data)

    def spans(self, wanted: Iterable[Wanted]) -> list[Span | None]:
        """Find where the subjects of triples stand, or the objects where no subject is wanted.

        Returns:
            For each its stretch, whose bytes are not told (they are -1), because it must not be replaced; None for
            what the file does not say, and for blank nodes.
        """
        return [self._span(one) if self._says(one) else None for one in wanted]

    def excerpt(self, line: int) -> str:
        """Give the text of a line."""
        return self._lines.text(line)

    def _says(self, wanted: Wanted) -> bool:
        """Tell whether the file says a triple; parts that are empty may be anything."""
        parts = wanted.subject, wanted.predicate, wanted.object
        return any(part.startswith(BLANK) for part in parts) or parts in self._told

    @cached_property
    def _told(self) -> set[tuple[str, str, str]]:
        """All triples of the file, as wholes and as the parts that can be wanted."""
        found = set()
        for triple in read_triples(self._path):
            subject, predicate, value = map(str, triple)
            found |= {(subject, predicate, value), (subject, predicate, ""), (subject, "", ""), ("", "", value)}
        return found

    def _span(self, wanted: Wanted) -> Span | None:
        """Find the first place of a term's IRI, else of another that ends alike: behind a prefix, an entity, a base."""
        term = wanted.subject or wanted.object
        iri = term[1:-1].replace("&", "&amp;").encode() if term.startswith("<") else b""
        place = self._places.get(iri) or self._places.get(_end(iri))
        return replace(self._lines.span(*place), start=-1, end=-1) if iri and place else None

    @cached_property
    def _places(self) -> dict[bytes, tuple[int, int]]:
        """Where each text in quotation marks, and the end of each, stands first: rather as a subject than elsewhere."""
        pattern = _XML if FORMATS[self._path.suffix] == ox.RdfFormat.RDF_XML else _JSON
        found: dict[bytes, tuple[int, int]] = {}
        matches = list(pattern.finditer(self.data))
        for match in (*(m for m in matches if m[1]), *(m for m in matches if not m[1])):
            place = match.span(2) if match[2] is not None else match.span(3)
            text = self.data[slice(*place)]
            for name in (text, _end(text)):
                found.setdefault(name, place)
        return found


def _end(iri: bytes) -> bytes:
    """Give the local name of an IRI, however that is written."""
    found = _END.search(iri)
    return found.group() if found else iri

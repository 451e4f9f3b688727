"""Where shapes stand in their files, those without a name too."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyoxigraph as ox

from gcmgraph.places.positions import Places, Wanted
from gcmgraph.project import shown
from gcmgraph.reading import read_triples

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from gcmgraph.shacl.index import Term
    from gcmgraph.shacl.shapes import Shapes


class ShapePlaces:
    """The triples of files of shapes, each with its place.

    Attributes:
        triples: those of all files, in the order read.
    """

    def __init__(self, files: Sequence[Path]) -> None:
        """Read the files.

        Raises:
            ReadError: a file is missing, unreadable or malformed.
        """
        self.triples: list[ox.Triple] = []
        self._rows: dict[Term, dict[ox.Triple, tuple[Path, int]]] = {}
        for path in files:
            for row, triple in enumerate(read_triples(path)):
                self.triples.append(triple)
                if isinstance(triple.subject, ox.BlankNode):
                    self._rows.setdefault(triple.subject, {})[triple] = (path, row)
        self._places = Places(files, shown)

    def of(self, node: Term, shapes: Shapes) -> tuple[str, int]:
        """Find the file as shown, and the line of a shape; of one without a name that cannot be found, of its owner."""
        for triple in self._rows.get(node, ()):
            place = self.of_triple(triple)
            if place[1]:
                return place
        owner = shapes.owner(node)
        return self._places.find(owner.value, "", "") if isinstance(owner, ox.NamedNode) else ("", 0)

    def of_triple(self, triple: ox.Triple) -> tuple[str, int]:
        """Find the file as shown, and the line of a triple; ("", 0) if it stands nowhere."""
        if isinstance(triple.subject, ox.NamedNode):
            return self._places.find(triple.subject.value, triple.predicate.value, str(triple.object))
        own = self._rows.get(triple.subject, {})  # type: ignore[arg-type]
        file, row = own.get(triple, (None, 0))
        subject, predicate, value = map(str, triple)
        span = file and self._places.span(file, Wanted(subject, predicate, value, row))
        return (shown(file), span.line) if file and span else ("", 0)

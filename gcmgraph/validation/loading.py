"""Files read into columns, so that each triple can be traced to its file."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pyoxigraph as ox

from gcmgraph.errors import ReadError
from gcmgraph.reading import stream
from gcmgraph.reasoning.columns import Terms, among, distinct
from gcmgraph.shacl.graph import DataGraph

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from gcmgraph.reasoning.columns import Numbers
    from gcmgraph.shacl.index import Term


@dataclass
class Loaded:
    """Files as columns.

    Attributes:
        paths: the files, resolved, in the order read.
        ends: where the rows of each file end.
        graph: the triples of all files, one row each.
        broken: the syntax errors of files that could not be read.
    """

    paths: Sequence[Path]
    ends: Sequence[int]
    graph: DataGraph
    broken: Sequence[tuple[Path, ReadError]] = ()
    _order: Numbers | None = field(default=None, repr=False)
    _sorted: Numbers = field(default_factory=lambda: np.empty(0, np.int64), repr=False)

    def rows_of(self, path: Path) -> Numbers:
        """Give the rows of a file."""
        place = self.paths.index(path.resolve())
        return self.graph.rows[self.ends[place - 1] if place else 0 : self.ends[place]]

    def subjects(self, paths: Iterable[Path]) -> Numbers:
        """Give the subjects that files describe, sorted."""
        return distinct(np.concatenate([np.empty(0, np.int64), *(self.rows_of(path)[:, 0] for path in paths)]))

    def told_of(self, paths: Iterable[Path]) -> Numbers:
        """Give the nodes that files tell of, sorted: what they describe, and what they name and no file describes."""
        named = distinct(np.concatenate([np.empty(0, np.int64), *(self.rows_of(path)[:, 2] for path in paths)]))
        alone = named[~among(distinct(self.graph.rows[:, 0]), named)]
        return distinct(np.concatenate([self.subjects(paths), alone]))

    def file_of(self, term: Term) -> Path | None:
        """Name the first file that describes a term, else the first that has it as an object."""
        rows = self.rows_with(term)
        if not len(rows):
            rows = np.flatnonzero(self.graph.rows[:, 2] == self.graph.terms.find(term))
        return self.paths[self.place_index(int(rows[0]))] if len(rows) else None

    def file_number(self, term: Term) -> int:
        """Give the position of the file that `file_of` names; 0 if there is none."""
        rows = self.rows_with(term)
        return self.place_index(int(rows[0])) if len(rows) else 0

    def place_of(self, row: int) -> tuple[Path, int]:
        """Give the file of a row, and the number of the triple in it."""
        index = self.place_index(row)
        return self.paths[index], row - (self.ends[index - 1] if index else 0)

    def place_index(self, row: int) -> int:
        """Give the position of the file that holds a row."""
        return int(np.searchsorted(self.ends, row, side="right"))

    def rows_with(self, subject: Term) -> Numbers:
        """Find the rows of a subject, in the order read."""
        number, subjects = self.graph.terms.find(subject), self.graph.rows[:, 0]
        if self._order is None:
            self._order = np.argsort(subjects, kind="stable")
            self._sorted = subjects[self._order]
        low, high = np.searchsorted(self._sorted, [number, number + 1])
        return self._order[low:high]

    def triples(self, rows: Numbers | None = None) -> Iterable[ox.Triple]:
        """Go through the triples of some rows, or of all."""
        terms = self.graph.terms.listed()
        for subject, predicate, value in (self.graph.rows if rows is None else rows).tolist():
            yield ox.Triple(terms[subject], terms[predicate], terms[value])


def load(paths: Sequence[Path], *, note: Callable[[str], None] | None = None, terms: Terms | None = None) -> Loaded:
    """Read files into columns.

    Args:
        paths: RDF files.
        note: called with the name of each file before it is read.
        terms: the numbers of terms that are known; others are added.

    Returns:
        The columns; a syntax error is kept, and the file left out.

    Raises:
        ReadError: a file is missing or unreadable.
    """
    terms = Terms() if terms is None else terms
    parts: list[Numbers] = []
    broken: list[tuple[Path, ReadError]] = []
    paths = [path.resolve() for path in paths]
    for path in paths:
        if note:
            note(f"reading {path}")
        try:
            parts.append(terms.encode(stream(path)))
        except ReadError as error:
            if not error.line:
                raise
            broken += [(path, one) for one in (error, *error.more)]
            parts.append(np.empty((0, 3), np.int64))
    ends = np.cumsum([len(part) for part in parts]).tolist()
    rows = np.concatenate([np.empty((0, 3), np.int64), *parts])
    return Loaded(list(paths), ends, DataGraph(terms, rows), broken)


def loaded(graphs: Mapping[Path, Iterable[ox.Triple]]) -> Loaded:
    """Make columns of triples that have been read already."""
    terms = Terms()
    parts = [terms.encode(triples) for triples in graphs.values()]
    ends = np.cumsum([len(part) for part in parts]).tolist()
    return Loaded(
        [path.resolve() for path in graphs],
        ends,
        DataGraph(terms, np.concatenate([np.empty((0, 3), np.int64), *parts])),
    )

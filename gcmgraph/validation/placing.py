"""Findings put at the place in the files that says what they are about."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox

from gcmgraph.findings import Finding
from gcmgraph.places.positions import Places, Wanted
from gcmgraph.project import shown
from gcmgraph.reasoning.columns import distinct
from gcmgraph.shacl.graph import BLANK

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from gcmgraph.places.lines import Span
    from gcmgraph.shacl.index import Term
    from gcmgraph.validation.loading import Loaded


@dataclass(frozen=True)
class Unplaced:
    """A finding that has no place yet.

    Attributes:
        focus: the focus node.
        path: the IRI of the property concerned, or empty.
        value: the offending value, or None.
        rule: the name of the check.
        told: the other attributes of the finding; they come before what is found at the place.
    """

    focus: Term
    path: str
    value: Term | None
    rule: str
    told: Mapping[str, Any]


class Placing:
    """Finds where loaded data says what a finding is about.

    Attributes:
        data: the files, as columns.
    """

    def __init__(self, data: Loaded) -> None:
        self.data = data

    @cached_property
    def files(self) -> Places:
        """Find places by terms alone."""
        terms, kinds = self.data.graph.terms.listed(), self.data.graph.kinds()
        owners: dict[str, Path] = {}
        for path in self.data.paths:
            subjects = distinct(self.data.rows_of(path)[:, 0])
            owners |= {terms[number].value: path for number in subjects[kinds[subjects] == BLANK].tolist()}
        return Places(self.data.paths, shown, owners)

    def put(self, one: Unplaced) -> Finding:
        """Give a finding its place."""
        return replace(self.placed(one.focus, one.path, one.value, rule=one.rule, severity="", problem=""), **one.told)

    def placed(self, focus: Term, path: str, value: Term | None, **told: Any) -> Finding:
        """Make a finding at the triple concerned: else at its subject, else where the focus node is an object.

        Args:
            focus: the focus node.
            path: the IRI of the property concerned, or empty.
            value: the offending value, or None.
            told: the other attributes of the finding.
        """
        file, span = self._found(focus, path, value)
        written = str(value) if value is not None else ""
        places = self._place(file, span) if file and span else {}
        line, column = places.pop("line", 0), places.pop("column", 0)
        name = shown(file) if file else ""
        rest = {
            "focus": str(focus) if isinstance(focus, ox.Literal) else focus.value,
            "path": path,
            "value": written,
            **places,
            **told,
        }
        return Finding(name, line, column, **rest)

    def _place(self, file: Path, span: Span) -> dict[str, Any]:
        """Tell a place and its line."""
        return {
            "line": span.line,
            "column": span.column,
            "end_line": span.end_line,
            "end_column": span.end_column,
            "excerpt": self.files.excerpt(file, span.line),
        }

    def _found(self, focus: Term, path: str, value: Term | None) -> tuple[Path | None, Span | None]:
        """Find the file and the place."""
        rows = self.data.rows_with(focus)
        wanted = [self.wanted(row) for row in self._matching(rows, path, value)]
        subject = str(focus)
        for row in rows[:1].tolist():
            first, place = self.data.place_of(row)
            wanted.append((first, Wanted(subject, row=place)))
        file = self.data.file_of(focus)
        if not len(rows) and file:
            wanted.append((file, Wanted("", "", subject)))
        for one, want in wanted:
            span = self.files.span(one, want)
            if span:
                return one, span
        return file, None

    def wanted(self, row: int) -> tuple[Path, Wanted]:
        """Ask for the object of a row."""
        terms = self.data.graph.terms.listed()
        file, place = self.data.place_of(row)
        subject, predicate, value = (str(terms[number]) for number in self.data.graph.rows[row].tolist())
        return file, Wanted(subject, predicate, value, row=place)

    def _matching(self, rows: Any, path: str, value: Term | None) -> list[int]:
        """Choose the row that says the value; without a value, the last of its property in the first file."""
        terms, columns = self.data.graph.terms, self.data.graph.rows
        if not path or not len(rows):
            return []
        own = rows[columns[rows, 1] == terms.find(ox.NamedNode(path))]
        if value is not None:
            return [int(row) for row in own[columns[own, 2] == terms.find(value)][:1]]
        end = self.data.ends[self.data.place_index(int(own[0]))] if len(own) else 0
        return [int(row) for row in own[own < end][-1:]]

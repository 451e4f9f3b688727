"""One run of validation: what shapes, lints and reasoning find, each finding in its place and with its way out."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

from gcmgraph.findings import REMARKS, Finding, Report
from gcmgraph.reasoning.columns import rows_among
from gcmgraph.shacl.graph import IRI
from gcmgraph.shacl.results import Result, to_triples
from gcmgraph.shacl.shapes import Shapes
from gcmgraph.validation.consistency import Consistency
from gcmgraph.validation.engines import Scope, evaluate
from gcmgraph.validation.lint import ill_typed, shape_faults, unknown_names
from gcmgraph.validation.placing import Placing, Unplaced
from gcmgraph.validation.shape_places import ShapePlaces
from gcmgraph.validation.telling import as_result, looked_at, told
from gcmgraph.validation.tidiness import untidy_labels, untidy_prefixes

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence
    from pathlib import Path

    from gcmgraph.mending.remedies import Remedies
    from gcmgraph.reasoning.columns import Numbers
    from gcmgraph.validation.changes import Change
    from gcmgraph.validation.loading import Loaded
    from gcmgraph.validation.snapshot import Restored

NOTHING = Finding(
    "", 0, 0, "warning", "no-target", "no shape found a node to look at", "check the classes that the shapes name"
)

LATER = "contradictions were not looked for; they are, once nothing but remarks is found"


@dataclass(frozen=True)
class Run:
    """One validation.

    Attributes:
        data: all files.
        shapes: the shapes.
        places: where the data stand.
        shape_places: where the shapes stand.
        files: those to look at; all if there are none.
        change: what has changed; None if that does not matter.
        consistency: finds contradictions.
    """

    data: Loaded
    shapes: Shapes
    places: Placing
    shape_places: ShapePlaces
    files: Sequence[Path]
    change: Change | None
    consistency: Consistency

    @classmethod
    def of(
        cls,
        data: Loaded,
        shape_files: Sequence[Path],
        files: Sequence[Path],
        change: Change | None,
        known: Restored | None,
    ) -> Run:
        """Read the shapes, and prepare to find places and contradictions."""
        stated = ShapePlaces(shape_files)
        shapes = Shapes(stated.triples)
        return cls(data, shapes, Placing(data), stated, files, change, Consistency(data, known, change))

    @cached_property
    def ways(self) -> Remedies:
        """Finds ways out of findings."""
        from gcmgraph.mending.remedies import Remedies

        return Remedies(self.data, self.shapes, self.places, self.files or self.data.paths)

    def report(
        self,
        engine: str,
        lints: Collection[str],
        progress: Callable[[int, int], None] | None,
        note: Callable[[str], None] | None,
    ) -> Report:
        """Check what is to be looked at.

        Args:
            engine: one of `gcmgraph.validation.engines.ENGINES`.
            lints: the codes of what is told beside SHACL.
            progress: called with the number of shapes done and their total.
            note: called with what is being checked, before it is.
        """
        scope = self._scope()
        results, looked = evaluate(engine, self.shapes, self.data, scope, progress=progress, note=note)
        by_shape, beside = self._placed(results, lints)
        lines = {(finding.file, finding.line) for finding in by_shape}
        faults = (fault for fault in shape_faults(self.shapes, self.shape_places) if fault.rule in lints)
        others = {f for f in (*beside, *faults) if (f.file, f.line) not in lines}
        remarks = {finding for finding in others if finding.rule in REMARKS}
        others -= remarks
        is_first = bool(by_shape or others)
        if not is_first and (self.change is None or self.change):
            if note:
                note("contradictions")
            described = set(self.data.subjects(self.files or self.data.paths).tolist())
            others = set(self.consistency.findings(self.places, described))
        if self.change is None and not any(looked.values()):
            others.add(self.ways.idle(NOTHING))
        found = tuple(sorted(by_shape | others | remarks))
        results += [as_result(finding) for finding in sorted(others)]
        triples = tuple(to_triples(results, conforms=not results))
        if self.change is not None:
            looked = {node: count for node, count in looked.items() if count}
        counts = looked_at(looked, results, self.shapes)
        return Report(found, self._count(scope), triples, counts, unchecked=LATER if is_first else "")

    def _placed(self, results: Iterable[Result], lints: Collection[str]) -> tuple[set[Finding], set[Finding]]:
        """Put what shapes and lints find in its place, file by file, so that few files are held at a time."""
        by_shape: set[Finding] = set()
        beside: set[Finding] = set()
        found: list[Result | Unplaced | Finding] = [*results, *self._lints(lints)]
        found.sort(key=lambda one: -1 if isinstance(one, Finding) else self.data.file_number(one.focus))
        for one in found:
            if isinstance(one, Result):
                by_shape.add(self.ways.advised(told(one, self.shapes, self.places, self.shape_places), one))
            else:
                beside.add(self.ways.linted(one if isinstance(one, Finding) else self.places.put(one)))
        return by_shape, beside

    def _scope(self) -> Scope:
        """Choose the nodes to look at."""
        by_shape = self.change.affected(self.shapes, self.data) if self.change is not None else None
        return Scope(self.data.told_of(self.files) if self.files else None, by_shape)

    def _count(self, scope: Scope) -> int:
        """Count the records that were looked at."""
        if self.change is not None:
            seen = scope.union(self.shapes, self.data)
        else:
            seen = self.data.subjects(self.files or self.data.paths)
        return int(np.count_nonzero(self.data.graph.kinds()[seen] == IRI))

    def _rows(self) -> Numbers:
        """Choose the triples to look at."""
        rows = np.concatenate([self.data.rows_of(path) for path in self.files or self.data.paths])
        if self.change is None:
            return rows
        gone = self.change.gone(self.data)
        return rows[rows_among(self.change.added, rows) | np.isin(rows[:, 1:], gone).any(axis=1)]

    def _described(self) -> Numbers:
        """Choose the triples about what is to be looked at, whole records at a time."""
        rows = np.concatenate([self.data.rows_of(path) for path in self.files or self.data.paths])
        if self.change is None:
            return rows
        subjects = np.concatenate([self.change.added[:, 0], self.change.removed[:, 0]])
        return rows[np.isin(rows[:, 0], subjects)]

    def _lints(self, wanted: Collection[str]) -> Iterable[Unplaced | Finding]:
        """Find what SHACL cannot: names without a meaning, texts without a value, untidy prefixes and labels."""
        rows, described = (self._rows(), self._described()) if wanted else (np.empty((0, 3), np.int64),) * 2
        found = (unknown_names(self.data, rows), ill_typed(self.data, rows))
        yield from (one for one in chain(*found) if one.rule in wanted)
        if "label-missing" in wanted or "label-double" in wanted:
            yield from (one for one in untidy_labels(self.data, described) if one.rule in wanted)
        if "unused-prefix" in wanted or "double-prefix" in wanted:
            changed = [path.resolve() for path in self.files or self.data.paths]
            if self.change is not None:
                changed = [path for path in changed if path in self.change.files]
            yield from (one for one in untidy_prefixes(changed) if one.rule in wanted)

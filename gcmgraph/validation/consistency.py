"""Contradictions by OWL 2 RL, as findings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gcmgraph.validation.telling import premises

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from gcmgraph.findings import Finding
    from gcmgraph.reasoning.clashes import Clash
    from gcmgraph.reasoning.columns import Relation
    from gcmgraph.validation.changes import Change
    from gcmgraph.validation.loading import Loaded
    from gcmgraph.validation.placing import Placing
    from gcmgraph.validation.snapshot import Restored

RENEWED = 0.05


class Consistency:
    """Finds contradictions: in all that follows, or in what follows from a change and from what was known before.

    Attributes:
        closed: the pairs of each predicate that hold, once all of them were found and no term is the same as another.
    """

    def __init__(self, data: Loaded, known: Restored | None, change: Change | None) -> None:
        self.closed: Mapping[int, Relation] | None = None
        self._data = data
        is_small = change is not None and change.share(data) <= RENEWED
        self._known = known if is_small else None
        self._change = change

    def findings(self, places: Placing, described: Collection[int]) -> Iterator[Finding]:
        """Find the contradictions in which a record takes part.

        Args:
            places: puts findings at their places.
            described: the numbers of the records.
        """
        terms = self._data.graph.terms
        for clash in self._clashes():
            own = [t for t in clash.premises if terms.find(t.subject) in described]  # type: ignore[arg-type]
            if own:
                advice = "take out what is wrong; 'gcmgraph explain' tells why the inferred ones follow"
                problem = f"cannot all hold: {premises(clash, places.files)}"
                told = {"severity": "error", "rule": clash.rule, "problem": problem, "advice": advice}
                yield places.placed(own[-1].subject, own[-1].predicate.value, None, **told)  # type: ignore[arg-type]

    def _clashes(self) -> list[Clash]:
        """Find contradictions; what was removed may still seem to hold, so that a find calls for a look at all."""
        from gcmgraph.reasoning.clashes import clashes
        from gcmgraph.reasoning.closure import Closure

        known = self._known
        if known and known.closed is not None and self._change is not None:
            closure = Closure.resumed(self._data.graph.terms, known.asserted, known.closed, self._change.added)
            if _is_plain(closure.reasoner.names) and not clashes(closure):
                return []
        closure = Closure.of(self._data.graph.terms, self._data.graph.rows)
        found = clashes(closure)
        if _is_plain(closure.reasoner.names):
            self.closed = closure.reasoner.closed
        return found


def _is_plain(names: np.ndarray) -> bool:
    """Tell whether each term goes by its own name."""
    return bool((names == np.arange(len(names))).all())

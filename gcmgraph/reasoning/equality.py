"""Terms that are the same go by one name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gcmgraph.reasoning.columns import LOW, SHIFT, Relation

if TYPE_CHECKING:
    from collections.abc import Collection

    from gcmgraph.reasoning.columns import Numbers


class SameTerms:
    """Groups of terms that are the same; each goes by the name of one of them, a preferred one before others."""

    def __init__(self, preferred: Collection[int]) -> None:
        self._preferred = preferred
        self._parents: dict[int, int] = {}

    def __bool__(self) -> bool:
        return bool(self._parents)

    def join(self, pairs: Numbers) -> bool:
        """Join the two terms of each pair; tell whether any were not yet the same."""
        before = len(self._parents)
        for one, other in zip((pairs >> SHIFT).tolist(), (pairs & LOW).tolist(), strict=True):
            roots = {self._root(one), self._root(other)}
            first, *others = sorted(roots, key=lambda number: (number not in self._preferred, number))
            self._parents |= dict.fromkeys(others, first)
        return len(self._parents) > before

    def settle(self, names: Numbers) -> Numbers:
        """Write into an array, by number, the name that each term goes by; give the names that stand for several."""
        for number in list(self._parents):
            names[number] = self._root(number)
        return np.unique(names[list(self._parents)])

    def _root(self, number: int) -> int:
        """Follow a term to the name that it goes by."""
        while number in self._parents:
            parent = self._parents[number]
            self._parents[number] = self._parents.get(parent, parent)
            number = parent
        return number


class Names:
    """The terms that go by each name."""

    def __init__(self, names: Numbers) -> None:
        self._pairs = Relation(np.sort(names << SHIFT | np.arange(len(names))))

    def of(self, names: Numbers) -> tuple[Numbers, Numbers]:
        """Find the terms that go by some names: each term, and the position of its name."""
        place, terms = self._pairs.objects(names)
        return terms, place

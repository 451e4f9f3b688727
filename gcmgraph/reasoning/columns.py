"""Triples as sorted columns: terms numbered once, the pairs of each predicate in order, joins by binary search."""

from __future__ import annotations

from collections import defaultdict
from itertools import chain, count, islice
from typing import TYPE_CHECKING

import numpy as np
import pyoxigraph as ox

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    Numbers = NDArray[np.int64]
    Mask = NDArray[np.bool_]
    Term = ox.NamedNode | ox.BlankNode | ox.Literal

SHIFT = 32
LOW = (1 << SHIFT) - 1
MANY = 1000
NONE = np.empty(0, np.int64)


class Terms:
    """Numbers for terms, from 0 in the order in which they are first met."""

    def __init__(self) -> None:
        self._numbers: defaultdict[Term, int] = defaultdict(count().__next__)
        self._terms: list[Term] = []
        self._literal = np.zeros(0, bool)

    def __len__(self) -> int:
        return len(self._numbers)

    def __getitem__(self, number: int) -> Term:
        """Give the term of a number."""
        self._catch_up()
        return self._terms[number]

    def listed(self) -> Sequence[Term]:
        """List the terms by number; the list grows, and is not to be changed."""
        self._catch_up()
        return self._terms

    def number(self, term: Term) -> int:
        """Give a term's number; a new term gets the next."""
        return self._numbers[term]

    def find(self, term: Term) -> int:
        """Give a term's number, or -1 if it has none."""
        return self._numbers.get(term, -1)

    def encode(self, triples: Iterable[ox.Triple]) -> Numbers:
        """Number the terms of triples.

        Returns:
            One row a triple: subject, predicate, object.
        """
        numbers = map(self._numbers.__getitem__, chain.from_iterable(triples))
        return np.fromiter(numbers, np.int64).reshape(-1, 3)

    def literals(self) -> Mask:
        """Tell for each number whether its term is a literal."""
        self._catch_up()
        return self._literal

    def _catch_up(self) -> None:
        """List the terms that came since the last look."""
        start = len(self._terms)
        if start == len(self._numbers):
            return
        new = list(islice(self._numbers, start, None))
        self._terms += new
        mask = np.fromiter((type(term) is ox.Literal for term in new), bool, len(new))
        self._literal = np.concatenate([self._literal, mask])


class Relation:
    """The pairs of one predicate, each once.

    Pairs are whole numbers, subject << 32 | object. They lie in sorted runs, each at least twice as long as the next,
    so that adding a few to many costs little.
    """

    def __init__(self, pairs: Numbers = NONE) -> None:
        self._runs: list[Numbers] = []
        self._turned: list[Numbers | None] = []
        self.add(pairs)

    def __len__(self) -> int:
        return sum(len(run) for run in self._runs)

    def add(self, pairs: Numbers) -> None:
        """Add sorted pairs that are not there yet."""
        if not len(pairs):
            return
        self._runs.append(pairs)
        self._turned.append(None)
        while len(self._runs) > 1 and len(self._runs[-2]) < 2 * len(self._runs[-1]):
            last, before = self._runs.pop(), self._runs.pop()
            self._runs.append(merged(before, last))
            self._turned[-2:] = [None]

    @classmethod
    def stored(cls, pairs: Numbers, other_way: Numbers) -> Relation:
        """Take pairs that are sorted, and the same turned and sorted, as they lie on disk."""
        relation = cls()
        if len(pairs):
            relation._runs, relation._turned = [pairs], [other_way]
        return relation

    def without(self, pairs: Numbers) -> Relation:
        """Give another that lacks some pairs, which are sorted."""
        own = self.pairs()
        return Relation(own[~among(pairs, own)])

    def copy(self) -> Relation:
        """Give another with the same pairs, to which more can be added."""
        other = Relation()
        other._runs, other._turned = list(self._runs), list(self._turned)
        return other

    def pairs(self) -> Numbers:
        """Give all pairs, sorted."""
        if len(self._runs) == 1:
            return self._runs[0]
        return np.sort(np.concatenate([NONE, *self._runs]))

    def has(self, pairs: Numbers) -> Mask:
        """Tell which pairs are there."""
        found = np.zeros(len(pairs), bool)
        for run in self._runs:
            found |= among(run, pairs)
        return found

    def objects(self, subjects: Numbers) -> tuple[Numbers, Numbers]:
        """Find the objects of subjects: the position of the subject, and the object, for each pair."""
        return _gather(self._runs, subjects)

    def subjects(self, objects: Numbers) -> tuple[Numbers, Numbers]:
        """Find the subjects of objects: the position of the object, and the subject, for each pair."""
        for number, run in enumerate(self._runs):
            if self._turned[number] is None:
                self._turned[number] = np.sort(turned(run))
        return _gather([run for run in self._turned if run is not None], objects)


def columns(rows: Numbers) -> Iterator[tuple[int, Numbers]]:
    """Take rows of subject, predicate and object apart by predicate.

    Returns:
        Each predicate with its pairs, sorted, each once.
    """
    if not len(rows):
        return
    predicates = distinct(rows[:, 1])
    place = np.searchsorted(predicates, rows[:, 1])
    small = place.astype(np.uint16) if len(predicates) <= 1 << 16 else place
    order = np.argsort(small, kind="stable")
    pairs = (rows[:, 0] << SHIFT | rows[:, 2])[order]
    ends = np.cumsum(np.bincount(place))
    for predicate, group in zip(predicates.tolist(), np.split(pairs, ends[:-1]), strict=True):
        yield predicate, distinct(group)


def distinct(numbers: Numbers) -> Numbers:
    """Sort numbers and keep each once; np.unique would hash them, which is slower for these."""
    if len(numbers) < 2:
        return numbers
    ordered: Numbers = np.sort(numbers)
    first = np.concatenate([[True], ordered[1:] != ordered[:-1]])
    kept: Numbers = ordered[first]
    return kept


def merged(one: Numbers, other: Numbers) -> Numbers:
    """Merge two sorted runs that share nothing."""
    return np.insert(one, np.searchsorted(one, other), other)


def among(run: Numbers, numbers: Numbers) -> Mask:
    """Tell which numbers are in a sorted run."""
    if not len(run):
        return np.zeros(len(numbers), bool)
    if len(numbers) > MANY and not _is_sorted(numbers):
        order = np.argsort(numbers)
        found = np.empty(len(numbers), bool)
        found[order] = among(run, numbers[order])
        return found
    place = np.searchsorted(run, numbers)
    place[place == len(run)] = 0
    same: Mask = run[place] == numbers
    return same


def rows_among(some: Numbers, rows: Numbers) -> Mask:
    """Tell which rows of three numbers are among some others."""
    found = np.zeros(len(rows), bool)
    if not len(some):
        return found
    near = np.flatnonzero(np.isin(rows[:, 0], some[:, 0]))
    known = set(map(tuple, some.tolist()))
    found[near] = [triple in known for triple in map(tuple, rows[near].tolist())]
    return found


def turned(pairs: Numbers) -> Numbers:
    """Swap the two halves of pairs."""
    return (pairs & LOW) << SHIFT | pairs >> SHIFT


def _is_sorted(numbers: Numbers) -> bool:
    """Tell whether numbers are in order."""
    return bool((numbers[1:] >= numbers[:-1]).all())


def _gather(runs: list[Numbers], heads: Numbers) -> tuple[Numbers, Numbers]:
    """Find the second halves of the pairs that begin with each of some numbers.

    Many numbers are looked up in their order: the processor's cache makes that some ten times faster.
    """
    if len(heads) > MANY and not _is_sorted(heads):
        packed = np.sort(heads << SHIFT | np.arange(len(heads)))
        place, tails = _gather(runs, packed >> SHIFT)
        return (packed & LOW)[place], tails
    found = [_spread(run, heads) for run in runs]
    if len(found) == 1:
        return found[0]
    return np.concatenate([NONE, *(place for place, _ in found)]), np.concatenate([NONE, *(tail for _, tail in found)])


def _spread(run: Numbers, heads: Numbers) -> tuple[Numbers, Numbers]:
    """Do the same in one run."""
    low = np.searchsorted(run, heads << SHIFT)
    sizes = np.searchsorted(run, (heads + 1) << SHIFT) - low
    if len(heads) == 1:
        tails = run[low[0] : low[0] + sizes[0]] & LOW
        return np.zeros(len(tails), np.int64), tails
    place = np.repeat(np.arange(len(heads)), sizes)
    start = np.repeat(low - np.cumsum(sizes) + sizes, sizes)
    return place, run[start + np.arange(len(place))] & LOW

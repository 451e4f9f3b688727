"""Find the names that are one or two typing errors away from another, among many, within a budget."""

from __future__ import annotations

import re
from collections import defaultdict
from itertools import islice, pairwise
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

FAR = 3
MOST = 500
LOOKED_AT = 2000
MANY = 200_000
_DIGITS = re.compile(r"\d+")
_SPLIT = re.compile(r"[^/#:]*$")


class Near(NamedTuple):
    """The names nearest to another.

    Attributes:
        names: the nearest first, at most three.
        sure: whether the first is close and clearly ahead of the second.
    """

    names: tuple[str, ...] = ()
    sure: bool = False


class Budget:
    """How many names may still be compared.

    Attributes:
        left: the number.
    """

    def __init__(self, left: int = 20_000) -> None:
        self.left = left


class Nearby:
    """Names by namespace, length and thirds: of a name with two errors, at least one third is whole.

    Source:
        Li, Deng, Wang and Feng, Pass-Join (PVLDB 5(3), 2011).

    >>> Nearby(["http://e/canada", "http://e/ghana"], Budget()).near("http://e/canda")
    Near(names=('http://e/canada',), sure=True)
    """

    def __init__(self, names: Iterable[str], budget: Budget) -> None:
        self._budget = budget
        self._by_third: defaultdict[tuple[str, int, int, str], list[tuple[str, int]]] = defaultdict(list)
        self._known: dict[str, Near] = {}
        listed = dict.fromkeys(names)
        for name in listed if len(listed) <= MANY else ():
            namespace, local = _split(name)
            entry = name, _letters(local)
            for number, (start, end) in enumerate(_thirds(len(local))):
                self._by_third[namespace, len(local), number, local[start:end].lower()].append(entry)

    def near(self, name: str) -> Near:
        """Find the names of the same namespace that are at most two errors away; the case of letters is none."""
        if name not in self._known:
            self._known[name] = self._search(name)
        return self._known[name]

    def _search(self, name: str) -> Near:
        """Compare a name with those that share a third."""
        namespace, local = _split(name)
        if self._budget.left <= 0:
            return Near()
        letters = _letters(local)
        seen = list(islice(self._alike(namespace, local.lower()), LOOKED_AT))
        alike = dict.fromkeys(other for other, own in seen if (letters ^ own).bit_count() <= 2 * FAR - 2)
        compared = list(islice(alike, min(MOST, max(self._budget.left, 0))))
        self._budget.left -= len(compared) + len(seen) // 20
        found = [(distance(local.lower(), _split(other)[1].lower()), other) for other in compared if other != name]
        near = nearest_of([one for one in found if one[0] < FAR], local)
        return near._replace(sure=near.sure and len(seen) < LOOKED_AT and len(compared) == len(alike))

    def _alike(self, namespace: str, local: str) -> Iterator[tuple[str, int]]:
        """Go through the names that share a third at about the same place; names of one or two letters share none."""
        for length in range(max(len(local) - 2, 1), len(local) + FAR):
            for number, (start, end) in enumerate(_thirds(length)):
                for at in range(max(start - 2, 0), start + FAR):
                    yield from self._by_third.get((namespace, length, number, local[at : at + end - start]), ())


def nearest_of(found: list[tuple[int, str]], local: str) -> Near:
    """Rank names by their errors.

    Args:
        found: names with their errors; of a short name, few are taken for errors.
        local: the local name that is looked for; to be sure, its numbers are the same.
    """
    most = 2 if len(local) > 5 else 1 if len(local) > 2 else 0
    ranked = sorted(one for one in found if one[0] <= most)[:3]
    if not ranked:
        return Near()
    ahead = len(ranked) == 1 or ranked[1][0] > ranked[0][0]
    same = _DIGITS.findall(local) == _DIGITS.findall(_split(ranked[0][1])[1])
    return Near(tuple(other for _, other in ranked), ahead and same)


def distance(one: str, other: str) -> int:
    """Count the letters left out, put in, changed or swapped with their neighbour; FAR if they are more than two.

    >>> [distance("heldOn", other) for other in ("heldOn", "hledOn", "held", "atEvent")]
    [0, 1, 2, 3]
    """
    if abs(len(one) - len(other)) >= FAR:
        return FAR
    before: list[int] = []
    last = [*range(len(other) + 1)]
    for i, letter in enumerate(one, 1):
        row = [i] + [FAR] * len(other)
        for j in range(max(1, i - 2), min(len(other), i + 2) + 1):
            own = other[j - 1]
            best = last[j - 1] if letter == own else 1 + min(last[j], row[j - 1], last[j - 1])
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == own:
                best = min(best, before[j - 2] + 1)
            row[j] = best
        if min(row) >= FAR:
            return FAR
        before, last = last, row
    return int(min(last[-1], FAR))


def _split(name: str) -> tuple[str, str]:
    """Part a name into its namespace and its local name."""
    at = _SPLIT.search(name).start()  # type: ignore[union-attr]
    return name[:at], name[at:]


def _letters(text: str) -> int:
    """Tell which letters a text has, as bits; an error changes two of them at most."""
    return sum(1 << number for number in {ord(letter) & 63 for letter in text.lower()})


def _thirds(length: int) -> list[tuple[int, int]]:
    """Part a length in three stretches that are not empty, or fewer."""
    cuts = [0, length // 3, 2 * length // 3, length]
    return [(a, b) for a, b in pairwise(cuts) if a < b]

"""Answer the body of a rule over columns: one atom after the other, each a lookup or a filter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gcmgraph.reasoning.columns import LOW, SHIFT, distinct

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from gcmgraph.reasoning.columns import Mask, Numbers, Relation

    Part = int | str
    Pattern = tuple[Part, int, Part]


@dataclass(frozen=True)
class Step:
    """A rule whose predicates are all known.

    Attributes:
        name: what the standard calls the rule.
        body: patterns; each part is the number of a term, or the name of a variable.
        head: a pattern, or None for a contradiction.
        unequal: pairs of parts that must differ.
        ordered: pairs of parts of which either order will do.
        premises: the whole body of the rule, with what the schema told put in.
    """

    name: str
    body: tuple[Pattern, ...]
    head: Pattern | None
    unequal: tuple[tuple[Part, Part], ...]
    ordered: tuple[tuple[Part, Part], ...]
    premises: tuple[Pattern, ...]

    def bound(self, values: Mapping[Part, int]) -> Step:
        """Put values in the place of variables, also of predicates."""

        def put(pattern: Pattern) -> Pattern:
            return tuple(values.get(part, part) for part in pattern)  # type: ignore[return-value]

        def still(pairs: tuple[tuple[Part, Part], ...]) -> tuple[tuple[Part, Part], ...]:
            return tuple((values.get(a, a), values.get(b, b)) for a, b in pairs if not {a, b} <= values.keys())

        body, premises = (tuple(map(put, patterns)) for patterns in (self.body, self.premises))
        head = put(self.head) if self.head else None
        return Step(self.name, body, head, still(self.unequal), still(self.ordered), premises)


@dataclass(frozen=True)
class Table:
    """Bindings of variables, one row each.

    Attributes:
        size: how many rows there are; a table without columns has one.
        columns: the numbers bound to each variable.
    """

    size: int
    columns: Mapping[str, Numbers]

    def column(self, part: Part) -> Numbers:
        """Give what a part stands for in each row."""
        return np.full(self.size, part) if isinstance(part, int) else self.columns[part]

    def pick(self, rows: Numbers | Mask, **more: Numbers) -> Table:
        """Take some rows, with more columns beside them."""
        kept = {name: column[rows] for name, column in self.columns.items()} | more
        size = (
            len(next(iter(kept.values()))) if kept else int(np.count_nonzero(rows) if rows.dtype == bool else len(rows))
        )
        return Table(size, kept)


UNIT = Table(1, {})


def answer(
    step: Step,
    relation: Callable[[int], Relation],
    *,
    first: tuple[int, Relation] | None = None,
    keep: Sequence[Part] = (),
) -> Table:
    """Find the bindings that fulfil the body of a step.

    Args:
        step: the rule.
        relation: gives the pairs of a predicate.
        first: the position of an atom, and the pairs to take for it in place of all.
        keep: the variables that are wanted; the others are dropped as soon as they have served.
    """
    waiting = list(range(len(step.body)))
    table = UNIT
    tests = [(pair, np.not_equal) for pair in step.unequal] + [(pair, np.less) for pair in step.ordered]
    while waiting and table.size:
        place = first[0] if first and table is UNIT else _next(step, waiting, table, relation)
        waiting.remove(place)
        pairs = first[1] if first and place == first[0] else relation(step.body[place][1])
        table = _join(table, step.body[place], pairs)
        ready = [(pair, test) for pair, test in tests if all(_known(part, table) for part in pair)]
        for (one, other), test in ready:
            table = table.pick(test(table.column(one), table.column(other)))
        tests = [entry for entry in tests if entry not in ready]
        wanted = {
            *keep,
            *(part for n in waiting for part in step.body[n]),
            *(part for pair, _ in tests for part in pair),
        }
        table = _without(table, wanted)
    return table if table.size else Table(0, {str(part): np.empty(0, np.int64) for part in keep})


def _known(part: Part, table: Table) -> bool:
    """Tell whether a part has a value in each row."""
    return isinstance(part, int) or part in table.columns


def _next(step: Step, waiting: Sequence[int], table: Table, relation: Callable[[int], Relation]) -> int:
    """Choose the atom to join: one that the table binds, the narrowest first."""

    def cost(place: int) -> tuple[int, int]:
        subject, predicate, value = step.body[place]
        bound = sum(part in table.columns for part in (subject, value) if isinstance(part, str))
        given = sum(isinstance(part, int) for part in (subject, value))
        return (-bound - given if table.columns and bound else 0, len(relation(predicate)) >> (8 * given))

    return min(waiting, key=cost)


def _join(table: Table, pattern: Pattern, relation: Relation) -> Table:
    """Join a table with the pairs of one atom."""
    subject, _, value = pattern
    if _known(subject, table) and _known(value, table):
        return table.pick(relation.has(table.column(subject) << SHIFT | table.column(value)))
    if _known(subject, table):
        place, found = relation.objects(table.column(subject))
        return table.pick(place, **{str(value): found})
    if _known(value, table):
        place, found = relation.subjects(table.column(value))
        return table.pick(place, **{str(subject): found})
    pairs = relation.pairs()
    if subject == value:
        pairs = pairs[pairs >> SHIFT == pairs & LOW]
    place = np.repeat(np.arange(table.size), len(pairs))
    pairs = np.tile(pairs, table.size) if table.size > 1 else pairs
    return table.pick(place, **{str(value): pairs & LOW, str(subject): pairs >> SHIFT})


def _without(table: Table, wanted: set[Part]) -> Table:
    """Drop the columns that are no longer wanted, and with them the rows that have become alike."""
    kept = {name: column for name, column in table.columns.items() if name in wanted}
    if len(kept) == len(table.columns):
        return table
    if not kept:
        return Table(min(table.size, 1), {})
    if len(kept) == 1:
        kept = {name: distinct(column) for name, column in kept.items()}
    return Table(len(next(iter(kept.values()))), kept)

"""Where a graph contradicts itself by OWL 2 RL."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np
import pyoxigraph as ox

from gcmgraph.namespaces import PREFIXES
from gcmgraph.reasoning.columns import LOW, NONE, SHIFT, Relation, distinct
from gcmgraph.reasoning.joins import answer
from gcmgraph.reasoning.rules import CHECKS, MEMBER, TYPE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gcmgraph.reasoning.closure import Closure
    from gcmgraph.reasoning.columns import Mask, Numbers
    from gcmgraph.reasoning.joins import Part, Pattern, Step, Table
    from gcmgraph.reasoning.reasoner import Reasoner

    Values = dict[Part, int]

OWL = PREFIXES["owl"]


@dataclass(frozen=True)
class Clash:
    """A contradiction.

    Attributes:
        rule: what the standard calls the rule that is broken.
        premises: the triples that cannot all hold, those about the schema first.
    """

    rule: str
    premises: tuple[ox.Triple, ...]


def clashes(closure: Closure) -> list[Clash]:
    """Find the contradictions of a closed graph, each once; of a resumed one, those in which something new takes part.

    Source:
        OWL 2 Profiles, section 4.3: the rules of tables 4 to 8 that conclude false.
    """
    reasoner = closure.reasoner
    found = chain(
        *(_breaches(reasoner, step, step.name) for step in reasoner.steps if step.head is None),
        _unequal_literals(reasoner),
        _ill_typed(reasoner),
        _ill_typed_conclusions(reasoner),
        _all_different(reasoner),
    )
    by_premises = {(clash.rule, frozenset(map(str, clash.premises))): clash for clash in found if clash.premises}
    return list(by_premises.values())


def _breaches(
    reasoner: Reasoner, step: Step, rule: str, *, wrong: Callable[[int, int], bool] | None = None
) -> Iterator[Clash]:
    """Find the premises of a step; with a test, only where a literal and another term at its head fail it."""
    parts = sorted({part for pattern in step.body for part in pattern if isinstance(part, str)})
    for first in _firsts(reasoner, step):
        table = answer(step, reasoner.relation, first=first, keep=parts)
        if wrong and step.head:
            table = table.pick(_failing(reasoner, table, step.head, wrong))
        rows = zip(*(table.columns[part].tolist() for part in parts), strict=True) if parts else [()] * table.size
        for row in rows:
            yield Clash(rule, tuple(_premises(reasoner, step, dict(zip(parts, row, strict=True)))))


def _failing(reasoner: Reasoner, table: Table, head: Pattern, wrong: Callable[[int, int], bool]) -> Mask:
    """Tell in which rows a literal and another term fail a test, which is asked once for each pair."""
    one, other = table.column(head[0]), table.column(head[2])
    pairs = one << SHIFT | other
    each = distinct(pairs[reasoner.terms.literals()[one]])
    return np.isin(pairs, [pair for pair in each.tolist() if wrong(pair >> SHIFT, pair & LOW)])


def _firsts(reasoner: Reasoner, step: Step) -> list[tuple[int, Relation] | None]:
    """Tell where to begin with a step: at all pairs, or at what is new for one of its patterns."""
    if reasoner.settled is None or step not in reasoner.settled:
        return [None]
    fresh = [(place, reasoner.fresh.get(pattern[1])) for place, pattern in enumerate(step.body)]
    return [(place, Relation(distinct(np.concatenate(own)))) for place, own in fresh if own]


def _premises(reasoner: Reasoner, step: Step, values: Values) -> Iterator[ox.Triple]:
    """Put values into the premises of a step, what lists hold left out."""
    member = reasoner.number(MEMBER)
    for subject, predicate, value in step.bound(values).premises:
        if predicate != member:
            yield _triple(reasoner, int(subject), predicate, reasoner.as_written(int(subject), predicate, int(value)))


def _triple(reasoner: Reasoner, *numbers: int) -> ox.Triple:
    """Give the triple of three numbers."""
    return ox.Triple(*(reasoner.terms[number] for number in numbers))  # type: ignore[arg-type]


def _unequal_literals(reasoner: Reasoner) -> Iterator[Clash]:
    """Find literals that would have to be the same but have different values."""
    from gcmgraph.reasoning.literals import value_of

    terms, same = reasoner.terms.listed(), reasoner.number(OWL + "sameAs")

    def differ(one: int, other: int) -> bool:
        first, second = terms[one], terms[other]
        return isinstance(first, ox.Literal) and isinstance(second, ox.Literal) and value_of(first) != value_of(second)

    for step in reasoner.steps:
        if "dt-diff" in CHECKS and step.head is not None and step.head[1] == same:
            yield from _breaches(reasoner, step, "dt-diff", wrong=differ)


def _ill_typed(reasoner: Reasoner) -> Iterator[Clash]:
    """Find literals whose form does not belong to their datatype."""
    from gcmgraph.reasoning.literals import is_ill_typed

    literals = _literals(reasoner).tolist() if "dt-not-type" in CHECKS else []
    terms = ((number, reasoner.terms[number]) for number in literals)
    wrong = [number for number, term in terms if isinstance(term, ox.Literal) and is_ill_typed(term)]
    for predicate, relation in reasoner.asserted.items() if wrong else ():
        places, subjects = relation.subjects(np.array(wrong))
        for place, subject in zip(places.tolist(), subjects.tolist(), strict=True):
            yield Clash("dt-not-type", (_triple(reasoner, subject, predicate, wrong[place]),))


def _literals(reasoner: Reasoner) -> Numbers:
    """List the literals; in a resumed graph, those that something new is said with."""
    literal = reasoner.terms.literals()
    if reasoner.settled is None:
        return np.flatnonzero(literal)
    named = distinct(np.concatenate([NONE, *(pairs & LOW for own in reasoner.fresh.values() for pairs in own)]))
    return named[literal[named]]


def _ill_typed_conclusions(reasoner: Reasoner) -> Iterator[Clash]:
    """Find literals whose value does not belong to a datatype that the schema gives them."""
    from gcmgraph.reasoning.literals import fits

    terms = reasoner.terms.listed()

    def misfit(value: int, kind: int) -> bool:
        literal, datatype = terms[value], terms[kind]
        is_fit = not isinstance(literal, ox.Literal) or not isinstance(datatype, ox.NamedNode)
        return not is_fit and not fits(literal, datatype.value)  # type: ignore[arg-type]

    for step in reasoner.steps:
        if "dt-not-type" in CHECKS and step.name in ("prp-rng", "cls-avf") and step.head is not None:
            yield from _breaches(reasoner, step, "dt-not-type", wrong=misfit)


def _all_different(reasoner: Reasoner) -> Iterator[Clash]:
    """Find lists of what is all different that hold one thing twice."""
    kind = np.array([reasoner.number(OWL + "AllDifferent")])
    owners = reasoner.closed[reasoner.number(TYPE)].subjects(kind)[1]
    for rule, name in (("eq-diff2", "members"), ("eq-diff3", "distinctMembers")):
        predicate = reasoner.number(OWL + name)
        places, heads = reasoner.closed[predicate].objects(owners)
        for owner, head in zip(owners[places].tolist(), heads.tolist(), strict=True):
            members = reasoner.members(head)
            if rule in CHECKS and len(set(members)) < len(members):
                yield Clash(rule, (_triple(reasoner, owner, predicate, head),))

"""The fixpoint: rules run set-at-a-time over columns until nothing new comes, and only on what is new."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np
import pyoxigraph as ox

from gcmgraph.namespaces import PREFIXES
from gcmgraph.reasoning.columns import LOW, NONE, SHIFT, Relation, Terms, columns, distinct
from gcmgraph.reasoning.equality import SameTerms
from gcmgraph.reasoning.joins import Step, answer
from gcmgraph.reasoning.rules import EQUALITY, LIST_RULES, MEMBER, RULES, TYPE, fixed_rules, list_rules

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from gcmgraph.reasoning.columns import Numbers
    from gcmgraph.reasoning.joins import Pattern
    from gcmgraph.reasoning.rules import Atom, Rule

    Pairs = dict[int, Numbers]
    Found = defaultdict[int, list[Numbers]]

RDF, OWL, XSD = (PREFIXES[name] for name in ("rdf", "owl", "xsd"))
LISTS = ("propertyChainAxiom", "hasKey", "intersectionOf", "unionOf", "oneOf", "members", "distinctMembers")
CARDINALITIES = ("maxCardinality", "maxQualifiedCardinality")


class Reasoner:
    """A graph and all that follows from it, as columns.

    Attributes:
        terms: the number of each term.
        asserted: the pairs of each predicate that were added.
        closed: the pairs of each predicate that hold; terms that are the same go by one of their names.
        names: for each number, the name that it goes by.
        steps: the rules in force, in the order found.
        settled, fresh: the steps in force at `resume`, None without it; the pairs that have come since.
    """

    def __init__(self, terms: Terms | None = None) -> None:
        self.terms = Terms() if terms is None else terms
        self.asserted: defaultdict[int, Relation] = defaultdict(Relation)
        self.closed: defaultdict[int, Relation] = defaultdict(Relation)
        self.names = np.zeros(0, np.int64)
        self.steps: dict[Step, None] = {}
        self.settled: frozenset[Step] | None = None
        self.fresh: defaultdict[int, list[Numbers]] = defaultdict(list)
        self._watch: defaultdict[int, list[tuple[Step, int]]] = defaultdict(list)
        self._constants: dict[str, int] = {}
        self._type, self._same, self._member = (self.number(iri) for iri in (TYPE, OWL + "sameAs", MEMBER))
        self._rules = fixed_rules()
        self._list_axioms = [self.number(OWL + name) for name in LISTS]
        self._maxima = [self.number(OWL + name) for name in CARDINALITIES]
        parts = chain.from_iterable(chain(*rule.body, rule.head or ()) for rule in self._rules)
        self._vocabulary = {self._constant(part) for part in parts if not _is_variable(part)} | set(self._list_axioms)
        self._vocabulary |= {self.number(RDF + name) for name in ("first", "rest", "nil")}
        self._same_terms = SameTerms(self._vocabulary)
        self._equality = set(EQUALITY) <= RULES.keys()

    def add(self, parts: list[Numbers]) -> None:
        """Add encoded triples, and all that follows from them; the work grows with what is added.

        Args:
            parts: rows of subject, predicate and object; the list is emptied, so that their memory is free meanwhile.
        """
        delta: Pairs = {}
        rows = parts.pop() if len(parts) == 1 else np.concatenate(parts)
        parts.clear()
        for predicate, pairs in columns(rows):
            delta[predicate] = pairs[~self.asserted[predicate].has(pairs)]
            self.asserted[predicate].add(delta[predicate])
        del rows
        self.names = np.concatenate([self.names, np.arange(len(self.names), len(self.terms))])
        if self._same_terms:
            delta = self._renamed(delta)
        self._run({predicate: [pairs] for predicate, pairs in delta.items()})

    def resume(self, asserted: Mapping[int, Relation], closed: Mapping[int, Relation]) -> None:
        """Take a graph and all that follows from it, in which no term is the same as another, as closed."""
        for target, source in ((self.asserted, asserted), (self.closed, closed)):
            target.update({predicate: relation.copy() for predicate, relation in source.items()})
        self.names = np.arange(len(self.terms))
        self._take(self._fixed_steps())
        self._compile({})
        self.settled = frozenset(self.steps)

    def number(self, iri: str) -> int:
        """Number an IRI."""
        return self.terms.number(ox.NamedNode(iri))

    def relation(self, predicate: int) -> Relation:
        """Give the pairs of a predicate that hold."""
        return self.closed[predicate]

    def members(self, head: int) -> list[int]:
        """Read an RDF list; a broken one ends where it breaks, a cyclic one where it closes."""
        first, rest = (self.closed[self.number(RDF + name)] for name in ("first", "rest"))
        found: list[int] = []
        seen: set[int] = set()
        while head not in seen:
            seen.add(head)
            found += first.objects(np.array([head]))[1].tolist()
            head = next(iter(rest.objects(np.array([head]))[1].tolist()), head)
        return found

    def as_written(self, subject: int, predicate: int, value: int) -> int:
        """Give the object of a triple in the form that was asserted: rules see a cardinality in one form."""
        written = self.asserted[predicate].objects(np.array([subject]))[1].tolist()
        return written[0] if predicate in self._maxima and value not in written else value

    # the fixpoint

    def _run(self, found: Mapping[int, list[Numbers]]) -> None:
        """Insert pairs and apply the rules until nothing new comes; those of the schema first."""
        waiting: dict[Step, None] = {}
        changed = False
        while True:
            delta, renamed = self._insert(found)
            waiting = {} if renamed else waiting
            changed = changed or renamed or self._touches_schema(delta)
            if not self.steps:
                waiting |= dict.fromkeys(self._take(self._fixed_steps()))
            elif changed and not delta:
                waiting |= dict.fromkeys(self._compile(delta))
                changed = False
            batch = [step for step in waiting if step.name.startswith("scm")] or ([] if delta else list(waiting))
            if not delta and not batch:
                return
            apart = {id(step) for step in waiting}
            done = {id(step) for step in batch}
            waiting = {step: None for step in waiting if id(step) not in done}
            found = self._conclusions(batch, delta, apart)

    def _conclusions(self, batch: list[Step], delta: Pairs, apart: set[int]) -> Found:
        """Apply some steps to everything, and the others, but for those set apart, to what is new."""
        found: Found = defaultdict(list)
        for step in batch:
            self._apply(step, None, found)
        for predicate, pairs in delta.items():
            part = Relation(pairs)
            for step, place in self._watch[predicate]:
                if id(step) not in apart:
                    self._apply(step, (place, part), found)
        return found

    def _apply(self, step: Step, first: tuple[int, Relation] | None, found: Found) -> None:
        """Find what a step concludes."""
        if step.head is None or not all(len(self.closed[pattern[1]]) for pattern in step.body):
            return
        subject, predicate, value = step.head
        table = answer(step, self.relation, first=first, keep=(subject, value))
        if table.size:
            found[predicate].append(self._sound(predicate, table.column(subject) << SHIFT | table.column(value)))

    def _sound(self, predicate: int, pairs: Numbers) -> Numbers:
        """Leave out what is no triple: a literal as a subject, or as the same as something."""
        literal = self.terms.literals()
        wrong = literal[pairs >> SHIFT]
        if predicate == self._same:
            wrong |= literal[pairs & LOW]
        return pairs[~wrong] if wrong.any() else pairs

    def _insert(self, found: Mapping[int, list[Numbers]]) -> tuple[Pairs, bool]:
        """Add what was found; tell what of it is new, and whether terms have changed their names."""
        delta: Pairs = {}
        for predicate, parts in found.items():
            pairs = distinct(parts[0] if len(parts) == 1 else np.concatenate(parts))
            new = pairs[~self.closed[predicate].has(pairs)]
            if len(new):
                self.closed[predicate].add(new)
                delta[predicate] = new
                if self.settled is not None:
                    self.fresh[predicate].append(new)
        if self._equality and self._same_terms.join(delta.get(self._same, NONE)):
            return self._rename(), True
        return delta, False

    def _rename(self) -> Pairs:
        """Write everything anew by the names that terms go by now, and forget the steps."""
        roots = self._same_terms.settle(self.names)
        pairs = self._renamed({predicate: relation.pairs() for predicate, relation in self.closed.items()})
        pairs[self._same] = distinct(np.concatenate([pairs.get(self._same, NONE), roots << SHIFT | roots]))
        self.closed = defaultdict(Relation, {predicate: Relation(own) for predicate, own in pairs.items()})
        self.steps.clear()
        self._watch.clear()
        return pairs

    def _renamed(self, pairs: Pairs) -> Pairs:
        """Put the names that terms go by in the place of others."""
        parts: Found = defaultdict(list)
        for predicate, own in pairs.items():
            parts[int(self.names[predicate])].append(self.names[own >> SHIFT] << SHIFT | self.names[own & LOW])
        return {predicate: distinct(np.concatenate(own)) for predicate, own in parts.items()}

    # the schema: from rules to steps whose predicates are known

    def _compile(self, delta: Pairs) -> list[Step]:
        """Find the steps that the schema calls for and that have not been taken yet; add what it says by the way."""
        for predicate, pairs in self._read_schema():
            new = pairs[~self.closed[predicate].has(pairs)]
            self.closed[predicate].add(new)
            if len(new):
                delta[predicate] = new
        return self._take(chain(*(self._instances(rule) for rule in self._rules), self._list_steps()))

    def _take(self, steps: Iterable[Step]) -> list[Step]:
        """Put steps in force, and give those that were not yet."""
        fresh = [step for step in steps if step not in self.steps]
        for step in fresh:
            self.steps[step] = None
            for place, pattern in enumerate(step.body):
                self._watch[pattern[1]].append((step, place))
        return fresh

    def _touches_schema(self, delta: Pairs) -> bool:
        """Tell whether new pairs say something that steps are made of."""
        kinds = delta.get(self._type, NONE) & LOW
        return bool(delta.keys() & (self._vocabulary - {self._type, self._same, self._member})) or bool(
            np.isin(kinds, list(self._vocabulary)).any()
        )

    def _read_schema(self) -> Iterator[tuple[int, Numbers]]:
        """Give what lists hold, and each cardinality in one form."""
        heads = np.unique(np.concatenate([self.closed[axiom].pairs() & LOW for axiom in self._list_axioms])).tolist()
        held = [head << SHIFT | member for head in heads for member in self.members(head)]
        yield self._member, distinct(np.array(held, np.int64))
        for predicate in self._maxima:
            pairs = self.closed[predicate].pairs()
            forms = [(pair >> SHIFT, str(getattr(self.terms[pair & LOW], "value", ""))) for pair in pairs.tolist()]
            same = [owner << SHIFT | self._constant(str(int(form))) for owner, form in forms if form.isdecimal()]
            yield predicate, distinct(np.array(same, np.int64))

    def _step(self, rule: Rule) -> Step:
        """Number the constants of a rule."""
        atoms = tuple(self._pattern(atom) for atom in rule.body)
        head = self._pattern(rule.head) if rule.head else None
        return Step(rule.name, atoms, head, rule.unequal, rule.ordered, atoms)

    def _fixed_steps(self) -> Iterator[Step]:
        """Give the rules that hold whatever the schema: those without a variable for a predicate."""
        return (step for step in map(self._step, self._rules) if not _is_open(step))

    def _instances(self, rule: Rule) -> Iterator[Step]:
        """Put what the schema tells in the place of a rule's variables, if one of them is a predicate."""
        whole = self._step(rule)
        if not _is_open(whole):
            return
        schema = tuple(atom for atom in whole.body if self._is_schema(atom))
        bound = sorted({part for atom in schema for part in atom if isinstance(part, str)})
        tests = [tuple(pair for pair in pairs if {*pair} <= {*bound}) for pairs in (rule.unequal, rule.ordered)]
        table = answer(Step(rule.name, schema, None, tests[0], tests[1], ()), self.relation, keep=bound)
        data = replace(whole, body=whole.body[len(schema) :])
        for row in zip(*(table.columns[name].tolist() for name in bound), strict=True):
            step = data.bound(dict(zip(bound, row, strict=True)))
            if step.head not in step.body:
                yield step

    def _is_schema(self, pattern: Pattern) -> bool:
        """Tell whether a pattern asks the schema rather than the data."""
        _, predicate, value = pattern
        return isinstance(predicate, int) and (predicate != self._type or isinstance(value, int))

    def _list_steps(self) -> Iterator[Step]:
        """Write the rules whose bodies are as long as a list."""
        owners: dict[str, list[tuple[int, list[int]]]] = {}
        for axiom, _ in LIST_RULES.values():
            pairs = self.closed[self._constant(axiom)].pairs().tolist()
            owners[axiom] = [(pair >> SHIFT, self.members(pair & LOW)) for pair in pairs]
        return map(self._step, list_rules(owners))

    def _pattern(self, atom: Atom) -> Pattern:
        """Number the constants of an atom, by the names that they go by."""
        numbered = (part if _is_variable(part) else int(self.names[self._constant(part)]) for part in atom)
        return tuple(numbered)  # type: ignore[return-value]

    def _constant(self, part: str | int) -> int:
        """Number what stands in a rule; a digit is a cardinality."""
        if isinstance(part, int):
            return part
        if part not in self._constants:
            digit = ox.Literal(part, datatype=ox.NamedNode(XSD + "nonNegativeInteger"))
            self._constants[part] = self.terms.number(digit) if part.isdigit() else self.number(part)
        return self._constants[part]


def _is_variable(part: str | int) -> bool:
    """Tell a variable from a constant."""
    return isinstance(part, str) and part.startswith("?")


def _is_open(step: Step) -> bool:
    """Tell whether a step has a variable for a predicate."""
    patterns = (*step.body, step.head) if step.head else step.body
    return any(isinstance(pattern[1], str) for pattern in patterns)

"""The data as columns: target nodes, value nodes and classes, found for many nodes at once."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pyoxigraph as ox

from gcmgraph.namespaces import PREFIXES
from gcmgraph.reasoning.columns import LOW, NONE, SHIFT, Relation, Terms, among, columns, distinct
from gcmgraph.shacl.paths import Path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from numpy.typing import NDArray

    from gcmgraph.reasoning.columns import Mask, Numbers
    from gcmgraph.shacl.index import Term
    from gcmgraph.shacl.model import Shape, Target

RDF, RDFS = PREFIXES["rdf"], PREFIXES["rdfs"]
IRI, BLANK, LITERAL = range(3)
KINDS = {ox.NamedNode: IRI, ox.BlankNode: BLANK, ox.Literal: LITERAL}


class DataGraph:
    """A graph whose terms are numbered and whose triples lie in columns.

    Attributes:
        terms: the numbers of terms; a term of a shape that the data lack gets one too.
        rows: subject, predicate and object of each triple.
    """

    def __init__(
        self,
        terms: Terms,
        rows: Numbers,
        relations: Mapping[int, Relation] | None = None,
        kinds: NDArray[np.int8] | None = None,
    ) -> None:
        self.terms = terms
        self.rows = rows
        own = relations or ((predicate, Relation(pairs)) for predicate, pairs in columns(rows))
        self._relations: dict[int, Relation] = dict(own)
        self._instances: dict[int, Numbers] = {}
        self._kinds = np.empty(0, np.int8) if kinds is None else kinds

    @classmethod
    def of(cls, triples: Iterable[ox.Triple]) -> DataGraph:
        """Make the columns of triples."""
        terms = Terms()
        return cls(terms, terms.encode(triples))

    def extended(self, rows: Numbers) -> DataGraph:
        """Give a graph that holds more triples than this one; columns are shared where nothing is added."""
        other = DataGraph(self.terms, np.concatenate([self.rows, rows]), self._relations, self._kinds)
        for predicate, pairs in columns(rows):
            relation = self._relations.get(predicate, _EMPTY).copy()
            relation.add(pairs[~relation.has(pairs)])
            other._relations[predicate] = relation
        return other

    def relation(self, iri: str) -> Relation:
        """Give the pairs of a predicate."""
        return self._relations.get(self.terms.find(ox.NamedNode(iri)), _EMPTY)

    def numbers(self, terms: Iterable[Term]) -> Numbers:
        """Number some terms, sorted, each once."""
        return distinct(np.fromiter((self.terms.number(term) for term in terms), np.int64))

    def kinds(self) -> NDArray[np.int8]:
        """Tell for each number whether it is an IRI, a blank node or a literal."""
        known = len(self._kinds)
        if known < len(self.terms):
            new = [KINDS[type(term)] for term in self.terms.listed()[known:]]
            self._kinds = np.concatenate([self._kinds, np.array(new, np.int8)])
        return self._kinds

    def targets(self, shape: Shape) -> Numbers:
        """Find the target nodes of a shape, sorted."""
        return distinct(np.concatenate([NONE, *(self._target(target) for target in shape.targets)]))

    def _target(self, target: Target) -> Numbers:
        """Find the target nodes of one declaration.

        Source:
            SHACL, section 2.1.3 (targets).
        """
        if target.kind == "Node":
            return self.numbers([target.term])
        if target.kind == "Class":
            return self.instances(target.term)
        pairs = self.relation(target.term.value).pairs()
        return distinct(pairs >> SHIFT if target.kind == "SubjectsOf" else pairs & LOW)

    def instances(self, one: Term) -> Numbers:
        """Find the instances of a class and of the classes below it, sorted."""
        number = self.terms.number(one)
        if number not in self._instances:
            below = self._reach(np.array([number]), self.relation(RDFS + "subClassOf").subjects)[1]
            self._instances[number] = distinct(self.relation(RDF + "type").subjects(below)[1])
        return self._instances[number]

    def walk(self, path: Path, nodes: Numbers) -> tuple[Numbers, Numbers]:
        """Find the value nodes of a path.

        Args:
            path: the path.
            nodes: numbers of focus nodes.

        Returns:
            The position of the focus node and the value node, for each pair of the two, each pair once, in order.
        """
        return _apart(self._walk(path, nodes))

    def _walk(self, path: Path, nodes: Numbers) -> Numbers:
        """Find the same as packed pairs."""
        if path.kind == "predicate":
            return _packed(*self.relation(path.iri).objects(nodes))
        if path.kind == "inverse":
            inner = path.parts[0]
            if inner.kind == "predicate":
                return _packed(*self.relation(inner.iri).subjects(nodes))
            return self._walk(inner.inverted(), nodes)
        if path.kind == "sequence":
            place, value = np.arange(len(nodes)), nodes
            for part in path.parts:
                place, value = self._step(part, place, value)
            return _packed(place, value)
        if path.kind == "alternative":
            return distinct(np.concatenate([NONE, *(self._walk(part, nodes) for part in path.parts)]))
        return self._repeated(path, nodes)

    def _step(self, path: Path, place: Numbers, value: Numbers) -> tuple[Numbers, Numbers]:
        """Go on from value nodes along a path."""
        heads = distinct(value)
        number, found = self.walk(path, heads)
        pairs = Relation(distinct(heads[number] << SHIFT | found))
        again, reached = pairs.objects(value)
        return _apart(_packed(place[again], reached))

    def _repeated(self, path: Path, nodes: Numbers) -> Numbers:
        """Follow a path any number of times."""
        inner = path.parts[0]
        own = _packed(np.arange(len(nodes)), nodes)
        once = self._walk(inner, nodes)
        if path.kind == "zeroOrOne":
            return distinct(np.concatenate([own, once]))
        found = own if path.kind == "zeroOrMore" else NONE
        new = once if path.kind == "oneOrMore" else distinct(np.concatenate([own, once]))
        new = new[~among(found, new)]
        while len(new):
            found = distinct(np.concatenate([found, new]))
            new = _packed(*self._step(inner, *_apart(new)))
            new = new[~among(found, new)]
        return found

    def along(self, paths: Iterable[Path], nodes: Numbers) -> Numbers:
        """Collect the triples that some paths lead over from some nodes, one row each, each once."""
        parts = [part for path in paths for part in self._along(path, distinct(nodes))]
        rows = np.concatenate([np.empty((0, 3), np.int64), *parts])
        rows = rows[np.lexsort(rows.T)]
        return rows[np.concatenate([[True], (rows[1:] != rows[:-1]).any(axis=1)])] if len(rows) else rows

    def _along(self, path: Path, nodes: Numbers) -> Iterable[Numbers]:
        """Collect the same for one path."""
        inner = path.parts[0] if path.kind == "inverse" else path
        if path.kind == "inverse" and inner.kind != "predicate":
            yield from self._along(inner.inverted(), nodes)
        elif inner.kind == "predicate":
            number, (place, found) = self.terms.find(ox.NamedNode(inner.iri)), self.walk(path, nodes)
            ends = (found, nodes[place]) if path.kind == "inverse" else (nodes[place], found)
            yield np.column_stack([ends[0], np.full(len(place), number), ends[1]])
        else:
            if path.kind in ("zeroOrMore", "oneOrMore"):
                nodes = distinct(self.walk(Path("zeroOrMore", parts=path.parts), nodes)[1])
            for part in path.parts:
                yield from self._along(part, nodes)
                if path.kind == "sequence":
                    nodes = distinct(self.walk(part, nodes)[1])

    def _reach(self, nodes: Numbers, step: Callable[[Numbers], tuple[Numbers, Numbers]]) -> tuple[Numbers, Numbers]:
        """Follow a step from some nodes to all that can be reached: how many steps are dropped, and the nodes."""
        found = new = distinct(nodes)
        while len(new):
            reached = distinct(step(new)[1])
            new = reached[~among(found, reached)]
            found = distinct(np.concatenate([found, new]))
        return NONE, found

    @cached_property
    def _by_subject(self) -> tuple[Numbers, Numbers, Numbers]:
        """Sort the triples, each once, by subject."""
        each = {predicate: relation.pairs() for predicate, relation in self._relations.items()}
        pairs = np.concatenate([NONE, *each.values()])
        names = np.repeat(np.fromiter(each, np.int64), [len(own) for own in each.values()])
        order = np.argsort(pairs >> SHIFT, kind="stable")
        pairs = pairs[order]
        return pairs >> SHIFT, names[order], pairs & LOW

    def properties(self, nodes: Numbers) -> tuple[Numbers, Numbers, Numbers]:
        """Find the triples of subjects: the position of the subject, the predicate and the object."""
        subjects, predicates, objects = self._by_subject
        low, high = np.searchsorted(subjects, nodes), np.searchsorted(subjects, nodes, side="right")
        sizes = high - low
        place = np.repeat(np.arange(len(nodes)), sizes)
        row = np.repeat(low - np.cumsum(sizes) + sizes, sizes) + np.arange(len(place))
        return place, predicates[row], objects[row]


def mask_of(numbers: Numbers, test: Callable[[int], bool]) -> Mask:
    """Ask a test of each distinct number, and give its answer for all."""
    each = distinct(numbers)
    answers = np.fromiter((test(number) for number in each.tolist()), bool, len(each))
    found: Mask = answers[np.searchsorted(each, numbers)] if len(each) else np.zeros(len(numbers), bool)
    return found


def _packed(place: Numbers, value: Numbers) -> Numbers:
    """Pack positions and values into sorted pairs, each once."""
    return distinct(place << SHIFT | value)


def _apart(pairs: Numbers) -> tuple[Numbers, Numbers]:
    """Take pairs apart."""
    return pairs >> SHIFT, pairs & LOW


_EMPTY = Relation()

"""A small graph held in dictionaries, for shapes."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import pyoxigraph as ox

from gcmgraph.errors import ReadError
from gcmgraph.namespaces import PREFIXES

if TYPE_CHECKING:
    from collections.abc import Iterable

    Term = ox.NamedNode | ox.BlankNode | ox.Literal

RDF, RDFS, OWL = PREFIXES["rdf"], PREFIXES["rdfs"], PREFIXES["owl"]


class Index:
    """Triples by subject and predicate, in the order given."""

    def __init__(self, triples: Iterable[ox.Triple]) -> None:
        self.triples = list(triples)
        self._objects: defaultdict[Term, defaultdict[str, list[Term]]] = defaultdict(lambda: defaultdict(list))
        self._subjects: defaultdict[str, dict[Term, list[Term]]] = defaultdict(dict)
        for triple in self.triples:
            subject, name, value = triple.subject, triple.predicate.value, triple.object
            if value not in self._objects[subject][name]:  # type: ignore[index]
                self._objects[subject][name].append(value)  # type: ignore[index,arg-type]
                self._subjects[name].setdefault(subject, []).append(value)  # type: ignore[arg-type]

    def values(self, node: Term, name: str) -> list[Term]:
        """Give the objects of a node's property."""
        return self.properties(node).get(name, [])

    def value(self, node: Term, name: str) -> Term | None:
        """Give the first object of a node's property."""
        return next(iter(self.values(node, name)), None)

    def properties(self, node: Term) -> dict[str, list[Term]]:
        """Give a node's properties."""
        return self._objects.get(node, {})

    def subjects(self, name: str) -> dict[Term, list[Term]]:
        """Give the subjects of a property, each with its objects."""
        return self._subjects.get(name, {})

    def items(self, head: Term) -> list[Term]:
        """Read an RDF list.

        Raises:
            ReadError: it is no list.
        """
        found: list[Term] = []
        seen: set[Term] = set()
        while head != ox.NamedNode(RDF + "nil"):
            first, rest = self.values(head, RDF + "first"), self.values(head, RDF + "rest")
            if len(first) != 1 or len(rest) != 1 or head in seen:
                raise ReadError("shapes", f"{head} is not a well-formed list", "write it in round brackets")
            seen.add(head)
            found += first
            head = rest[0]
        return found

    def instances(self, *classes: str) -> list[Term]:
        """List the instances of classes and of those below them."""
        wanted = {node for name in classes for node in self.below(name)}
        return [node for node, types in self.subjects(RDF + "type").items() if not wanted.isdisjoint(types)]

    def below(self, name: str) -> set[Term]:
        """Find a class and all below it."""
        found: set[Term] = {ox.NamedNode(name)}
        waiting = list(found)
        upper: defaultdict[Term, list[Term]] = defaultdict(list)
        for lower, above in self.subjects(RDFS + "subClassOf").items():
            for one in above:
                upper[one].append(lower)
        while waiting:
            new = [node for node in upper[waiting.pop()] if node not in found]
            found.update(new)
            waiting += new
        return found

"""What follows from the asserted graph by OWL 2 RL."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np
import pyoxigraph as ox

from gcmgraph.errors import UnknownNameError
from gcmgraph.namespaces import PREFIXES
from gcmgraph.reasoning.columns import LOW, SHIFT, distinct
from gcmgraph.reasoning.equality import Names
from gcmgraph.reasoning.reasoner import CARDINALITIES, Reasoner
from gcmgraph.reasoning.rules import MEMBER, TYPE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from rdflib import Graph

    from gcmgraph.corpus import Corpus
    from gcmgraph.reasoning.columns import Mask, Numbers, Relation, Terms

REASONERS = ("owlrl", "rules")
OWL, RDFS = PREFIXES["owl"], PREFIXES["rdfs"]
SUBCLASS = RDFS + "subClassOf"
REFLEXIVE = (OWL + "sameAs", OWL + "equivalentClass", OWL + "equivalentProperty", RDFS + "subPropertyOf")


class Closure:
    """A graph and what follows from it; it can be added to.

    Attributes:
        reasoner: the columns behind it, closed.

    Source:
        OWL 2 Profiles, section 4.3, tables 4 to 9; what is left out stands in `gcmgraph.reasoning.rules.LEFT_OUT`.
    """

    def __init__(self, triples: Iterable[ox.Triple] = (), *, terms: Terms | None = None) -> None:
        self._reasoner = Reasoner(terms)
        self._waiting: list[Numbers] = []
        self.extend(triples)

    @classmethod
    def of(cls, terms: Terms, rows: Numbers) -> Closure:
        """Close triples that have been numbered already; the terms of the rules get numbers too."""
        closure = cls(terms=terms)
        closure._waiting.append(rows)
        return closure

    @classmethod
    def resumed(
        cls, terms: Terms, asserted: Mapping[int, Relation], closed: Mapping[int, Relation], added: Numbers
    ) -> Closure:
        """Go on from a closed graph in which no term is the same as another.

        Args:
            terms: the numbers of terms.
            asserted: the pairs of each predicate that were asserted.
            closed: the pairs of each predicate that held.
            added: the triples that have come since, one row each.
        """
        closure = cls(terms=terms)
        closure._reasoner.resume(asserted, closed)
        closure._waiting = [added]
        return closure

    def extend(self, triples: Iterable[ox.Triple]) -> None:
        """Add triples; what follows from them is found when it is first asked for, in time that grows with them."""
        self._waiting.append(self._reasoner.terms.encode(triples))

    @property
    def reasoner(self) -> Reasoner:
        """Close what has been added."""
        if self._waiting:
            waiting, self._waiting = self._waiting, []
            self._reasoner.add(waiting)
        return self._reasoner

    def __len__(self) -> int:
        """Count the inferred triples."""
        return sum(len(pairs) for _, pairs in self._derived())

    def triples(self) -> Iterator[ox.Triple]:
        """Go through the inferred triples: none that is asserted, and none of those that are left out."""
        terms = self.reasoner.terms
        for predicate, pairs in self._derived():
            name = terms[predicate]
            for pair in pairs.tolist():
                yield ox.Triple(terms[pair >> SHIFT], name, terms[pair & LOW])  # type: ignore[arg-type]

    @property
    def asserted(self) -> int:
        """Count the asserted triples, each once."""
        return sum(len(relation) for relation in self.reasoner.asserted.values())

    def literals(self) -> Iterator[ox.Literal]:
        """Go through the literals of the asserted triples."""
        terms = self.reasoner.terms
        used = np.zeros(len(terms), bool)
        for relation in self.reasoner.asserted.values():
            used[relation.pairs() & LOW] = True
        found = (terms[number] for number in np.flatnonzero(used & terms.literals()).tolist())
        return (term for term in found if isinstance(term, ox.Literal))

    def _derived(self) -> Iterator[tuple[int, Numbers]]:
        """Give the inferred pairs of each predicate."""
        reasoner = self.reasoner
        left_out = {reasoner.number(iri) for iri in (MEMBER, *(OWL + name for name in CARDINALITIES))}
        for predicate, pairs in self._expanded():
            if predicate not in left_out and isinstance(reasoner.terms[predicate], ox.NamedNode):
                new = pairs[~reasoner.asserted[predicate].has(pairs)]
                new = new[~self._trivial(predicate, new)]
                if len(new):
                    yield predicate, new

    def _expanded(self) -> Iterator[tuple[int, Numbers]]:
        """Give all pairs of each predicate, under each name of what is the same."""
        reasoner = self.reasoner
        changed = np.flatnonzero(reasoner.names != np.arange(len(reasoner.names)))
        if not len(changed):
            yield from ((predicate, relation.pairs()) for predicate, relation in reasoner.closed.items())
            return
        same = Names(reasoner.names)
        parts: defaultdict[int, list[Numbers]] = defaultdict(list)
        for predicate, relation in reasoner.closed.items():
            pairs = relation.pairs()
            subjects, place = same.of(pairs >> SHIFT)
            objects, again = same.of((pairs & LOW)[place])
            for name in same.of(np.array([predicate]))[0].tolist():
                parts[name].append(subjects[again] << SHIFT | objects)
        yield from ((predicate, distinct(np.concatenate(own))) for predicate, own in parts.items())

    def _trivial(self, predicate: int, pairs: Numbers) -> Mask:
        """Tell which pairs say nothing of a graph: those of LEFT_OUT."""
        number = self.reasoner.number
        subjects, objects = pairs >> SHIFT, pairs & LOW
        trivial: Mask = np.zeros(len(pairs), bool)
        if predicate in {number(iri) for iri in (*REFLEXIVE, SUBCLASS)}:
            trivial |= subjects == objects
        if predicate in {number(SUBCLASS), number(TYPE)}:
            trivial |= objects == number(OWL + "Thing")
        if predicate == number(SUBCLASS):
            trivial |= subjects == number(OWL + "Nothing")
        return trivial


def close(corpus: Corpus, *, reasoner: str = "rules") -> Graph:
    """Compute what follows from a corpus.

    Args:
        corpus: the ontology and the data.
        reasoner: "rules" for the rules of this project, "owlrl" for the reference reasoner, which is far slower.

    Returns:
        The inferred triples alone: none that is asserted, and none of those listed in
        `gcmgraph.reasoning.rules.LEFT_OUT`, which say nothing of a graph.

    Raises:
        UnknownNameError: there is no such reasoner.

    Source:
        OWL 2 Profiles, section 4.3.
    """
    from gcmgraph.terms import to_graph

    if reasoner not in REASONERS:
        raise UnknownNameError("reasoner", reasoner, REASONERS)
    return _close_by_owlrl(corpus) if reasoner == "owlrl" else to_graph(infer(corpus))


def infer(corpus: Corpus) -> list[ox.Triple]:
    """Compute what follows from a corpus, sorted."""
    return sorted(Closure(corpus.triples()).triples(), key=str)


def _close_by_owlrl(corpus: Corpus) -> Graph:
    """Close with the reference reasoner, and leave out what `close` promises to leave out."""
    from owlrl import DeductiveClosure, OWLRL_Semantics
    from rdflib import OWL as OWL_TERMS
    from rdflib import RDF, Graph, URIRef

    from gcmgraph.terms import to_graph

    asserted = to_graph(corpus.triples())
    closed = to_graph(corpus.triples())
    DeductiveClosure(OWLRL_Semantics, axiomatic_triples=False, datatype_axioms=False).expand(closed)
    own = {term for triple in asserted for term in triple if isinstance(term, URIRef)}
    result = Graph()
    for triple in closed:
        subject, predicate, value = triple
        reflexive = value == subject and str(predicate) in (*REFLEXIVE, SUBCLASS)
        trivial = reflexive or value == OWL_TERMS.Thing or (predicate == RDF.type and value not in own)
        if triple not in asserted and not trivial and subject in own:
            result.add(triple)
    return result

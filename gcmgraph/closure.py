"""What follows from the asserted graph by OWL 2 RL.

The rules are those of OWL 2 Web Ontology Language Profiles (second edition), section 4.3, tables 5, 7 and 9, that can
fire on the constructs which the ontology uses; `tests/test_ontology.py` holds the ontology to them, and
`tests/test_closure.py` holds the result to owlrl's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyoxigraph as ox

from gcmgraph.corpus import select
from gcmgraph.errors import UnknownNameError
from gcmgraph.namespaces import BASE, PREFIXES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rdflib import Graph

    from gcmgraph.corpus import Corpus

INFERRED = BASE + "graph/inferred"
REASONERS = ("owlrl", "rules")

RULES = {
    "scm-sco": "?c1 rdfs:subClassOf ?c3 <- ?c1 rdfs:subClassOf ?c2 . ?c2 rdfs:subClassOf ?c3",
    "scm-spo": "?p1 rdfs:subPropertyOf ?p3 <- ?p1 rdfs:subPropertyOf ?p2 . ?p2 rdfs:subPropertyOf ?p3",
    "scm-dom1": "?p rdfs:domain ?c2 <- ?p rdfs:domain ?c1 . ?c1 rdfs:subClassOf ?c2",
    "scm-dom2": "?p1 rdfs:domain ?c <- ?p2 rdfs:domain ?c . ?p1 rdfs:subPropertyOf ?p2",
    "scm-rng1": "?p rdfs:range ?c2 <- ?p rdfs:range ?c1 . ?c1 rdfs:subClassOf ?c2",
    "scm-rng2": "?p1 rdfs:range ?c <- ?p2 rdfs:range ?c . ?p1 rdfs:subPropertyOf ?p2",
    "prp-spo1": "?x ?p2 ?y <- ?p1 rdfs:subPropertyOf ?p2 . ?x ?p1 ?y",
    "prp-inv1": "?y ?p2 ?x <- ?p1 owl:inverseOf ?p2 . ?x ?p1 ?y",
    "prp-inv2": "?y ?p1 ?x <- ?p1 owl:inverseOf ?p2 . ?x ?p2 ?y",
    "prp-trp": "?x ?p ?z <- ?p a owl:TransitiveProperty . ?x ?p ?y . ?y ?p ?z",
    "prp-spo2 of two": "?x ?p ?z <- ?p owl:propertyChainAxiom (?p1 ?p2) . ?x ?p1 ?y . ?y ?p2 ?z",
    "prp-spo2 of three": "?w ?p ?z <- ?p owl:propertyChainAxiom (?p1 ?p2 ?p3) . ?w ?p1 ?x . ?x ?p2 ?y . ?y ?p3 ?z",
    "prp-dom": "?x a ?c <- ?p rdfs:domain ?c . ?x ?p ?y",
    "prp-rng": "?y a ?c <- ?p rdfs:range ?c . ?x ?p ?y . FILTER(!isLiteral(?y))",
    "cax-sco": "?x a ?c2 <- ?c1 rdfs:subClassOf ?c2 . ?x a ?c1",
}

CLASHES = {
    "cax-dw": "?c1 owl:disjointWith ?c2 . ?x a ?c1 . ?x a ?c2",
    "cax-adc": "?all a owl:AllDisjointClasses ; owl:members/rdf:rest*/rdf:first ?c1 , ?c2 . "
    "FILTER(STR(?c1) < STR(?c2)) ?x a ?c1 . ?x a ?c2",
    "prp-irp": "?c1 a owl:IrreflexiveProperty . ?x ?c1 ?x . BIND(?c1 AS ?c2)",
    "prp-asyp": "?c1 a owl:AsymmetricProperty . ?x ?c1 ?y . ?y ?c1 ?x . BIND(?c1 AS ?c2)",
}

_PROLOGUE = """
PREFIX owl: <http://www.w3.org/2002/07/owl#>
PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
"""


def close(corpus: Corpus, *, reasoner: str = "rules") -> Graph:
    """Compute what follows from a corpus.

    Args:
        corpus: the ontology and the data.
        reasoner: "rules" for the rules of this module, "owlrl" for the reference reasoner, which is far slower.

    Returns:
        The inferred triples alone, between IRIs of the corpus: no axiomatic triple (tables 4 and 8 of the standard),
        no `x owl:sameAs x`, `c rdfs:subClassOf c` or `x a owl:Thing`, and none that is asserted.

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
    """Compute what follows from a corpus, by the rules of this module, sorted."""
    literals = sorted({t.object for t in corpus.triples() if isinstance(t.object, ox.Literal)}, key=str)
    sealed: dict[object, ox.Literal] = {literal: ox.Literal(str(n)) for n, literal in enumerate(literals)}
    asserted = {ox.Triple(t.subject, t.predicate, sealed.get(t.object, t.object)) for t in corpus.triples()}
    store = ox.Store()
    store.bulk_extend(ox.Quad(t.subject, t.predicate, t.object) for t in asserted)
    updates = [_update(rule) for rule in RULES.values()]
    size = 0
    while size != len(store):
        size = len(store)
        for update in updates:
            store.update(update)
    fresh = (quad.triple for quad in store if quad.triple not in asserted and not _is_trivial(quad.triple))
    return sorted((_unseal(triple, literals) for triple in fresh), key=str)


def _unseal(triple: ox.Triple, literals: list[ox.Literal]) -> ox.Triple:
    """Put a literal back in place of its number; the store would not have kept its exact form."""
    if not isinstance(triple.object, ox.Literal):
        return triple
    return ox.Triple(triple.subject, triple.predicate, literals[int(triple.object.value)])


def clashes(corpus: Corpus, inferred: list[ox.Triple]) -> Iterator[tuple[str, str, str, str]]:
    """Find contradictions in the closed graph.

    Returns:
        For each: the rule of the standard, the IRI of the individual, and the two IRIs that clash.

    Source:
        OWL 2 Profiles, section 4.3, tables 5 and 7.
    """
    store = ox.Store()
    store.bulk_extend(ox.Quad(t.subject, t.predicate, t.object) for t in (*corpus.triples(), *inferred))
    for rule, pattern in CLASHES.items():
        for row in select(store, f"{_PROLOGUE} SELECT DISTINCT ?x ?c1 ?c2 WHERE {{ {pattern} }} ORDER BY ?x ?c1 ?c2"):
            yield rule, row["x"].value, row["c1"].value, row["c2"].value


def _update(rule: str) -> str:
    """Write a rule as a SPARQL update that adds what is new."""
    head, body = rule.split(" <- ")
    return f"{_PROLOGUE} INSERT {{ {head} }} WHERE {{ {body} FILTER NOT EXISTS {{ {head} }} }}"


def _is_trivial(triple: ox.Triple) -> bool:
    """Tell a reflexive triple of the schema, such as a class below itself."""
    schema = triple.predicate.value.startswith((PREFIXES["rdfs"], PREFIXES["owl"]))
    return schema and triple.subject == triple.object


def _close_by_owlrl(corpus: Corpus) -> Graph:
    """Close with the reference reasoner, and leave out what `close` promises to leave out."""
    from owlrl import DeductiveClosure, OWLRL_Semantics
    from rdflib import OWL, RDF, Graph, URIRef

    from gcmgraph.terms import to_graph

    asserted = to_graph(corpus.triples())
    closed = to_graph(corpus.triples())
    DeductiveClosure(OWLRL_Semantics, axiomatic_triples=False, datatype_axioms=False).expand(closed)
    own = {term for triple in asserted for term in triple if isinstance(term, URIRef)}
    result = Graph()
    for triple in closed:
        subject, predicate, value = triple
        trivial = value in {subject, OWL.Thing} or (predicate == RDF.type and value not in own)
        if triple not in asserted and not trivial and subject in own and predicate in own:
            result.add(triple)
    return result

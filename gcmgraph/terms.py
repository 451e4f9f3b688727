"""Where the two term worlds meet: pyoxigraph's inside, rdflib's at the surface."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox
from rdflib import BNode, Dataset, Graph, Literal, URIRef

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from rdflib.plugins.sparql.sparql import Query
    from rdflib.query import Result
    from rdflib.term import Node

logging.getLogger("rdflib.term").setLevel(logging.CRITICAL)  # it would print a traceback for each ill-typed literal

OxTerm = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple


def to_rdflib(term: OxTerm) -> Node:
    """Convert one term, keeping its exact lexical form."""
    if isinstance(term, ox.NamedNode):
        return URIRef(term.value)
    if isinstance(term, ox.BlankNode):
        return BNode(term.value)
    if isinstance(term, ox.Literal):
        if term.language:
            return Literal(term.value, lang=term.language)
        datatype = None if term.datatype.value.endswith("XMLSchema#string") else URIRef(term.datatype.value)
        return Literal(term.value, datatype=datatype, normalize=False)
    raise TypeError(type(term))


def from_rdflib(term: Node) -> OxTerm:
    """Convert one term back, keeping its lexical form."""
    if isinstance(term, URIRef):
        return ox.NamedNode(str(term))
    if isinstance(term, BNode):
        return ox.BlankNode(str(term))
    if isinstance(term, Literal):
        if term.language:
            return ox.Literal(str(term), language=term.language)
        return ox.Literal(str(term), datatype=ox.NamedNode(str(term.datatype)) if term.datatype else None)
    raise TypeError(type(term))


def to_graph(triples: Iterable[ox.Triple]) -> Graph:
    """Build an rdflib graph from parsed triples."""
    graph = Graph()
    for triple in triples:
        graph.add((to_rdflib(triple.subject), to_rdflib(triple.predicate), to_rdflib(triple.object)))
    return graph


class PreparedGraph(Graph):
    """A graph that parses each query once, however often it is asked with other bindings."""

    def __init__(self) -> None:
        super().__init__()
        self._prepared: dict[str, Query] = {}

    def query(self, query_object: Query | str, *args: Any, **kwargs: Any) -> Result:
        """Ask as rdflib does."""
        from rdflib.plugins.sparql import prepareQuery

        if isinstance(query_object, str):
            if query_object not in self._prepared:
                self._prepared[query_object] = prepareQuery(query_object, initNs=dict(self.namespaces()))
            query_object = self._prepared[query_object]
        return super().query(query_object, *args, **kwargs)


def to_dataset(graphs: Mapping[str, Iterable[ox.Triple]]) -> Dataset:
    """Build an rdflib dataset, whose default graph is the union, from named sets of parsed triples."""
    dataset = Dataset(default_union=True)
    for name, triples in graphs.items():
        target = dataset.graph(URIRef(name))
        for triple in triples:
            target.add((to_rdflib(triple.subject), to_rdflib(triple.predicate), to_rdflib(triple.object)))
    return dataset

"""A dataset in canonical form, and its bytes in the W3C formats: the same on each run and machine."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import pyoxigraph as ox

from gcmgraph.namespaces import INFERRED
from gcmgraph.results import sorted_prefixes, used_prefixes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from gcmgraph.corpus import Corpus

    Lines = dict[bytes, ox.Triple]

FORMATS = {
    "ttl": ox.RdfFormat.TURTLE,
    "nt": ox.RdfFormat.N_TRIPLES,
    "nq": ox.RdfFormat.N_QUADS,
    "trig": ox.RdfFormat.TRIG,
    "jsonld": ox.RdfFormat.JSON_LD,
    "rdf": ox.RdfFormat.RDF_XML,
}
BLANK = b"_:"


@dataclass(frozen=True)
class Canonical:
    """A dataset whose blank nodes are labelled by RDFC-1.0.

    Attributes:
        graphs: the triples of each named graph, by their lines in N-Triples, both sorted.
    """

    graphs: Mapping[str, Lines]

    @cached_property
    def union(self) -> Lines:
        """Give the triples of all graphs, each once, by their lines, sorted."""
        return _sorted({line: triple for lines in self.graphs.values() for line, triple in lines.items()})

    @cached_property
    def prefixes(self) -> dict[str, str]:
        """Give the prefixes that shorten at least one IRI."""
        return used_prefixes(self.union.values())

    def quads(self) -> Iterator[ox.Quad]:
        """Go through all quads in order."""
        for name, lines in self.graphs.items():
            graph = ox.NamedNode(name)
            for triple in lines.values():
                yield ox.Quad(triple.subject, triple.predicate, triple.object, graph)


def canonical(corpus: Corpus, *, inferred: bool = False) -> Canonical:
    """Put a corpus into canonical form, lexical forms as written.

    Args:
        corpus: the ontology and the data.
        inferred: whether to add what follows from them, as a graph of its own.

    Source:
        RDF Dataset Canonicalization (RDFC-1.0). Labels depend only on the quads that hold blank nodes, so that the
        algorithm is run on those alone.
    """
    graphs: dict[str, Lines] = {name: _by_line(triples) for name, triples in corpus.graphs.items()}
    if inferred:
        from gcmgraph.reasoning.closure import Closure

        graphs[INFERRED] = _by_line(Closure(corpus.triples()).triples())
    blank = ox.Dataset()
    for name, lines in graphs.items():
        graph = ox.NamedNode(name)
        for line in [line for line in lines if BLANK in line]:
            triple = lines.pop(line)
            blank.add(ox.Quad(triple.subject, triple.predicate, triple.object, graph))
    blank.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    for quad in blank:
        graphs[str(quad.graph_name)[1:-1]] |= _by_line([quad.triple])
    return Canonical({name: _sorted(lines) for name, lines in sorted(graphs.items())})


def serialize(dataset: Canonical, name: str) -> bytes:
    """Write a dataset in one of FORMATS; N-Triples, Turtle and RDF/XML hold the union of its graphs."""
    if name == "nt":
        return b"".join(dataset.union)
    if name == "nq":
        return b"".join(_in_graph(graph, lines) for graph, lines in dataset.graphs.items())
    if name == "jsonld":
        text = ox.serialize(dataset.quads(), format=FORMATS[name]) or b""
        return json.dumps(json.loads(text), indent=1, ensure_ascii=False).encode() + b"\n"
    statements = dataset.quads() if name == "trig" else dataset.union.values()
    return sorted_prefixes(ox.serialize(statements, format=FORMATS[name], prefixes=dataset.prefixes) or b"")


def _by_line(triples: Iterable[ox.Triple]) -> Lines:
    """Give triples by their lines in N-Triples."""
    own = list(triples)
    text = ox.serialize(own, format=ox.RdfFormat.N_TRIPLES) or b""
    return dict(zip(text.splitlines(keepends=True), own, strict=True))


def _sorted(lines: Lines) -> Lines:
    """Put lines in order."""
    return {line: lines[line] for line in sorted(lines)}


def _in_graph(graph: str, lines: Iterable[bytes]) -> bytes:
    """Write lines of N-Triples as N-Quads."""
    end = b"<" + graph.encode() + b"> .\n"
    return b"".join([line[:-2] + end for line in lines])

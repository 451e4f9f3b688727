"""The asserted graph: one named graph a file, read once and never changed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING

import pyoxigraph as ox

from gcmgraph.namespaces import PROLOGUE
from gcmgraph.reading import read_triples, require_memory

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import IO

    from rdflib import Dataset

    from gcmgraph.project import Project

PART = 100_000
LABELS = (
    "http://www.w3.org/2000/01/rdf-schema#label",
    "http://www.w3.org/2004/02/skos/core#prefLabel",
    "http://purl.org/dc/terms/title",
)


@dataclass(frozen=True)
class Corpus:
    """The ontology and the data of a project, file by file.

    Attributes:
        graphs: the triples of each file, in the order written, by the IRI of the named graph that the file fills.
    """

    graphs: Mapping[str, tuple[ox.Triple, ...]]

    def triples(self) -> Iterator[ox.Triple]:
        """Go through the triples of all files."""
        for triples in self.graphs.values():
            yield from triples

    def quads(self) -> Iterator[ox.Quad]:
        """Go through the triples of all files, each with its graph."""
        for name, triples in self.graphs.items():
            graph = ox.NamedNode(name)
            for triple in triples:
                yield ox.Quad(triple.subject, triple.predicate, triple.object, graph)

    def dataset(self) -> Dataset:
        """Give the corpus as an rdflib dataset whose default graph is the union of the named graphs."""
        from gcmgraph.terms import to_dataset

        return to_dataset(self.graphs)

    @cached_property
    def store(self) -> ox.Store:
        """Hold the corpus in a fresh store, for questions about what was asserted."""
        return fill_store(self.graphs)

    @cached_property
    def labels(self) -> dict[str, str]:
        """Map each described IRI to its label."""
        found: dict[str, str] = {}
        for triple in self.triples():
            if triple.predicate.value in LABELS and isinstance(triple.object, ox.Literal):
                found.setdefault(str(triple.subject)[1:-1], triple.object.value)
        return found

    def members(self, record_class: str) -> set[str]:
        """Find what is described as a member of one of the project's classes or of those below it."""
        text = f"SELECT DISTINCT ?record WHERE {{ ?record a/rdfs:subClassOf* gcm:{record_class} }}"
        return {row["record"].value for row in select(self.store, PROLOGUE + text)}


def fill_store(graphs: Mapping[str, Iterable[ox.Triple]], *, named: bool = False) -> ox.Store:
    """Load sets of triples into a store.

    A store could query the union of named graphs by itself, but would then count a triple once for each that holds it.

    Args:
        graphs: the triples of each named graph.
        named: whether to keep each set as a named graph too, which takes twice the room.

    Returns:
        A store with the union of all sets, each triple once, as its default graph.
    """
    store = ox.Store()
    text = b"".join(quad_lines(name, triples, named=named) for name, triples in graphs.items())
    store.bulk_load(text, format=ox.RdfFormat.N_QUADS, lenient=True)
    return store


def quad_lines(name: str, triples: Iterable[ox.Triple], *, named: bool) -> bytes:
    """Write triples as N-Quads of the default graph, and of a named one if wanted."""
    text = ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES) or b""
    return text + text.replace(b" .\n", b" <" + name.encode() + b"> .\n") if named else text


def write_lines(file: IO[bytes], name: str, triples: Iterable[ox.Triple], *, named: bool) -> None:
    """Append triples to a file of N-Quads, some at a time."""
    waiting = iter(triples)
    while part := list(islice(waiting, PART)):
        file.write(quad_lines(name, part, named=named))


def select(store: ox.Store, text: str) -> list[ox.QuerySolution]:
    """Ask a store a SELECT query."""
    found = store.query(text)
    return list(found) if isinstance(found, ox.QuerySolutions) else []


def read_corpus(project: Project) -> Corpus:
    """Read the ontology and the data of a project.

    Args:
        project: where the files lie.

    Returns:
        The corpus, one named graph a file, in the order of their paths.

    Raises:
        ReadError: a file is missing, unreadable or malformed, or memory cannot hold them all.
    """
    paths = (*project.ontology_files(), *project.data_files())
    require_memory(paths)
    return Corpus({project.graph_name(path): tuple(read_triples(path)) for path in paths})

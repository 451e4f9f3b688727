"""The places a query can run here: the embedded store, kept on disk or in memory, or rdflib alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

import pyoxigraph as ox

from gcmgraph.answers import Answers
from gcmgraph.cache import Cache, digest_with_graphs
from gcmgraph.corpus import LABELS, fill_store, read_corpus
from gcmgraph.errors import QueryError
from gcmgraph.namespaces import GCM, INFERRED, PREFIXES
from gcmgraph.reasoning.explain import explain, inferred_about
from gcmgraph.results import Results
from gcmgraph.sparql import check_query, names_graphs, syntax_error

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import Any

    from gcmgraph.cache import Entry
    from gcmgraph.corpus import Corpus
    from gcmgraph.project import Project
    from gcmgraph.reasoning.explain import Fact, Proof

TYPE = ox.NamedNode(PREFIXES["rdf"] + "type")
T = TypeVar("T")


class Store(Protocol):
    """Anything that answers SPARQL 1.1 queries."""

    def query(self, text: str) -> Results:
        """Answer a query text."""
        ...


class EmbeddedStore:
    """A pyoxigraph store that holds a corpus and what follows from it.

    The default graph is the union of all graphs; each file, and the inferred triples, also stand as a named graph,
    which is loaded when a query first names one. What is in it does not change, so that a question asked again is
    answered from what was said before.
    """

    def __init__(self, corpus: Corpus) -> None:
        from gcmgraph.reasoning.closure import Closure
        from gcmgraph.reasoning.literals import written_forms

        closure = Closure(corpus.triples())
        self._graphs = {**corpus.graphs, INFERRED: tuple(closure.triples())}
        self._forms: Mapping[str, str] = written_forms(closure.literals())
        self._answers = Answers()
        self._engines: dict[bool, ox.Store] = {}

    def query(self, text: str) -> Results:
        """Answer a query text.

        Returns:
            The answer. A literal that the engine would write in another form (`1.5` for `1.50`) has the form in which
            the files write that value, if they do so in one form only.

        Raises:
            QueryError: the text is not valid SPARQL 1.1, or asks to fetch from elsewhere.
        """
        known = self._answers.find(text)
        if known is not None:
            return known
        check_query(text)
        try:
            results = self._using(lambda engine: _from_pyoxigraph(engine.query(text)), named=names_graphs(text))
        except SyntaxError as error:
            raise syntax_error(text, str(error.msg)) from error
        except (OSError, RuntimeError, ValueError) as error:
            raise QueryError("query", f"cannot be answered ({error})", "mend the query") from error
        results = results.restored(self._forms)
        self._answers.keep(text, results)
        return results

    def labels(self, iris: Iterable[str]) -> dict[str, str]:
        """Map those of some IRIs that have a label to it."""
        return self._using(lambda engine: _labels(engine, iris))

    def members(self, record_class: str) -> set[str]:
        """Find the members of one of the project's classes."""
        pattern = (None, TYPE, ox.NamedNode(GCM + record_class), ox.DefaultGraph())
        return self._using(lambda engine: {str(quad.subject)[1:-1] for quad in engine.quads_for_pattern(*pattern)})

    def explain(self, facts: Sequence[Fact], progress: Callable[[int, int], None] = lambda *_: None) -> list[Proof]:
        """Find the shortest explanation of each of some facts; see `gcmgraph.reasoning.explain`."""
        return self._using(lambda engine: explain(engine, facts, progress=progress), named=True)

    def inferred_about(self, iri: str) -> list[Fact]:
        """List the inferred facts that have an IRI as their subject or object, sorted."""
        return self._using(lambda engine: inferred_about(engine, iri), named=True)

    def _using(self, work: Callable[[ox.Store], T], *, named: bool = False) -> T:
        """Do some work with the engine, which is loaded when it is first needed."""
        if named not in self._engines:
            self._engines[named] = self._load(named=named)
        return work(self._engines[named])

    def _load(self, *, named: bool) -> ox.Store:
        """Load the engine, with or without named graphs."""
        return fill_store(self._graphs, named=named)


class _KeptStore(EmbeddedStore):
    """An embedded store on disk, built anew if it turns out to be damaged."""

    def __init__(self, entry: Entry, find: Callable[..., Entry | None], project: Project) -> None:
        self._entry = entry
        self._find = find
        self._project = project
        self._forms = entry.forms
        self._answers = Answers(entry.path / "answers")
        self._engines = {}

    def _load(self, *, named: bool, fresh: bool = False) -> ox.Store:
        """Open the engine, read-only; in memory if it can be neither found nor kept."""
        entry = self._find(self._project, named=named, fresh=fresh) if named or fresh else self._entry
        expected = digest_with_graphs(self._entry.digest) if named else self._entry.digest
        if entry is None or entry.digest != expected:
            self._answers = Answers()  # the files may have changed: what is answered from now on is not of this entry
        return entry.store() if entry else EmbeddedStore(read_corpus(self._project))._load(named=named)  # noqa: SLF001

    def _using(self, work: Callable[[ox.Store], T], *, named: bool = False) -> T:
        """Do some work with the engine, once more if its files are damaged."""
        try:
            return super()._using(work, named=named)
        except (OSError, RuntimeError) as error:
            if not isinstance(error, OSError) and "corruption" not in str(error).lower():
                raise
            self._engines[named] = self._load(named=named, fresh=True)
            return super()._using(work, named=named)


def open_store(
    project: Project,
    *,
    fresh: bool = False,
    note: Callable[[str], None] = lambda _: None,
    progress: Callable[[int, int], None] = lambda *_: None,
) -> EmbeddedStore:
    """Open the store of a project: from the user's cache folder, where it is built if the project has changed.

    Args:
        project: where the ontology and the data lie.
        fresh: build it anew, whatever the cache holds.
        note: told why the cache cannot be used; the store is then built in memory.
        progress: called with the number of files read and their total while it is built.

    Returns:
        A store that answers as one built from the project's corpus does.

    Raises:
        ReadError: a file is missing, unreadable or malformed.
    """
    find = Cache.find(note, progress).entry
    entry = find(project, fresh=fresh)
    return EmbeddedStore(read_corpus(project)) if entry is None else _KeptStore(entry, find, project)


class RdflibStore:
    """rdflib's own memory store and query engine, holding a corpus and what follows from it."""

    def __init__(self, corpus: Corpus) -> None:
        from gcmgraph.reasoning.closure import Closure
        from gcmgraph.terms import to_dataset

        self._dataset = to_dataset({**corpus.graphs, INFERRED: Closure(corpus.triples()).triples()})

    def query(self, text: str) -> Results:
        """Answer a query text.

        Raises:
            QueryError: the text is not valid SPARQL 1.1, or asks to fetch from elsewhere.
        """
        from pyparsing import ParseException
        from rdflib.plugins import sparql

        check_query(text)
        sparql.SPARQL_LOAD_GRAPHS = False
        try:
            return _from_rdflib(self._dataset.query(text))
        except ParseException as error:
            raise syntax_error(text, f"error at {error.lineno}:{error.column}") from error
        except Exception as error:  # rdflib raises bare exceptions
            raise QueryError("query", f"cannot be answered ({error})", "mend the query") from error


def _from_pyoxigraph(found: ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples) -> Results:
    """Turn pyoxigraph's result into results."""
    if isinstance(found, ox.QueryTriples):
        return Results("graph", found.serialize(format=ox.RdfFormat.N_TRIPLES) or b"")
    kind = "boolean" if isinstance(found, ox.QueryBoolean) else "rows"
    return Results(kind, found.serialize(format=ox.QueryResultsFormat.JSON) or b"")


def _from_rdflib(found: Any) -> Results:
    """Turn rdflib's result into results."""
    if found.type in ("CONSTRUCT", "DESCRIBE"):
        return Results("graph", found.graph.serialize(format="nt", encoding="utf-8"))
    kind = "boolean" if found.type == "ASK" else "rows"
    return Results(kind, found.serialize(format="json"))


def _labels(engine: ox.Store, iris: Iterable[str]) -> dict[str, str]:
    """Look up the labels of IRIs."""
    found: dict[str, str] = {}
    for iri in iris:
        for label in LABELS:
            for quad in engine.quads_for_pattern(ox.NamedNode(iri), ox.NamedNode(label), None, ox.DefaultGraph()):
                found.setdefault(iri, str(getattr(quad.object, "value", "")))
    return found

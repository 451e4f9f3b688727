"""The places a query can run here: the embedded store, kept on disk or in memory, or rdflib alone."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Protocol

import pyoxigraph as ox

from gcmgraph.answers import Answers
from gcmgraph.cache import Cache
from gcmgraph.corpus import LABELS, fill_store, read_corpus
from gcmgraph.errors import QueryError
from gcmgraph.namespaces import GCM, INFERRED, PREFIXES
from gcmgraph.results import Results
from gcmgraph.sparql import check_query, syntax_error

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any

    from gcmgraph.cache import Entry
    from gcmgraph.corpus import Corpus
    from gcmgraph.project import Project

TYPE = ox.NamedNode(PREFIXES["rdf"] + "type")
DEFAULT = ox.DefaultGraph()


class Store(Protocol):
    """Anything that answers SPARQL 1.1 queries."""

    def query(self, text: str) -> Results:
        """Answer a query text."""
        ...


class EmbeddedStore:
    """A pyoxigraph store that holds a corpus and what follows from it.

    The default graph is the union of all graphs; each file, and the inferred triples, also stand as a named graph. What
    is in it does not change, so that a question asked again is answered from what was said before.
    """

    def __init__(self, corpus: Corpus) -> None:
        from gcmgraph.closure import Closure
        from gcmgraph.literals import written_forms

        closure = Closure(corpus.triples())
        self.engine = fill_store({**corpus.graphs, INFERRED: closure.triples()})
        self._forms: Mapping[str, str] = written_forms(closure.literals())
        self._answers = Answers()

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
        results = self._ask(text).restored(self._forms)
        self._answers.keep(text, results)
        return results

    def labels(self, iris: Iterable[str]) -> dict[str, str]:
        """Map those of some IRIs that have a label to it."""
        found: dict[str, str] = {}
        for iri in iris:
            for label in LABELS:
                for quad in self._quads(ox.NamedNode(iri), ox.NamedNode(label), None):
                    found.setdefault(iri, str(getattr(quad.object, "value", "")))
        return found

    def members(self, record_class: str) -> set[str]:
        """Find the members of one of the project's classes."""
        quads = self._quads(None, TYPE, ox.NamedNode(GCM + record_class))
        return {str(getattr(quad.subject, "value", "")) for quad in quads}

    def _ask(self, text: str) -> Results:
        """Have the engine answer."""
        try:
            return _from_pyoxigraph(self.engine.query(text))
        except SyntaxError as error:
            raise syntax_error(text, str(error.msg)) from error
        except (OSError, RuntimeError, ValueError) as error:
            raise QueryError("query", f"cannot be answered ({error})", "mend the query") from error

    def _quads(
        self, subject: ox.NamedNode | None, predicate: ox.NamedNode, value: ox.NamedNode | None
    ) -> list[ox.Quad]:
        """Look up quads of the default graph."""
        return list(self.engine.quads_for_pattern(subject, predicate, value, DEFAULT))


class _KeptStore(EmbeddedStore):
    """An embedded store on disk, opened when it is first needed, and built anew if it turns out to be damaged."""

    def __init__(self, entry: Entry, rebuild: Callable[[], EmbeddedStore]) -> None:
        self._entry = entry
        self._rebuild = rebuild
        self._forms = entry.forms
        self._answers = Answers(entry.path / "answers")

    @cached_property
    def engine(self) -> ox.Store:  # type: ignore[override]
        try:
            return self._entry.store()
        except (OSError, RuntimeError):
            return self._rebuild().engine

    def _ask(self, text: str) -> Results:
        """Have the engine answer, once more if its files are damaged."""
        try:
            return super()._ask(text)
        except QueryError as error:
            if not _is_damage(error.__cause__):
                raise
            self.engine = self._rebuild().engine
            return super()._ask(text)

    def _quads(self, *pattern: ox.NamedNode | None) -> list[ox.Quad]:
        """Look up quads, once more if the files are damaged."""
        try:
            return super()._quads(*pattern)  # type: ignore[arg-type]
        except (OSError, RuntimeError):
            self.engine = self._rebuild().engine
            return super()._quads(*pattern)  # type: ignore[arg-type]


def _is_damage(error: BaseException | None) -> bool:
    """Tell an error about the files of a store from one about the query."""
    return isinstance(error, OSError) or "corruption" in str(error).lower()


def open_store(project: Project, *, fresh: bool = False, note: Callable[[str], None] = lambda _: None) -> EmbeddedStore:
    """Open the store of a project: from the user's cache folder, where it is built if the project has changed.

    Args:
        project: where the ontology and the data lie.
        fresh: build it anew, whatever the cache holds.
        note: told why the cache cannot be used; the store is then built in memory.

    Returns:
        A store that answers as one built from the project's corpus does.

    Raises:
        ReadError: a file is missing, unreadable or malformed.
    """
    entry = Cache.find(note).entry(project, fresh=fresh)
    if entry is None:
        return EmbeddedStore(read_corpus(project))
    return _KeptStore(entry, lambda: open_store(project, fresh=True, note=note))


class RdflibStore:
    """rdflib's own memory store and query engine, holding a corpus and what follows from it."""

    def __init__(self, corpus: Corpus) -> None:
        from gcmgraph.closure import Closure
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

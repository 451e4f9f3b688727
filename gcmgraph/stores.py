"""The places a query can run: the embedded store, rdflib alone, or a remote SPARQL endpoint."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Protocol

import pyoxigraph as ox

from gcmgraph.closure import INFERRED, infer
from gcmgraph.corpus import fill_store
from gcmgraph.errors import EndpointError, QueryError
from gcmgraph.namespaces import PREFIXES
from gcmgraph.results import Results

if TYPE_CHECKING:
    from typing import Any

    from gcmgraph.corpus import Corpus

LONGEST_GET = 2000
DEEPEST = 200
OPENING, CLOSING = ("{", "(", "["), ("}", ")", "]")
FORMS = {"SELECT", "ASK", "CONSTRUCT", "DESCRIBE"}
UPDATES = {"ADD", "CLEAR", "COPY", "CREATE", "DELETE", "DROP", "INSERT", "LOAD", "MOVE", "WITH"}
STATUSES = {
    "EndPointInternalError": "HTTP status 500",
    "EndPointNotFound": "HTTP status 404",
    "URITooLong": "HTTP status 414",
    "Unauthorized": "HTTP status 401",
}
_CODEPOINT = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})")
_TOKEN = re.compile(
    r"""(?P<skip>\#[^\r\n]*|<[^<>"{}|^`\\\s]*>|\"\"\"(?:[^"\\]|\\.|"(?!""))*\"\"\"|'''(?:[^'\\]|\\.|'(?!''))*'''
        |"(?:\\.|[^"\\\r\n])*"|'(?:\\.|[^'\\\r\n])*'|[?$]\w+|[\w.-]*:(?:[\w.:-]|%[0-9A-Fa-f]{2}|\\.)*|@[\w-]+)
        |(?P<word>[A-Za-z_]\w*)|.""",
    re.VERBOSE | re.DOTALL,
)
_PLACE = re.compile(r"error at (\d+):(\d+)")
_DECLARED = re.compile(r"\bPREFIX\s+([\w.-]*):", re.IGNORECASE)
_USED = re.compile(r"(?<![\w?$:<-])([A-Za-z][\w.-]*):")


class Store(Protocol):
    """Anything that answers SPARQL 1.1 queries."""

    def query(self, text: str) -> Results:
        """Answer a query text."""
        ...


class EmbeddedStore:
    """An in-memory pyoxigraph store that holds a corpus and what follows from it.

    The default graph is the union of all graphs; each file, and the inferred triples, also stand as a named graph.
    """

    def __init__(self, corpus: Corpus) -> None:
        self._store = fill_store({**corpus.graphs, INFERRED: infer(corpus)})

    def query(self, text: str) -> Results:
        """Answer a query text.

        Raises:
            QueryError: the text is not valid SPARQL 1.1, or asks to fetch from elsewhere.
        """
        check_query(text)
        try:
            found = self._store.query(text)
            return _from_pyoxigraph(found)
        except SyntaxError as error:
            raise _syntax_error(text, str(error.msg)) from error
        except (OSError, RuntimeError, ValueError) as error:
            raise QueryError("query", f"cannot be answered ({error})", "mend the query") from error


class RdflibStore:
    """rdflib's own memory store and query engine, holding a corpus and what follows from it."""

    def __init__(self, corpus: Corpus) -> None:
        from gcmgraph.terms import to_dataset

        self._dataset = to_dataset({**corpus.graphs, INFERRED: infer(corpus)})

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
            raise _syntax_error(text, f"error at {error.lineno}:{error.column}") from error
        except Exception as error:  # rdflib raises bare exceptions
            raise QueryError("query", f"cannot be answered ({error})", "mend the query") from error


class RemoteStore:
    """A SPARQL 1.1 endpoint that the user named."""

    def __init__(self, endpoint: str, *, timeout: int = 60) -> None:
        self._endpoint = endpoint
        self._shown = re.sub(r"//[^/@]*@", "//", endpoint)  # a password in the address is nobody else's business
        self._timeout = timeout

    def query(self, text: str) -> Results:
        """Answer a query text.

        Raises:
            QueryError: the endpoint says that the query is wrong.
            EndpointError: it cannot be reached, or answers with something that is not a SPARQL result.
        """
        from SPARQLWrapper import GET, JSON, POST, RDFXML, SPARQLWrapper

        check_query(text)
        if not self._endpoint.startswith(("http://", "https://")):
            raise EndpointError(self._shown, "not an http address", "write it like http://localhost:7878/query")
        wrapper = SPARQLWrapper(self._endpoint)
        wrapper.setTimeout(self._timeout)
        wrapper.setMethod(GET if len(text) < LONGEST_GET else POST)
        wrapper.setQuery(without_comments(text))
        is_graph = wrapper.queryType in ("CONSTRUCT", "DESCRIBE")
        wrapper.setReturnFormat(RDFXML if is_graph else JSON)
        body = self._answer(wrapper)
        return self._graph(body) if is_graph else self._table(body)

    def _answer(self, wrapper: Any) -> bytes:
        """Send the query and read the body, with every failure told as the project's own."""
        from http.client import HTTPException
        from urllib.error import HTTPError, URLError

        from SPARQLWrapper.SPARQLExceptions import QueryBadFormed, SPARQLWrapperException

        try:
            body: bytes = wrapper.query().response.read()
        except QueryBadFormed as error:
            raise QueryError(self._shown, "the endpoint calls the query malformed", "mend the query") from error
        except SPARQLWrapperException as error:
            problem = STATUSES.get(type(error).__name__, "the endpoint failed")
            raise EndpointError(self._shown, problem, "check the address") from error
        except HTTPError as error:
            raise EndpointError(self._shown, f"HTTP status {error.code}", "check the address") from error
        except (URLError, OSError, ValueError, HTTPException) as error:
            cause = getattr(error, "reason", error)
            reason = (getattr(cause, "strerror", None) or str(cause)).lower()
            raise EndpointError(
                "", f"cannot reach {self._shown} ({reason})", "start it, or check the address"
            ) from error
        return body

    def _table(self, body: bytes) -> Results:
        """Take SPARQL JSON results."""
        try:
            parsed = ox.parse_query_results(body, format=ox.QueryResultsFormat.JSON)
            clean = parsed.serialize(format=ox.QueryResultsFormat.JSON) or b""
        except (SyntaxError, ValueError) as error:
            raise self._no_result() from error
        return Results("boolean" if isinstance(parsed, ox.QueryBoolean) else "rows", clean)

    def _graph(self, body: bytes) -> Results:
        """Take RDF/XML, which is the form that every endpoint can give."""
        try:
            triples = [quad.triple for quad in ox.parse(body, format=ox.RdfFormat.RDF_XML)]
        except SyntaxError as error:
            raise self._no_result() from error
        if not body.strip():
            raise self._no_result()
        return Results("graph", ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES) or b"")

    def _no_result(self) -> EndpointError:
        """Say that something answered, but not a SPARQL endpoint."""
        return EndpointError(self._shown, "the answer is not a SPARQL result", "give the address of the query service")


def check_query(text: str) -> None:
    """Refuse a query that is no query, would fetch from elsewhere, or nests so deep that an engine could fall over.

    Raises:
        QueryError: the text is an update, is nested deeper than DEEPEST, or holds the keyword SERVICE outside strings,
            IRIs, names and comments.

    >>> check_query("SELECT * { ?service a <http://service> } # SERVICE")
    """
    unescaped = _CODEPOINT.sub(lambda match: chr(int(match.group(1) or match.group(2), 16)), text)
    for reading in (text, unescaped):
        depth, form = 0, ""
        for match in _TOKEN.finditer(reading):
            word, mark = (match.group("word") or "").upper(), match.group()
            form = form or (word if word in FORMS | UPDATES else "")
            depth += (mark in OPENING) - (mark in CLOSING)
            if word == "SERVICE" or depth > DEEPEST:
                line = reading.count("\n", 0, match.start()) + 1
                if word == "SERVICE":
                    raise QueryError("query", f"SERVICE on line {line} would fetch from elsewhere", "take it out")
                raise QueryError("query", f"is nested {depth} deep on line {line}", "write it flatter")
        if form not in FORMS:
            problem = f"{form} changes data" if form else "no SELECT, ASK, CONSTRUCT or DESCRIBE"
            raise QueryError("query", problem, "this command only asks")


def without_comments(text: str) -> str:
    r"""Take the comments out of a query; SPARQLWrapper would look for keywords in them.

    >>> without_comments("# ask\nASK { ?s ?p '# no comment' } # end")
    "\nASK { ?s ?p '# no comment' } "
    """
    return _TOKEN.sub(lambda match: "" if match.group().startswith("#") else match.group(), text)


def _syntax_error(text: str, message: str) -> QueryError:
    """Tell where a query goes wrong, and what stands there."""
    found = _PLACE.search(message)
    if not found:
        return QueryError("query", message, "mend the query")
    line, column = int(found.group(1)), int(found.group(2))
    rest = "".join(text.splitlines()[line - 1 : line])[column - 1 :]
    declared = {name.lower() for name in _DECLARED.findall(text)}
    used = next((name for name in _USED.findall(_plain(text)) if name.lower() not in declared), "")
    if used:
        advice = f"add PREFIX {used}: <{PREFIXES.get(used, '...')}>"
        return QueryError("query", f"error at {line}:{column}: prefix '{used}:' is not declared", advice)
    there = f"'{rest.strip()[:30]}'" if rest.strip() else "the end"
    return QueryError("query", f"error at {line}:{column}, before {there}", "mend the query there")


def _plain(text: str) -> str:
    """Leave out comments, strings and IRIs."""
    return _TOKEN.sub(lambda match: " " if match.group()[0] in "#\"'<" else match.group(), text)


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

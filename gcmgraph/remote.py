"""A SPARQL 1.1 endpoint that the user named."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pyoxigraph as ox

from gcmgraph.errors import EndpointError, QueryError
from gcmgraph.results import Results
from gcmgraph.sparql import check_query, without_comments

if TYPE_CHECKING:
    from typing import Any

LONGEST_GET = 2000
STATUSES = {
    "EndPointInternalError": "HTTP status 500",
    "EndPointNotFound": "HTTP status 404",
    "URITooLong": "HTTP status 414",
    "Unauthorized": "HTTP status 401",
}


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

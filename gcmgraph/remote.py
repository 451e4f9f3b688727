"""A SPARQL 1.1 endpoint that the user named."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit, urlunsplit

import pyoxigraph as ox

from gcmgraph.errors import EndpointError, QueryError, folded
from gcmgraph.results import Results
from gcmgraph.sparql import check_query, without_comments

if TYPE_CHECKING:
    from typing import Any
    from urllib.request import BaseHandler

    from gcmgraph.errors import FailureError

LONGEST_GET, MOST_TOLD = 2000, 2000
MALFORMED, REDIRECTIONS = 400, range(300, 400)
CUT = "X-SPARQL-MaxRows", "X-SQL-State"


class RemoteStore:
    """A SPARQL 1.1 endpoint that the user named.

    Attributes:
        shown: its address without a password.
    """

    def __init__(self, endpoint: str, *, timeout: int = 60) -> None:
        self._endpoint = endpoint
        self.shown = re.sub(r"//[^/@]*@", "//", endpoint)  # a password in the address is nobody else's business
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
            raise EndpointError(self.shown, "not an http address", "write it like http://localhost:7878/query")
        address = urlsplit(self._endpoint)
        wrapper = SPARQLWrapper(urlunsplit(address._replace(query="", fragment="")))
        for name, value in parse_qsl(address.query):
            wrapper.addParameter(name, value)
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
        from urllib.request import build_opener

        try:
            request = wrapper._createRequest()  # noqa: SLF001  (its own way to send follows any redirection)
            with build_opener(_at_one_server()).open(request, timeout=self._timeout) as response:
                body: bytes = response.read()
                cut = next((f"{name}: {response.headers[name]}" for name in CUT if response.headers[name]), "")
        except HTTPError as error:
            raise self._refused(error.code, error) from error
        except (URLError, OSError, ValueError, HTTPException) as error:
            raise self._unreached(getattr(error, "reason", error)) from error
        if cut:
            raise EndpointError(self.shown, f"the answer is cut ({cut})", "raise the server's limits, or ask for less")
        return body

    def _refused(self, status: int, answer: Any) -> FailureError:
        """Say what a server did in place of answering, with the beginning of what it says itself."""
        told = folded(answer.read(MOST_TOLD).decode(errors="replace"), longest=200) if answer.fp else ""
        own = f" ({told})" if told and not told.startswith("<") else ""
        if status == MALFORMED:
            return QueryError(self.shown, f"the endpoint calls the query malformed{own}", "mend the query")
        if status in REDIRECTIONS:
            problem = f"leads to {answer.headers['Location']}, and no other server is asked"
            return EndpointError(self.shown, problem, "name that one, if you trust it")
        return EndpointError(self.shown, f"HTTP status {status}{own}", "check the address")

    def _unreached(self, cause: Any) -> EndpointError:
        """Say why there is no answer."""
        if isinstance(cause, TimeoutError):
            return EndpointError(self.shown, f"no answer within {self._timeout} seconds", "ask again, or for less")
        reason = (getattr(cause, "strerror", None) or str(cause)).lower()
        return EndpointError("", f"cannot reach {self.shown} ({reason})", "start it, or check the address")

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
        return EndpointError(self.shown, "the answer is not a SPARQL result", "give the address of the query service")


def _at_one_server() -> BaseHandler:
    """Follow redirections within the server that the user named, and to no other."""
    from urllib.request import HTTPRedirectHandler

    class Handler(HTTPRedirectHandler):
        def redirect_request(self, *given: Any) -> Any:
            old, new = urlsplit(given[0].full_url), urlsplit(given[5])
            is_same = old[:2] == new[:2] or (new.scheme == "https" and old.hostname == new.hostname)
            return super().redirect_request(*given) if is_same else None

    return Handler()

"""The answer to a query, and the forms it is given in."""

from __future__ import annotations

import json
import re
import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyoxigraph as ox

from gcmgraph.errors import UnknownNameError, UsageError, folded
from gcmgraph.namespaces import PREFIXES, curie

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from rdflib import Graph
    from rdflib.term import Node

ROW_FORMATS = {
    "csv": ox.QueryResultsFormat.CSV,
    "tsv": ox.QueryResultsFormat.TSV,
    "json": ox.QueryResultsFormat.JSON,
    "xml": ox.QueryResultsFormat.XML,
}
GRAPH_FORMATS = {"ttl": ox.RdfFormat.TURTLE, "nt": ox.RdfFormat.N_TRIPLES, "jsonld": ox.RdfFormat.JSON_LD}
TEXT_FORMATS = ("table", "md")
COLUMN = 48
LONGEST = 100_000
FORMATS = (*TEXT_FORMATS, *ROW_FORMATS, *GRAPH_FORMATS)


@dataclass(frozen=True)
class Results:
    """What a query gave: rows, a truth value, or a graph.

    Attributes:
        kind: "rows", "boolean" or "graph".
        payload: SPARQL 1.1 Query Results JSON for rows and truth values, N-Triples for a graph.
    """

    kind: str
    payload: bytes

    @property
    def variables(self) -> list[str]:
        """The names of the columns, in order."""
        return [variable.value for variable in self._solutions().variables] if self.kind == "rows" else []

    def restored(self, forms: Mapping[str, str]) -> Results:
        """Write literals in other forms.

        Args:
            forms: for each literal concerned, the form to give it, both as N-Triples.
        """
        if not forms or self.kind == "boolean":
            return self
        if self.kind == "graph":
            lines = self.payload.decode().splitlines(keepends=True)
            return Results("graph", "".join(_with_form(line, forms) for line in lines).encode())
        body = json.loads(self.payload)
        for binding in (cell for row in body["results"]["bindings"] for cell in row.values() if "datatype" in cell):
            literal = ox.Literal(binding["value"], datatype=ox.NamedNode(binding["datatype"]))
            if str(literal) in forms:
                written = _literal(forms[str(literal)])
                binding |= {"value": written.value, "datatype": written.datatype.value}
        return Results("rows", json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode())

    def rows(self) -> list[tuple[Node | None, ...]]:
        """Give the rows as rdflib terms, None where a variable is unbound."""
        from gcmgraph.terms import to_rdflib

        return [tuple(term and to_rdflib(term) for term in row) for row in self._solutions()]

    def boolean(self) -> bool:
        """Give the truth value of an ASK query.

        Raises:
            UsageError: the query gives rows or a graph.
        """
        if self.kind != "boolean":
            raise UsageError("", f"the query gives a {self.kind}, not a truth value")
        return bool(json.loads(self.payload)["boolean"])

    def graph(self) -> Graph:
        """Give the graph of a CONSTRUCT or DESCRIBE query."""
        from gcmgraph.terms import to_graph

        return to_graph(self._triples())

    def iris(self) -> set[str]:
        """Collect the IRIs in the rows or triples."""
        if self.kind == "graph":
            return {term.value for triple in self._triples() for term in triple if isinstance(term, ox.NamedNode)}
        if self.kind == "rows":
            return {term.value for row in self._solutions() for term in row if isinstance(term, ox.NamedNode)}
        return set()

    def serialize(self, result_format: str, *, labels: Mapping[str, str] | None = None, width: int = 0) -> str:
        """Write the answer.

        Args:
            result_format: one of FORMATS; rows take the W3C result formats, graphs the RDF formats, both take tables.
            labels: for tables, the label of each IRI that has one.
            width: for tables, the characters in a line of the terminal, 0 for any number; a table that is too wide
                is written as one block a row.

        Returns:
            The text, ending in a line break.

        Raises:
            UnknownNameError: there is no such format.
            UsageError: rows were asked for as a graph, or a graph as rows.

        Source:
            SPARQL 1.1 Query Results (CSV and TSV, JSON, XML); RDF 1.1 Turtle and N-Triples; JSON-LD 1.1.
        """
        if result_format not in FORMATS:
            raise UnknownNameError("format", result_format, FORMATS)
        if result_format in TEXT_FORMATS:
            return self._table(result_format, labels or {}, width)
        if self.kind == "graph":
            return self._graph_text(result_format)
        if result_format in GRAPH_FORMATS:
            raise UsageError("", f"rows cannot be written as {result_format}", f"use {', '.join(ROW_FORMATS)} or table")
        return self._rows_text(result_format)

    def _rows_text(self, result_format: str) -> str:
        """Write rows or a truth value in a W3C result format."""
        if self.kind == "boolean" and result_format in ("csv", "tsv"):
            raise UsageError("", f"a truth value cannot be written as {result_format}", "use json, xml or table")
        parsed = ox.parse_query_results(self.payload, format=ox.QueryResultsFormat.JSON)
        return _ended((parsed.serialize(format=ROW_FORMATS[result_format]) or b"").decode())

    def _graph_text(self, result_format: str) -> str:
        """Write a graph in an RDF format."""
        if result_format in ROW_FORMATS:
            raise UsageError("", f"a graph cannot be written as {result_format}", f"use {', '.join(GRAPH_FORMATS)}")
        return _ended(write_triples(self._triples(), GRAPH_FORMATS[result_format]).decode())

    def _table(self, result_format: str, labels: Mapping[str, str], width: int) -> str:
        """Draw a table with labels beside CURIEs."""
        from tabulate import tabulate

        if self.kind == "boolean":
            return f"{str(self.boolean()).lower()}\n"
        rows = self._triples() if self.kind == "graph" else self._solutions()
        names = ["subject", "predicate", "object"] if self.kind == "graph" else self.variables
        cells = [[_cell(term, labels, escape=result_format == "md") for term in row] for row in rows]
        if result_format == "md":
            return f"{tabulate(cells, headers=names, tablefmt='pipe', disable_numparse=True)}\n"
        widths = [COLUMN] * len(names) if cells else None
        text = tabulate(cells, headers=names, tablefmt="simple", disable_numparse=True, maxcolwidths=widths)
        if width and max(map(len, text.splitlines())) > width:
            text = _blocks(names, cells, width)
        return f"{text}\n({len(cells)} row{'s' * (len(cells) != 1)})\n"

    def _solutions(self) -> ox.QuerySolutions:
        """Parse the rows."""
        parsed = ox.parse_query_results(self.payload, format=ox.QueryResultsFormat.JSON)
        if not isinstance(parsed, ox.QuerySolutions):
            raise UsageError("", f"the query gives a {self.kind}, not rows")
        return parsed

    def _triples(self) -> list[ox.Triple]:
        """Parse the graph, sorted."""
        if self.kind != "graph":
            raise UsageError("", f"the query gives {self.kind}, not a graph")
        return sorted({q.triple for q in ox.parse(self.payload, format=ox.RdfFormat.N_TRIPLES)}, key=str)


def _with_form(line: str, forms: Mapping[str, str]) -> str:
    """Write the object of a line of N-Triples in another form."""
    head, value = line.split(" ", 2)[:2], line.split(" ", 2)[2].rstrip().removesuffix(".").rstrip()
    return " ".join([*head, forms.get(value, value), ".\n"])


def _literal(text: str) -> ox.Literal:
    """Read a literal as N-Triples writes it."""
    (quad,) = ox.parse(f"<urn:s> <urn:p> {text} .", format=ox.RdfFormat.N_TRIPLES)
    assert isinstance(quad.object, ox.Literal)  # noqa: S101
    return quad.object


def write_triples(triples: list[ox.Triple], rdf_format: ox.RdfFormat) -> bytes:
    """Serialise sorted triples with the project's prefixes, the same bytes each time."""
    if rdf_format == ox.RdfFormat.TURTLE:
        return sorted_prefixes(ox.serialize(triples, format=rdf_format, prefixes=used_prefixes(triples)) or b"")
    return ox.serialize(triples, format=rdf_format) or b""


def sorted_prefixes(text: bytes) -> bytes:
    """Put the prefix declarations at the head of a Turtle or TriG text in alphabetical order."""
    body = re.search(rb"^(?!@prefix )", text, re.MULTILINE)
    start = body.start() if body else len(text)
    return b"".join(sorted(text[:start].splitlines(keepends=True))) + text[start:]


def used_prefixes(triples: Iterable[ox.Triple]) -> dict[str, str]:
    """Pick the prefixes that shorten at least one IRI of some triples, in alphabetical order."""
    terms = {term for triple in triples for term in triple}
    iris = {term.value for term in terms if isinstance(term, ox.NamedNode)}
    typed = (term for term in terms if isinstance(term, ox.Literal) and not term.language)
    iris |= {literal.datatype.value for literal in typed} - {PREFIXES["xsd"] + "string"}
    names = {curie(iri).partition(":")[0] for iri in iris}
    return {name: PREFIXES[name] for name in sorted(names & PREFIXES.keys())}


def _blocks(names: list[str], cells: list[list[str]], width: int) -> str:
    """Write rows one below the other, each column on a line of its own."""
    margin = max(map(len, names)) + 2
    room = max(width - margin, 20)
    lines: list[str] = []
    for number, row in enumerate(cells, 1):
        lines.append(f"[{number}]")
        for name, cell in zip(names, row, strict=True):
            folded = textwrap.wrap(cell, room, break_long_words=False, break_on_hyphens=False) or [""]
            lines += [f"{name if n == 0 else '':{margin}}{part}".rstrip() for n, part in enumerate(folded)]
    return "\n".join(lines)


def _cell(term: object, labels: Mapping[str, str], *, escape: bool) -> str:
    """Show one term: a literal by its text, an IRI by its label and CURIE."""
    if term is None:
        return ""
    if isinstance(term, ox.NamedNode):
        label = labels.get(term.value)
        text = f"{label} ({curie(term.value)})" if label else curie(term.value)
    else:
        text = str(getattr(term, "value", term))
    text = folded(text, longest=LONGEST)
    return text.replace("\\", "\\\\").replace("|", "\\|") if escape else text


def _ended(text: str) -> str:
    """End a text with a line break."""
    return text if text.endswith("\n") or not text else text + "\n"

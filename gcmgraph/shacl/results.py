"""What an engine found, in one form for all engines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyoxigraph as ox

from gcmgraph.namespaces import PREFIXES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gcmgraph.shacl.index import Term
    from gcmgraph.shacl.paths import Path

SH, RDF, XSD = PREFIXES["sh"], PREFIXES["rdf"], PREFIXES["xsd"]


@dataclass(frozen=True)
class Result:
    """One validation result.

    Attributes:
        focus: the focus node.
        path: the path, of a property shape or as a query gave it.
        value: the offending value node, if there is one.
        shape: the node of the shape.
        component: the IRI of the constraint component.
        severity: an IRI.
        messages: as the shape or the query gives them; may be none.
        constraint: the node of a SPARQL constraint.

    Source:
        SHACL, section 3.6.2 (validation results).
    """

    focus: Term
    path: Path | None
    value: Term | None
    shape: Term
    component: str
    severity: str
    messages: tuple[ox.Literal, ...] = ()
    constraint: Term | None = None

    def key(self) -> tuple[str, str, str, str, str]:
        """Give what tells results apart for a reader: focus, path, value, shape and component, as text."""
        value = "" if self.value is None else str(self.value)
        return str(self.focus), str(self.path or ""), value, str(self.shape), self.component


def to_triples(results: Iterable[Result], *, conforms: bool) -> list[ox.Triple]:
    """Write results as a W3C validation report.

    Source:
        SHACL, section 3.6.1 (validation report).
    """
    report = ox.BlankNode("report")
    typed, truth = ox.NamedNode(RDF + "type"), ox.NamedNode(XSD + "boolean")
    found = [
        ox.Triple(report, typed, ox.NamedNode(SH + "ValidationReport")),
        ox.Triple(report, ox.NamedNode(SH + "conforms"), ox.Literal("true" if conforms else "false", datatype=truth)),
    ]
    for number, result in enumerate(results):
        node = ox.BlankNode(f"result{number}")
        found.append(ox.Triple(report, ox.NamedNode(SH + "result"), node))
        found.append(ox.Triple(node, typed, ox.NamedNode(SH + "ValidationResult")))
        path, more = result.path.to_triples() if result.path else (None, [])
        told = {
            "focusNode": result.focus,
            "resultPath": path,
            "value": result.value,
            "sourceShape": result.shape,
            "sourceConstraintComponent": ox.NamedNode(result.component),
            "sourceConstraint": result.constraint,
            "resultSeverity": ox.NamedNode(result.severity),
        }
        found += [ox.Triple(node, ox.NamedNode(SH + name), term) for name, term in told.items() if term is not None]
        found += [ox.Triple(node, ox.NamedNode(SH + "resultMessage"), text) for text in result.messages]
        found += more
    return found


def to_turtle(triples: Iterable[ox.Triple]) -> str:
    """Write a report as Turtle."""
    used = {name: PREFIXES[name] for name in ("gcm", "gsh", "rdf", "sh", "xsd")}
    return (ox.serialize(triples, format=ox.RdfFormat.TURTLE, prefixes=used) or b"").decode()

"""Findings told: results of shapes and contradictions in words, and findings as results."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyoxigraph as ox

from gcmgraph.findings import Looked
from gcmgraph.namespaces import GSH, PREFIXES, curie
from gcmgraph.shacl.messages import default_message
from gcmgraph.shacl.results import Result

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gcmgraph.findings import Finding
    from gcmgraph.places.positions import Places
    from gcmgraph.reasoning.clashes import Clash
    from gcmgraph.shacl.index import Term
    from gcmgraph.shacl.model import Shape
    from gcmgraph.shacl.shapes import Shapes
    from gcmgraph.validation.placing import Placing
    from gcmgraph.validation.shape_places import ShapePlaces

SH = PREFIXES["sh"]


def told(result: Result, shapes: Shapes, places: Placing, shape_places: ShapePlaces) -> Finding:
    """Turn a result into a finding, at its place in the data and in the shapes."""
    shape = shapes.shape(result.shape)
    path = result.path.iri if result.path and result.path.kind == "predicate" else ""
    value = result.value
    is_other = value is not None and value != result.focus
    problem = _message(result, shape) + (f" ({_shown(value)})" if value is not None and is_other else "")
    owner = shapes.owner(result.shape)
    name = owner.value if isinstance(owner, ox.NamedNode) else ""
    shape_file, shape_line = shape_places.of(result.shape, shapes)
    reason, _, fix = shape.description.partition("Fix: ")
    return places.placed(
        result.focus,
        path,
        value,
        severity=result.severity.removeprefix(SH).lower(),
        rule=_rule(shape, name),
        problem=problem,
        advice=fix.rstrip("."),
        shape=name,
        component=result.component,
        shape_file=shape_file,
        shape_line=shape_line,
        help=reason.strip(),
    )


def _rule(shape: Shape, owner: str) -> str:
    """Name a shape; one without a name by the shape that it belongs to and its path."""
    name = owner.removeprefix(GSH) if owner.startswith(GSH) else curie(owner) if owner else "a nested shape"
    is_nested = isinstance(shape.node, ox.BlankNode) and shape.path is not None
    return f"{name}/{shape.path}" if is_nested else name


def _message(result: Result, shape: Shape) -> str:
    """Say what is wrong: as the shape says it, else in words of our own."""
    english = [m.value for m in result.messages if (m.language or "en").startswith("en")]
    if english or result.messages:
        return (english or [result.messages[0].value])[0]
    own = next((c for c in shape.constraints if c.component == result.component), None)
    return default_message(own) if own else f"violates {curie(result.component)}"


def _shown(term: Term) -> str:
    """Show a term to people."""
    if isinstance(term, ox.BlankNode):
        return "a blank node"
    return curie(term.value) if isinstance(term, ox.NamedNode) else f"'{term.value}'"


def as_result(finding: Finding) -> Result:
    """Put what another check found into the form of a SHACL result."""
    focus = ox.NamedNode(finding.focus) if ":" in finding.focus else ox.BlankNode(finding.focus or None)
    message = ox.Literal(finding.problem, language="en")
    rule = GSH + finding.rule
    return Result(focus, None, None, ox.NamedNode(rule), rule, f"{SH}Violation", (message,))


def looked_at(looked: dict[Term, int], results: Sequence[Result], shapes: Shapes) -> tuple[Looked, ...]:
    """Tell how many nodes each shape with a name looked at, and how many results it has."""
    counts: dict[Term, int] = {}
    for result in results:
        owner = shapes.owner(result.shape)
        counts[owner] = counts.get(owner, 0) + 1
    named = sorted((node.value, node) for node in looked if isinstance(node, ox.NamedNode))
    return tuple(Looked(name, looked[node], counts.get(node, 0)) for name, node in named)


def premises(clash: Clash, places: Places) -> str:
    """Tell the premises of a contradiction, each with its place."""
    return ", ".join(_premise(triple, places) for triple in clash.premises)


def _premise(triple: ox.Triple, places: Places) -> str:
    """Tell a triple and its place; one that stands in no file is inferred."""
    file, line = places.find_exactly(triple)
    parts = (curie(term.value) if isinstance(term, ox.NamedNode) else str(term) for term in triple)
    return f"{' '.join(parts)} ({f'{file}:{line}' if file else 'inferred'})"

"""SHACL's core constraint components, each for many nodes at once.

A check takes the engine, the parameter and the value nodes, and gives the positions of the focus nodes that violate,
each with the offending value node (-1 where it is not one node); a closed shape gives the predicates too.

Source:
    SHACL, section 4 (core constraint components).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyoxigraph as ox

from gcmgraph.namespaces import PREFIXES
from gcmgraph.reasoning.columns import LOW, SHIFT, among, distinct
from gcmgraph.shacl.datatypes import is_well_formed
from gcmgraph.shacl.graph import BLANK, IRI, LITERAL, mask_of
from gcmgraph.shacl.patterns import matching
from gcmgraph.shacl.values import compare

if TYPE_CHECKING:
    from collections.abc import Callable

    from gcmgraph.reasoning.columns import Mask, Numbers
    from gcmgraph.shacl.engine import Engine
    from gcmgraph.shacl.index import Term
    from gcmgraph.shacl.model import Pattern, Qualified
    from gcmgraph.shacl.violations import Nodes

    Found = tuple[Numbers, Numbers] | tuple[Numbers, Numbers, Numbers]
    Check = Callable[[Engine, Any, Nodes], Found]

SH = PREFIXES["sh"]
NODE_KINDS = {
    "IRI": {IRI}, "BlankNode": {BLANK}, "Literal": {LITERAL}, "BlankNodeOrIRI": {BLANK, IRI},
    "BlankNodeOrLiteral": {BLANK, LITERAL}, "IRIOrLiteral": {IRI, LITERAL},
}  # fmt: skip


def _bad(nodes: Nodes, bad: Mask) -> Found:
    """Give the value nodes that are bad."""
    return nodes.place[bad], nodes.value[bad]


def _without(places: Numbers) -> Found:
    """Give focus nodes that violate without a value node."""
    return places, np.full(len(places), -1)


def _counts(nodes: Nodes, counted: Mask | None = None) -> Numbers:
    """Count the value nodes of each focus node."""
    return np.bincount(nodes.place if counted is None else nodes.place[counted], minlength=len(nodes.focus))


def check_class(engine: Engine, one: Term, nodes: Nodes) -> Found:
    """Check sh:class."""
    return _bad(nodes, ~among(engine.graph.instances(one), nodes.value))


def check_datatype(engine: Engine, datatype: Term, nodes: Nodes) -> Found:
    """Check sh:datatype: the datatype, and whether the form is one of it."""
    terms, wanted = engine.graph.terms, datatype.value

    def fits(number: int) -> bool:
        term = terms[number]
        return isinstance(term, ox.Literal) and term.datatype.value == wanted and is_well_formed(term.value, wanted)

    return _bad(nodes, ~mask_of(nodes.value, fits))


def check_node_kind(engine: Engine, kind: Term, nodes: Nodes) -> Found:
    """Check sh:nodeKind."""
    allowed = NODE_KINDS.get(kind.value.removeprefix(SH), set())
    return _bad(nodes, ~np.isin(engine.graph.kinds()[nodes.value], list(allowed)))


def check_min_count(_: Engine, least: int, nodes: Nodes) -> Found:
    """Check sh:minCount."""
    return _without(np.flatnonzero(_counts(nodes) < least))


def check_max_count(_: Engine, most: int, nodes: Nodes) -> Found:
    """Check sh:maxCount."""
    return _without(np.flatnonzero(_counts(nodes) > most))


def _bound(*allowed: int) -> Check:
    """Make the check of a bound on values."""

    def check(engine: Engine, bound: Term, nodes: Nodes) -> Found:
        terms = engine.graph.terms
        return _bad(nodes, ~mask_of(nodes.value, lambda number: compare(terms[number], bound) in allowed))

    return check


def _length(*, least: bool) -> Check:
    """Make the check of a length."""

    def check(engine: Engine, length: int, nodes: Nodes) -> Found:
        terms = engine.graph.terms

        def fits(number: int) -> bool:
            term = terms[number]
            size = len(term.value)
            return not isinstance(term, ox.BlankNode) and (size >= length if least else size <= length)

        return _bad(nodes, ~mask_of(nodes.value, fits))

    return check


def check_pattern(engine: Engine, pattern: Pattern, nodes: Nodes) -> Found:
    """Check sh:pattern."""
    terms = engine.graph.terms
    each = distinct(nodes.value)
    texts = [None if isinstance(terms[n], ox.BlankNode) else terms[n].value for n in each.tolist()]
    fitting = np.array(matching(pattern, texts), bool)
    return _bad(nodes, ~fitting[np.searchsorted(each, nodes.value)]) if len(each) else _bad(nodes, nodes.value < 0)


def check_language_in(engine: Engine, tags: tuple[Term, ...], nodes: Nodes) -> Found:
    """Check sh:languageIn."""
    terms, ranges = engine.graph.terms, [tag.value.lower() for tag in tags]

    def fits(number: int) -> bool:
        term = terms[number]
        tag = (term.language or "").lower() if isinstance(term, ox.Literal) else ""
        return any(tag and (one in (tag, "*") or tag.startswith(f"{one}-")) for one in ranges)

    return _bad(nodes, ~mask_of(nodes.value, fits))


def check_unique_lang(engine: Engine, _: object, nodes: Nodes) -> Found:
    """Check sh:uniqueLang: one violation for each language that several values have."""
    terms = engine.graph.terms
    seen: dict[tuple[int, str], int] = {}
    literal = engine.graph.kinds()[nodes.value] == LITERAL
    for place, number in zip(nodes.place[literal].tolist(), nodes.value[literal].tolist(), strict=True):
        tag = terms[number].language  # type: ignore[union-attr]
        if tag:
            seen[place, tag.lower()] = seen.get((place, tag.lower()), 0) + 1
    return _without(np.array([place for (place, _), count in seen.items() if count > 1], np.int64))


def check_in(engine: Engine, allowed: tuple[Term, ...], nodes: Nodes) -> Found:
    """Check sh:in."""
    return _bad(nodes, ~among(engine.graph.numbers(allowed), nodes.value))


def check_has_value(engine: Engine, wanted: Term, nodes: Nodes) -> Found:
    """Check sh:hasValue."""
    return _without(np.flatnonzero(_counts(nodes, nodes.value == engine.graph.terms.number(wanted)) == 0))


def _others(engine: Engine, other: Term, nodes: Nodes) -> Numbers:
    """Find the values of another property, as packed pairs with the focus node's position."""
    place, value = engine.graph.relation(other.value).objects(nodes.focus)
    return distinct(place << SHIFT | value)


def check_equals(engine: Engine, other: Term, nodes: Nodes) -> Found:
    """Check sh:equals, either way."""
    own, others = distinct(nodes.place << SHIFT | nodes.value), _others(engine, other, nodes)
    bad = np.concatenate([own[~among(others, own)], others[~among(own, others)]])
    return bad >> SHIFT, bad & LOW


def check_disjoint(engine: Engine, other: Term, nodes: Nodes) -> Found:
    """Check sh:disjoint."""
    return _bad(nodes, among(_others(engine, other, nodes), nodes.place << SHIFT | nodes.value))


def _order(*allowed: int) -> Check:
    """Make the check of an order between two properties: one violation for each pair that is not in order."""

    def check(engine: Engine, other: Term, nodes: Nodes) -> Found:
        terms, others = engine.graph.terms, _others(engine, other, nodes)
        low = np.searchsorted(others, nodes.place << SHIFT)
        sizes = np.searchsorted(others, (nodes.place + 1) << SHIFT) - low
        row = np.repeat(np.arange(len(nodes.place)), sizes)
        second = others[np.repeat(low - np.cumsum(sizes) + sizes, sizes) + np.arange(len(row))] & LOW
        pairs = nodes.value[row] << SHIFT | second
        good = mask_of(pairs, lambda pair: compare(terms[pair >> SHIFT], terms[pair & LOW]) in allowed)
        return nodes.place[row][~good], nodes.value[row][~good]

    return check


def check_node(engine: Engine, shape: Term, nodes: Nodes) -> Found:
    """Check sh:node."""
    return _bad(nodes, engine.failing(shape, nodes.value))


def check_not(engine: Engine, shape: Term, nodes: Nodes) -> Found:
    """Check sh:not."""
    return _bad(nodes, ~engine.failing(shape, nodes.value))


def _conforming(engine: Engine, shapes: tuple[Term, ...], nodes: Nodes) -> Numbers:
    """Count the shapes to which each value node conforms."""
    masks = [~engine.failing(shape, nodes.value) for shape in shapes]
    return np.sum(masks, axis=0, dtype=np.int64) if masks else np.zeros(len(nodes.value), np.int64)


def check_and(engine: Engine, shapes: tuple[Term, ...], nodes: Nodes) -> Found:
    """Check sh:and."""
    return _bad(nodes, _conforming(engine, shapes, nodes) < len(shapes))


def check_or(engine: Engine, shapes: tuple[Term, ...], nodes: Nodes) -> Found:
    """Check sh:or."""
    return _bad(nodes, _conforming(engine, shapes, nodes) < 1)


def check_xone(engine: Engine, shapes: tuple[Term, ...], nodes: Nodes) -> Found:
    """Check sh:xone."""
    return _bad(nodes, _conforming(engine, shapes, nodes) != 1)


def check_qualified(engine: Engine, qualified: Qualified, nodes: Nodes) -> Found:
    """Check sh:qualifiedMinCount or sh:qualifiedMaxCount."""
    counted = ~engine.failing(qualified.shape, nodes.value)
    for sibling in qualified.siblings:
        counted &= engine.failing(sibling, nodes.value)
    counts = _counts(nodes, counted)
    bad = counts < qualified.least if qualified.least is not None else counts > (qualified.most or 0)
    return _without(np.flatnonzero(bad))


def check_closed(engine: Engine, allowed: tuple[Term, ...], nodes: Nodes) -> Found:
    """Check sh:closed: one violation for each triple of another property."""
    row, predicate, value = engine.graph.properties(nodes.value)
    bad = ~among(engine.graph.numbers(allowed), predicate)
    return nodes.place[row[bad]], value[bad], predicate[bad]


CHECKS: dict[str, Check] = {
    "Class": check_class,
    "Datatype": check_datatype,
    "NodeKind": check_node_kind,
    "MinCount": check_min_count,
    "MaxCount": check_max_count,
    "MinExclusive": _bound(1),
    "MinInclusive": _bound(0, 1),
    "MaxExclusive": _bound(-1),
    "MaxInclusive": _bound(-1, 0),
    "MinLength": _length(least=True),
    "MaxLength": _length(least=False),
    "Pattern": check_pattern,
    "LanguageIn": check_language_in,
    "UniqueLang": check_unique_lang,
    "In": check_in,
    "HasValue": check_has_value,
    "Equals": check_equals,
    "Disjoint": check_disjoint,
    "LessThan": _order(-1),
    "LessThanOrEquals": _order(-1, 0),
    "Node": check_node,
    "Not": check_not,
    "And": check_and,
    "Or": check_or,
    "Xone": check_xone,
    "QualifiedMinCount": check_qualified,
    "QualifiedMaxCount": check_qualified,
    "Closed": check_closed,
}

"""Find shapes that are not formed as SHACL asks, which an engine would pass over, and shapes that nothing calls on.

Source:
    SHACL, sections 2.1.3 (targets), 2.2 and 2.3 (node and property shapes), 4 (the syntax rules of components).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyoxigraph as ox

from gcmgraph.namespaces import PREFIXES, curie
from gcmgraph.shacl.shapes import NUMBERS, SHAPE_LISTS, SHAPES, TARGETS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gcmgraph.shacl.index import Index, Term

    Flaw = tuple[str, str, str, Term, str, Term, str]

SH, RDF, RDFS, OWL, XSD = (PREFIXES[name] for name in ("sh", "rdf", "rdfs", "owl", "xsd"))
OF_PATHS = ("minCount", "maxCount", "uniqueLang", "lessThan", "lessThanOrEquals", "qualifiedValueShape")
QUALIFIED = ("qualifiedMinCount", "qualifiedMaxCount")


def ill_formed(index: Index) -> Iterator[Flaw]:
    """Find ill-formed shapes: for each a code, problem, advice, subject, predicate, object and severity."""
    yield from _without_path(index)
    yield from _counts(index)
    yield from _undefined(index)
    yield from _idle(index)


def _without_path(index: Index) -> Iterator[Flaw]:
    """Find property shapes without a path, and what only a property shape may say on a node shape."""
    for node, values in index.subjects(f"{SH}property").items():
        for value in values:
            if index.properties(value) and index.value(value, f"{SH}path") is None:
                problem, advice = "is a property shape without sh:path", "say the path, or use sh:node"
                yield "shape-without-path", problem, advice, node, f"{SH}property", value, "violation"
    for name in OF_PATHS:
        for node, values in index.subjects(SH + name).items():
            if index.value(node, f"{SH}path") is None and node not in _properties(index):
                problem, advice = f"has sh:{name}, but no sh:path", "put it into a property shape"
                yield "shape-without-path", problem, advice, node, SH + name, values[0], "violation"


def _properties(index: Index) -> set[Term]:
    """List the nodes that are called on as property shapes."""
    return {value for values in index.subjects(f"{SH}property").values() for value in values}


def _counts(index: Index) -> Iterator[Flaw]:
    """Find counts that are no whole numbers from 0."""
    for name in (*NUMBERS, *QUALIFIED):
        for node, values in index.subjects(SH + name).items():
            for value in values:
                is_integer = isinstance(value, ox.Literal) and value.datatype.value == f"{XSD}integer"
                if not is_integer or value.value.startswith("-"):
                    problem = f"sh:{name} {value} is no count"
                    advice = "write a whole number from 0 without quotes"
                    yield "bad-count", problem, advice, node, SH + name, value, "violation"


def _undefined(index: Index) -> Iterator[Flaw]:
    """Find shapes that are named and say nothing."""
    for name in SHAPES:
        for node, values in index.subjects(SH + name).items():
            for value in values:
                if isinstance(value, ox.NamedNode) and not index.properties(value):
                    problem, advice = f"names {curie(value.value)}, which no shape describes", "mend the name"
                    yield "unknown-shape", problem, advice, node, SH + name, value, "violation"


def _idle(index: Index) -> Iterator[Flaw]:
    """Find shapes that have no target and that no other shape names."""
    called = {value for name in SHAPES for values in index.subjects(SH + name).values() for value in values}
    for name in SHAPE_LISTS:
        called |= {one for heads in index.subjects(SH + name).values() for head in heads for one in index.items(head)}
    called |= {value for values in index.subjects(f"{SH}qualifiedValueShape").values() for value in values}
    called |= {node for kind in TARGETS for node in index.subjects(SH + kind)}
    called |= {*index.instances(f"{RDFS}Class")}
    for node in index.instances(f"{SH}NodeShape", f"{SH}PropertyShape"):
        is_off = index.value(node, f"{SH}deactivated") == ox.Literal(True)
        if node not in called and isinstance(node, ox.NamedNode) and not is_off:
            kind = next(iter(index.values(node, f"{RDF}type")))
            is_class = node in index.instances(f"{OWL}Class")
            advice = "add rdfs:Class or sh:targetClass" if is_class else "give it a target"
            yield "shape-without-target", "has no target", advice, node, f"{RDF}type", kind, "warning"

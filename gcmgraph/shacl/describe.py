"""What a record of a class needs, as the shapes say it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pyoxigraph as ox

from gcmgraph.errors import UnknownNameError
from gcmgraph.namespaces import PREFIXES, curie
from gcmgraph.shacl.custom import local_name
from gcmgraph.shacl.wording import how_many, in_words, term_in_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gcmgraph.shacl.index import Index, Term
    from gcmgraph.shacl.model import Constraint, Shape
    from gcmgraph.shacl.shapes import Shapes

SH, RDF, RDFS, OWL, SKOS = (PREFIXES[name] for name in ("sh", "rdf", "rdfs", "owl", "skos"))


@dataclass(frozen=True)
class Need:
    """What one property of a record must be.

    Attributes:
        property: the property, as a CURIE or a path; empty if the record itself is meant.
        name: what the shape calls it.
        count: how many values, such as "exactly one"; empty if any number will do.
        needed: whether it is a violation to have no value.
        values: what each value must be, and what all together must be.
        severity: "violation", "warning" or "info".
        message: what a finding says.
        why: why it matters.
        fix: the way out.
        shape: the shape, as a CURIE; empty if it has no name.
    """

    property: str
    name: str
    count: str
    needed: bool
    values: tuple[str, ...]
    severity: str
    message: str
    why: str
    fix: str
    shape: str


@dataclass(frozen=True)
class Group:
    """What one shape asks for.

    Attributes:
        target: the class, as a CURIE; or the property that a record has, or is a value of, for the shape to look at it.
        kind: "class", "with" (records that have the property), "value-of" or "node".
        record: what the shape asks of the record itself; its name, message and shape are the group's.
        properties: what it asks of its properties.
        allowed: the only properties that such a record may have; empty if it may have others.
    """

    target: str
    kind: str
    record: Need
    properties: tuple[Need, ...]
    allowed: tuple[str, ...]

    @property
    def needed(self) -> int:
        """How many of its properties a record must have."""
        return sum(need.needed for need in self.properties)


@dataclass(frozen=True)
class Description:
    """What a record of a class needs.

    Attributes:
        name: the class, as a CURIE.
        label: its label.
        definition: its definition.
        groups: what each shape asks for, the class's own first, then those up the tree, then those on a condition.
    """

    name: str
    label: str
    definition: str
    groups: tuple[Group, ...]

    @property
    def needed(self) -> int:
        """How many properties each record of the class must have."""
        return sum(group.needed for group in self.groups if group.kind == "class")


def described_classes(shapes: Shapes, ontology: Index) -> list[str]:
    """List the classes of an ontology, and the targets, whose records a shape looks at, sorted by their CURIEs."""
    aimed = {t.term.value for shape in shapes.targeted for t in shape.targets if t.kind == "Class"}
    declared = {node.value for node in ontology.instances(OWL + "Class") if isinstance(node, ox.NamedNode)}
    return sorted((c for c in declared | aimed if aimed.intersection(lineage(ontology, c))), key=curie)


def find_class(name: str, known: Iterable[str]) -> str:
    """Find a class by its IRI, its CURIE or its bare name.

    Raises:
        UnknownNameError: none of them has the name.
    """
    names = list(known)
    bare = name.removeprefix("<").removesuffix(">")
    found = [iri for iri in names if bare in (iri, curie(iri))] or [iri for iri in names if bare == local_name(iri)]
    if not found:
        raise UnknownNameError("class with shapes", name, [curie(i) if ":" in name else local_name(i) for i in names])
    return found[0]


def describe(shapes: Shapes, ontology: Index, iri: str) -> Description:
    """Tell what a record of a class needs."""
    above = lineage(ontology, iri)
    own = [_group(shapes, s, "class", curie(c)) for c in above for s in shapes.targeted if _aims(s, "Class", c)]
    used = {name for shape in _of_classes(shapes, above) for name in _properties(shapes, shape)}
    of = {name for shape in shapes.all() for name in _leading_to(shape, above)}
    more = [*_conditional(shapes, "SubjectsOf", used), *_conditional(shapes, "ObjectsOf", of)]
    node = ox.NamedNode(iri)
    texts = [ontology.value(node, name) for name in (RDFS + "label", SKOS + "definition")]
    label, definition = (text.value if text else "" for text in texts)
    return Description(curie(iri), label, definition, (*own, *more))


def lineage(ontology: Index, iri: str) -> list[str]:
    """List a class and those above it, the nearest first."""
    found = [ox.NamedNode(iri)]
    for node in found:
        above = ontology.values(node, RDFS + "subClassOf")
        found += [one for one in above if isinstance(one, ox.NamedNode) and one not in found]
    return [node.value for node in found]


def shortest_record(graph: Index, iri: str) -> list[ox.Triple]:
    """Give the triples of the shortest record of a class, or of one below it if it has none; empty if there is none."""
    direct = [node for node, types in graph.subjects(RDF + "type").items() if ox.NamedNode(iri) in types]
    named = [node for node in direct or graph.instances(iri) if isinstance(node, ox.NamedNode)]
    records = [list(_record(graph, node)) for node in named]
    return min(records, key=lambda triples: (sum(len(str(t)) for t in triples), str(triples[0])), default=[])


def _record(graph: Index, node: Term) -> Iterator[ox.Triple]:
    """Go through the triples of a record, and those of the blank nodes that it holds."""
    waiting, seen = [node], {node}
    for one in waiting:
        for name, values in graph.properties(one).items():
            for value in values:
                yield ox.Triple(one, ox.NamedNode(name), value)  # type: ignore[arg-type]
                if isinstance(value, ox.BlankNode) and value not in seen:
                    seen.add(value)
                    waiting.append(value)


def _aims(shape: Shape, kind: str, iri: str) -> bool:
    """Tell whether a shape has a target."""
    return any(target.kind == kind and target.term == ox.NamedNode(iri) for target in shape.targets)


def _of_classes(shapes: Shapes, classes: list[str]) -> list[Shape]:
    """List the shapes that look at the records of classes."""
    return [shape for shape in shapes.targeted if any(_aims(shape, "Class", iri) for iri in classes)]


def _properties(shapes: Shapes, shape: Shape) -> Iterator[str]:
    """Go through the properties that a shape speaks of."""
    for one in (shape, *shapes.nested(shape)):
        if one.path is not None and one.path.kind == "predicate":
            yield one.path.iri
    for constraint in shape.constraints:
        if constraint.kind == "Closed":
            yield from (term.value for term in constraint.parameter)  # type: ignore[union-attr]


def _leading_to(shape: Shape, classes: list[str]) -> Iterator[str]:
    """Give the property of a shape whose values are of one of the classes."""
    if shape.path is not None and shape.path.kind == "predicate":
        for constraint in shape.constraints:
            if constraint.kind == "Class" and constraint.parameter.value in classes:  # type: ignore[union-attr]
                yield shape.path.iri


def _conditional(shapes: Shapes, kind: str, properties: set[str]) -> Iterator[Group]:
    """Describe the shapes that look at what has a property, or is a value of it."""
    words = {"SubjectsOf": "with", "ObjectsOf": "value-of"}
    for shape in shapes.targeted:
        found = [t.term.value for t in shape.targets if t.kind == kind and t.term.value in properties]
        if found:
            yield _group(shapes, shape, words[kind], " or ".join(curie(iri) for iri in found))


def _group(shapes: Shapes, shape: Shape, kind: str, target: str) -> Group:
    """Describe one shape that has a target."""
    nested = [shapes.shape(c.parameter) for c in shape.constraints if c.kind == "Property"]  # type: ignore[arg-type]
    allowed = [t for c in shape.constraints if c.kind == "Closed" for t in c.parameter]  # type: ignore[union-attr]
    needs = [_need(shapes, one) for one in nested if not one.deactivated]
    return Group(target, kind, _need(shapes, shape), tuple(needs), tuple(dict.fromkeys(map(term_in_words, allowed))))


def _need(shapes: Shapes, shape: Shape) -> Need:
    """Describe one shape; what it asks of the properties of a record is left to them."""
    inner = {c for c in shape.constraints if c.kind == "Property" and shape.path is None}
    why, _, fix = shape.description.partition("Fix: ")
    own = [c for c in shape.constraints if c not in inner]
    words = in_words(shapes, _with(shape, own))
    return Need(
        str(shape.path or ""),
        shape.name,
        how_many(shape),
        _is_needed(shape),
        tuple(words),
        shape.severity.removeprefix(SH).lower(),
        "; ".join(message.value for message in shape.messages),
        why.strip(),
        fix.strip(),
        curie(shape.node.value) if isinstance(shape.node, ox.NamedNode) else "",
    )


def _with(shape: Shape, constraints: list[Constraint]) -> Shape:
    """Give a shape with some of its constraints only."""
    return replace(shape, constraints=tuple(constraints))


def _is_needed(shape: Shape) -> bool:
    """Tell whether a record that has no value violates the shape."""
    least = any(c.kind == "MinCount" and c.parameter for c in shape.constraints)
    return shape.severity == SH + "Violation" and (least or any(c.kind == "HasValue" for c in shape.constraints))

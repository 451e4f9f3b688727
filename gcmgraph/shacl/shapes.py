"""Shapes as data: read once from a shapes graph, evaluated by any engine.

Source:
    SHACL, sections 2 (shapes), 4 (core components), 5 (SPARQL-based constraints) and 6 (constraint components).
"""

from __future__ import annotations

from copy import copy
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

import pyoxigraph as ox

from gcmgraph.errors import ReadError, cut
from gcmgraph.namespaces import PREFIXES, curie
from gcmgraph.shacl.custom import components, read_sparql
from gcmgraph.shacl.index import Index
from gcmgraph.shacl.model import Constraint, Custom, Pattern, Qualified, Shape, Target
from gcmgraph.shacl.paths import read_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from gcmgraph.shacl.index import Term
    from gcmgraph.shacl.model import Parameter
    from gcmgraph.shacl.paths import Path

SH, RDF, RDFS = PREFIXES["sh"], PREFIXES["rdf"], PREFIXES["rdfs"]
TARGETS = ("targetClass", "targetNode", "targetObjectsOf", "targetSubjectsOf")
PLAIN = {
    "class": "Class", "datatype": "Datatype", "nodeKind": "NodeKind", "minExclusive": "MinExclusive",
    "minInclusive": "MinInclusive", "maxExclusive": "MaxExclusive", "maxInclusive": "MaxInclusive",
    "equals": "Equals", "disjoint": "Disjoint", "lessThan": "LessThan", "lessThanOrEquals": "LessThanOrEquals",
    "hasValue": "HasValue",
}  # fmt: skip
NUMBERS = {"minCount": "MinCount", "maxCount": "MaxCount", "minLength": "MinLength", "maxLength": "MaxLength"}
SHAPES = {"node": "Node", "property": "Property", "not": "Not"}
SHAPE_LISTS = {"and": "And", "or": "Or", "xone": "Xone"}
TERM_LISTS = {"in": "In", "languageIn": "LanguageIn"}
NAMING = {
    "class",
    "datatype",
    "equals",
    "disjoint",
    "lessThan",
    "lessThanOrEquals",
    "targetObjectsOf",
    "targetSubjectsOf",
}
OTHERS = {"pattern", "uniqueLang", "closed", "qualifiedValueShape", "sparql"}
PARAMETERS = {*PLAIN, *NUMBERS, *SHAPES, *SHAPE_LISTS, *TERM_LISTS, *OTHERS}
SINGLE = {"datatype", "nodeKind", "minExclusive", "minInclusive", "maxExclusive", "maxInclusive", *NUMBERS, *TERM_LISTS}
SINGLE |= {"pattern", "uniqueLang", "closed"}


class Shapes:
    """All shapes of a shapes graph.

    Attributes:
        index: the shapes graph.
        targeted: the shapes that have a target and are not deactivated.
    """

    def __init__(self, triples: Iterable[ox.Triple]) -> None:
        """Read the shapes.

        Raises:
            ReadError: a shape is not well-formed.
        """
        self.index = Index(triples)
        self._components = components(self.index)
        self._read: dict[Term, Shape] = {}
        self.targeted = [shape for shape in map(self.shape, self._targeting()) if not shape.deactivated]

    def shape(self, node: Term) -> Shape:
        """Give the shape of a node; one that says nothing constrains nothing."""
        if node not in self._read:
            self._read[node] = self._shape(node)
        return self._read[node]

    def nested(self, shape: Shape) -> list[Shape]:
        """Give the shapes that a shape's constraints name."""
        found: list[Term] = []
        for constraint in shape.constraints:
            if constraint.kind in SHAPES.values():
                found.append(constraint.parameter)  # type: ignore[arg-type]
            elif isinstance(constraint.parameter, tuple) and constraint.kind in SHAPE_LISTS.values():
                found += constraint.parameter
            elif isinstance(constraint.parameter, Qualified):
                found += [constraint.parameter.shape, *constraint.parameter.siblings]
        return [self.shape(node) for node in dict.fromkeys(found)]

    def aimed(self, targets: Callable[[Shape], tuple[Target, ...]]) -> Shapes:
        """Give the same shapes with other targets; those without any look at nothing."""
        other = copy(self)
        aimed = [replace(shape, targets=targets(shape)) for shape in self.targeted]
        other.targeted = [shape for shape in aimed if shape.targets]
        return other

    def owner(self, node: Term) -> Term:
        """Name the shape with a name that a nested shape without one belongs to; itself if there is none."""
        return node if isinstance(node, ox.NamedNode) else self._owners.get(node, node)

    @cached_property
    def _owners(self) -> dict[Term, Term]:
        """The shape with a name for each that a target leads to and that has none."""
        found: dict[Term, Term] = {}
        waiting = [(shape, shape.node) for shape in reversed(self.targeted) if isinstance(shape.node, ox.NamedNode)]
        while waiting:
            shape, owner = waiting.pop()
            for one in self.nested(shape):
                if isinstance(one.node, ox.BlankNode) and one.node not in found:
                    found[one.node] = owner
                    waiting.append((one, owner))
                elif isinstance(one.node, ox.NamedNode) and one.node not in found:
                    found[one.node] = one.node
                    waiting.append((one, one.node))
        return found

    def all(self) -> list[Shape]:
        """List all shapes that a target leads to, each once."""
        found = {shape.node: shape for shape in self.targeted}
        waiting = list(found.values())
        while waiting:
            for shape in self.nested(waiting.pop()):
                if shape.node not in found:
                    found[shape.node] = shape
                    waiting.append(shape)
        return list(found.values())

    def _targeting(self) -> list[Term]:
        """List the nodes that have a target, in the order written."""
        found = [node for kind in TARGETS for node in self.index.subjects(SH + kind)]
        shapes = {*self.index.instances(SH + "NodeShape", SH + "PropertyShape")}
        shapes |= {node for name in PARAMETERS for node in self.index.subjects(SH + name)}
        found += [node for node in self.index.instances(RDFS + "Class") if node in shapes]
        return sorted(dict.fromkeys(found), key=str)

    def _shape(self, node: Term) -> Shape:
        """Read one shape."""
        index = self.index
        paths = index.values(node, SH + "path")
        if len(paths) > 1:
            raise _error(node, "has two paths", "give it one sh:path")
        path = read_path(index, paths[0]) if paths else None
        targets = [Target(kind[6:], _iri(node, kind, t)) for kind in TARGETS for t in index.values(node, SH + kind)]
        if node in index.instances(RDFS + "Class"):
            targets.append(Target("Class", node))
        constraints = tuple(c for name, terms in index.properties(node).items() for c in self._of(node, name, terms))
        severity = index.value(node, SH + "severity")
        messages = tuple(m for m in index.values(node, SH + "message") if isinstance(m, ox.Literal))
        named = index.value(node, SH + "name") or index.value(node, RDFS + "label")
        description = index.value(node, SH + "description")
        return Shape(
            node,
            path,
            tuple(targets),
            (*constraints, *self._custom(node, path)),
            severity.value if isinstance(severity, ox.NamedNode) else SH + "Violation",
            messages,
            _is_true(index.value(node, SH + "deactivated")),
            named.value if named else "",
            description.value if description else "",
        )

    def _of(self, node: Term, name: str, terms: list[Term]) -> Iterable[Constraint]:
        """Read the constraints that one property of a shape states."""
        key = name.removeprefix(SH)
        if not name.startswith(SH) or key not in PARAMETERS:
            return
        if key in SINGLE and len(terms) > 1:
            raise _error(node, f"has sh:{key} twice", "give it once")
        for term in terms:
            if key in PLAIN:
                yield _constraint(PLAIN[key], _iri(node, key, term))
            elif key in NUMBERS:
                yield _constraint(NUMBERS[key], _number(node, key, term))
            elif key in SHAPES:
                yield _constraint(SHAPES[key], term)
            elif key in SHAPE_LISTS or key in TERM_LISTS:
                yield _constraint({**SHAPE_LISTS, **TERM_LISTS}[key], tuple(self.index.items(term)))
            else:
                yield from self._other(node, key, term)

    def _other(self, node: Term, key: str, term: Term) -> Iterable[Constraint]:
        """Read a constraint of more than one parameter."""
        index = self.index
        if key == "pattern":
            flags = index.value(node, SH + "flags")
            yield _constraint("Pattern", Pattern(term.value, flags.value if flags else ""))
        elif key == "sparql":
            found = read_sparql(index, term)
            if not _is_true(index.value(term, SH + "deactivated")):
                yield _constraint("SPARQL", found)
        elif key == "qualifiedValueShape":
            yield from self._qualified(node, term)
        elif key == "uniqueLang" and term == ox.Literal(True):
            yield _constraint("UniqueLang", True)
        elif key == "closed" and _is_true(term):
            paths = [index.value(one, SH + "path") for one in index.values(node, SH + "property")]
            ignored = index.value(node, SH + "ignoredProperties")
            listed = index.items(ignored) if ignored else []
            yield _constraint("Closed", (*(p for p in paths if isinstance(p, ox.NamedNode)), *listed))

    def _qualified(self, node: Term, term: Term) -> Iterable[Constraint]:
        """Read a qualified value shape: a constraint for each of its counts."""
        index = self.index
        siblings: tuple[Term, ...] = ()
        if _is_true(index.value(node, SH + "qualifiedValueShapesDisjoint")):
            parents = [one for one, own in index.subjects(SH + "property").items() if node in own]
            same = [p for one in parents for p in index.values(one, SH + "property")]
            found = [shape for p in same for shape in index.values(p, SH + "qualifiedValueShape")]
            siblings = tuple(dict.fromkeys(shape for shape in found if shape != term))
        for key, component in (("qualifiedMinCount", "QualifiedMinCount"), ("qualifiedMaxCount", "QualifiedMaxCount")):
            count = index.value(node, SH + key)
            if count is not None:
                number = _number(node, key, count)
                is_least = key == "qualifiedMinCount"
                counts = {"least": number if is_least else None, "most": None if is_least else number}
                yield _constraint(component, Qualified(term, **counts, siblings=siblings))

    def _custom(self, node: Term, path: Path | None) -> Iterable[Constraint]:
        """Read the constraints of components that the shapes graph defines."""
        for component in self._components:
            values = [(p, self.index.values(node, p)) for p in component.parameters]
            if all(found or name in component.optional for name, found in values):
                if any(len(found) > 1 for _, found in values) and len(values) > 1:
                    raise _error(node, f"has a parameter of {curie(component.iri)} twice", "give it once")
                if component.validator(is_property=path is not None) is None:
                    continue
                more = [(name, found[0]) for name, found in values[1:] if found]
                for value in values[0][1]:
                    yield Constraint(component.iri, Custom(component, ((values[0][0], value), *more)))


def _constraint(component: str, parameter: Parameter) -> Constraint:
    """Make a constraint of one of SHACL's own components."""
    return Constraint(f"{SH}{component}ConstraintComponent", parameter)


def _iri(node: Term, key: str, term: Term) -> Term:
    """Refuse what is no IRI where a property is named."""
    if key in NAMING and not isinstance(term, ox.NamedNode):
        raise _error(node, f"has sh:{key} {cut(str(term))}", "write an IRI")
    return term


def _number(node: Term, key: str, term: Term) -> int:
    """Read a count."""
    try:
        return int(term.value)
    except ValueError as error:
        raise _error(node, f"has sh:{key} {cut(str(term))}", "write a whole number") from error


def _is_true(term: Term | None) -> bool:
    """Tell whether a term is the boolean true."""
    return isinstance(term, ox.Literal) and term.value in ("true", "1")


def _error(node: Term, problem: str, advice: str) -> ReadError:
    """Say that a shape is not well-formed."""
    name = curie(node.value) if isinstance(node, ox.NamedNode) else "a shape without a name"
    return ReadError("shapes", f"{name} {problem}", advice)

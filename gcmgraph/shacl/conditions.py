"""Conditions in SPARQL that a node conforms to a shape, or a value to a constraint; none of them can be an error.

Source:
    SHACL, section 4 (core constraint components).
"""

from __future__ import annotations

import re
from itertools import combinations, count
from typing import TYPE_CHECKING, cast

import pyoxigraph as ox

from gcmgraph.errors import FailureError
from gcmgraph.namespaces import PREFIXES, curie
from gcmgraph.shacl.lexical import well_formed
from gcmgraph.shacl.model import Pattern, Qualified

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gcmgraph.shacl.classes import Classes
    from gcmgraph.shacl.index import Term
    from gcmgraph.shacl.model import Constraint, Shape
    from gcmgraph.shacl.shapes import Shapes

SH, RDF, RDFS = PREFIXES["sh"], PREFIXES["rdf"], PREFIXES["rdfs"]
_BRACE = re.compile(r"""[{}]|"(?:[^"\\]|\\.)*"|<[^<>\s]*>""")
NAMELESS = "a shape without a name"
LEFT_OUT = {
    "recursion": "a shape that leads to itself needs more than one question",
    "a query in a nested shape": "the text of a query cannot stand within the condition of another",
    "a blank node as a value": "a query cannot name a blank node of another graph",
    "sh:datatype of a derived integer": "the store keeps such literals as xsd:integer",
    "a repeated path in a negation": "the store was asked whether it answers that right, and does not",
    "LIMIT or OFFSET": "it would hold for all focus nodes together",
    "$shapesGraph": "the store does not hold the shapes",
    "a query of an unknown form": "only SELECT and ASK are joined with the focus nodes",
}
COMPARED = {
    "MinExclusive": ">",
    "MinInclusive": ">=",
    "MaxExclusive": "<",
    "MaxInclusive": "<=",
    "LessThan": "<",
    "LessThanOrEquals": "<=",
}
KINDS = {
    "IRI": ("isIRI",),
    "BlankNode": ("isBlank",),
    "Literal": ("isLiteral",),
    "BlankNodeOrIRI": ("isBlank", "isIRI"),
    "BlankNodeOrLiteral": ("isBlank", "isLiteral"),
    "IRIOrLiteral": ("isIRI", "isLiteral"),
}
BY_VALUE = {
    "Class", "Datatype", "NodeKind", "MinExclusive", "MinInclusive", "MaxExclusive", "MaxInclusive", "MinLength",
    "MaxLength", "Pattern", "In", "LanguageIn", "Node", "Not", "And", "Or", "Xone", "Property",
}  # fmt: skip


def left_out(shape: Shape, construct: str) -> FailureError:
    """Say which construct of a shape no query can be made of."""
    name = curie(shape.node.value) if isinstance(shape.node, ox.NamedNode) else NAMELESS
    return FailureError(name, f"{construct} does not compile to SPARQL: {LEFT_OUT[construct]}", "use another engine")


def written(shape: Shape, term: Term) -> str:
    """Write a term of a shape for a query."""
    if isinstance(term, ox.BlankNode):
        raise left_out(shape, "a blank node as a value")
    return str(term)


def all_of(conditions: Iterable[str]) -> str:
    """Join conditions that are to hold together."""
    found = [one for one in dict.fromkeys(conditions) if one != "true"]
    return " && ".join(f"({one})" for one in found) if len(found) > 1 else (found or ["true"])[0]


def any_of(conditions: Iterable[str]) -> str:
    """Join conditions of which one is to hold."""
    return " || ".join(f"({one})" for one in dict.fromkeys(conditions)) or "false"


def negated(condition: str) -> str:
    """Turn a condition round; Virtuoso cannot negate EXISTS but by its own word."""
    if condition.startswith(("EXISTS {", "NOT EXISTS {")) and _is_one_group(condition):
        return condition.removeprefix("NOT ") if condition.startswith("NOT") else f"NOT {condition}"
    return f"!({condition})"


def filtered(condition: str) -> str:
    """Write a filter; EXISTS stands without brackets."""
    is_bare = condition.startswith(("EXISTS {", "NOT EXISTS {")) and _is_one_group(condition)
    return f"FILTER {condition}" if is_bare else f"FILTER({condition})"


def _is_one_group(condition: str) -> bool:
    """Tell whether the first group of a condition ends with it."""
    depth = 0
    for match in _BRACE.finditer(condition):
        depth += {"{": 1, "}": -1}.get(match.group(), 0)
        if depth == 0 and match.group() == "}":
            return match.end() == len(condition)
    return False


class Conditions:
    """Writes conditions on the shapes of a shapes graph."""

    def __init__(self, shapes: Shapes, classes: Classes) -> None:
        self._shapes = shapes
        self._classes = classes
        self._numbers = count(1)

    def conforms(self, node: Term, var: str, above: tuple[Term, ...] = ()) -> str:
        """Write the condition that a variable's value conforms to a shape; above are the shapes that lead here.

        Raises:
            FailureError: the shape holds what no query can be made of.
        """
        shape = self._shapes.shape(node)
        if node in above:
            raise left_out(shape, "recursion")
        if shape.deactivated:
            return "true"
        if any(constraint.kind in ("SPARQL", constraint.component) for constraint in shape.constraints):
            raise left_out(shape, "a query in a nested shape")
        return self._on_path(shape, var, above) if shape.path else self._on_node(shape, var, above)

    def value(self, shape: Shape, constraint: Constraint, var: str, above: tuple[Term, ...] = ()) -> str:
        """Write the condition that one value meets a constraint of BY_VALUE."""
        kind, parameter = constraint.kind, constraint.parameter
        if kind in ("Node", "Not", "And", "Or", "Xone", "Property"):
            return self._logical(shape, constraint, var, above)
        if kind == "Class":
            written(shape, cast("Term", parameter))
            return f"EXISTS {{ {self._classes.instances(var, cast('Term', parameter), self.fresh())} }}"
        if kind == "In":
            return _among(var, [written(shape, term) for term in cast("tuple[Term, ...]", parameter)])
        return _literal(kind, parameter, var)

    def counted(self, shape: Shape, qualified: Qualified, var: str, above: tuple[Term, ...] = ()) -> str:
        """Write the condition that a value counts for a qualified value shape."""
        chain = (*above, shape.node)
        others = [negated(self.conforms(sibling, var, chain)) for sibling in qualified.siblings]
        return all_of([self.conforms(qualified.shape, var, chain), *others])

    def fresh(self) -> str:
        """Give a variable that no other condition has."""
        return f"?x{next(self._numbers)}"

    def _logical(self, shape: Shape, constraint: Constraint, var: str, above: tuple[Term, ...]) -> str:
        """Write the condition of a constraint that names shapes."""
        kind, parameter = constraint.kind, constraint.parameter
        nodes = cast("tuple[Term, ...]", parameter if isinstance(parameter, tuple) else (parameter,))
        own = [self.conforms(node, var, (*above, shape.node)) for node in nodes]
        if kind == "Not":
            return negated(own[0])
        if kind == "Xone":
            return " + ".join(f"IF({one}, 1, 0)" for one in own) + " = 1"
        return any_of(own) if kind == "Or" else all_of(own)

    def _on_node(self, shape: Shape, var: str, above: tuple[Term, ...]) -> str:
        """Write the condition of a node shape."""
        return all_of(self._of_node(shape, constraint, var, above) for constraint in shape.constraints)

    def _of_node(self, shape: Shape, constraint: Constraint, var: str, above: tuple[Term, ...]) -> str:
        """Write the condition of one constraint of a node shape; counts and orders mean nothing there."""
        kind, parameter = constraint.kind, constraint.parameter
        other = self.fresh()
        if kind in BY_VALUE:
            return self.value(shape, constraint, var, above)
        if kind == "HasValue":
            return f"sameTerm({var}, {written(shape, cast('Term', parameter))})"
        if kind == "Equals":
            same = f"NOT EXISTS {{ {var} {parameter} {other} FILTER(!sameTerm({var}, {other})) }}"
            return all_of([f"EXISTS {{ {var} {parameter} {var} }}", same])
        if kind == "Disjoint":
            return f"NOT EXISTS {{ {var} {parameter} {var} }}"
        if kind == "Closed":
            return self.closed(constraint, var)
        return "true"

    def closed(self, constraint: Constraint, var: str) -> str:
        """Write the condition that a node has no property but those allowed."""
        name = self.fresh()
        return f"NOT EXISTS {{ {var} {name} {self.fresh()} {unlisted(constraint, name)} }}"

    def _on_path(self, shape: Shape, var: str, above: tuple[Term, ...]) -> str:
        """Write the condition of a property shape: that on each value at once, and those on all."""
        assert shape.path is not None  # noqa: S101
        path, item = shape.path.to_sparql(), self.fresh()
        each = [c for c in shape.constraints if c.kind in BY_VALUE or c.kind == "Closed"]
        own = all_of(self.closed(c, item) if c.kind == "Closed" else self.value(shape, c, item, above) for c in each)
        found = [] if own == "true" else [f"NOT EXISTS {{ {var} {path} {item} {filtered(negated(own))} }}"]
        found += [self._on_all(shape, c, var, above) for c in shape.constraints if c not in each]
        return all_of(found)

    def _on_all(self, shape: Shape, constraint: Constraint, var: str, above: tuple[Term, ...]) -> str:
        """Write the condition of a constraint on all values of a path together."""
        assert shape.path is not None  # noqa: S101
        kind, parameter, path = constraint.kind, constraint.parameter, shape.path.to_sparql()
        if kind == "MinCount":
            return self._several(f"{var} {path}", cast("int", parameter))
        if kind == "MaxCount":
            return negated(self._several(f"{var} {path}", cast("int", parameter) + 1))
        if isinstance(parameter, Qualified):
            least = parameter.least if parameter.most is None else parameter.most + 1
            enough = self._several(f"{var} {path}", least or 0, (shape, parameter, above))
            return enough if parameter.most is None else negated(enough)
        if kind == "HasValue":
            return f"EXISTS {{ {var} {path} {written(shape, cast('Term', parameter))} }}"
        return self._pair(kind, f"{var} {path}", f"{var} {parameter}")

    def _pair(self, kind: str, path: str, predicate: str) -> str:
        """Write the condition of a constraint on the values of a path and those of a property, or on two values."""
        one, two = self.fresh(), self.fresh()
        if kind == "Equals":
            return all_of(
                f"NOT EXISTS {{ {a} {one} FILTER NOT EXISTS {{ {b} {one} }} }}"
                for a, b in ((path, predicate), (predicate, path))
            )
        if kind == "Disjoint":
            return f"NOT EXISTS {{ {path} {one} . {predicate} {one} }}"
        if kind == "UniqueLang":
            same = f'LANG({one}) != "" && LCASE(LANG({one})) = LCASE(LANG({two})) && !sameTerm({one}, {two})'
            return f"NOT EXISTS {{ {path} {one} . {path} {two} FILTER({same}) }}"
        less = compared(one, COMPARED[kind], two)
        return f"NOT EXISTS {{ {path} {one} . {predicate} {two} FILTER({negated(less)}) }}"

    def _several(
        self, path: str, number: int, qualified: tuple[Shape, Qualified, tuple[Term, ...]] | None = None
    ) -> str:
        """Write the condition that there are so many values, each of which counts."""
        if number < 1:
            return "true"
        items = [self.fresh() for _ in range(number)]
        apart = [f"!sameTerm({one}, {two})" for one, two in combinations(items, 2)]
        own = [self.counted(qualified[0], qualified[1], item, qualified[2]) for item in items] if qualified else []
        told = all_of([*apart, *own])
        more = "" if told == "true" else f" {filtered(told)}"
        return f"EXISTS {{ {' . '.join(f'{path} {item}' for item in items)}{more} }}"


def unlisted(constraint: Constraint, name: str) -> str:
    """Write the filter on properties that a closed shape does not allow."""
    allowed = ", ".join(map(str, dict.fromkeys(cast("tuple[Term, ...]", constraint.parameter))))
    return f"FILTER({name} NOT IN ({allowed}))" if allowed else ""


def compared(one: str, mark: str, two: str) -> str:
    """Write a comparison that is false where terms cannot be compared."""
    return f"COALESCE({one} {mark} {two}, false)"


def _among(var: str, terms: list[str]) -> str:
    """Write the condition that a value is one of some terms."""
    iris = [term for term in terms if term.startswith("<")]
    named = [f"isIRI({var}) && {var} IN ({', '.join(iris)})"] if iris else []
    return any_of([*named, *(f"sameTerm({var}, {term})" for term in terms if not term.startswith("<"))])


def _literal(kind: str, parameter: object, var: str) -> str:
    """Write the condition of a constraint on the form of a value."""
    if kind in COMPARED:
        return compared(var, COMPARED[kind], str(parameter))
    if isinstance(parameter, Pattern):
        flags = f", {ox.Literal(parameter.flags)}" if parameter.flags else ""
        return f"COALESCE(!isBlank({var}) && REGEX(STR({var}), {ox.Literal(parameter.text)}{flags}), false)"
    if kind in ("MinLength", "MaxLength"):
        mark = ">=" if kind == "MinLength" else "<="
        return f"COALESCE(!isBlank({var}) && STRLEN(STR({var})) {mark} {parameter}, false)"
    if kind == "LanguageIn":
        tags = cast("tuple[Term, ...]", parameter)
        known = any_of(f"LANGMATCHES(LANG({var}), {ox.Literal(tag.value)})" for tag in tags)
        return f"COALESCE(isLiteral({var}) && ({known}), false)"
    name = cast("ox.NamedNode", parameter).value
    if kind == "NodeKind":
        return any_of(f"{test}({var})" for test in KINDS[name.removeprefix(SH)])
    form = well_formed(name, var)
    typed = f'LANG({var}) != ""' if name == RDF + "langString" else f"DATATYPE({var}) = <{name}>"
    tests = [f"isLiteral({var})", typed, *([form] if form else [])]
    return f"COALESCE({' && '.join(tests)}, false)"

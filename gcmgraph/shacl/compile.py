"""Shapes compiled to SPARQL 1.1: for each constraint a SELECT of what violates it, many of which make one query.

Source:
    SHACL, sections 2.1.3 (targets), 3.4 (validation) and 4 (core constraint components).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import pyoxigraph as ox

from gcmgraph.errors import FailureError
from gcmgraph.namespaces import curie
from gcmgraph.shacl.conditions import (
    BY_VALUE,
    COMPARED,
    NAMELESS,
    Conditions,
    compared,
    filtered,
    left_out,
    negated,
    unlisted,
    written,
)
from gcmgraph.shacl.custom import Sparql
from gcmgraph.shacl.model import Custom, Qualified
from gcmgraph.shacl.repeats import steadied
from gcmgraph.shacl.splice import ask_body, fill, joined, selected, split_prologue

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gcmgraph.shacl.classes import Classes
    from gcmgraph.shacl.index import Term
    from gcmgraph.shacl.model import Constraint, Shape
    from gcmgraph.shacl.paths import Path
    from gcmgraph.shacl.shapes import Shapes

PATHS = {"sequence", "alternative", "zeroOrMore", "oneOrMore", "zeroOrOne"}


@dataclass(frozen=True)
class Select:
    """A SELECT of what violates one constraint; it gives ?this and, where there is one, ?value, and ?path.

    Attributes:
        shape: whose constraint it is.
        constraint: what is violated.
        query: the constraint's own query, if it has one.
        head: what is selected.
        body: the rest of the query, from WHERE on.
        prologue: the prefixes that it needs.
    """

    shape: Shape
    constraint: Constraint
    head: str
    body: str
    query: Sparql | None = None
    prologue: str = ""

    def text(self, number: int) -> str:
        """Write the query as a group that says which it is."""
        body = self.body if self.query else steadied(self.body)
        return f"{{ SELECT ({number} AS ?k) {self.head} {body} }}"


@dataclass(frozen=True)
class Focus:
    """The nodes that a shape looks at.

    Attributes:
        text: a pattern that gives each combination of the variables once.
        names: the variables; the last is the focus node, those before lead to it.
    """

    text: str
    names: tuple[str, ...]

    @property
    def last(self) -> str:
        """The variable of the focus node."""
        return self.names[-1]

    def along(self, shape: Shape) -> Focus:
        """Give the values of a property shape's path, as focus nodes."""
        assert shape.path is not None  # noqa: S101
        names = (*self.names, f"?f{len(self.names)}")
        text = f"{self.text} {self.last} {shape.path.to_sparql()} {names[-1]} ."
        several = _may_repeat(shape.path)
        return Focus(f"{{ SELECT DISTINCT {' '.join(names)} WHERE {{ {text} }} }}" if several else text, names)


def _may_repeat(path: Path) -> bool:
    """Tell whether SPARQL may give one value node of a path twice."""
    return _may_repeat(path.parts[0]) if path.kind == "inverse" else path.kind in PATHS


def targets(shape: Shape, classes: Classes) -> Focus:
    """Write the pattern of a shape's target nodes, each once."""
    named = [written(shape, target.term) for target in shape.targets if target.kind == "Node"]
    groups = [f"{{ VALUES ?f0 {{ {' '.join(named)} }} }}"] if named else []
    for target in shape.targets:
        term = written(shape, target.term)
        if target.kind == "Class":
            groups.append(f"{{ {classes.instances('?f0', target.term, '?type')} }}")
        elif target.kind != "Node":
            groups.append(f"{{ ?f0 {term} [] }}" if target.kind == "SubjectsOf" else f"{{ [] {term} ?f0 }}")
    return Focus(f"{{ SELECT DISTINCT ?f0 WHERE {{ {' UNION '.join(groups)} }} }}", ("?f0",))


class Compiler:
    """Compiles shapes."""

    def __init__(self, shapes: Shapes, classes: Classes, note: Callable[[FailureError], None]) -> None:
        """Take the shapes, the tree of classes, and what to call with a construct that does not compile."""
        self._classes = classes
        self._shapes = shapes
        self._conditions = Conditions(shapes, classes)
        self._told = note
        self._top = ""

    def selects(self, shape: Shape) -> list[Select]:
        """Compile a shape with a target, and the property shapes below it."""
        self._top = curie(shape.node.value) if isinstance(shape.node, ox.NamedNode) else ""
        try:
            return list(self._below(shape, targets(shape, self._classes), ()))
        except FailureError as error:
            self._note(error)
            return []

    def _note(self, error: FailureError) -> None:
        """Tell what does not compile; a shape without a name goes by the one that it is in."""
        is_inner = error.where == NAMELESS and self._top
        self._told(FailureError(f"{NAMELESS} in {self._top}", error.problem, error.advice) if is_inner else error)

    def _below(self, shape: Shape, focus: Focus, above: tuple[Term, ...]) -> Iterator[Select]:
        """Compile a shape for some focus nodes."""
        if shape.deactivated:
            return
        if shape.node in above:
            raise left_out(shape, "recursion")
        values = focus.along(shape) if shape.path else focus
        for constraint in shape.constraints:
            try:
                if constraint.kind == "Property":
                    nested = self._shapes.shape(cast("Term", constraint.parameter))
                    yield from self._below(nested, values, (*above, shape.node))
                else:
                    yield from self._of(shape, constraint, focus, values)
            except FailureError as error:
                self._note(error)

    def _of(self, shape: Shape, constraint: Constraint, focus: Focus, values: Focus) -> Iterator[Select]:
        """Compile one constraint."""
        kind, parameter = constraint.kind, constraint.parameter
        if isinstance(parameter, Sparql):
            yield _by_query(shape, constraint, focus)
        elif isinstance(parameter, Custom):
            yield _by_validator(shape, constraint, focus, values)
        elif kind in BY_VALUE:
            condition = self._conditions.value(shape, constraint, values.last)
            yield _violating(shape, constraint, values, focus, filtered(negated(condition)))
        elif kind == "Closed":
            more = f"{values.last} ?path ?value {unlisted(constraint, '?path')}"
            head = f"({focus.last} AS ?this) ?value ?path"
            yield Select(shape, constraint, head, f"WHERE {{ {values.text} {more} }}")
        elif kind in ("Equals", "Disjoint", "HasValue"):
            yield from _terms(shape, constraint, focus, values)
        elif shape.path is not None:
            yield self._on_all(shape, constraint, focus, values)

    def _on_all(self, shape: Shape, constraint: Constraint, focus: Focus, values: Focus) -> Select:
        """Compile a constraint on all values of a path together."""
        kind, parameter = constraint.kind, constraint.parameter
        if isinstance(parameter, Qualified):
            return self._qualified(shape, constraint, focus, values)
        if kind in ("MinCount", "MaxCount"):
            return _counted(shape, constraint, focus, values)
        if kind == "UniqueLang":
            tagged = f'{values.text} BIND(LCASE(LANG({values.last})) AS ?lang) FILTER(?lang != "")'
            grouped = f"GROUP BY {' '.join(focus.names)} ?lang HAVING(COUNT(DISTINCT {values.last}) > 1)"
            return Select(shape, constraint, f"({focus.last} AS ?this)", f"WHERE {{ {tagged} }} {grouped}")
        less = compared(values.last, COMPARED[kind], "?other")
        more = f"{focus.last} {parameter} ?other FILTER({negated(less)})"
        return _violating(shape, constraint, values, focus, more)

    def _qualified(self, shape: Shape, constraint: Constraint, focus: Focus, values: Focus) -> Select:
        """Compile the count of values that conform to a shape."""
        qualified = cast("Qualified", constraint.parameter)
        counts = self._conditions.counted(shape, qualified, values.last)
        found = f"{values.text} {filtered(counts)}"
        if qualified.most is not None:
            return _grouped(shape, constraint, focus, f"{found} ", f"COUNT({values.last}) > {qualified.most}")
        names = " ".join(focus.names)
        inner = f"{{ SELECT {names} (COUNT({values.last}) AS ?n) WHERE {{ {found} }} GROUP BY {names} }}"
        body = f"{focus.text} OPTIONAL {inner} FILTER(COALESCE(?n, 0) < {qualified.least})"
        return Select(shape, constraint, f"({focus.last} AS ?this)", f"WHERE {{ {body} }}")


def _violating(shape: Shape, constraint: Constraint, values: Focus, focus: Focus, more: str) -> Select:
    """Select values that violate a constraint by themselves."""
    head = f"({focus.last} AS ?this) ({values.last} AS ?value)"
    return Select(shape, constraint, head, f"WHERE {{ {values.text} {more} }}")


def _grouped(shape: Shape, constraint: Constraint, focus: Focus, pattern: str, having: str) -> Select:
    """Select focus nodes with a count that violates a constraint."""
    grouped = f"GROUP BY {' '.join(focus.names)} HAVING({having})"
    return Select(shape, constraint, f"({focus.last} AS ?this)", f"WHERE {{ {pattern} }} {grouped}")


def _counted(shape: Shape, constraint: Constraint, focus: Focus, values: Focus) -> Select:
    """Compile a count of values."""
    assert shape.path is not None  # noqa: S101
    if constraint.kind == "MaxCount":
        having = f"COUNT(DISTINCT {values.last}) > {constraint.parameter}"
        return _grouped(shape, constraint, focus, values.text, having)
    optional = f"{focus.text} OPTIONAL {{ {focus.last} {shape.path.to_sparql()} {values.last} }}"
    if constraint.parameter == 1:
        body = f"WHERE {{ {optional} FILTER(!BOUND({values.last})) }}"
        return Select(shape, constraint, f"({focus.last} AS ?this)", body)
    having = f"COUNT(DISTINCT {values.last}) < {constraint.parameter}"
    return _grouped(shape, constraint, focus, optional, having)


def _terms(shape: Shape, constraint: Constraint, focus: Focus, values: Focus) -> Iterator[Select]:
    """Compile what compares values with given ones, or with those of a property."""
    term = written(shape, cast("Term", constraint.parameter))
    path = shape.path.to_sparql() if shape.path else ""
    if constraint.kind == "HasValue":
        lacks = f"NOT EXISTS {{ {focus.last} {path} {term} }}" if path else f"!sameTerm({focus.last}, {term})"
        yield Select(shape, constraint, f"({focus.last} AS ?this)", f"WHERE {{ {focus.text} {filtered(lacks)} }}")
        return
    if constraint.kind == "Disjoint":
        yield _violating(shape, constraint, values, focus, f"FILTER EXISTS {{ {focus.last} {term} {values.last} }}")
        return
    missing = f"FILTER NOT EXISTS {{ {focus.last} {term} {values.last} }}"
    yield _violating(shape, constraint, values, focus, missing)
    lacks = f"NOT EXISTS {{ {focus.last} {path} ?value }}" if path else f"!sameTerm({focus.last}, ?value)"
    body = f"WHERE {{ {focus.text} {focus.last} {term} ?value {filtered(lacks)} }}"
    yield Select(shape, constraint, f"({focus.last} AS ?this) ?value", body)


def _by_query(shape: Shape, constraint: Constraint, focus: Focus) -> Select:
    """Compile a constraint that is a query."""
    query = cast("Sparql", constraint.parameter)
    return _spliced(shape, constraint, focus, query, fill(shape, query.text))


def _spliced(shape: Shape, constraint: Constraint, focus: Focus, query: Sparql, text: str) -> Select:
    """Join a SELECT query with its focus nodes."""
    prologue, select = split_prologue(text)
    own = f"{{ SELECT DISTINCT ({focus.last} AS ?this) WHERE {{ {focus.text} }} }}"
    body = f"{{ {joined(shape, select, own)} }}"
    if len(focus.names) > 1:
        body = f"{focus.text} BIND({focus.last} AS ?this) {body}"
    wanted = ["this", *(name for name in selected(select) if name != "this")]
    head = "?this ?value ?path ?message" if "*" in select.split("{")[0] else " ".join(f"?{name}" for name in wanted)
    return Select(shape, constraint, head, f"WHERE {{ {body} }}", query, prologue)


def _by_validator(shape: Shape, constraint: Constraint, focus: Focus, values: Focus) -> Select:
    """Compile a constraint of a component that the shapes graph defines."""
    custom = cast("Custom", constraint.parameter)
    query = custom.component.validator(is_property=shape.path is not None)
    assert query is not None  # noqa: S101
    text = fill(shape, query.text, custom)
    if not query.is_ask:
        return _spliced(shape, constraint, focus, query, text)
    prologue, ask = split_prologue(text)
    bound = f"BIND({focus.last} AS ?this) BIND({values.last} AS ?value)"
    body = f"WHERE {{ {values.text} {bound} FILTER NOT EXISTS {{ {ask_body(shape, ask)} }} }}"
    return Select(shape, constraint, "?this ?value", body, query, prologue)

"""What the validation of a node depends on, as paths that lead from it, and the nodes that a change can affect."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from gcmgraph.namespaces import PREFIXES
from gcmgraph.reasoning.columns import LOW, NONE, SHIFT, distinct
from gcmgraph.shacl.custom import Sparql
from gcmgraph.shacl.model import Custom, Qualified
from gcmgraph.shacl.paths import Path, predicate
from gcmgraph.shacl.query_paths import ITSELF, joined, paths_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gcmgraph.reasoning.columns import Numbers
    from gcmgraph.shacl.graph import DataGraph
    from gcmgraph.shacl.index import Term
    from gcmgraph.shacl.model import Constraint, Shape, Target
    from gcmgraph.shacl.shapes import Shapes

    Paths = frozenset[Path]

RDF, RDFS = PREFIXES["rdf"], PREFIXES["rdfs"]
CLASSES = Path(
    "sequence",
    parts=(predicate(RDF + "type"), Path("zeroOrMore", parts=(predicate(RDFS + "subClassOf"),))),
)
ANY = predicate("")
PAIRS = ("Equals", "Disjoint", "LessThan", "LessThanOrEquals")
NESTED = ("Node", "Not", "Property")
LISTS = ("And", "Or", "Xone")


class Dependencies:
    """The paths on which shapes depend.

    Attributes:
        shapes: the shapes.
    """

    def __init__(self, shapes: Shapes) -> None:
        self.shapes = shapes
        self._known: dict[Term, Paths | None] = {}
        self._open: set[Term] = set()

    def of(self, shape: Shape) -> Paths | None:
        """Tell on which triples the results of a shape about a node depend, its being a target among them.

        Args:
            shape: a shape.

        Returns:
            Paths from the node on which all of these triples lie; `ANY` stands for all triples of a subject. None if
            other triples may count: the shape leads back to itself, or a query is not followed.
        """
        own = self._shape(shape)
        return None if own is None else own.union(_target(target) for target in shape.targets if target.kind != "Node")

    def _shape(self, shape: Shape) -> Paths | None:
        """List the paths of a shape, but for those of its targets."""
        if shape.node in self._open:
            return None
        if shape.node not in self._known:
            self._open.add(shape.node)
            self._known[shape.node] = self._paths(shape)
            self._open.remove(shape.node)
        return self._known[shape.node]

    def _paths(self, shape: Shape) -> Paths | None:
        """List the paths of a shape: its own, and those of its constraints behind it."""
        found: set[Path] = {shape.path} if shape.path else set()
        for constraint in shape.constraints if not shape.deactivated else ():
            own = self._constraint(shape, constraint)
            if own is None:
                return None
            found |= own
        return frozenset(found)

    def _constraint(self, shape: Shape, constraint: Constraint) -> Paths | None:
        """List the paths of one constraint, from the focus node."""
        parameter, kind, to_value = constraint.parameter, constraint.kind, shape.path or ITSELF
        if isinstance(parameter, Sparql | Custom):
            return self._query(shape, parameter)
        if kind in PAIRS:
            return frozenset({predicate(parameter.value)})  # type: ignore[union-attr]
        behind: Iterable[Path] | None = ()
        if kind == "Class":
            behind = (CLASSES,)
        elif kind == "Closed":
            behind = (ANY,)
        elif kind in NESTED:
            behind = self._shape(self.shapes.shape(parameter))  # type: ignore[arg-type]
        elif kind in LISTS:
            behind = self._all(parameter)  # type: ignore[arg-type]
        elif isinstance(parameter, Qualified):
            behind = self._all((parameter.shape, *parameter.siblings))
        return None if behind is None else frozenset(joined(to_value, path) for path in behind)

    def _all(self, nodes: Iterable[Term]) -> Paths | None:
        """List the paths of several shapes."""
        found: set[Path] = set()
        for node in nodes:
            own = self._shape(self.shapes.shape(node))
            if own is None:
                return None
            found |= own
        return frozenset(found)

    def _query(self, shape: Shape, parameter: Sparql | Custom) -> Paths | None:
        """List the paths of a query."""
        is_property = shape.path is not None
        query = parameter.component.validator(is_property=is_property) if isinstance(parameter, Custom) else parameter
        if query is None:
            return frozenset()
        found = paths_of(shape, query)
        return None if found is None else frozenset(found)


def _target(target: Target) -> Path:
    """Give the path that makes a node a target."""
    if target.kind == "Class":
        return CLASSES
    own = predicate(target.term.value)
    return own if target.kind == "SubjectsOf" else own.inverted()


class Affected:
    """The nodes that a change can affect.

    Attributes:
        graph: all triples from before the change and from after it.
        changed: those of one of the two that the other lacks; some more do no harm.
    """

    def __init__(self, graph: DataGraph, changed: Numbers) -> None:
        self.graph = graph
        self.changed = changed
        self._starts: dict[Path, Numbers] = {}

    def by(self, paths: Paths) -> Numbers:
        """Find the nodes from which one of some paths leads over a triple that has changed, sorted."""
        return distinct(np.concatenate([NONE, *map(self.starts, paths)]))

    def starts(self, path: Path) -> Numbers:
        """Find the nodes from which a path leads over a triple that has changed."""
        if path not in self._starts:
            self._starts[path] = distinct(self._found(path))
        return self._starts[path]

    def _found(self, path: Path) -> Numbers:
        """Find the same, for each kind of path."""
        if path == ANY:
            return self.changed[:, 0]
        if path.kind == "predicate":
            return self._pairs(path.iri) >> SHIFT
        if path.kind == "inverse":
            inner = path.parts[0]
            return self._pairs(inner.iri) & LOW if inner.kind == "predicate" else self.starts(inner.inverted())
        if path.kind == "sequence":
            found = [NONE]
            for number, part in enumerate(path.parts):
                found.append(self._back(path.parts[:number], self.starts(part)))
            return np.concatenate(found)
        behind = np.concatenate([NONE, *map(self.starts, path.parts)])
        if path.kind in ("zeroOrMore", "oneOrMore"):
            return self._back((Path("zeroOrMore", parts=path.parts),), behind)
        return behind

    def _back(self, parts: tuple[Path, ...], nodes: Numbers) -> Numbers:
        """Go back from some nodes, against the direction of a sequence of paths."""
        for part in reversed(parts):
            nodes = distinct(self.graph.walk(part.inverted(), distinct(nodes))[1]) if len(nodes) else nodes
        return nodes

    def _pairs(self, iri: str) -> Numbers:
        """Give the changed pairs of a predicate."""
        return self._by_predicate.get(iri, NONE)

    @cached_property
    def _by_predicate(self) -> dict[str, Numbers]:
        """Sort the changed triples by predicate."""
        names = distinct(self.changed[:, 1])
        packed = self.changed[:, 0] << SHIFT | self.changed[:, 2]
        return {self.graph.terms[n].value: packed[self.changed[:, 1] == n] for n in names.tolist()}

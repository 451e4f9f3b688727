"""The default engine: each constraint is checked for all its focus nodes at once, over columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gcmgraph.errors import ReadError
from gcmgraph.reasoning.columns import NONE, among, distinct
from gcmgraph.shacl.checks import CHECKS
from gcmgraph.shacl.custom import Sparql
from gcmgraph.shacl.graph import DataGraph
from gcmgraph.shacl.paths import predicate
from gcmgraph.shacl.queries import Queries
from gcmgraph.shacl.query_paths import with_path
from gcmgraph.shacl.results import Result
from gcmgraph.shacl.violations import Nodes, Violations

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import pyoxigraph as ox

    from gcmgraph.reasoning.columns import Mask, Numbers
    from gcmgraph.shacl.index import Term
    from gcmgraph.shacl.model import Constraint, Shape
    from gcmgraph.shacl.shapes import Shapes

ROUNDS = 1000


def evaluate(
    shapes: Shapes,
    triples: Iterable[ox.Triple] | DataGraph,
    *,
    focus: Callable[[Shape, Numbers], Numbers] | None = None,
    note: Callable[[str], None] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[list[Result], dict[Term, int]]:
    """Validate a graph.

    Args:
        shapes: the shapes.
        triples: the data, with the class tree; as triples, or as columns already.
        focus: takes a shape and its target nodes and gives those to look at; all by default.
        note: called with the name of each shape before its turn.
        progress: called with the number of shapes done and their total.

    Returns:
        The results, by shape; and how many target nodes each targeted shape looked at.

    Raises:
        ReadError: a shape cannot be run.
    """
    graph = triples if isinstance(triples, DataGraph) else DataGraph.of(triples)
    engine = Engine(shapes, graph)
    results: list[Result] = []
    looked: dict[Term, int] = {}
    for done, shape in enumerate(shapes.targeted):
        if note:
            note(f"shape {shape.node}")
        nodes = graph.targets(shape)
        nodes = focus(shape, nodes) if focus else nodes
        looked[shape.node] = len(nodes)
        results += engine.results(shape, nodes)
        if progress:
            progress(done + 1, len(shapes.targeted))
    return results, looked


class Engine:
    """Shapes over one graph.

    Attributes:
        shapes: the shapes.
        graph: the data.
        queries: runs the SPARQL of shapes.
    """

    def __init__(self, shapes: Shapes, graph: DataGraph) -> None:
        self.shapes = shapes
        self.graph = graph
        texts = [
            with_path(s, c.parameter) for s in shapes.all() for c in s.constraints if isinstance(c.parameter, Sparql)
        ]
        self.queries = Queries(graph, shapes.index, texts)
        self._running: list[Term] = []
        self._assumed: dict[Term, Numbers] = {}
        self._asked: dict[Term, Numbers] = {}

    def results(self, shape: Shape, focus: Numbers) -> list[Result]:
        """Validate focus nodes against a shape."""
        for _ in range(ROUNDS):
            found = self.find(shape, focus)
            if self._settled():
                return [result for one in found for result in self._results(one)]
        problem = f"{shape.node} refers to itself under a negation, and has no stable result"
        raise ReadError("shapes", problem, "take the shape out of its own definition")

    def find(self, shape: Shape, focus: Numbers) -> list[Violations]:
        """Find the violations of a shape among focus nodes."""
        if shape.deactivated or not len(focus):
            return []
        place, value = self.graph.walk(shape.path, focus) if shape.path else (np.arange(len(focus)), focus)
        nodes = Nodes(focus, place, value)
        self._running.append(shape.node)
        try:
            return [found for constraint in shape.constraints for found in self._check(shape, constraint, nodes)]
        finally:
            self._running.pop()

    def failing(self, node: Term, numbers: Numbers) -> Mask:
        """Tell which of some nodes do not conform to a shape.

        Where a shape leads back to itself, nodes are taken to conform until they are found not to.
        """
        each = distinct(numbers)
        if node in self._running:
            asked = self._asked.get(node, NONE)
            self._asked[node] = distinct(np.concatenate([asked, each]))
            return among(self._assumed.get(node, NONE), numbers)
        bad = distinct(np.concatenate([NONE, *(each[one.owner] for one in self.find(self.shapes.shape(node), each))]))
        return among(bad, numbers)

    def _settled(self) -> bool:
        """Look at what was assumed of shapes that lead back to themselves; tell whether it was right."""
        before = {node: len(self._asked[node]) for node in self._asked}
        wrong = False
        for node in list(self._asked):
            each = self._asked[node]
            found = [each[one.owner] for one in self.find(self.shapes.shape(node), each)]
            bad = distinct(np.concatenate([NONE, *found]))
            wrong |= not np.array_equal(bad, self._assumed.get(node, NONE))
            self._assumed[node] = bad
        return not wrong and before == {node: len(self._asked[node]) for node in self._asked}

    def _check(self, shape: Shape, constraint: Constraint, nodes: Nodes) -> Iterable[Violations]:
        """Check one constraint."""
        if constraint.kind == "Property":
            return self._property(constraint, nodes)
        if constraint.kind == "SPARQL" or constraint.kind not in CHECKS:
            return self.queries.check(shape, constraint, nodes)
        owner, value, *path = CHECKS[constraint.kind](self, constraint.parameter, nodes)
        if not len(owner):
            return []
        return [Violations(shape, constraint, owner, nodes.focus[owner], value, path[0] if path else None)]

    def _property(self, constraint: Constraint, nodes: Nodes) -> Iterable[Violations]:
        """Check a property shape on the value nodes; a node that several focus nodes have is told for each."""
        shape = self.shapes.shape(constraint.parameter)  # type: ignore[arg-type]
        if shape.node in self._running:
            bad = self.failing(shape.node, nodes.value)
            if bad.any():
                yield Violations(shape, constraint, nodes.place[bad], nodes.focus[nodes.place[bad]], nodes.value[bad])
            return
        each = distinct(nodes.value)
        order = np.argsort(nodes.value, kind="stable")
        ordered = nodes.value[order]
        for found in self.find(shape, each):
            low = np.searchsorted(ordered, each[found.owner])
            sizes = np.searchsorted(ordered, each[found.owner], side="right") - low
            row = np.repeat(np.arange(len(found.owner)), sizes)
            place = np.repeat(low - np.cumsum(sizes) + sizes, sizes) + np.arange(len(row))
            yield found.picked(row, nodes.place[order[place]])

    def _results(self, found: Violations) -> Iterable[Result]:
        """Give violations as results."""
        terms, shape = self.graph.terms, found.shape
        for row, (focus, value) in enumerate(zip(found.focus.tolist(), found.value.tolist(), strict=True)):
            term = terms[value] if value >= 0 else None
            path = shape.path if found.path is None else predicate(terms[int(found.path[row])].value)
            told = found.told[row] if found.told else None
            yield Result(
                terms[focus],
                told.path if told and told.path else path,
                told.value if told and told.value is not None else term,
                shape.node,
                found.constraint.component,
                (told.severity if told else "") or shape.severity,
                told.messages if told else shape.messages,
                told.constraint if told else None,
            )

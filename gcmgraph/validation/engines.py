"""The engines that evaluate shapes, behind one interface.

The default one evaluates over columns; "pyshacl" is the reference; "sparql" asks a store, which may be anywhere.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pyoxigraph as ox

from gcmgraph.errors import UnknownNameError
from gcmgraph.reasoning.columns import NONE, among, distinct
from gcmgraph.shacl.graph import BLANK
from gcmgraph.shacl.model import Target

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gcmgraph.reasoning.columns import Numbers
    from gcmgraph.shacl.index import Term
    from gcmgraph.shacl.model import Shape
    from gcmgraph.shacl.results import Result
    from gcmgraph.shacl.shapes import Shapes
    from gcmgraph.validation.loading import Loaded

    Evaluated = tuple[list[Result], dict[Term, int]]

ENGINES = ("default", "pyshacl", "sparql")


@dataclass(frozen=True)
class Scope:
    """Which nodes are looked at.

    Attributes:
        nodes: their numbers, sorted; None for all.
        by_shape: for each shape with a target, the nodes that it has to look at; None for all. A shape that is not
            there looks at none; without a mapping, all shapes look at all.
    """

    nodes: Numbers | None = None
    by_shape: Mapping[Term, Numbers | None] | None = None

    def of(self, shape: Shape, targets: Numbers) -> Numbers:
        """Choose among the target nodes of a shape."""
        own = None if self.by_shape is None else self.by_shape.get(shape.node, NONE)
        for wanted in (own, self.nodes):
            if wanted is not None:
                few, many = sorted((wanted, targets), key=len)
                targets = few[among(many, few)]
        return targets

    def union(self, shapes: Shapes, data: Loaded) -> Numbers:
        """List the nodes that any shape looks at."""
        found = (self.of(shape, data.graph.targets(shape)) for shape in shapes.targeted)
        return distinct(np.concatenate([NONE, *found]))


def _aimed(shapes: Shapes, scope: Scope, data: Loaded) -> tuple[Shapes, set[Term]]:
    """Give shapes that look at what is in scope, and target nodes out of scope that they look at nevertheless.

    A query cannot name a blank node: a shape that is to look at one looks at all its targets.
    """
    terms, kinds, outside = data.graph.terms, data.graph.kinds(), set()
    named: dict[Term, tuple[Target, ...]] = {}
    for shape in shapes.targeted:
        targets = data.graph.targets(shape)
        chosen = scope.of(shape, targets)
        if (kinds[chosen] == BLANK).any():
            outside |= {terms[number] for number in np.setdiff1d(targets, chosen).tolist()}
        else:
            named[shape.node] = tuple(Target("Node", terms[number]) for number in chosen.tolist())
    return shapes.aimed(lambda shape: named.get(shape.node, shape.targets)), outside


def require_engine(name: str) -> None:
    """Refuse an engine that does not exist."""
    if name not in ENGINES:
        raise UnknownNameError("engine", name, ENGINES)


def evaluate(  # noqa: PLR0913  (what to check, how, and who is told)
    engine: str,
    shapes: Shapes,
    data: Loaded,
    scope: Scope,
    *,
    progress: Callable[[int, int], None] | None = None,
    note: Callable[[str], None] | None = None,
) -> Evaluated:
    """Validate the nodes in focus.

    Args:
        engine: one of ENGINES.
        shapes: the shapes.
        data: the asserted graph with the class tree.
        scope: the nodes to look at. An engine that cannot tell shapes apart looks by each shape at the nodes of all.
        progress: called with the number of shapes or nodes done and their total.
        note: called with what is being checked, before it is.

    Returns:
        The results, and how many target nodes each shape looked at.

    Raises:
        FailureError: a shape cannot be run by this engine.
    """
    if engine == "default":
        from gcmgraph.shacl.engine import evaluate as over_columns

        return over_columns(shapes, data.graph, focus=scope.of, note=note, progress=progress)
    looked: dict[Term, int] = {shape.node: len(scope.of(shape, data.graph.targets(shape))) for shape in shapes.targeted}
    terms = data.graph.terms.listed()
    in_focus = {terms[number] for number in scope.union(shapes, data).tolist()}
    if engine == "pyshacl":
        from gcmgraph.shacl.reference import evaluate as refer

        names = {term.value for term in in_focus}
        return refer(shapes, data.triples(), progress=progress, focus=names), looked
    from gcmgraph.reasoning.literals import written_forms
    from gcmgraph.shacl.sparql_engine import ask_store
    from gcmgraph.shacl.sparql_engine import evaluate as ask

    store = ox.Store()
    store.bulk_extend(ox.Quad(t.subject, t.predicate, t.object) for t in data.triples())
    literals = [term for term in terms if isinstance(term, ox.Literal)]
    forms, written = written_forms(literals), {str(term): term for term in literals}
    is_whole = scope.nodes is None and scope.by_shape is None
    chosen, outside = (shapes, set()) if is_whole else _aimed(shapes, scope, data)
    found = [result for result in ask(chosen, ask_store(store))[0] if result.focus not in outside]
    values = [written.get(forms.get(str(result.value), ""), result.value) for result in found]
    return [replace(result, value=value) for result, value in zip(found, values, strict=True)], looked

"""Value nodes to check and violations found, as columns."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyoxigraph as ox

    from gcmgraph.reasoning.columns import Numbers
    from gcmgraph.shacl.index import Term
    from gcmgraph.shacl.model import Constraint, Shape
    from gcmgraph.shacl.paths import Path


@dataclass(frozen=True)
class Nodes:
    """Focus nodes with their value nodes.

    Attributes:
        focus: the numbers of the focus nodes, each once.
        place: the position of the focus node, for each value node, in order.
        value: the numbers of the value nodes.
    """

    focus: Numbers
    place: Numbers
    value: Numbers


@dataclass(frozen=True)
class Told:
    """What a query told of one violation."""

    messages: tuple[ox.Literal, ...]
    severity: str = ""
    path: Path | None = None
    value: Term | None = None
    constraint: Term | None = None


@dataclass(frozen=True)
class Violations:
    """Violations of one constraint, one row each.

    Attributes:
        shape: the shape whose constraint it is.
        constraint: the constraint.
        owner: the position of the node that was validated.
        focus: the number of the focus node.
        value: the number of the offending value node, or -1.
        path: the numbers of predicates, where they stand in place of the shape's path.
        told: what a query told, row by row.
    """

    shape: Shape
    constraint: Constraint
    owner: Numbers
    focus: Numbers
    value: Numbers
    path: Numbers | None = None
    told: tuple[Told, ...] = ()

    def picked(self, rows: Numbers, owner: Numbers) -> Violations:
        """Take some rows, for other owners."""
        path = None if self.path is None else self.path[rows]
        told = tuple(self.told[row] for row in rows.tolist()) if self.told else ()
        return replace(self, owner=owner, focus=self.focus[rows], value=self.value[rows], path=path, told=told)

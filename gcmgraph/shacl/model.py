"""What a shape is: its path, its targets and its constraints, as values.

Source:
    SHACL, sections 2.1 (shapes) and 4 (core constraint components).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyoxigraph as ox

from gcmgraph.namespaces import PREFIXES
from gcmgraph.shacl.custom import Component, Sparql

if TYPE_CHECKING:
    from gcmgraph.shacl.index import Term
    from gcmgraph.shacl.paths import Path

SH = PREFIXES["sh"]


@dataclass(frozen=True)
class Target:
    """A target declaration: "Class", "Node", "ObjectsOf" or "SubjectsOf", with its term."""

    kind: str
    term: Term


@dataclass(frozen=True)
class Pattern:
    """A regular expression of SPARQL's REGEX, with its flags."""

    text: str
    flags: str = ""


@dataclass(frozen=True)
class Qualified:
    """A qualified value shape, with its counts; siblings are the shapes to which a counted value must not conform."""

    shape: Term
    least: int | None
    most: int | None
    siblings: tuple[Term, ...] = ()


@dataclass(frozen=True)
class Custom:
    """A constraint component that the shapes graph defines, with the values of its parameters."""

    component: Component
    values: tuple[tuple[str, Term], ...]


Parameter = (
    int
    | bool
    | ox.NamedNode
    | ox.BlankNode
    | ox.Literal
    | tuple[ox.NamedNode | ox.BlankNode | ox.Literal, ...]
    | Pattern
    | Qualified
    | Sparql
    | Custom
)


@dataclass(frozen=True)
class Constraint:
    """One constraint of a shape.

    Attributes:
        component: the IRI of its component.
        parameter: a term for Class, Datatype, NodeKind, HasValue, bounds, pairs of properties, Node, Property and Not
            (the node of the shape); a number for counts and lengths; a tuple of terms for In, LanguageIn and Closed
            (the properties that are allowed) and of shapes for And, Or and Xone; True for UniqueLang; else what its
            class says. Of a qualified shape with both counts there are two constraints.
    """

    component: str
    parameter: Parameter

    @property
    def kind(self) -> str:
        """The component's name without "ConstraintComponent", if it is one of SHACL's; else its IRI."""
        return self.component.removeprefix(SH).removesuffix("ConstraintComponent")


@dataclass(frozen=True)
class Shape:
    """A node shape, or a property shape, which has a path.

    Attributes:
        node: its node in the shapes graph.
        path: the path of a property shape.
        targets: what it looks at; that of a shape that is a class is the class.
        constraints: in the order of their components.
        severity: an IRI.
        messages: as the shape gives them.
        deactivated: whether it is to be passed over.
        name: sh:name, else rdfs:label; empty if none.
        description: sh:description; empty if none.
    """

    node: Term
    path: Path | None
    targets: tuple[Target, ...]
    constraints: tuple[Constraint, ...]
    severity: str
    messages: tuple[ox.Literal, ...]
    deactivated: bool
    name: str = ""
    description: str = ""

"""What is known beside a finding when a way out is looked for: names, shapes, places."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyoxigraph as ox

from gcmgraph.mending.nearby import FAR, Budget, Nearby, distance, nearest_of
from gcmgraph.namespaces import PREFIXES
from gcmgraph.reasoning.columns import LOW, SHIFT, among, distinct

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gcmgraph.findings import Edit
    from gcmgraph.mending.nearby import Near
    from gcmgraph.mending.pen import Pen
    from gcmgraph.shacl.index import Term
    from gcmgraph.shacl.model import Constraint, Shape
    from gcmgraph.shacl.results import Result
    from gcmgraph.shacl.shapes import Shapes
    from gcmgraph.validation.loading import Loaded

RDF, RDFS, OWL = PREFIXES["rdf"], PREFIXES["rdfs"], PREFIXES["owl"]
PROPERTIES = (
    *(RDF + name for name in ("Property",)),
    *(OWL + name for name in ("ObjectProperty", "DatatypeProperty", "AnnotationProperty")),
)
TAG = re.compile(r"[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*|\*")
CLASSES = (OWL + "Class", RDFS + "Class")


class Case(NamedTuple):
    """A result with its shape and the constraint that was not met.

    Attributes:
        path: the IRI of the property, if the path is one; else empty.
    """

    result: Result
    shape: Shape
    constraint: Constraint
    focus: Term
    path: str
    value: Term | None


class Remedy(NamedTuple):
    """A way out.

    Attributes:
        words: what to do.
        concrete: whether it names something of this very case, and is told beside the advice of the shape.
        edits: a safe mend.
        value: what the mend writes in the place of the value, if it does.
    """

    words: str
    concrete: bool = True
    edits: tuple[Edit, ...] = ()
    value: Term | None = None


@dataclass
class Aid:
    """What the data and the shapes know.

    Attributes:
        data: the files.
        shapes: the shapes.
        pen: writes into the files.
        budget: how many names may still be compared.
        looks: how many nested shapes may still be looked into.
    """

    data: Loaded
    shapes: Shapes
    pen: Pen
    budget: Budget = field(default_factory=Budget)
    looks: int = 200
    _used: dict[tuple[str | int, ...], Term | None] = field(default_factory=dict)
    _listed: dict[str, list[str]] = field(default_factory=dict)
    _instances: dict[str, Nearby] = field(default_factory=dict)
    _described: dict[str, Nearby] = field(default_factory=dict)

    def describes(self, iri: str) -> bool:
        """Tell whether some file describes an IRI."""
        number = self.data.graph.terms.find(ox.NamedNode(iri))
        return number >= 0 and bool(len(self.data.rows_with(ox.NamedNode(iri))))

    def is_a(self, node: Term, one: str) -> bool:
        """Tell whether a node is an instance of a class."""
        number = self.data.graph.terms.find(node)
        return bool(among(self.data.graph.instances(ox.NamedNode(one)), np.array([number]))[0])

    def instances(self, one: str) -> list[str]:
        """List the instances of a class that have a name."""
        if one not in self._listed:
            terms = self.data.graph.terms
            found = (terms[number] for number in self.data.graph.instances(ox.NamedNode(one)).tolist())
            self._listed[one] = [term.value for term in found if isinstance(term, ox.NamedNode)]
        return self._listed[one]

    def near_instance(self, iri: str, one: str) -> Near:
        """Find the instances of a class whose names are nearest."""
        if one not in self._instances:
            self._instances[one] = Nearby(self.instances(one), self.budget)
        return self._instances[one].near(iri)

    def near_record(self, iri: str) -> Near:
        """Find the described names that are nearest."""
        namespace = iri[: max(iri.rfind(mark) for mark in "/#") + 1]
        if namespace not in self._described:
            self._described[namespace] = Nearby(self.described(namespace), self.budget)
        return self._described[namespace].near(iri)

    def near_property(self, iri: str, among: Iterable[str] | None = None) -> Near:
        """Find the known properties, or some, whose names are nearest; in another namespace if it is as near."""
        if among is None:
            return self._properties.near(iri)
        compared = [(distance(iri.lower(), other.lower()), other) for other in among if other != iri]
        return nearest_of([(errors, other) for errors, other in compared if errors < FAR], iri.rpartition("/")[2])

    def near_class(self, iri: str) -> Near:
        """Find the known classes whose names are nearest."""
        return self._classes.near(iri)

    def is_class(self, iri: str) -> bool:
        """Tell whether a class is one that the shapes name, or that is described."""
        return iri in self._class_names

    def is_known(self, iri: str) -> bool:
        """Tell whether a property exists, as far as the shapes, the data or a public vocabulary tell."""
        return iri in self._spoken_of or self.describes(iri) or _is_public(iri)

    def example(self, node: Term, path: str) -> Term | None:
        """Give a value that a record has of a property, of the same class as a node if there is one."""
        graph = self.data.graph
        types = graph.relation(f"{RDF}type").objects(graph.numbers([node]))[1].tolist()
        key = (path, *types)
        if key not in self._used:
            pairs = graph.relation(path).pairs()
            alike = (pairs[among(graph.instances(graph.terms[number]), pairs >> SHIFT)] for number in types)
            self._used[key] = next((graph.terms[int(own[0]) & LOW] for own in (*alike, pairs) if len(own)), None)
        return self._used[key]

    def uses(self, iri: str) -> int:
        """Count the triples with a property."""
        return len(self.data.graph.relation(iri))

    @cached_property
    def _spoken_of(self) -> set[str]:
        """The properties that the shapes speak of."""
        found = {iri for shape in self.shapes.all() if shape.path for iri in shape.path.predicates()}
        for shape in self.shapes.all():
            for constraint in shape.constraints:
                if constraint.kind == "Closed":
                    found |= {term.value for term in constraint.parameter}  # type: ignore[union-attr]
                elif constraint.kind in {"Equals", "Disjoint", "LessThan", "LessThanOrEquals"}:
                    found.add(constraint.parameter.value)  # type: ignore[union-attr]
        return found

    def described(self, namespace: str = "") -> list[str]:
        """List all names that are described, or those of a namespace."""
        terms = self.data.graph.terms
        subjects = (terms[number] for number in self._subjects)
        names = (term.value for term in subjects if isinstance(term, ox.NamedNode))
        return [name for name in names if name.startswith(namespace)]

    @cached_property
    def _subjects(self) -> Sequence[int]:
        """The numbers of all that is described."""
        found: Sequence[int] = distinct(self.data.graph.rows[:, 0]).tolist()
        return found

    @cached_property
    def _properties(self) -> Nearby:
        """The names of the properties that exist."""
        return Nearby({*self._spoken_of, *(iri for one in PROPERTIES for iri in self.instances(one))}, self.budget)

    @cached_property
    def _class_names(self) -> set[str]:
        """The names of the classes that exist."""
        named = {t.term.value for shape in self.shapes.targeted for t in shape.targets if t.kind == "Class"}
        return {*named, *(iri for one in CLASSES for iri in self.instances(one))}

    @cached_property
    def _classes(self) -> Nearby:
        """The same, ready to be compared."""
        return Nearby(self._class_names, self.budget)


def languages(shape: Shape) -> list[str]:
    """List the languages that a shape allows; none if it allows any."""
    given = (c.parameter for c in shape.constraints if c.kind == "LanguageIn")
    return [term.value for terms in given for term in terms if TAG.fullmatch(term.value)]  # type: ignore[union-attr]


def _is_public(iri: str) -> bool:
    """Tell whether a public vocabulary that rdflib knows has a term."""
    from rdflib import URIRef
    from rdflib.namespace import DC, DCAT, DCTERMS, FOAF, ORG, OWL, PROV, RDF, RDFS, SDO, SH, SKOS, TIME, VOID

    spaces = (DC, DCAT, DCTERMS, FOAF, ORG, OWL, PROV, RDF, RDFS, SDO, SH, SKOS, TIME, VOID)
    return any(iri.startswith(str(space)) and URIRef(iri) in space for space in spaces)

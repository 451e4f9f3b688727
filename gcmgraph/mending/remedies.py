"""A way out of each finding: what to do in words, and an edit where there is no doubt.

An edit is safe if it makes its finding disappear and makes no new one.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pyoxigraph as ox

from gcmgraph.errors import ReadError, nearest
from gcmgraph.mending import property_ways, value_ways
from gcmgraph.mending.aid import Aid, Case, Remedy
from gcmgraph.mending.pen import Pen, without_prefix, words
from gcmgraph.namespaces import PREFIXES, curie
from gcmgraph.places.positions import Located
from gcmgraph.project import shown
from gcmgraph.reasoning.columns import LOW
from gcmgraph.shacl.checks import CHECKS
from gcmgraph.shacl.engine import Engine
from gcmgraph.shacl.messages import default_message
from gcmgraph.shacl.model import Constraint, Custom, Qualified, Shape
from gcmgraph.shacl.paths import predicate
from gcmgraph.shacl.results import Result
from gcmgraph.shacl.violations import Nodes
from gcmgraph.shacl.wording import in_words

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from gcmgraph.findings import Edit, Finding
    from gcmgraph.mending.nearby import Near
    from gcmgraph.mending.pen import Stated
    from gcmgraph.shacl.index import Term
    from gcmgraph.shacl.shapes import Shapes
    from gcmgraph.validation.loading import Loaded
    from gcmgraph.validation.placing import Placing

RDF = PREFIXES["rdf"]
DEPTH = 4
LOOSE, MOST = 10, 2000
_NO_SHAPE = Shape(ox.BlankNode(), None, (), (), "", (), deactivated=False)


def _node(name: str) -> ox.NamedNode | ox.BlankNode:
    """Make the node that a finding is about."""
    return ox.NamedNode(name) if ":" in name else ox.BlankNode(name)


def _columns(stated: Stated, *, is_verb: bool) -> dict[str, Any]:
    """Tell where the predicate or the object of a triple stands."""
    span = stated.located.span(stated.told.verb if is_verb else stated.told.place)
    places = {"file": shown(stated.file), "line": span.line, "column": span.column, "end_line": span.end_line}
    return {**places, "end_column": span.end_column, "excerpt": stated.located.excerpt(span.line)}


class Remedies:
    """Finds ways out."""

    def __init__(self, data: Loaded, shapes: Shapes, places: Placing, editable: Collection[Path]) -> None:
        """Prepare; nothing is looked up before it is asked for.

        Args:
            data: the files.
            shapes: the shapes.
            places: finds what the files say.
            editable: the files that may be mended.
        """
        self._aid = Aid(data, shapes, Pen(places, editable))
        self._loose: dict[str, str] = {}

    def advised(self, finding: Finding, result: Result) -> Finding:
        """Give the finding of a result with its way out; what the shape itself advises stands first."""
        found = self.remedy(result)
        parts = [finding.advice] if finding.advice else []
        if found.concrete or not parts:
            parts.append(found.words)
        return replace(finding, advice="; ".join(parts), edits=found.edits)

    def linted(self, finding: Finding) -> Finding:
        """Give what was found beside SHACL with its way out."""
        named = dict.fromkeys(("unknown-term", "unknown-record"), self.named)
        ways = {"ill-typed": self.typed, "unused-prefix": self.unused, **named}
        return ways[finding.rule](finding) if finding.rule in ways else finding

    def unused(self, finding: Finding) -> Finding:
        """Give the finding of a prefix that is never used with the edit that takes out its line."""
        files = [path for path in self._aid.pen.editable if shown(path) == finding.file]
        read = [(path, self._aid.pen.places.files.of(path)) for path in files]
        edits = [without_prefix(path, one.data, finding.line) for path, one in read if isinstance(one, Located)]
        return replace(finding, edits=tuple(edit for edit in edits if edit))

    def typed(self, finding: Finding) -> Finding:
        """Give the finding of a literal whose text is none of its datatype's with its way out."""
        triple = next(iter(ox.parse(f"<a:a> <a:a> {finding.value} .", format=ox.RdfFormat.N_TRIPLES))).triple
        focus, path, value = _node(finding.focus), finding.path, triple.object
        if not isinstance(value, ox.Literal):
            return finding
        result = Result(focus, predicate(path), value, focus, "", "")
        case = Case(result, _NO_SHAPE, Constraint("", value.datatype), focus, path, value)
        found = value_ways.retyped(self._aid, case, value.datatype.value)
        return replace(finding, advice=found.words, edits=found.edits)

    def named(self, finding: Finding) -> Finding:
        """Give the finding of a name that does not exist with its column and the nearest that does."""
        focus = _node(finding.focus)
        name = ox.NamedNode(finding.value[1:-1])
        is_verb = name.value == finding.path
        near = self._near(name.value, finding.path)
        stated = self._aid.pen.stated(focus, finding.path, None if is_verb else name)
        edits: tuple[Edit, ...] = ()
        if near.sure and is_verb:
            edits = self._aid.pen.renamed(focus, finding.path, near.names[0])
        elif near.sure:
            edits = self._aid.pen.revalued(focus, finding.path, name, ox.NamedNode(near.names[0]))
        names = " or ".join(f"'{curie(other)}'" for other in near.names)
        advice = f"did you mean {names}?" if names else self._loosely(name.value)
        return replace(finding, advice=advice, edits=edits, **(_columns(stated[0], is_verb=is_verb) if stated else {}))

    def idle(self, finding: Finding) -> Finding:
        """Give the finding that no shape found a node with the class that is nearest to one that a shape names."""
        graph = self._aid.data.graph
        types = [graph.terms[n].value for n in np.unique(graph.relation(f"{RDF}type").pairs() & LOW).tolist()[:1000]]
        near = {name: self._aid.near_class(name).names for name in types if not self._aid.is_class(name)}
        meant = [f"for {curie(name)}, did you mean {curie(found[0])}?" for name, found in near.items() if found]
        return replace(finding, advice="; ".join([finding.advice, *meant[:3]]))

    def _near(self, name: str, path: str) -> Near:
        """Find the nearest name that can stand in the place: a property, a class or a record."""
        if name == path:
            return self._aid.near_property(name)
        return self._aid.near_class(name) if path == f"{RDF}type" else self._aid.near_record(name)

    def _loosely(self, name: str) -> str:
        """Name some described names of the namespace that are a little like one, as long as it costs little."""
        if name not in self._loose and len(self._loose) < LOOSE:
            namespace = name[: max(name.rfind(mark) for mark in "/#") + 1]
            known = self._aid.described(namespace)[:MOST]
            self._loose[name] = nearest(curie(name), map(curie, known))
        return self._loose.get(name) or "describe it"

    def remedy(self, result: Result, depth: int = 0) -> Remedy:
        """Find the way out of a result."""
        shape = self._aid.shapes.shape(result.shape)
        constraint = self._constraint(shape, result)
        if constraint is None:
            return Remedy(f"change what {curie(result.component)} looks at", concrete=False)
        path = result.path.iri if result.path and result.path.kind == "predicate" else ""
        case = Case(result, shape, constraint, result.focus, path, result.value)
        if constraint.kind in property_ways.WAYS:
            return property_ways.WAYS[constraint.kind](self._aid, case)
        if constraint.kind in value_ways.WAYS:
            return self._checked(case, value_ways.WAYS[constraint.kind](self._aid, case))
        return self._of_parts(case, depth)

    def _constraint(self, shape: Shape, result: Result) -> Constraint | None:
        """Find the constraint of a result; of several of one kind the first that the value does not meet."""
        found = [one for one in shape.constraints if one.component == result.component]
        if len(found) > 1 and result.value is not None:
            unmet = (one for one in found if one.kind in value_ways.WAYS and not self._meets(one, result.value))
            return next(unmet, found[0])
        return found[0] if found else None

    @cached_property
    def _engine(self) -> Engine:
        """Evaluates shapes."""
        return Engine(self._aid.shapes, self._aid.data.graph)

    def _meets(self, constraint: Constraint, value: Term) -> bool:
        """Tell whether a value meets a constraint on single values."""
        one = np.array([self._aid.data.graph.terms.number(value)])
        owner = CHECKS[constraint.kind](self._engine, constraint.parameter, Nodes(one, np.array([0]), one))[0]
        return not len(owner)

    def _checked(self, case: Case, found: Remedy) -> Remedy:
        """Take back an edit whose value the same shape refuses."""
        if not found.edits or found.value is None:
            return found
        value, own = found.value, [one for one in case.shape.constraints if one.kind in value_ways.WAYS]
        return found if all(self._meets(one, value) for one in own) else found._replace(edits=())

    def _of_parts(self, case: Case, depth: int) -> Remedy:
        """Find the way out where a constraint names other shapes, or is the shapes' own."""
        kind, given = case.constraint.kind, case.constraint.parameter
        if kind in {"Node", "Property", "And"}:
            members = given if isinstance(given, tuple) else (given,)
            failed = [result for one in members for result in self._failed(case, one, depth)]  # type: ignore[arg-type]
            return self._all_of(failed, depth) or Remedy(f"make it {self._words(case)}")
        if kind in {"Or", "Xone"}:
            return self._one_of(case, depth)
        if kind == "Not":
            return Remedy(f"change it so that it is {self._words(case)}")
        if isinstance(given, Qualified):
            return self._qualified(case, given)
        if isinstance(given, Custom):
            return Remedy(f"give it {self._words(case)}", concrete=False)
        told = " or ".join(f"'{message.value}'" for message in case.result.messages[:1])
        rule = f"so that {told} is no longer true" if told else "that the query of the shape selects"
        return Remedy(f"change the values {rule}", concrete=False)

    def _words(self, case: Case) -> str:
        """Put a constraint in words."""
        return words(in_words(self._aid.shapes, replace(case.shape, constraints=(case.constraint,))))

    def _failed(self, case: Case, node: Term, depth: int) -> list[Result]:
        """Look into a shape that a value does not meet; what is wrong with the value itself is told of its triple."""
        self._aid.looks -= 1
        value = case.focus if case.value is None else case.value
        if depth >= DEPTH or self._aid.looks < 0:
            return []
        try:
            found = self._engine.results(self._aid.shapes.shape(node), self._aid.data.graph.numbers([value]))
        except ReadError:
            return []
        here = case.result.path
        return [
            replace(one, focus=case.focus, path=here) if here and one.focus == value and one.path is None else one
            for one in found
        ]

    def _all_of(self, failed: list[Result], depth: int) -> Remedy | None:
        """Tell each part that is not met; a mend of the only one mends the whole."""
        if not failed:
            return None
        told = [self.remedy(result, depth + 1) for result in failed[:3]]
        texts = [f"{self._problem(one)}: {way.words}" for one, way in zip(failed, told, strict=False)]
        more = f" (and {len(failed) - 3} more)" if len(failed) > 3 else ""
        edits = told[0].edits if len(failed) == 1 else ()
        return Remedy("; ".join(texts) + more, edits=edits)

    def _problem(self, result: Result) -> str:
        """Say in a few words what a result is about."""
        shape = self._aid.shapes.shape(result.shape)
        constraint = self._constraint(shape, result)
        path = result.path
        name = self._aid.pen.term(ox.NamedNode(path.iri), result.focus) if path and path.iri else str(path or "")
        return f"{name} ".lstrip() + (
            default_message(constraint) if constraint else f"violates {curie(result.component)}"
        )

    def _one_of(self, case: Case, depth: int) -> Remedy:
        """Tell the alternatives; one that a sure mend leads to, and no other, is taken."""
        members: tuple[Term, ...] = case.constraint.parameter  # type: ignore[assignment]
        if depth >= DEPTH:
            return Remedy(f"make it {self._words(case)}")
        failed = [self._failed(case, node, depth) for node in members]
        meets = sum(not one for one in failed)
        wanted = self._words(case)
        if self._aid.looks >= 0 and meets > 1:
            return Remedy(f"change it so that only one holds: it must be {wanted}, and meets {meets} of them")
        ways = [self._all_of(one, depth) for one in failed if len(one) == 1]
        mends = {way.edits: way for way in ways if way and way.edits}
        if len(mends) == 1 and meets == 0:
            ((edits, way),) = mends.items()
            return Remedy(way.words.partition(": ")[2], edits=edits)
        return Remedy(f"make it {wanted}")

    def _qualified(self, case: Case, given: Qualified) -> Remedy:
        """Tell which values count."""
        self._aid.looks -= 1
        if self._aid.looks < 0:
            return Remedy(f"state what makes it {self._words(case)}")
        graph = self._aid.data.graph
        values = property_ways.values_of(self._aid, case)
        numbers = np.array([graph.terms.number(value) for value in values], np.int64)
        counted = ~self._engine.failing(given.shape, numbers) if len(numbers) else np.zeros(0, bool)
        for sibling in given.siblings:
            counted &= self._engine.failing(sibling, numbers)
        good = [value for value, counts in zip(values, counted.tolist(), strict=True) if counts]
        shown = property_ways.placed(self._aid, case, good) if good else "none"
        wanted = self._words(case)
        if given.least is not None:
            return Remedy(f"state {given.least - len(good)} more; it takes {wanted}, and so far is {shown}")
        return Remedy(f"take out {len(good) - (given.most or 0)} of {shown}; it takes {wanted}")

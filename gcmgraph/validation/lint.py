"""Find names that mean nothing: terms that the ontology does not define, records that nothing describes."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np
import pyoxigraph as ox

from gcmgraph.findings import Finding
from gcmgraph.namespaces import GCM, ID, curie
from gcmgraph.reasoning.columns import distinct
from gcmgraph.shacl.datatypes import is_well_formed
from gcmgraph.shacl.shape_lint import lint_shapes
from gcmgraph.validation.placing import Unplaced

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gcmgraph.reasoning.columns import Numbers
    from gcmgraph.shacl.index import Term
    from gcmgraph.shacl.shapes import Shapes
    from gcmgraph.validation.loading import Loaded
    from gcmgraph.validation.shape_places import ShapePlaces

KINDS = ((GCM, "unknown-term", "is no term of the ontology"), (ID, "unknown-record", "is described nowhere"))


def unknown_names(loaded: Loaded, rows: Numbers) -> Iterator[Unplaced]:
    """Find terms of the ontology and records of the project that are named but do not exist.

    SHACL cannot: where a class is misspelt, no shape looks.

    Args:
        loaded: where a name must be described.
        rows: the triples to look through.
    """
    terms = loaded.graph.terms
    named = distinct(rows[:, 1:].ravel())
    missing = {}
    for number in named[~np.isin(named, loaded.graph.rows[:, 0])].tolist():
        term = terms[number]
        for base, rule, problem in KINDS:
            if isinstance(term, ox.NamedNode) and term.value.startswith(base):
                missing[number] = (term, rule, problem)
    if not missing:
        return
    wrong = list(missing)
    for triple in loaded.triples(rows[np.isin(rows[:, 1], wrong) | np.isin(rows[:, 2], wrong)]):
        for part in (triple.predicate, triple.object):
            if isinstance(part, ox.NamedNode) and terms.find(part) in missing:
                term, rule, problem = missing[terms.find(part)]
                told = {"severity": "violation", "problem": f"{curie(term.value)} {problem}", "advice": "describe it"}
                subject, value = cast("Term", triple.subject), cast("Term", triple.object)
                yield Unplaced(subject, triple.predicate.value, value, rule, {**told, "value": str(term)})


def ill_typed(loaded: Loaded, rows: Numbers) -> Iterator[Unplaced]:
    """Find literals whose text is none of their datatype's."""
    terms = loaded.graph.terms.listed()
    bad = []
    for number in distinct(rows[:, 2]).tolist():
        term = terms[number]
        if isinstance(term, ox.Literal) and not is_well_formed(term.value, term.datatype.value):
            bad.append(number)
    for subject, predicate, value in rows[np.isin(rows[:, 2], bad)].tolist() if bad else ():
        literal = cast("ox.Literal", terms[value])
        problem = f"'{literal.value}' is no well-formed {curie(literal.datatype.value)}"
        told = {"severity": "violation", "problem": problem, "advice": "mend the text or the datatype"}
        yield Unplaced(terms[subject], terms[predicate].value, literal, "ill-typed", told)


def shape_faults(shapes: Shapes, places: ShapePlaces) -> Iterator[Finding]:
    """Find what is wrong with shapes themselves, each at its place."""
    for fault in lint_shapes(shapes.index.triples):
        stated = ox.Triple(fault.subject, ox.NamedNode(fault.predicate), fault.object)  # type: ignore[arg-type]
        file, line = places.of_triple(stated)
        yield Finding(file, line, 0, fault.severity, fault.rule, fault.problem, fault.advice, fault.subject.value)

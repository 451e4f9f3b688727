"""Validate data where it is: at a SPARQL 1.1 endpoint that the user named."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pyoxigraph as ox

from gcmgraph.errors import FailureError
from gcmgraph.findings import LINTS, Finding, Report
from gcmgraph.mending.pen import words
from gcmgraph.namespaces import curie
from gcmgraph.shacl.results import to_triples
from gcmgraph.shacl.shapes import Shapes
from gcmgraph.shacl.sparql_engine import ask_endpoint, evaluate
from gcmgraph.shacl.wording import in_words
from gcmgraph.validation.lint import shape_faults
from gcmgraph.validation.loading import loaded
from gcmgraph.validation.placing import Placing
from gcmgraph.validation.run import NOTHING
from gcmgraph.validation.shape_places import ShapePlaces
from gcmgraph.validation.telling import as_result, looked_at, told

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from pathlib import Path

    from gcmgraph.shacl.results import Result


def validate_endpoint(  # noqa: PLR0913  (what to check, how, and who is told)
    endpoint: str,
    shape_files: Sequence[Path],
    *,
    skip_unsupported: bool = False,
    lints: Collection[str] = LINTS,
    timeout: int = 60,
    note: Callable[[str], None] | None = None,
) -> Report:
    """Validate what an endpoint's default graph holds, by queries; nothing else is fetched, and nothing changed.

    Args:
        endpoint: the address of its query service.
        shape_files: the shapes; together they are the shapes graph.
        skip_unsupported: pass over what no query can be made of, each with a finding "not-checked".
        lints: what is told of the shapes themselves, of `gcmgraph.findings.LINTS`.
        timeout: how many seconds to wait for an answer.
        note: called with what is asked, before it is.

    Returns:
        The findings, which name no file of data; values are as the server gives them. `checked` adds up the nodes that
        each shape looked at.

    Raises:
        ReadError: a file is missing or unreadable, or a shape is not well-formed.
        FailureError: a shape holds what does not compile to SPARQL, or what the server was found to answer wrong.
        EndpointError: the server cannot be reached, fails, or leaves rows out.
    """
    shape_places = ShapePlaces(shape_files)
    shapes = Shapes(shape_places.triples)
    passed_over: list[FailureError] = []

    def unsupported(error: FailureError) -> None:
        if not skip_unsupported:
            raise FailureError(error.where, error.problem, "pass over such with --skip-unsupported, or validate files")
        passed_over.append(error)

    if note:
        note(endpoint.rpartition("@")[2])
    results, looked = evaluate(shapes, ask_endpoint(endpoint, timeout=timeout), note=unsupported)
    nowhere = Placing(loaded({}))
    found = {_advised(told(result, shapes, nowhere, shape_places), result, shapes) for result in results}
    others = {_not_checked(error, shapes, shape_places) for error in passed_over}
    others |= {fault for fault in shape_faults(shapes, shape_places) if fault.rule in lints}
    others |= set() if any(looked.values()) else {NOTHING}
    results += [as_result(finding) for finding in sorted(others)]
    triples = tuple(to_triples(results, conforms=not results))
    return Report(tuple(sorted(found | others)), sum(looked.values()), triples, looked_at(looked, results, shapes))


def _advised(finding: Finding, result: Result, shapes: Shapes) -> Finding:
    """Say what the constraint asks for, where the shape does not say what to do."""
    if finding.advice:
        return finding
    shape = shapes.shape(result.shape)
    own = tuple(one for one in shape.constraints if one.component == result.component)
    wanted = words(in_words(shapes, replace(shape, constraints=own)))
    kind = own[0].kind if own else ""
    counts = {"MinCount": f"add a value of {shape.path}", "MaxCount": f"keep fewer values of {shape.path}"}
    others = f"make it {wanted}" if wanted else "take out the property, or allow it in the shape"
    return replace(finding, advice=counts.get(kind, others))


def _not_checked(error: FailureError, shapes: Shapes, places: ShapePlaces) -> Finding:
    """Tell what was passed over, with the place of its shape."""
    name = error.where.rpartition(" in ")[2]
    nodes = {triple.subject for triple in shapes.index.triples if isinstance(triple.subject, ox.NamedNode)}
    iri = next((node.value for node in nodes if curie(node.value) == name), "")
    problem = f"{error.where}: {error.problem}"
    finding = Finding("", 0, 0, "warning", "not-checked", problem, "check it with another engine, on files", shape=iri)
    file, line = places.of(ox.NamedNode(iri), shapes) if iri else ("", 0)
    return replace(finding, shape_file=file, shape_line=line)

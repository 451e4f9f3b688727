"""The reference engine: pySHACL, asked about chosen focus nodes in batches.

pySHACL has options to the same end, but with them it skips nested shapes or disregards targets, so the targets are
rewritten in its copy of the shapes.

Source:
    SHACL, sections 2.1.3 (targets) and 3.6 (validation report).
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import pyoxigraph as ox

from gcmgraph.errors import ReadError
from gcmgraph.namespaces import PREFIXES
from gcmgraph.shacl.index import Index
from gcmgraph.shacl.paths import read_path
from gcmgraph.shacl.results import Result
from gcmgraph.shacl.shapes import TARGETS

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    from rdflib import Graph
    from rdflib.term import Node

    from gcmgraph.shacl.index import Term
    from gcmgraph.shacl.shapes import Shapes

SH, RDF = PREFIXES["sh"], PREFIXES["rdf"]
BATCH = 500


def evaluate(
    shapes: Shapes,
    triples: Iterable[ox.Triple],
    *,
    progress: Callable[[int, int], None] | None = None,
    focus: Collection[str] | None = None,
) -> list[Result]:
    """Find what does not conform to shapes.

    Args:
        shapes: the shapes.
        triples: the data graph.
        progress: called with the number of focus nodes done and their total.
        focus: the nodes to look at, as IRIs and labels of blank nodes; all that the shapes target by default.

    Returns:
        The results, in order, with the terms as they are written in the data; without those that only tell the detail
        of another, and without the messages that pySHACL makes up.

    Raises:
        ReadError: a shape cannot be run.
    """
    from gcmgraph.terms import from_rdflib

    found = report(triples, shapes.index.triples, progress=progress, focus=focus)
    index = Index(ox.Triple(*map(from_rdflib, triple)) for triple in found)  # type: ignore[arg-type]
    details = {node for nodes in index.subjects(SH + "detail").values() for node in nodes}
    nodes = [node for node in index.instances(SH + "ValidationResult") if node not in details]
    return sorted((_result(index, node, shapes.index) for node in nodes), key=Result.key)


def report(
    triples: Iterable[ox.Triple],
    shapes: Iterable[ox.Triple],
    *,
    progress: Callable[[int, int], None] | None = None,
    focus: Collection[str] | None = None,
) -> Graph:
    """Gather the reports of all batches in one graph; the arguments are those of `evaluate`."""
    from rdflib import Graph

    from gcmgraph.terms import PreparedGraph, to_graph

    data, asked, gathered = PreparedGraph(), to_graph(shapes), Graph()
    data += to_graph(triples)
    _bind(data, asked)
    targets = _targets(data, asked)
    nodes = {node for own in targets.values() for node in own if focus is None or str(node) in focus}
    ordered = sorted(nodes, key=str)
    for start in range(0, max(len(ordered), 1), BATCH):
        batch = set(ordered[start : start + BATCH])
        gathered += _run(data, _aimed(asked, targets, batch))
        if progress:
            progress(min(start + BATCH, len(ordered)), len(ordered))
    return gathered


def _bind(data: Graph, shapes: Graph) -> None:
    """Tell the data graph the prefixes that shapes declare; pySHACL does not look for those that a node imports."""
    from rdflib import URIRef

    for declared in shapes.objects(None, URIRef(SH + "declare")):
        prefix, namespace = (shapes.value(declared, URIRef(SH + name)) for name in ("prefix", "namespace"))
        if prefix is not None and namespace is not None:
            data.bind(str(prefix), str(namespace), replace=True)


def _targets(data: Graph, shapes: Graph) -> dict[Node, set[Node]]:
    """Find the target nodes of each shape, and take its targets away."""
    from rdflib import RDF as RDF_
    from rdflib import RDFS, URIRef

    found: defaultdict[Node, set[Node]] = defaultdict(set)
    for kind in TARGETS:
        for shape, target in list(shapes.subject_objects(URIRef(SH + kind))):
            found[shape].update(_targeted(data, kind, target))
            shapes.remove((shape, URIRef(SH + kind), target))
    for one in (RDFS.Class, *list(shapes.subjects(RDFS.subClassOf, RDFS.Class))):
        for shape in list(shapes.subjects(RDF_.type, one)):
            if any(str(name).startswith(SH) for name in shapes.predicates(shape)):
                found[shape].update(_targeted(data, "targetClass", shape))
                shapes.remove((shape, RDF_.type, one))
    return found


def _targeted(data: Graph, kind: str, target: Node) -> Iterable[Node]:
    """Find the target nodes of a target declaration."""
    from rdflib import RDF as RDF_
    from rdflib import RDFS

    if kind == "targetClass":
        classes = data.transitive_subjects(RDFS.subClassOf, target)
        return {node for one in classes for node in data.subjects(RDF_.type, one)}
    if kind == "targetNode":
        return [target]
    return set(data.subjects(target) if kind == "targetSubjectsOf" else data.objects(None, target))


def _aimed(shapes: Graph, targets: dict[Node, set[Node]], batch: set[Node]) -> Graph:
    """Give a copy of shapes that targets the nodes of a batch."""
    from rdflib import Graph, URIRef

    aimed = Graph() + shapes
    for shape, own in targets.items():
        for node in own & batch:
            aimed.add((shape, URIRef(SH + "targetNode"), node))
    return aimed


def _run(data: Graph, shapes: Graph) -> Graph:
    """Run pySHACL once."""
    from pyshacl import validate
    from rdflib import Graph

    try:
        _, results, text = validate(data, shacl_graph=shapes, inplace=True)
    except Exception as error:  # a bad pattern or query in a shape comes out as whatever it met
        raise ReadError("shapes", f"cannot be run ({error})", "mend the shape") from error
    if not isinstance(results, Graph):
        raise ReadError("shapes", f"cannot be run ({text})", "mend the shape")
    return results


def _result(index: Index, node: Term, shapes: Index) -> Result:
    """Read one result of a report."""

    def value(name: str) -> Term | None:
        return index.value(node, SH + name)

    path, severity, component = value("resultPath"), value("resultSeverity"), value("sourceConstraintComponent")
    focus, shape, constraint = value("focusNode"), value("sourceShape"), value("sourceConstraint")
    if focus is None or shape is None or severity is None or component is None:
        raise ReadError("shapes", "pySHACL gives a result that is not complete", "report it to pySHACL")
    return Result(
        focus,
        None if path is None else read_path(index, path),
        value("value"),
        shape,
        component.value,
        severity.value,
        tuple(_messages(index, node, shapes)),
        constraint,
    )


def _messages(index: Index, node: Term, shapes: Index) -> Iterator[ox.Literal]:
    """List the messages of a result, but for the one that pySHACL makes up where the shape has none."""
    sources = [index.value(node, SH + name) for name in ("sourceShape", "sourceConstraint")]
    own = any(shapes.values(source, SH + "message") for source in sources if source is not None)
    component = index.value(node, SH + "sourceConstraintComponent")
    if own or (component is not None and not component.value.startswith(SH)):
        found = (text for text in index.values(node, SH + "resultMessage") if isinstance(text, ox.Literal))
        yield from sorted(found, key=str)

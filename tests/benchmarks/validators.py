"""Validate one file against one file of shapes with an engine by name, and print focus node and shape of each result.

    python tests/benchmarks/validators.py shacl-rust data.nt shapes.ttl

Each engine is asked as its own documentation says, and nothing is imported that it does not need: the whole process is
measured.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    Pair = tuple[str, str]

ROOT = Path(__file__).resolve().parent.parent.parent
SH = "http://www.w3.org/ns/shacl#"


def gcmgraph(data: str, _: str) -> Iterable[Pair]:
    """Validate a project, with the place of each finding and all that shapes do not say."""
    sys.path.insert(0, str(ROOT))
    from gcmgraph import Project, validate

    found = validate(Project(Path(data))).findings
    return [(one.focus, one.rule) for one in found if one.shape]


def default(data: str, shapes: str) -> Iterable[Pair]:
    """Run the default engine alone."""
    sys.path.insert(0, str(ROOT))
    import pyoxigraph as ox

    from gcmgraph.reading import read_triples
    from gcmgraph.shacl.engine import evaluate
    from gcmgraph.shacl.shapes import Shapes

    triples = [quad.triple for quad in ox.parse(path=data, format=ox.RdfFormat.N_TRIPLES)]
    results, _ = evaluate(Shapes(read_triples(Path(shapes))), triples)
    return [(one.focus.value, one.shape.value) for one in results]


def pyshacl(data: str, shapes: str) -> Iterable[Pair]:
    """Run pySHACL with its defaults."""
    from pyshacl import validate

    return _of_report(validate(data, shacl_graph=shapes)[1])


def pyshacl_turbo(data: str, shapes: str) -> Iterable[Pair]:
    """Run pyshacl-turbo with its defaults."""
    from pyshacl_turbo import validate

    return _of_report(validate(data, shacl_graph=shapes)[1])


def pyshifty(data: str, shapes: str) -> Iterable[Pair]:
    """Run pyshifty on the data alone, without inference."""
    from shifty import validate

    return _of_report(validate(Path(data), shacl_graph=Path(shapes), graph_mode="data", infer=False)[1])


def _of_report(report: object) -> Iterable[Pair]:
    """Read an rdflib graph, without the results that only tell the detail of another."""
    from rdflib import RDF, URIRef

    details = set(report.objects(None, URIRef(SH + "detail")))
    for node in report.subjects(RDF.type, URIRef(SH + "ValidationResult")):
        if node not in details:
            focus, shape = (report.value(node, URIRef(SH + name)) for name in ("focusNode", "sourceShape"))
            yield str(focus), str(shape)


def shacl(data: str, shapes: str) -> Iterable[Pair]:
    """Run shacl."""
    from shacl import Shapes

    results = Shapes.from_file(shapes).validate_file(data).results
    return [(one.focus_node[1:-1], one.source_shape[1:-1]) for one in results]


def shacl_rust(data: str, shapes: str) -> Iterable[Pair]:
    """Run shacl-rust with its index."""
    from shacl_rust import validate_file

    results = validate_file(data, shapes, experimental_index=True)["results"]
    return [(one["focusNode"][1:-1], one["sourceShape"][1:-1]) for one in results]


def pyrudof(data: str, shapes: str) -> Iterable[Pair]:
    """Run rudof."""
    from pyrudof import RDFFormat, Rudof, RudofConfig

    session = Rudof(RudofConfig())
    session.read_data(data, format=RDFFormat.NTriples)
    session.read_shacl(shapes)
    return [(str(one.focus_node), str(one.source_shape)) for one in session.validate_shacl()]


if __name__ == "__main__":
    for focus, shape in globals()[sys.argv[1].replace("-", "_")](*sys.argv[2:4]):
        print(f"{focus}\t{shape.rpartition('#')[2]}")

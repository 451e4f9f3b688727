"""On shapes and data that others published, the default engine finds what pySHACL finds.

They are not part of the project. The folder in GCMGRAPH_FOREIGN holds a folder for each set, with shapes/*.ttl, which
are taken together, and data/*.ttl, each of which is validated by itself. The sets that were compared:

- https://github.com/zazuko/cube-link: validation/ against test/;
- https://github.com/SEMICeu/DCAT-AP: the shapes and examples of releases/3.0.0 and releases/3.0.0-hvd.
"""

from __future__ import annotations

import os
from pathlib import Path

import pyoxigraph as ox
import pytest

from gcmgraph.errors import ReadError
from gcmgraph.shacl import reference
from gcmgraph.shacl.engine import evaluate
from gcmgraph.shacl.shapes import Shapes

FOREIGN = os.environ.get("GCMGRAPH_FOREIGN")
FILES = sorted(Path(FOREIGN).glob("*/data/*.ttl")) if FOREIGN else [None]


def triples(path) -> list[ox.Triple]:
    """Read a file, with a base for its relative IRIs."""
    found = ox.parse(path=path, format=ox.RdfFormat.TURTLE, base_iri="http://example.org/", rename_blank_nodes=True)
    return [quad.triple for quad in found]


def keys(results) -> set[tuple[str, ...]]:
    """Tell results apart by focus node, path, value and component."""
    return {(str(one.focus), str(one.path), str(one.value), one.component) for one in results}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("file", FILES, ids=lambda path: path and f"{path.parts[-3]}/{path.stem}")
def test_foreign_shapes_give_what_pyshacl_gives(file):
    """Both engines find the same focus nodes, paths, values and components."""
    if file is None:
        pytest.skip("there are no foreign shapes; name their folder in GCMGRAPH_FOREIGN")
    shapes = Shapes(t for path in sorted(file.parents[1].glob("shapes/*.ttl")) for t in triples(path))
    try:
        data = triples(file)
        expected = keys(reference.evaluate(shapes, data))
    except (SyntaxError, ReadError) as error:
        pytest.skip(f"pySHACL has no answer: {error}")
    assert keys(evaluate(shapes, data)[0]) == expected

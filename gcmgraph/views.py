"""The answer to a query as a picture: the view that its header names, with title and caption, as SVG or PNG."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import TYPE_CHECKING

from gcmgraph.charts import CHARTS, COLOURS, state_map
from gcmgraph.errors import FailureError, UnknownNameError, UsageError
from gcmgraph.namespaces import GRAPH, curie

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gcmgraph.charts import Chart, Row
    from gcmgraph.corpus import Corpus
    from gcmgraph.queries import View
    from gcmgraph.results import Results

SUFFIXES = (".svg", ".png", ".json")
SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
VERSION_INFO = "http://www.w3.org/2002/07/owl#versionInfo"


def release(corpus: Corpus) -> str:
    """Name the data that a picture shows: the version, and the first digits of the SHA-256 of the sorted triples."""
    version = next((t.object.value for t in corpus.triples() if t.predicate.value == VERSION_INFO), "")  # type: ignore[union-attr]
    data = (triples for name, triples in corpus.graphs.items() if name.startswith(f"{GRAPH}data/"))
    text = "\n".join(sorted({str(triple) for triples in data for triple in triples}))
    return f"gcmgraph {version}, data {sha256(text.encode()).hexdigest()[:12]}"


def chart(results: Results, view: View, *, labels: Mapping[str, str], codes: Mapping[str, str]) -> Chart:
    """Lay an answer out as a chart.

    Args:
        results: the rows of a query.
        view: the kind of chart, and the column that plays each role.
        labels: the label of each IRI that has one.
        codes: for maps, the M49 code of each State, by IRI.

    Returns:
        A Vega-Lite view, and under "shortened" a remark on what it leaves out.

    Raises:
        UsageError: the answer is not rows, has none, or lacks a column that the view names.
    """
    if results.kind != "rows":
        raise UsageError("", f"a {results.kind} cannot be drawn", "draw the answer to a SELECT query")
    missing = sorted(set(view.roles.values()) - set(results.variables))
    if missing:
        raise UsageError("", f"the answer has no column '{missing[0]}', which its view names")
    rows = _rows(results)
    if not rows:
        raise UsageError("", "the query gives no rows to draw", "try other parameters")
    if view.kind == "map":
        return state_map(rows, view.roles, codes, labels)
    roles = view.roles or {name: name for name in results.variables}
    return CHARTS[view.kind]([_shown(row, labels) for row in rows], roles)


def framed(body: Chart, title: str, caption: str) -> Chart:
    """Put a title above a chart and a caption below it.

    Returns:
        A Vega-Lite specification, complete in itself, as JSON values.
    """
    head = {"text": title, "subtitle": body["shortened"], "anchor": "start", "frame": "bounds", "fontSize": 15}
    foot = {"text": caption, "orient": "bottom", "anchor": "start", "fontSize": 10, "fontWeight": "normal"}
    return {
        "$schema": SCHEMA,
        "background": "white",
        "padding": 12,
        "title": {**foot, "color": "#555", "offset": 14},
        "vconcat": [
            {
                **{key: value for key, value in body.items() if key != "shortened"},
                "title": {**head, "subtitlePadding": 4, "offset": 12},
            }
        ],
        "config": {
            "font": "sans-serif",
            "view": {"stroke": None},
            "axis": {"labelFontSize": 11, "titleFontSize": 11, "labelLimit": 560, "grid": False},
            "range": {"category": COLOURS},
        },
    }


def render(spec: Chart, suffix: str) -> bytes:
    """Turn a chart into a file's bytes.

    Args:
        spec: a Vega-Lite specification.
        suffix: ".svg", ".png", or ".json" for the specification itself.

    Raises:
        UnknownNameError: there is no such format.
        FailureError: the plotting library is not installed.
    """
    if suffix not in SUFFIXES:
        raise UnknownNameError("picture format", suffix, SUFFIXES)
    if suffix == ".json":
        return (json.dumps(spec, indent=2, ensure_ascii=False) + "\n").encode()
    try:
        import vl_convert
    except ImportError as error:
        advice = "install it with pip install 'gcmgraph[plot]', or write the chart itself to a .json file"
        raise FailureError("", "drawing needs vl-convert-python", advice) from error
    if suffix == ".svg":
        return str(vl_convert.vegalite_to_svg(spec)).encode()
    return bytes(vl_convert.vegalite_to_png(spec, scale=2))


def _rows(results: Results) -> list[Row]:
    """Give the rows as texts, without the empty cells."""
    bindings = json.loads(results.payload)["results"]["bindings"]
    return [{name: term["value"] for name, term in row.items()} for row in bindings]


def _shown(row: Row, labels: Mapping[str, str]) -> Row:
    """Put labels in the place of IRIs."""
    return {name: labels.get(text) or (curie(text) if text.startswith("http") else text) for name, text in row.items()}

"""The charts that an answer can be drawn as, in Vega-Lite: bar, map, matrix, network, table, timeline."""

from __future__ import annotations

import json
import textwrap
from calendar import monthrange
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gcmgraph.namespaces import curie

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    Chart = dict[str, Any]
    Row = dict[str, str]

MOST = 60
WIDTH = 640
LINE = 20
# Okabe and Ito (2008): told apart by the colour-blind, and as greys
COLOURS = ["#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#000000"]
GEOMETRY = Path(__file__).with_name("countries-110m.json")


def _folded(names: Sequence[str], characters: int) -> Chart:
    """Let an axis on top show long names on several lines."""
    lines = {name: textwrap.wrap(name, characters, max_lines=6) for name in names}
    return {"labelExpr": f"{json.dumps(lines)}[datum.value]", "labelPadding": 12 * max(map(len, lines.values())) - 8}


def _short(text: str, characters: int, lines: int) -> str:
    """Fold a text into a few lines."""
    return "\n".join(textwrap.wrap(text, characters, max_lines=lines, placeholder=" ..."))


def _cut(items: Sequence[Any], noun: str, most: int = MOST) -> tuple[list[Any], str]:
    """Keep what fits on a page, and say what was left out."""
    left = f"the first {most} of {len(items)} {noun}" if len(items) > most else ""
    return list(items[:most]), left


def bar(rows: list[Row], roles: Mapping[str, str]) -> Chart:
    """Draw a bar a label, in the order of the answer."""
    label, value, group = roles["label"], roles.get("value", ""), roles.get("group", "")
    totals = _totals(rows, label, group, value)
    kept, left = _cut(list(dict.fromkeys(name for name, _ in totals)), f"{label} rows")
    values = [{label: name, group or "group": g, "value": n} for (name, g), n in totals.items() if name in set(kept)]
    y = {"field": label, "type": "nominal", "sort": kept, "title": None}
    x = {"field": "value", "type": "quantitative", "title": value or "rows", "axis": {"tickMinStep": 1}}
    colour = {"field": group, "type": "nominal"} if group else {"value": COLOURS[0]}
    text = {
        "mark": {"type": "text", "align": "left", "dx": 3, "fontSize": 10},
        "encoding": {"y": y, "x": x | {"aggregate": "sum"}, "text": {"aggregate": "sum", "field": "value"}},
    }
    bars = {"mark": "bar", "encoding": {"y": y, "x": x, "color": colour}}
    size = {"width": WIDTH, "height": {"step": LINE}}
    return {"data": {"values": values}, "layer": [bars, text], "shortened": left, **size}


def matrix(rows: list[Row], roles: Mapping[str, str]) -> Chart:
    """Draw a cell a pair, darker the larger, with its number."""
    row_name, column, value = roles["row"], roles["column"], roles.get("value", "")
    totals = _totals(rows, row_name, column, value)
    kept, left = _cut(list(dict.fromkeys(r for r, _ in totals)), f"{row_name} rows")
    values = [{row_name: r, column: c, "value": n} for (r, c), n in totals.items() if r in set(kept)]
    across = list(dict.fromkeys(c for _, c in totals))
    most = max(totals.values())
    step = max(72, min(150, WIDTH // len(across)))
    y = {"field": row_name, "type": "nominal", "sort": kept, "title": None}
    x = {
        "field": column, "type": "nominal", "sort": across, "title": None,
        "axis": {"orient": "top", "labelAngle": 0, "labelFontSize": 10, **_folded(across, step // 6)},
    }  # fmt: skip
    shade = _shade(value, "#eaf1f7", COLOURS[0])
    ink = {"condition": {"test": f"datum.value > {most * 0.55}", "value": "white"}, "value": "black"}
    cells = {"mark": {"type": "rect", "stroke": "white"}, "encoding": {"y": y, "x": x, "color": shade}}
    numbers = {
        "mark": {"type": "text", "fontSize": 10},
        "encoding": {"y": y, "x": x, "text": {"field": "value"}, "color": ink},
    }
    size = {"width": {"step": step}, "height": {"step": LINE}}
    return {"data": {"values": values}, "layer": [cells, numbers], "shortened": left, **size}


def timeline(rows: list[Row], roles: Mapping[str, str]) -> Chart:
    """Draw a bar a row, from its first day to its last, in the order of the answer."""
    group = roles.get("group", "")
    dated = {tuple(bar.items()): bar for bar in (_stretch(row, roles) for row in rows if row.get(roles["start"]))}
    kept, left = _cut(list(dated.values()), "dated rows")
    values = [{"number": number, **bar} for number, bar in enumerate(kept)]
    names = {str(value["number"]): value["label"] for value in values}
    y = {
        "field": "number", "type": "ordinal", "title": None, "sort": None,
        "axis": {"labelExpr": f"{json.dumps(names)}[datum.value]"},
    }  # fmt: skip
    x = {"field": "start", "type": "temporal", "title": None, "axis": {"format": "%-d %b %Y", "grid": True}}
    colour = {"field": "group", "type": "nominal", "title": group or None} if group else {"value": COLOURS[0]}
    ends = {"y": y, "x": x, "x2": {"field": "end"}}
    bars = {"mark": {"type": "rule", "strokeWidth": 6, "color": "#bbb"}, "encoding": ends}
    points = {"mark": {"type": "point", "filled": True, "size": 70}, "encoding": {"y": y, "x": x, "color": colour}}
    if group:
        points["encoding"]["shape"] = colour
    size = {"width": WIDTH, "height": {"step": LINE}}
    return {"data": {"values": values}, "layer": [bars, points], "shortened": left, **size}


def _stretch(row: Row, roles: Mapping[str, str]) -> Row:
    """Tell what a bar of a timeline is called, and where it begins and ends."""
    start = row[roles["start"]]
    end = row.get(roles.get("end", ""), "") or start
    group = row.get(roles.get("group", ""), "")
    return {"label": row.get(roles["label"], ""), "group": group, "start": _span(start)[0], "end": _span(end)[1]}


def _span(text: str) -> tuple[str, str]:
    """Give the first and the last day of a date, month or year."""
    parts = [int(part) for part in text[:10].split("-")]
    year, month, day = (*parts, 0, 0)[:3]
    first, last = month or 1, month or 12
    end = day or monthrange(year, last)[1]
    return f"{year:04}-{first:02}-{day or 1:02}T00:00", f"{year:04}-{last:02}-{end:02}T23:59"


def network(rows: list[Row], roles: Mapping[str, str]) -> Chart:
    """Draw sources on the left, targets on the right, and a line a pair, wider the more rows it stands for."""
    weights = _totals(rows, roles["source"], roles["target"], roles.get("value", ""))
    pairs, left = _cut(list(weights), "links")
    places = {0: _spread([s for s, _ in pairs]), 1: {}}
    seen: dict[str, list[float]] = {}
    for s, t in pairs:
        seen.setdefault(t, []).append(places[0][s])
    places[1] = _spread(sorted(seen, key=lambda t: sum(seen[t]) / len(seen[t])))
    links = [{"y": places[0][s], "y2": places[1][t], "x": 0, "x2": 1, "n": weights[s, t]} for s, t in pairs]
    named = [(side, name, at) for side, own in places.items() for name, at in own.items()]
    nodes = [{"name": _short(name, 60, 2), "side": side, "y": at} for side, name, at in named]
    layers = [_links(links), *(_nodes(nodes, side) for side in (0, 1))]
    height = 1.6 * LINE * max(len(places[0]), len(places[1]), 4)
    return {"layer": layers, "shortened": left, "width": WIDTH // 2, "height": height}


def _totals(rows: Iterable[Row], first: str, second: str, value: str) -> Counter[tuple[str, str]]:
    """Add up a column, or count the rows if there is none, for each pair of texts in two other columns."""
    totals: Counter[tuple[str, str]] = Counter()
    for row in rows:
        totals[row.get(first, ""), row.get(second, "")] += int(float(row.get(value, 0))) if value else 1
    return totals


def _shade(value: str, light: str, dark: str) -> Chart:
    """Let the colour tell a number, the darker the larger."""
    return {"field": "value", "type": "quantitative", "title": value or "rows", "scale": {"range": [light, dark]}}


def _spread(names: Sequence[str]) -> dict[str, float]:
    """Place names at even distances from 0 to 1."""
    own = list(dict.fromkeys(names))
    return {name: (number + 0.5) / len(own) for number, name in enumerate(own)}


_DOWN = {"type": "quantitative", "axis": None, "scale": {"domain": [0, 1], "reverse": True}}
_ACROSS = {"type": "quantitative", "axis": None, "scale": {"domain": [0, 1]}}


def _links(links: list[dict[str, float]]) -> Chart:
    """Draw the lines of a network."""
    width = {"field": "n", "type": "quantitative", "legend": None, "scale": {"range": [1, 6], "zero": True}}
    ends = {"x": {"field": "x", **_ACROSS}, "x2": {"field": "x2"}, "y": {"field": "y", **_DOWN}, "y2": {"field": "y2"}}
    mark = {"type": "rule", "opacity": 0.6, "color": COLOURS[0]}
    return {"data": {"values": links}, "mark": mark, "encoding": {**ends, "strokeWidth": width}}


def _nodes(nodes: list[dict[str, Any]], side: int) -> Chart:
    """Write the names on one side of a network."""
    own = [node for node in nodes if node["side"] == side]
    place = {"align": "left", "dx": 6} if side else {"align": "right", "dx": -6}
    mark = {"type": "text", "fontSize": 11, "lineBreak": "\n", **place}
    ends = {"x": {"field": "side", **_ACROSS}, "y": {"field": "y", **_DOWN}, "text": {"field": "name"}}
    return {"data": {"values": own}, "mark": mark, "encoding": ends}


def state_map(rows: list[Row], roles: Mapping[str, str], codes: Mapping[str, str], labels: Mapping[str, str]) -> Chart:
    """Shade each State, darker the larger; what has no code or is too small for the map is named below it."""
    value = roles.get("value", "")
    totals = {iri: count for (iri, _), count in _totals(rows, roles["state"], "", value).items()}
    world = json.loads(GEOMETRY.read_text())
    drawn = {country["id"] for country in world["objects"]["countries"]["geometries"] if "id" in country}
    values = [{"id": codes[iri], "value": n} for iri, n in totals.items() if codes.get(iri) in drawn]
    off = sorted(labels.get(iri, curie(iri)) for iri in totals if codes.get(iri) not in drawn)
    shapes: Chart = {"data": {"values": world, "format": {"type": "topojson", "feature": "countries"}}}
    people = {"filter": "datum.id != '010'"}
    projection = {"projection": {"type": "equalEarth"}}
    found = {"lookup": "id", "from": {"data": {"values": values}, "key": "id", "fields": ["value"]}}
    mark = {"type": "geoshape", "stroke": "#bbb", "strokeWidth": 0.4}
    ground = {**shapes, **projection, "transform": [people], "mark": {**mark, "fill": "#f0f0f0"}}
    shaded = {"mark": mark, "encoding": {"color": _shade(value, "#b9d3e6", "#00304d")}}
    states = {**shapes, **projection, "transform": [found, {"filter": "isValid(datum.value)"}], **shaded}
    left = [f"not on the map: {', '.join(off)}"] if off else []
    told = "; ".join([*left, "outlines from Natural Earth, which imply no view on any boundary"])
    return {"layer": [ground, states], "shortened": told, "width": WIDTH + 160, "height": 400}


def table(rows: list[Row], roles: Mapping[str, str]) -> Chart:
    """Write the rows as they stand, a column beside the other."""
    kept, left = _cut(rows, "rows")
    names = [name for name in roles.values() if any(row.get(name) for row in kept)]
    table = [{name: name for name in names}, *kept]
    cells = [
        {"row": number, "column": column, "text": _short(row.get(name, ""), 28, 4), "head": not number}
        for number, row in enumerate(table)
        for column, name in enumerate(names)
    ]
    tallest = max(str(cell["text"]).count("\n") for cell in cells) + 1
    encoding = {
        "x": {"field": "column", "type": "ordinal", "axis": None},
        "y": {"field": "row", "type": "ordinal", "axis": None},
        "text": {"field": "text"},
    }
    mark = {"type": "text", "fontSize": 10, "align": "left", "dx": -80, "lineBreak": "\n", "baseline": "middle"}
    bold = {**mark, "fontWeight": "bold"}
    layers = [
        {"mark": bold, "transform": [{"filter": "datum.head"}], "encoding": encoding},
        {"mark": mark, "transform": [{"filter": "!datum.head"}], "encoding": encoding},
    ]
    size = {"width": {"step": 170}, "height": {"step": 14 * tallest + 6}}
    return {"data": {"values": cells}, "layer": layers, "shortened": left, **size}


CHARTS = {"bar": bar, "matrix": matrix, "network": network, "table": table, "timeline": timeline}

"""An answer is drawn as its query says: each kind of chart holds the numbers of the rows, and can be read in print."""

from __future__ import annotations

import json
import re
import sys
from itertools import pairwise

import pytest
from conftest import ROOT

from gcmgraph import EmbeddedStore, chart, find_query, framed, release, render
from gcmgraph.charts import COLOURS, MOST
from gcmgraph.cli import main
from gcmgraph.corpus import Corpus
from gcmgraph.errors import FailureError, ReadError, UnknownNameError, UsageError
from gcmgraph.queries import VIEWS, View, parse_query, read_query, stored_queries

PNG = b"\x89PNG\r\n\x1a\n"


def answer(rows: str):
    """Ask an empty store for some rows."""
    return EmbeddedStore(Corpus({})).query(f"SELECT * WHERE {{ VALUES {rows} }}")


def drawn(rows: str, kind: str, labels=None, codes=None, **roles: str):
    """Draw some rows."""
    return chart(answer(rows), View(kind, roles), labels=labels or {}, codes=codes or {})


def numbers(spec) -> list[int]:
    """Collect the values that a chart shows."""
    values = spec.get("data", {}).get("values", []) if isinstance(spec, dict) else []
    own = [row["value"] for row in values if isinstance(row, dict) and "value" in row]
    inner = [n for layer in spec.get("layer", []) for n in numbers(layer)] if isinstance(spec, dict) else []
    return own + inner


def test_a_bar_is_a_label_with_its_number():
    """Bars keep the order of the rows, and hold the numbers of the column, or count rows."""
    rows = '(?a ?n) { ("x" 3) ("y" 5) ("x" 1) }'
    spec = drawn(rows, "bar", label="a", value="n")
    assert [(v["a"], v["value"]) for v in spec["data"]["values"]] == [("x", 4), ("y", 5)]
    assert [v["value"] for v in drawn(rows, "bar", label="a")["data"]["values"]] == [2, 1]


def test_what_does_not_fit_is_told():
    """Rows beyond a page are cut, and the picture says how many there were."""
    rows = "(?a) { " + " ".join(f'("{n:03}")' for n in range(MOST + 5)) + " }"
    spec = drawn(rows, "bar", label="a")
    assert len(spec["data"]["values"]) == MOST
    assert spec["shortened"] == f"the first {MOST} of {MOST + 5} a rows"
    assert f"the first {MOST} of" in json.dumps(framed(spec, "Title", "Caption"))


def test_a_matrix_has_a_cell_a_pair():
    """A cell holds the number of its row and column, and ink that can be read on its shade."""
    spec = drawn('(?r ?c ?n) { ("a" "x" 1) ("a" "y" 9) ("b" "x" 2) }', "matrix", row="r", column="c", value="n")
    cells = {(v["r"], v["c"]): v["value"] for v in spec["data"]["values"]}
    assert cells == {("a", "x"): 1, ("a", "y"): 9, ("b", "x"): 2}
    assert "white" in json.dumps(spec["layer"][1]["encoding"]["color"])


def test_a_network_joins_two_sides():
    """Each pair is a line as wide as its number, from a name on the left to a name on the right."""
    spec = drawn('(?s ?t ?n) { ("a" "b" 3) ("a" "c" 1) }', "network", source="s", target="t", value="n")
    assert [link["n"] for link in spec["layer"][0]["data"]["values"]] == [3, 1]
    assert [v["name"] for v in spec["layer"][1]["data"]["values"]] == ["a"]
    assert sorted(v["name"] for v in spec["layer"][2]["data"]["values"]) == ["b", "c"]


@pytest.mark.parametrize(
    ("start", "end", "span"),
    [
        ("2017-11-05", "", ("2017-11-05T00:00", "2017-11-05T23:59")),
        ("2017-11", "", ("2017-11-01T00:00", "2017-11-30T23:59")),
        ("2018", "", ("2018-01-01T00:00", "2018-12-31T23:59")),
        ("2016-02", "2016-02", ("2016-02-01T00:00", "2016-02-29T23:59")),
    ],
    ids=["day", "month", "year", "leap"],
)
def test_a_date_as_open_as_it_is_printed_is_drawn_so(start, end, span):
    """A month is drawn as a month, a year as a year."""
    end = end or "UNDEF"
    rows = f'(?l ?s ?e) {{ ("x" "{start}" {end if end == "UNDEF" else repr(end)}) ("undated" UNDEF UNDEF) }}'
    (value,) = drawn(rows.replace("'", '"'), "timeline", label="l", start="s", end="e")["data"]["values"]
    assert (value["start"], value["end"]) == span


def test_a_map_shades_states_and_names_those_that_it_cannot():
    """A State is found by its M49 code; one without a code, or too small to be drawn, is named below."""
    codes = {"http://e/ghana": "288", "http://e/malta": "470"}
    rows = "(?s ?n) { (<http://e/ghana> 4) (<http://e/malta> 2) (<http://e/atlantis> 1) }"
    spec = drawn(rows, "map", labels={"http://e/malta": "Malta"}, codes=codes, state="s", value="n")
    shaded = spec["layer"][1]["transform"][0]["from"]["data"]["values"]
    assert shaded == [{"id": "288", "value": 4}]
    assert spec["shortened"].startswith("not on the map: <http://e/atlantis>, Malta; outlines from Natural Earth")


def test_a_table_keeps_what_is_filled():
    """A column without any value is left out, and long cells are folded."""
    spec = drawn('(?a ?b) { ("x" UNDEF) ("' + "long " * 20 + '" UNDEF) }', "table")
    texts = [cell["text"] for cell in spec["data"]["values"]]
    assert texts[:2] == ["a", "x"]
    assert "\n" in texts[2]


def test_colours_can_be_told_apart_without_hue():
    """No two colours of the palette have the same lightness, so that print in grey keeps them apart."""
    greys = [sum(w * int(c[i : i + 2], 16) for w, i in ((0.299, 1), (0.587, 3), (0.114, 5))) for c in COLOURS]
    ordered = sorted(greys)
    assert all(b - a > 4 for a, b in pairwise(ordered))


@pytest.mark.parametrize(
    ("rows", "kind", "roles", "message"),
    [
        ('(?a) { ("x") }', "bar", {"label": "b"}, "no column 'b'"),
        ("(?a) { }", "bar", {"label": "a"}, "no rows to draw"),
    ],
)
def test_what_cannot_be_drawn_is_told(rows, kind, roles, message):
    """A missing column and an empty answer are errors, not empty pictures."""
    with pytest.raises(UsageError, match=message):
        drawn(rows, kind, **roles)
    with pytest.raises(UsageError, match="a boolean cannot be drawn"):
        chart(EmbeddedStore(Corpus({})).query("ASK {}"), View(kind, roles), labels={}, codes={})


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("#+ view: pie", "no view 'pie'; use one of"),
        ("#+ view: bars, label=x", "no view 'bars'; did you mean 'bar'"),
        ("#+ view: bar", r"view 'bar'; write 'bar, label=column, value=column, group=column'; value and group may be"),
        ("#+ view: bar, label=x, colour=y", "view 'bar, label=x, colour=y'"),
        ("#+ view: bar, label", "view 'bar, label'"),
    ],
)
def test_a_bad_view_is_told_with_its_line(line, message):
    """A view that does not exist, or lacks a role, is an error with file and line."""
    with pytest.raises(ReadError, match=rf"^q.rq:1: {message}"):
        parse_query("q", f"{line}\nSELECT ?x {{}}", where="q.rq")


def test_every_view_names_columns_of_its_query(project):
    """The columns that a header names are those of the answer, and each kind of view is used."""
    kinds = set()
    for name, path in stored_queries(project).items():
        query = read_query(path)
        columns = set(re.findall(r"\?(\w+)", query.text.partition("WHERE")[0].partition("SELECT")[2]))
        assert set(query.view.roles.values()) <= columns, name
        kinds.add(query.view.kind)
    assert kinds == set(VIEWS)


@pytest.mark.parametrize("kind", sorted(VIEWS))
def test_each_kind_is_drawn_from_the_graph(tmp_path, capsys, project, kind):
    """One stored query of each kind becomes an SVG and a PNG with title and caption, from the command line."""
    queries = map(read_query, stored_queries(project).values())
    query = next(q for q in queries if q.view.kind == kind and (q.view.roles or kind == "table"))
    for suffix in ("svg", "png", "json"):
        path = tmp_path / f"{kind}.{suffix}"
        assert main(["--project", str(ROOT), "query", query.name, "--plot", str(path)]) == 0
        assert capsys.readouterr().out == f"{path}\n"
    svg = (tmp_path / f"{kind}.svg").read_text()
    assert svg.startswith("<svg")
    assert query.header["summary"] in svg.replace("&#39;", "'").replace("&amp;", "&")
    assert f"query {query.name}" in svg
    assert "Source: gcmgraph 0." in svg
    assert (tmp_path / f"{kind}.png").read_bytes().startswith(PNG)
    assert json.loads((tmp_path / f"{kind}.json").read_text())["vconcat"]


def test_a_picture_is_the_same_each_time(embedded, corpus, project):
    """The same answer gives the same chart, to the pixel."""
    query = find_query(project, "themes-by-document")
    body = chart(embedded.query(query.text), query.view, labels=corpus.labels, codes={})
    for suffix in (".png", ".json"):
        assert len({render(framed(body, "t", "c"), suffix) for _ in range(2)}) == 1


def test_the_release_changes_with_the_data(corpus):
    """The caption names version and data: one triple less is another release, the ontology's order is not."""
    name = next(name for name in corpus.graphs if "/data/" in name)
    less = Corpus({**corpus.graphs, name: corpus.graphs[name][1:]})
    turned = Corpus(dict(reversed(corpus.graphs.items())))
    assert release(corpus) == release(turned) != release(less)
    assert re.fullmatch(r"gcmgraph \d+\.\d+\.\d+, data [0-9a-f]{12}", release(corpus))


def test_an_unknown_format_and_a_missing_library_are_told(monkeypatch):
    """A suffix that is none, and an extra that is not installed, end in advice."""
    with pytest.raises(UnknownNameError, match=r"no picture format '\.gif'; use one of \.json, \.png, \.svg"):
        render({}, ".gif")
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    with pytest.raises(FailureError, match=r"drawing needs vl-convert-python; install it with pip install 'gcmgraph"):
        render({}, ".svg")
    assert json.loads(render({"a": 1}, ".json")) == {"a": 1}


def test_nothing_is_fetched(embedded, corpus, project):
    """A chart holds its data and its map; no address in it is one that would be read."""
    query = find_query(project, "themes-by-document")
    text = json.dumps(framed(chart(embedded.query(query.text), query.view, labels=corpus.labels, codes={}), "t", "c"))
    assert '"url"' not in text

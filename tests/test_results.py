"""Answers are written in the forms that were asked for, exactly and readably."""

from __future__ import annotations

import pytest
from rdflib import Literal, URIRef

from gcmgraph import Corpus, EmbeddedStore, Results
from gcmgraph.errors import UnknownNameError, UsageError
from gcmgraph.namespaces import PREFIXES

STORE = EmbeddedStore(Corpus({}))
THEME = PREFIXES["theme"] + "data"
VALUES = f"""SELECT ?theme ?text ?empty WHERE {{
  VALUES (?theme ?text) {{ (<{THEME}> "a|b\\nc"@en) (<http://e/x> "two") }}
}}"""


@pytest.fixture
def results() -> Results:
    """Two rows with an IRI, a text and an unbound column."""
    return STORE.query(VALUES)


def test_rows_are_rdflib_terms(results):
    """Rows hold rdflib terms, and None where a variable is unbound."""
    assert results.variables == ["theme", "text", "empty"]
    assert results.rows() == [
        (URIRef(THEME), Literal("a|b\nc", lang="en"), None),
        (URIRef("http://e/x"), Literal("two"), None),
    ]


def test_csv_is_what_the_standard_says(results):
    """SPARQL 1.1 CSV: bare values, quoted where they must be, lines that end in CR LF."""
    assert results.serialize("csv") == f'theme,text,empty\r\n{THEME},"a|b\nc",\r\nhttp://e/x,two,\r\n'


def test_tsv_is_what_the_standard_says(results):
    """SPARQL 1.1 TSV: terms as Turtle writes them."""
    assert results.serialize("tsv") == f'?theme\t?text\t?empty\n<{THEME}>\t"a|b\\nc"@en\t\n<http://e/x>\t"two"\t\n'


def test_a_table_shows_labels_beside_curies(results):
    """An IRI is shown by its label, if it has one, and its CURIE, if it has one."""
    text = results.serialize("table", labels={THEME: "Data"})
    assert "Data (theme:data)" in text
    assert "<http://e/x>" in text
    assert text.endswith("(2 rows)\n")


def test_a_table_that_is_too_wide_becomes_blocks(results):
    """On a narrow terminal each row is a block, and nothing is cut off."""
    text = results.serialize("table", labels={THEME: "Data, evidence and research"}, width=30)
    assert text.startswith("[1]\ntheme  Data, evidence and\n       research (theme:data)\ntext   a|b c\nempty\n[2]\n")
    assert max(map(len, text.splitlines())) <= 30


def test_a_markdown_table_escapes_bars(results):
    """A bar in a value does not end its cell."""
    lines = results.serialize("md").splitlines()
    assert lines[0].split() == ["|", "theme", "|", "text", "|", "empty", "|"]
    assert "a\\|b c" in lines[2]


def test_no_rows_are_said(results):
    """An empty answer is a table with a head and a count."""
    empty = STORE.query("SELECT ?a WHERE { FILTER(false) }")
    assert empty.serialize("table") == "a\n---\n(0 rows)\n"
    assert results.kind == empty.kind == "rows"


def test_a_truth_value():
    """ASK gives a truth value in the formats that have one."""
    found = STORE.query("ASK {}")
    assert found.boolean() is True
    assert found.serialize("table") == "true\n"
    with pytest.raises(UsageError, match="a truth value cannot be written as csv; use json, xml or table"):
        found.serialize("csv")


def test_a_graph():
    """CONSTRUCT gives a graph, with the prefixes that it uses and no others."""
    found = STORE.query(f"CONSTRUCT {{ <{THEME}> a <http://e/T> }} WHERE {{}}")
    assert "@prefix theme: " in found.serialize("ttl")
    assert "@prefix skos:" not in found.serialize("ttl")
    assert found.serialize("table", labels={THEME: "Data"}).count("Data (theme:data)") == 1
    assert len(found.graph()) == 1
    with pytest.raises(UsageError, match="a graph cannot be written as csv; use ttl, nt, jsonld"):
        found.serialize("csv")


def test_an_unknown_format(results):
    """A format that does not exist is met with the nearest."""
    with pytest.raises(UnknownNameError, match="no format 'cvs'; did you mean 'csv'"):
        results.serialize("cvs")

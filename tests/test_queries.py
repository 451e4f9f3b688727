"""Every stored query gives its reviewed rows, the same on each store, and binds parameters as terms."""

from __future__ import annotations

import csv
import io
import re

import pytest
from conftest import ROOT
from hypothesis import given, settings
from hypothesis import strategies as st

from gcmgraph import GcmgraphError, RemoteStore, find_query, read_query
from gcmgraph.corpus import select
from gcmgraph.errors import ParameterError, QueryError, ReadError, UnknownNameError
from gcmgraph.namespaces import GCM, PREFIXES, PROLOGUE
from gcmgraph.queries import TYPES, parse_query
from gcmgraph.reading import read_triples
from gcmgraph.sparql import check_query
from gcmgraph.stores import EmbeddedStore

RDF_TYPE = PREFIXES["rdf"] + "type"
QUERIES = sorted((ROOT / "queries").glob("*.rq"), key=lambda path: path.stem)
STEMS = [path.stem for path in QUERIES]
GROUPS = {
    "people and roles", "meetings", "recommendations", "instruments", "themes", "positions", "evidence and gaps",
}  # fmt: skip


def rows(text: str) -> list[list[str]]:
    """Read CSV."""
    return list(csv.reader(io.StringIO(text)))


def expected(stem: str) -> list[list[str]]:
    """Read the reviewed rows of a query."""
    return rows((ROOT / "tests/queries" / f"{stem}.csv").read_bytes().decode())


def test_there_are_enough_queries():
    """The project promises at least sixty questions, and each has its rows."""
    assert len(QUERIES) >= 60
    assert sorted(path.stem for path in (ROOT / "tests/queries").glob("*.csv")) == STEMS


def test_every_class_and_property_is_reached():
    """Each property is named by a query; each class too, or one above it, or a property that only its members take."""
    ontology = [t for path in sorted((ROOT / "ontology").glob("*.ttl")) for t in read_triples(path)]
    kinds = {t.subject.value: t.object.value.rpartition("#")[2] for t in ontology if t.predicate.value == RDF_TYPE}
    above = {(t.subject.value, t.object.value) for t in ontology if t.predicate.value.endswith("subClassOf")}
    named = {
        GCM + name
        for path in QUERIES
        for name in re.findall(r"gcm:(\w+)", read_query(path).text.partition("PREFIX")[2])
    }
    ends = {(t.subject.value, t.object.value) for t in ontology if t.predicate.value.endswith(("domain", "range"))}
    reached = named | {record_class for term, record_class in ends if term in named}
    for _ in range(5):
        reached |= {lower for lower, upper in above if upper in reached}
    terms = {iri for iri, kind in kinds.items() if iri.startswith(GCM) and kind.endswith(("Class", "Property"))}
    assert len(terms) > 100
    assert sorted(iri.removeprefix(GCM) for iri in terms - reached) == []


def test_every_document_is_reached(corpus):
    """Each document, encoded or listed, stands in the reviewed rows of a query."""
    text = f"{PROLOGUE}SELECT ?d WHERE {{ {{ ?d a gcm:Document }} UNION {{ ?d a gcm:ListedDocument }} }}"
    wanted = {row["d"].value for row in select(corpus.store, text)}
    seen = {cell for stem in STEMS for row in expected(stem) for cell in row if cell.startswith(PREFIXES["document"])}
    assert len(wanted) > 100
    assert sorted(wanted - seen) == []


@pytest.mark.parametrize("path", QUERIES, ids=STEMS)
def test_rows_on_the_embedded_store(embedded, path):
    """A query as it stands gives the reviewed rows, in order."""
    assert rows(embedded.query(path.read_text()).serialize("csv")) == expected(path.stem)


@pytest.mark.parametrize("path", QUERIES, ids=STEMS)
def test_same_rows_on_rdflib(on_rdflib, path):
    """Rdflib alone gives the same rows."""
    assert sorted(rows(on_rdflib.query(path.read_text()).serialize("csv"))) == sorted(expected(path.stem))


@pytest.mark.parametrize("path", QUERIES, ids=STEMS)
def test_same_rows_on_a_server(endpoint, path):
    """A SPARQL server gives the same rows."""
    assert sorted(rows(RemoteStore(endpoint).query(path.read_text()).serialize("csv"))) == sorted(expected(path.stem))


@pytest.mark.parametrize("path", QUERIES, ids=STEMS)
def test_the_header_is_documentation(path):
    """A query says what it asks, how it answers and where it belongs; it gives rows, and it is portable."""
    query = read_query(path)
    assert {"summary", "question", "description", "group"} <= query.header.keys()
    assert len(query.header["summary"]) <= 80
    assert query.header["question"].endswith("?")
    assert query.header["group"] in GROUPS
    assert "SELECT *" not in query.text
    assert "ORDER BY" in query.text
    assert all(parameter.type in TYPES for parameter in query.parameters)
    declared = re.findall(r"^PREFIX (\w+):", query.text, re.MULTILINE)
    body = re.sub(r"^(PREFIX|#).*$", "", query.text, flags=re.MULTILINE)
    assert declared == sorted(name for name in set(declared) if re.search(rf"\b{name}:", body))
    assert len(expected(path.stem)) > 1


def test_binding_replaces_the_example(embedded, corpus, project):
    """A bound parameter changes the answer as the same text with another term would."""
    query = find_query(project, "statements-by-theme")
    bound = query.bind({"theme": "child-detention"}, corpus=corpus)
    assert (
        bound
        == query.bind({"theme": "theme:child-detention"})
        == query.bind({"theme": f"<{PREFIXES['theme']}child-detention>"})
    )
    assert PREFIXES["theme"] + "child-detention" in bound
    assert len(embedded.query(bound).rows()) > 0


@settings(deadline=None)
@given(st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=40))
def test_a_string_is_bound_as_a_term_never_pasted(value):
    """Whatever the value, the query gives that value back and nothing else."""
    text = '#+ parameter: word, string, a word\nSELECT ?word WHERE {\n  VALUES ?word { "x" }\n}'
    bound = parse_query("q", text, where="q").bind({"word": value})
    from gcmgraph import Corpus

    found = EmbeddedStore(Corpus({})).query(bound).rows()
    assert [str(row[0]) for row in found] == [value]


@pytest.mark.parametrize(
    "value", ["theme:firewalls } ?s ?p ?o {", "<http://e/> } #", "theme:", "a b", "<http://e/a b>", "nope:x", 'x"y'],
)  # fmt: skip
def test_an_iri_is_bound_as_a_term_or_refused(project, corpus, value):
    """A value that is no IRI of the right class is refused, not pasted."""
    with pytest.raises(GcmgraphError) as caught:
        find_query(project, "statements-by-theme").bind({"theme": value}, corpus=corpus)
    assert caught.value.status == 2


@pytest.mark.parametrize(
    ("kind", "value", "good"),
    [
        ("integer", "x", "12"),
        ("integer", "1.5", "-3"),
        ("integer", "1_000", "+1000"),
        ("date", "20170406", "2017-04-06"),
        ("date", "6 April", "2017-04-06"),
        ("date", "2017-13-01", "2017-01-13"),
    ],
)
def test_values_have_types(kind, value, good):
    """A value of the wrong type is refused with an example; a right one is not."""
    query = parse_query(
        "q", f"#+ parameter: x, {kind}, a value\nSELECT ?x WHERE {{\n  VALUES ?x {{ 1 }}\n}}", where="q"
    )
    with pytest.raises(ParameterError, match=f"not of type {kind}; write it like"):
        query.bind({"x": value})
    assert good in query.bind({"x": good})


def test_unknown_names_have_near_misses(project, corpus):
    """An unknown query, parameter or value is met with the nearest known one."""
    with pytest.raises(UnknownNameError, match="did you mean 'statements-by-theme'"):
        find_query(project, "statement-by-theme")
    query = find_query(project, "statements-by-theme")
    with pytest.raises(ParameterError, match="did you mean 'theme'"):
        query.bind({"thme": "x"})
    with pytest.raises(ParameterError, match="did you mean 'firewalls'"):
        query.bind({"theme": "firewall"}, corpus=corpus)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("#+ colour: red\nASK {}", 1),
        ("\n#+ parameter: x, number, y\nASK {}", 2),
        ("#+ parameter: x, iri, y\nASK {}", 1),
    ],
    ids=["unknown key", "unknown type", "no VALUES line"],
)
def test_a_bad_header_is_told_with_its_line(text, line):
    """A header that breaks the rules is an error with file and line."""
    with pytest.raises(ReadError, match=f"^q.rq:{line}: "):
        parse_query("q", text, where="q.rq")


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * { SERVICE <http://x/> { ?s ?p ?o } }",
        "SELECT * { service silent <http://x/> {} }",
        r"SELECT * { \u0053ERVICE <http://x/> {} }",
        r'SELECT * { ?s ?p "\u0022" SERVICE <http://x/> {} }',
        'SELECT * { ?s ?p """\\\\""" SERVICE <http://x/> {} }',
        "SELECT * { ?s ?p 1SERVICE <http://x/> {} }",
        "SELECT * { ?s ?p ?o . #\nSERVICE <http://x/> {} }",
        "SELECT * { ?s ?p ?o . # x\rSERVICE <http://x/> {} }",
    ],
)
def test_federation_is_refused(embedded, on_rdflib, text):
    """SERVICE is refused however it is written."""
    for store in (embedded, on_rdflib, RemoteStore("http://127.0.0.1:9/")):
        with pytest.raises(QueryError, match="SERVICE"):
            store.query(text)


def test_federation_is_not_seen_where_there_is_none():
    """The word in a comment, string, IRI, variable or name is not the keyword."""
    check_query("""# SERVICE
    PREFIX s: <http://SERVICE/> SELECT ?SERVICE { ?SERVICE s:SERVICE 'SERVICE', "SERVICE"@en, '''a ' SERVICE''' }""")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("DROP ALL", "DROP changes data"),
        ("# select\nINSERT DATA { <a:b> <a:b> <a:b> }", "INSERT changes data"),
        ("", "no SELECT, ASK, CONSTRUCT or DESCRIBE"),
        ("SELECT * " + "{" * 5000 + "}" * 5000, "is nested 201 deep on line 1"),
        ("ASK { FILTER(" + "(" * 5000 + "1" + ")" * 5000 + ") }", "is nested 201 deep on line 1"),
    ],
    ids=["update", "update after comment", "nothing", "deep groups", "deep brackets"],
)
def test_what_is_no_harmless_query_is_refused(embedded, on_rdflib, text, message):
    """An update is never sent, and nesting that could bring an engine down is refused, on every store."""
    for store in (embedded, on_rdflib, RemoteStore("http://127.0.0.1:9/")):
        with pytest.raises(QueryError, match=message):
            store.query(text)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT (<http://e/f>(1) AS ?x) {}",
        "SELECT ?x ?x (1 AS ?x) {}",
        'SELECT ?s { ?s ?p ?o FILTER(REGEX(?o, "(")) }',
        "ASK { e:x ?p ?o }",
    ],
    ids=["unknown function", "variable twice", "bad pattern", "prefix"],
)
def test_no_exception_of_an_engine_comes_out(embedded, on_rdflib, text):
    """Whatever an engine makes of a query, what comes out is an answer or the project's own error."""
    for store in (embedded, on_rdflib):
        try:
            store.query(text)
        except QueryError:
            continue


def test_an_undeclared_prefix_is_told_with_the_line_to_add(embedded):
    """The commonest mistake has its own message."""
    with pytest.raises(
        QueryError, match=r"prefix 'skos:' is not declared; add PREFIX skos: <http://www.w3.org/2004/02/skos/core#>"
    ):
        embedded.query("SELECT ?x { ?x skos:prefLabel ?y }")


def test_a_query_file_with_windows_line_ends(corpus):
    """A parameter is found whatever the line ends."""
    text = (ROOT / "queries/statements-by-theme.rq").read_text().replace("\n", "\r\n")
    assert "child-detention" in parse_query("q", text, where="q").bind({"theme": "child-detention"}, corpus=corpus)


def test_a_malformed_query_is_told_with_its_place(embedded, on_rdflib):
    """A syntax error names line and column on both local stores."""
    for store in (embedded, on_rdflib):
        with pytest.raises(QueryError, match=r"error at \d+:\d+"):
            store.query("SELECT ?s WHERE { ?s ?p }")

"""Shapes compiled to SPARQL find in any store what SHACL says, and what does not compile is refused aloud."""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from pathlib import Path

import pyoxigraph as ox
import pytest
from conftest import ROOT
from test_validation import MUTATIONS, VALID, mutated

from gcmgraph.errors import EndpointError, FailureError
from gcmgraph.namespaces import PREFIXES
from gcmgraph.reading import read_triples
from gcmgraph.shacl.conditions import LEFT_OUT
from gcmgraph.shacl.datatypes import is_well_formed
from gcmgraph.shacl.faults import REPEATED
from gcmgraph.shacl.index import Index
from gcmgraph.shacl.lexical import FORMS, RANGES, well_formed
from gcmgraph.shacl.paths import read_path
from gcmgraph.shacl.shapes import Shapes
from gcmgraph.shacl.sparql_engine import ask_endpoint, ask_store, evaluate

sys.path.insert(0, str(ROOT / "tests/benchmarks"))
from servers import SERVERS, available

SH, XSD = PREFIXES["sh"], PREFIXES["xsd"]
PROLOGUE = "".join(f"@prefix {name}: <{PREFIXES[name]}> .\n" for name in ("sh", "rdf", "rdfs", "xsd", "owl"))
PROLOGUE += "@prefix : <http://example.org/> .\n"
DATA = """
:sub rdfs:subClassOf :class . :part rdfs:subClassOf :sub .
:a a :class ; :p 1 , 2 ; :q 2 , 3 ; :name "a"@en , "b"@en , "c"@de , "plain" ; :part :b , _:c ; :day "2018-01-01"^^xsd:date .
:b a :sub ; :p 5 ; :q 5 ; :name "long enough" ; :day "2018-02-30"^^xsd:date , "2018" .
_:c a :part ; :p "x" .
"""
SPARQL_COMPONENT = """
:component a sh:ConstraintComponent ; sh:parameter [ sh:path :least ] ;
    sh:validator [ a sh:SPARQLAskValidator ; sh:message "is under {$least}" ; sh:ask "ASK { FILTER ($value >= $least) }" ] .
"""
FORMS_TO_TELL = """
1 -1 +0 300 1.5 .5 5. 1e3 INF NaN true TRUE 0 2018-01-01 2018-02-29 2016-02-29 2018-02-30
1900-02-29 2000-02-29Z 2018-13-01 02018-01-01 2018-04-31+14:00 2018-01-01T00:00:00
2018-01-01T24:00:00Z 10:00:00.5 24:00:01 25:00:00 2018 -0044 18 2018-01 2018-1 --02
--02-29 --02-30 ---31 ---32 P1Y P1Y2M3DT4H5M6.7S P P1YT PT1M -P2D P1H 00FF 0F0 aGVsbG8=
YQ== Y*== en en-GB e_n 128 -129 65536 18446744073709551616 -0 x
"""
# The name of the component, what the shape of :a, :b and _:c says, and its results: focus, value and how many.
CASES = [
    ("Class", "sh:path :part ; sh:class :part", {("a", "b"): 1}),
    ("Datatype", "sh:path :day ; sh:datatype xsd:date", {("b", "2018-02-30"): 1, ("b", "2018"): 1}),
    ("Datatype", "sh:path :name ; sh:datatype rdf:langString", {("a", "plain"): 1, ("b", "long enough"): 1}),
    ("NodeKind", "sh:path :part ; sh:nodeKind sh:IRI", {("a", "_"): 1}),
    ("NodeKind", "sh:nodeKind sh:BlankNode", {("a", "a"): 1, ("b", "b"): 1}),
    ("MinCount", "sh:path :part ; sh:minCount 1", {("b", ""): 1, ("_", ""): 1}),
    ("MinCount", "sh:path :name ; sh:minCount 2", {("b", ""): 1, ("_", ""): 1}),
    ("MaxCount", "sh:path :p ; sh:maxCount 1", {("a", ""): 1}),
    ("MaxCount", "sh:path ( :part [ sh:alternativePath ( :p :q ) ] ) ; sh:maxCount 1", {("a", ""): 1}),
    ("MinInclusive", "sh:path :p ; sh:minInclusive 2", {("a", "1"): 1, ("_", "x"): 1}),
    ("MinExclusive", "sh:path :p ; sh:minExclusive 2", {("a", "1"): 1, ("a", "2"): 1, ("_", "x"): 1}),
    ("MaxInclusive", "sh:path :p ; sh:maxInclusive 2", {("b", "5"): 1, ("_", "x"): 1}),
    ("MaxExclusive", "sh:path :p ; sh:maxExclusive 5", {("b", "5"): 1, ("_", "x"): 1}),
    ("MinLength", "sh:path :name ; sh:minLength 5", {("a", "a"): 1, ("a", "b"): 1, ("a", "c"): 1}),
    ("MaxLength", "sh:path :name ; sh:maxLength 5", {("b", "long enough"): 1}),
    ("MaxLength", "sh:maxLength 100", {("_", "_"): 1}),
    ("Pattern", 'sh:path :name ; sh:pattern "^[A-C]$" ; sh:flags "i"', {("a", "plain"): 1, ("b", "long enough"): 1}),
    ("LanguageIn", 'sh:path :name ; sh:languageIn ( "en" )', {("a", "c"): 1, ("a", "plain"): 1, ("b", "long enough"): 1}),
    ("UniqueLang", "sh:path :name ; sh:uniqueLang true", {("a", ""): 1}),
    ("Equals", "sh:path :p ; sh:equals :q", {("a", "1"): 1, ("a", "3"): 1, ("_", "x"): 1}),
    ("Disjoint", "sh:path :p ; sh:disjoint :q", {("a", "2"): 1, ("b", "5"): 1}),
    ("LessThan", "sh:path :p ; sh:lessThan :q", {("a", "2"): 1, ("b", "5"): 1}),
    ("LessThanOrEquals", "sh:path :q ; sh:lessThanOrEquals :p", {("a", "2"): 1, ("a", "3"): 2}),
    ("HasValue", "sh:path :p ; sh:hasValue 5", {("a", ""): 1, ("_", ""): 1}),
    ("In", "sh:path :p ; sh:in ( 1 5 :b )", {("a", "2"): 1, ("_", "x"): 1}),
    ("In", "sh:path :part ; sh:in ( 1 :b )", {("a", "_"): 1}),
    ("Closed", "sh:closed true ; sh:ignoredProperties ( rdf:type :name :q :day :part )", {
        ("a", "1"): 1, ("a", "2"): 1, ("b", "5"): 1, ("_", "x"): 1,
    }),
    ("Not", "sh:not [ sh:path :p ; sh:minCount 2 ]", {("a", "a"): 1}),
    ("Node", "sh:node [ sh:path :p ; sh:maxCount 1 ; sh:datatype xsd:integer ]", {("a", "a"): 1, ("_", "_"): 1}),
    ("Node", "sh:path :part ; sh:node [ sh:property [ sh:path :p ; sh:in ( 5 ) ] ]", {("a", "_"): 1}),
    ("And", "sh:and ( [ sh:path :p ; sh:hasValue 5 ] [ sh:class :sub ] )", {("a", "a"): 1, ("_", "_"): 1}),
    ("Or", "sh:or ( [ sh:path :p ; sh:hasValue 5 ] [ sh:path :q ; sh:hasValue 3 ] )", {("_", "_"): 1}),
    ("Xone", "sh:xone ( [ sh:class :class ] [ sh:class :sub ] )", {("b", "b"): 1, ("_", "_"): 1}),
    ("QualifiedMinCount", "sh:path :part ; sh:qualifiedValueShape [ sh:class :part ] ; sh:qualifiedMinCount 1", {
        ("b", ""): 1, ("_", ""): 1,
    }),
    ("QualifiedMaxCount", "sh:path :part ; sh:qualifiedValueShape [ sh:class :sub ] ; sh:qualifiedMaxCount 1", {
        ("a", ""): 1,
    }),
    ("Datatype", "sh:property [ sh:path :p ; sh:datatype xsd:integer ]", {("_", "x"): 1}),
    ("MinCount", "sh:path :part ; sh:property [ sh:path :q ; sh:minCount 1 ]", {("_", ""): 1}),
    ("SPARQL", 'sh:sparql [ sh:select "SELECT $this ?value { $this ?any ?value FILTER (?value = 2) }" ]', {("a", "2"): 2}),
    ("SPARQL", 'sh:path :q ; sh:sparql [ sh:select "SELECT DISTINCT $this ?value { $this $PATH ?value }" ]', {
        ("a", "2"): 1, ("a", "3"): 1, ("b", "5"): 1,
    }),
    ("SPARQL", 'sh:path :part ; sh:property [ sh:path :q ; sh:sparql [ sh:select "SELECT $this ?value { $this $PATH ?value }" ] ]', {
        ("b", "5"): 1,
    }),
    ("SPARQL", 'sh:sparql [ sh:select "SELECT $this { { FILTER (isBlank($this)) } UNION { $this $PATH 0 } }" ] ; sh:path :p', {
        ("_", ""): 1,
    }),
    ("component", "sh:path :part ; sh:property [ sh:path :p ; :least 7 ]", {("b", "5"): 1, ("_", "x"): 1}),
    ("component", "sh:path :q ; :least 4", {("a", "2"): 1, ("a", "3"): 1}),
]  # fmt: skip


def parsed(text: str) -> list[ox.Triple]:
    """Read Turtle."""
    return [quad.triple for quad in ox.parse(PROLOGUE + text, format=ox.RdfFormat.TURTLE)]


def stored(triples) -> ox.Store:
    """Put triples into a store."""
    store = ox.Store()
    store.extend(ox.Quad(*triple) for triple in triples)
    return store


def brief(term) -> str:
    """Write a term of the small data."""
    return "_" if isinstance(term, ox.BlankNode) else term.value.removeprefix("http://example.org/") if term else ""


def shaped(text: str) -> Shapes:
    """Read a shape of all that is in :class."""
    return Shapes(parsed(f"{SPARQL_COMPONENT} :shape sh:targetClass :class ; sh:message 'wrong'@en ; {text} ."))


def found(results) -> Counter:
    """Count results by component, focus and value."""
    names = [r.component.removeprefix(SH).removesuffix("ConstraintComponent") for r in results]
    return Counter((n.rpartition("/")[2], brief(r.focus), brief(r.value)) for n, r in zip(names, results, strict=True))


@pytest.mark.parametrize(("component", "text", "expected"), CASES, ids=[f"{c[0]} {n}" for n, c in enumerate(CASES)])
def test_each_component_finds_what_violates_it(component, text, expected):
    """The focus nodes, the values, and how often."""
    results, looked = evaluate(shaped(text), ask_store(stored(parsed(DATA))))
    assert found(results) == Counter({(component, *key): number for key, number in expected.items()})
    assert list(looked.values()) == [3]


@pytest.mark.parametrize(("component", "text", "expected"), CASES, ids=[f"{c[0]} {n}" for n, c in enumerate(CASES)])
def test_each_component_means_the_same_within_another_shape(component, text, expected):
    """A node that has a result of its own does not conform to the shape as a part of another."""
    if component in ("SPARQL", "component"):
        with pytest.raises(FailureError, match="a query in a nested shape"):
            evaluate(shaped(f"sh:node [ {text} ]"), ask_store(stored(parsed(DATA))))
        return
    results, _ = evaluate(shaped(f"sh:node [ {text} ]"), ask_store(stored(parsed(DATA))))
    is_deeper = "sh:property [ sh:path :q" in text  # it is the value's value that is missing
    nodes = {"a"} if is_deeper else {focus for focus, _ in expected}
    assert found(results) == Counter({("Node", node, node): 1 for node in nodes})


def test_messages_severities_and_constraints_are_told():
    """A message of a query, with its values, goes before that of the shape."""
    (first, *_), _ = evaluate(shaped("sh:severity sh:Info ; sh:path :q ; :least 4"), ask_store(stored(parsed(DATA))))
    assert first.messages == (ox.Literal("is under 4"),)
    assert first.severity == SH + "Info"
    (plain, *_), _ = evaluate(shaped("sh:path :q ; sh:in ( 7 )"), ask_store(stored(parsed(DATA))))
    assert plain.messages == (ox.Literal("wrong", language="en"),)
    query = (
        'sh:sparql [ sh:message "has {?value}" ; sh:select "SELECT $this ?value { $this :q ?value }" ; sh:prefixes :x ]'
    )
    declared = ':x sh:declare [ sh:prefix "" ; sh:namespace "http://example.org/" ] . :shape sh:targetClass :sub ; '
    (own, *_), _ = evaluate(Shapes(parsed(f"{declared} {query} .")), ask_store(stored(parsed(DATA))))
    assert own.messages == (ox.Literal("has 5"),)
    assert own.constraint is not None


def test_targets_may_be_literals_and_nodes_that_do_not_occur():
    """Each is looked at once, also if two targets lead to it."""
    text = ':shape sh:targetNode "x" , :nowhere , :a ; sh:targetSubjectsOf :part ; sh:nodeKind sh:BlankNode .'
    results, looked = evaluate(Shapes(parsed(text)), ask_store(stored(parsed(DATA))))
    assert sorted(brief(result.focus) for result in results) == ["a", "nowhere", "x"]
    assert list(looked.values()) == [3]


def test_deactivated_shapes_constrain_nothing():
    """Neither at the top nor within another."""
    off = "sh:deactivated true ; sh:in ( 1 )"
    for text in (off, f"sh:node [ {off} ]", f"sh:property [ sh:path :p ; {off} ]"):
        assert evaluate(shaped(text), ask_store(stored(parsed(DATA))))[0] == []


@pytest.mark.parametrize(
    ("text", "construct"),
    [
        ("sh:property :loop . :loop sh:path :part ; sh:node :loop", "recursion"),
        ("sh:in ( [] )", "a blank node as a value"),
        ("sh:path :p ; sh:datatype xsd:byte", "sh:datatype of a derived integer"),
        ('sh:sparql [ sh:select "SELECT $this { $this ?p ?o } LIMIT 1" ]', "LIMIT or OFFSET"),
        ('sh:sparql [ sh:select "SELECT $this { GRAPH $shapesGraph { $this ?p ?o } }" ]', "$shapesGraph"),
        ('sh:not [ sh:sparql [ sh:select "SELECT $this { $this ?p ?o }" ] ]', "a query in a nested shape"),
        ('sh:sparql [ sh:select "CONSTRUCT WHERE { $this ?p ?o }" ]', "a query of an unknown form"),
    ],
)
def test_what_does_not_compile_is_refused_aloud(text, construct):
    """The error names shape and construct; who asks to be told of them gets the other results."""
    assert construct in LEFT_OUT
    with pytest.raises(FailureError) as error:
        evaluate(shaped(text), ask_store(stored(parsed(DATA))))
    assert construct in error.value.problem
    told = []
    evaluate(shaped(text), ask_store(stored(parsed(DATA))), note=told.append)
    assert construct in told[0].problem


@pytest.mark.parametrize(("is_right", "looked"), [(True, []), (False, ["a repeated path in a negation"])])
def test_a_store_that_answers_wrong_is_not_believed(is_right, looked):
    """A query of a shape that negates a path of any length is asked only where the store is found to be right."""
    query = "SELECT $this { $this a :sub FILTER NOT EXISTS { $this :p+ 2 } }"
    text = f':x sh:declare [ sh:prefix "" ; sh:namespace "http://example.org/" ] . :shape sh:targetClass :class ; sh:sparql [ sh:prefixes :x ; sh:select "{query}" ] .'
    store, told = ask_store(stored(parsed(DATA))), []

    def ask(question):
        return [{"node": ox.NamedNode("urn:wrong")}] if question == REPEATED and not is_right else store(question)

    results, _ = evaluate(Shapes(parsed(text)), ask, note=told.append)
    assert [error.problem.partition(" does not")[0] for error in told] == looked
    assert bool(results) == is_right


@pytest.mark.parametrize("name", [*FORMS, *RANGES])
def test_conditions_on_literals_agree_with_the_lexical_forms(name):
    """A store tells well-formed literals from others as the datatypes' own module does."""
    forms = FORMS_TO_TELL.split()
    condition = well_formed(XSD + name, "?v")
    rows = ask_store(ox.Store())(
        f"SELECT ?v WHERE {{ VALUES ?v {{ {' '.join(map(repr, forms))} }} FILTER({condition}) }}"
    )
    assert [row["v"].value for row in rows] == [form for form in forms if is_well_formed(form, XSD + name)]


def _outcome(index: Index, report) -> Counter:
    """Count the results of an expected report."""
    wanted = ("focusNode", "resultPath", "value", "sourceShape", "sourceConstraintComponent", "resultSeverity")
    rows = [[index.value(result, SH + name) for name in wanted] for result in index.values(report, SH + "result")]
    return Counter(
        (brief(f), str(read_path(index, p)) if p else "", brief(v), brief(s), c.value, e.value)
        for f, p, v, s, c, e in rows
    )


@pytest.fixture(scope="module")
def shapes(project) -> Shapes:
    """The project's shapes."""
    return Shapes([triple for path in project.shape_files() for triple in read_triples(path)])


def test_the_whole_graph_conforms_in_few_requests(corpus, shapes):
    """Nothing is wrong with the data, and no shape needs a question of its own."""
    asked = []
    ask = ask_store(corpus.store)
    results, looked = evaluate(shapes, lambda text: asked.append(text) or ask(text))
    assert results == []
    assert len(looked) == len(shapes.targeted)
    assert sum(looked.values()) > 1500
    assert len(asked) < 60


def test_an_endpoint_gives_the_same(endpoint):
    """What is inferred is there too, which the small shapes do not see."""
    text = ":shape sh:targetClass <https://w3id.org/gcmgraph/ontology#Theme> ; sh:property [ sh:path :no ; sh:minCount 1 ] ."
    results, looked = evaluate(Shapes(parsed(text)), ask_endpoint(endpoint))
    assert len(results) == sum(looked.values()) > 10


def test_an_endpoint_that_does_not_answer_is_told():
    """It is asked twice, then it is an error."""
    with pytest.raises(EndpointError, match="cannot reach"):
        evaluate(shaped("sh:in ( 1 )"), ask_endpoint("http://127.0.0.1:9/query", timeout=2))


@pytest.mark.parametrize("name", ["oxigraph", "virtuoso"])
def test_servers_give_the_same_on_the_whole_graph(name, corpus, shapes):
    """Virtuoso, which is wrong about negated paths of one step or more, is asked so that it is right."""
    if reason := available(name):
        pytest.skip(reason)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "asserted.nt"
        file.write_bytes(ox.serialize(dict.fromkeys(corpus.triples()), format=ox.RdfFormat.N_TRIPLES))
        with SERVERS[name](file) as peer:
            results, _ = evaluate(shapes, lambda text: _solutions(peer(text)))
    assert results == []


def _solutions(payload: bytes) -> list:
    """Read SPARQL JSON results as rows."""
    parsed = ox.parse_query_results(payload, format=ox.QueryResultsFormat.JSON)
    names = [variable.value for variable in parsed.variables]
    return [{name: row[name] for name in names if row[name] is not None} for row in parsed]


@pytest.fixture(scope="module")
def around() -> list[ox.Triple]:
    """The ontology and the reference data."""
    paths = sorted([*ROOT.glob("ontology/**/*.ttl"), *ROOT.glob("data/reference/**/*.ttl")])
    return [triple for path in paths for triple in read_triples(path)]


@pytest.mark.parametrize("mutation", MUTATIONS[::7], ids=[m["shape"] for m in MUTATIONS[::7]])
def test_a_defect_is_found_by_its_shape(mutation, around, shapes, tmp_path):
    """What fires is the shape that the mutation breaks, and nothing else."""
    (tmp_path / "mutated.ttl").write_text(mutated(mutation)[0])
    store = stored([*around, *read_triples(tmp_path / "mutated.ttl")])
    results, _ = evaluate(shapes, ask_store(store))
    assert {brief(r.shape).rpartition("#")[2] for r in results if isinstance(r.shape, ox.NamedNode)} == {
        mutation["shape"]
    }


def test_many_defects_give_what_pyshacl_gives(around, shapes, tmp_path):
    """Focus, path, component and shape are the same, and as often."""
    from pyshacl import validate as pyshacl
    from rdflib import Graph

    text = VALID.read_text()
    for mutation in MUTATIONS[::5]:
        if text.count(mutation["old"]) == 1:
            text = text.replace(mutation["old"], mutation["new"])
    (tmp_path / "mutated.ttl").write_text(text)
    triples = [*around, *read_triples(tmp_path / "mutated.ttl")]
    data, named = (
        Graph().parse(data=ox.serialize(dict.fromkeys(each), format=ox.RdfFormat.N_TRIPLES), format="nt")
        for each in (triples, shapes.index.triples)
    )
    _, report, _ = pyshacl(data, shacl_graph=named, advanced=False)
    index = Index(ox.parse(report.serialize(format="nt", encoding="utf-8"), format=ox.RdfFormat.N_TRIPLES))
    head = index.subjects(SH + "conforms")
    expected = _outcome(index, next(iter(head)))
    results, _ = evaluate(shapes, ask_store(stored(triples)))
    given = Counter((brief(r.focus), str(r.path or ""), r.component, brief(r.shape)) for r in results)
    assert given == Counter((f, p, c, s) for f, p, _, s, c, _ in expected.elements())
    assert len({r.shape for r in results}) > 25

"""What follows from the graph is what the standard and the reference reasoner say follows."""

from __future__ import annotations

from collections import Counter
from zlib import crc32

import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gcmgraph import Corpus, close
from gcmgraph.errors import UnknownNameError
from gcmgraph.namespaces import GCM, PREFIXES
from gcmgraph.reasoning.clashes import clashes
from gcmgraph.reasoning.closure import Closure, infer
from gcmgraph.reasoning.rules import CHECKS, EQUALITY, LIST_RULES, RULES

PROLOGUE = "".join(f"@prefix {name}: <{PREFIXES[name]}> . " for name in ("rdfs", "owl", "xsd", "gcm"))
PROLOGUE += "@prefix e: <http://e/> . "


def triples(text: str) -> list[ox.Triple]:
    """Read a few triples of Turtle."""
    return [quad.triple for quad in ox.parse((PROLOGUE + text).encode(), format=ox.RdfFormat.TURTLE)]


def inferred(text: str) -> set[ox.Triple]:
    """Close a few triples."""
    return set(Closure(triples(text)).triples())


# rule, triples, what follows, rules that would say the same and are left out
ENTAILMENTS = [
    ("eq-sym", "e:x owl:sameAs e:y .", "e:y owl:sameAs e:x .", ()),
    ("eq-trans", "e:x owl:sameAs e:y . e:y owl:sameAs e:z .", "e:x owl:sameAs e:z .", ()),
    ("eq-rep-s", "e:x owl:sameAs e:y ; e:p e:z .", "e:y e:p e:z .", ()),
    ("eq-rep-p", "e:p owl:sameAs e:q . e:x e:p e:z .", "e:x e:q e:z .", ()),
    ("eq-rep-o", "e:x owl:sameAs e:y . e:z e:p e:x .", "e:z e:p e:y .", ()),
    ("prp-dom", "e:p rdfs:domain e:c . e:x e:p 1 .", "e:x a e:c .", ()),
    ("prp-rng", "e:p rdfs:range e:c . e:x e:p e:y .", "e:y a e:c .", ()),
    ("prp-fp", "e:p a owl:FunctionalProperty . e:x e:p e:y , e:z .", "e:y owl:sameAs e:z .", ()),
    ("prp-ifp", "e:p a owl:InverseFunctionalProperty . e:x e:p 1 . e:y e:p 1 .", "e:x owl:sameAs e:y .", ()),
    ("prp-symp", "e:p a owl:SymmetricProperty . e:x e:p e:y .", "e:y e:p e:x .", ()),
    ("prp-trp", "e:p a owl:TransitiveProperty . e:x e:p e:y . e:y e:p e:z .", "e:x e:p e:z .", ()),
    ("prp-spo1", "e:p rdfs:subPropertyOf e:q . e:x e:p e:y .", "e:x e:q e:y .", ()),
    ("prp-spo2", "e:r owl:propertyChainAxiom ( e:p e:q ) . e:x e:p e:y . e:y e:q 1 .", "e:x e:r 1 .", ()),
    (
        "prp-spo2",
        "e:r owl:propertyChainAxiom ( e:p e:q e:r ) . e:x e:p e:y . e:y e:q e:z . e:z e:r e:u .",
        "e:x e:r e:u .",
        (),
    ),
    ("prp-eqp1", "e:p owl:equivalentProperty e:q . e:x e:p e:y .", "e:x e:q e:y .", ("prp-spo1", "scm-eqp2")),
    ("prp-eqp2", "e:p owl:equivalentProperty e:q . e:x e:q e:y .", "e:x e:p e:y .", ("prp-spo1", "scm-eqp2")),
    ("prp-inv1", "e:p owl:inverseOf e:q . e:x e:p e:y .", "e:y e:q e:x .", ()),
    ("prp-inv2", "e:p owl:inverseOf e:q . e:x e:q e:y .", "e:y e:p e:x .", ()),
    (
        "prp-key",
        "e:c owl:hasKey ( e:p e:q ) . e:x a e:c ; e:p 1 ; e:q 2 . e:y a e:c ; e:p 1 ; e:q 2 , 3 .",
        "e:x owl:sameAs e:y .",
        (),
    ),
    ("cls-int1", "e:c owl:intersectionOf ( e:d e:f ) . e:x a e:d , e:f .", "e:x a e:c .", ()),
    ("cls-int1", "e:c owl:intersectionOf ( e:d e:f e:g ) . e:x a e:d , e:f , e:g .", "e:x a e:c .", ()),
    ("cls-int2", "e:c owl:intersectionOf ( e:d e:f ) . e:x a e:c .", "e:x a e:f .", ("cax-sco",)),
    ("cls-uni", "e:c owl:unionOf ( e:d e:f ) . e:x a e:f .", "e:x a e:c .", ("cax-sco",)),
    ("cls-svf1", "e:r owl:someValuesFrom e:c ; owl:onProperty e:p . e:x e:p e:y . e:y a e:c .", "e:x a e:r .", ()),
    ("cls-svf2", "e:r owl:someValuesFrom owl:Thing ; owl:onProperty e:p . e:x e:p 1 .", "e:x a e:r .", ()),
    ("cls-avf", "e:r owl:allValuesFrom e:c ; owl:onProperty e:p . e:x a e:r ; e:p e:y .", "e:y a e:c .", ()),
    ("cls-hv1", "e:r owl:hasValue e:v ; owl:onProperty e:p . e:x a e:r .", "e:x e:p e:v .", ()),
    ("cls-hv2", "e:r owl:hasValue 1 ; owl:onProperty e:p . e:x e:p 1 .", "e:x a e:r .", ()),
    (
        "cls-maxc2",
        "e:r owl:maxCardinality '1'^^xsd:nonNegativeInteger ; owl:onProperty e:p . e:x a e:r ; e:p e:y , e:z .",
        "e:y owl:sameAs e:z .",
        (),
    ),
    (
        "cls-maxc2",
        "e:r owl:maxCardinality 01 ; owl:onProperty e:p . e:x a e:r ; e:p e:y , e:z .",
        "e:z owl:sameAs e:y .",
        (),
    ),
    (
        "cls-maxqc3",
        (
            "e:r owl:maxQualifiedCardinality 1 ; owl:onProperty e:p ; owl:onClass e:c . e:x a e:r ; e:p e:y , e:z . "
            "e:y a e:c . e:z a e:c ."
        ),
        "e:y owl:sameAs e:z .",
        (),
    ),
    (
        "cls-maxqc4",
        "e:r owl:maxQualifiedCardinality 1 ; owl:onProperty e:p ; owl:onClass owl:Thing . e:x a e:r ; e:p e:y , e:z .",
        "e:y owl:sameAs e:z .",
        (),
    ),
    ("cls-oo", "e:c owl:oneOf ( e:x e:y ) .", "e:y a e:c .", ()),
    ("cax-sco", "e:c rdfs:subClassOf e:d . e:x a e:c .", "e:x a e:d .", ()),
    ("cax-eqc1", "e:c owl:equivalentClass e:d . e:x a e:c .", "e:x a e:d .", ("cax-sco", "scm-eqc2")),
    ("cax-eqc2", "e:c owl:equivalentClass e:d . e:x a e:d .", "e:x a e:c .", ("cax-sco", "scm-eqc2")),
    ("scm-sco", "e:c rdfs:subClassOf e:d . e:d rdfs:subClassOf e:f .", "e:c rdfs:subClassOf e:f .", ()),
    ("scm-eqc1 forth", "e:c owl:equivalentClass e:d .", "e:c rdfs:subClassOf e:d .", ()),
    ("scm-eqc1 back", "e:c owl:equivalentClass e:d .", "e:d rdfs:subClassOf e:c .", ()),
    ("scm-eqc2", "e:c rdfs:subClassOf e:d . e:d rdfs:subClassOf e:c .", "e:d owl:equivalentClass e:c .", ()),
    ("scm-spo", "e:p rdfs:subPropertyOf e:q . e:q rdfs:subPropertyOf e:r .", "e:p rdfs:subPropertyOf e:r .", ()),
    ("scm-eqp1 forth", "e:p owl:equivalentProperty e:q .", "e:p rdfs:subPropertyOf e:q .", ()),
    ("scm-eqp1 back", "e:p owl:equivalentProperty e:q .", "e:q rdfs:subPropertyOf e:p .", ()),
    ("scm-eqp2", "e:p rdfs:subPropertyOf e:q . e:q rdfs:subPropertyOf e:p .", "e:q owl:equivalentProperty e:p .", ()),
    ("scm-dom1", "e:p rdfs:domain e:c . e:c rdfs:subClassOf e:d .", "e:p rdfs:domain e:d .", ()),
    ("scm-dom2", "e:q rdfs:domain e:c . e:p rdfs:subPropertyOf e:q .", "e:p rdfs:domain e:c .", ()),
    ("scm-rng1", "e:p rdfs:range e:c . e:c rdfs:subClassOf e:d .", "e:p rdfs:range e:d .", ()),
    ("scm-rng2", "e:q rdfs:range e:c . e:p rdfs:subPropertyOf e:q .", "e:p rdfs:range e:c .", ()),
    (
        "scm-hv",
        (
            "e:r owl:hasValue e:v ; owl:onProperty e:p . e:s owl:hasValue e:v ; owl:onProperty e:q . "
            "e:p rdfs:subPropertyOf e:q ."
        ),
        "e:r rdfs:subClassOf e:s .",
        (),
    ),
    (
        "scm-svf1",
        (
            "e:r owl:someValuesFrom e:c ; owl:onProperty e:p . e:s owl:someValuesFrom e:d ; owl:onProperty e:p . "
            "e:c rdfs:subClassOf e:d ."
        ),
        "e:r rdfs:subClassOf e:s .",
        (),
    ),
    (
        "scm-svf2",
        (
            "e:r owl:someValuesFrom e:c ; owl:onProperty e:p . e:s owl:someValuesFrom e:c ; owl:onProperty e:q . "
            "e:p rdfs:subPropertyOf e:q ."
        ),
        "e:r rdfs:subClassOf e:s .",
        (),
    ),
    (
        "scm-avf1",
        (
            "e:r owl:allValuesFrom e:c ; owl:onProperty e:p . e:s owl:allValuesFrom e:d ; owl:onProperty e:p . "
            "e:c rdfs:subClassOf e:d ."
        ),
        "e:r rdfs:subClassOf e:s .",
        (),
    ),
    (
        "scm-avf2",
        (
            "e:r owl:allValuesFrom e:c ; owl:onProperty e:p . e:s owl:allValuesFrom e:c ; owl:onProperty e:q . "
            "e:p rdfs:subPropertyOf e:q ."
        ),
        "e:s rdfs:subClassOf e:r .",
        (),
    ),
    (
        "scm-cls",
        (
            "e:c a owl:Class . e:r owl:someValuesFrom e:c ; owl:onProperty e:p . "
            "e:s owl:someValuesFrom e:c ; owl:onProperty e:p ."
        ),
        "e:r rdfs:subClassOf e:s .",
        (),
    ),
    (
        "scm-op",
        "e:p a owl:ObjectProperty . e:r owl:hasValue e:v ; owl:onProperty e:p . e:s owl:hasValue e:v ; owl:onProperty e:p .",
        "e:r rdfs:subClassOf e:s .",
        (),
    ),
    (
        "scm-dp",
        "e:p a owl:DatatypeProperty . e:r owl:hasValue 1 ; owl:onProperty e:p . e:s owl:hasValue 1 ; owl:onProperty e:p .",
        "e:r rdfs:subClassOf e:s .",
        (),
    ),
    ("scm-int", "e:c owl:intersectionOf ( e:d e:f ) .", "e:c rdfs:subClassOf e:f .", ()),
    ("scm-uni", "e:c owl:unionOf ( e:d e:f ) .", "e:f rdfs:subClassOf e:c .", ()),
]

CONTRADICTIONS = [
    ("eq-diff1", "e:x owl:sameAs e:y ; owl:differentFrom e:y ."),
    ("eq-diff2", "[] a owl:AllDifferent ; owl:members ( e:x e:y e:z ) . e:z owl:sameAs e:x ."),
    ("eq-diff3", "[] a owl:AllDifferent ; owl:distinctMembers ( e:x e:y e:z ) . e:z owl:sameAs e:x ."),
    ("prp-irp", "e:p a owl:IrreflexiveProperty . e:x e:p e:x ."),
    ("prp-asyp", "e:p a owl:AsymmetricProperty . e:x e:p e:y . e:y e:p e:x ."),
    ("prp-pdw", "e:p owl:propertyDisjointWith e:q . e:x e:p e:y ; e:q e:y ."),
    ("prp-adp", "[] a owl:AllDisjointProperties ; owl:members ( e:p e:q e:r ) . e:x e:p e:y ; e:r e:y ."),
    (
        "prp-npa1",
        "[] owl:sourceIndividual e:x ; owl:assertionProperty e:p ; owl:targetIndividual e:y . e:x e:p e:y .",
    ),
    ("prp-npa2", "[] owl:sourceIndividual e:x ; owl:assertionProperty e:p ; owl:targetValue 1 . e:x e:p 1 ."),
    ("cls-nothing2", "e:c rdfs:subClassOf owl:Nothing . e:x a e:c ."),
    ("cls-com", "e:c owl:complementOf e:d . e:x a e:c , e:d ."),
    ("cls-maxc1", "e:r owl:maxCardinality 0 ; owl:onProperty e:p . e:x a e:r ; e:p 1 ."),
    (
        "cls-maxqc1",
        "e:r owl:maxQualifiedCardinality 0 ; owl:onProperty e:p ; owl:onClass e:c . e:x a e:r ; e:p e:y . e:y a e:c .",
    ),
    (
        "cls-maxqc2",
        "e:r owl:maxQualifiedCardinality 0 ; owl:onProperty e:p ; owl:onClass owl:Thing . e:x a e:r ; e:p e:y .",
    ),
    ("cax-dw", "e:c owl:disjointWith e:d . e:f rdfs:subClassOf e:d . e:x a e:c , e:f ."),
    ("cax-adc", "[] a owl:AllDisjointClasses ; owl:members ( e:c e:d e:f ) . e:x a e:c , e:f ."),
    ("dt-diff", "e:p a owl:FunctionalProperty . e:x e:p 1 , 2 ."),
    ("dt-not-type", "e:x e:p 'one'^^xsd:integer ."),
    ("dt-not-type", "e:p rdfs:range xsd:integer . e:x e:p 'one' ."),
    ("dt-not-type", "e:p rdfs:range xsd:nonNegativeInteger . e:x e:p -1 ."),
]

CONSISTENT = [
    ("eq-diff1", "e:x owl:sameAs e:y ; owl:differentFrom e:z ."),
    ("prp-asyp", "e:p a owl:AsymmetricProperty . e:x e:p e:y . e:y e:q e:x ."),
    ("prp-npa", "[] owl:sourceIndividual e:x ; owl:assertionProperty e:p ; owl:targetIndividual e:y . e:x e:p e:z ."),
    ("cax-dw", "e:c owl:disjointWith e:d . e:x a e:c . e:y a e:d ."),
    ("dt-diff", "e:p a owl:FunctionalProperty . e:x e:p 1 , 01 , 1.0 ."),
    ("dt-not-type", "e:p rdfs:range xsd:integer . e:x e:p 7 , 7.0 ."),
    ("dt-not-type of a datatype outside", "e:p rdfs:range xsd:date . e:x e:p 'soon' ."),
]

# what would be wrong to infer, however near it lies; some reasoners do
UNSOUND = [
    ("inverse functional, other values", "e:p a owl:InverseFunctionalProperty . e:x e:p e:y . e:z e:p e:u .", "e:x owl:sameAs e:z ."),
    ("functional, other subjects", "e:p a owl:FunctionalProperty . e:x e:p e:y . e:z e:p e:u .", "e:y owl:sameAs e:u ."),
    ("key, other values", "e:c owl:hasKey ( e:p ) . e:x a e:c ; e:p 1 . e:y a e:c ; e:p 2 .", "e:x owl:sameAs e:y ."),
    ("key, half of it", "e:c owl:hasKey ( e:p e:q ) . e:x a e:c ; e:p 1 ; e:q 2 . e:y a e:c ; e:p 1 .", "e:x owl:sameAs e:y ."),
    ("key, other class", "e:c owl:hasKey ( e:p ) . e:x a e:c ; e:p 1 . e:y e:p 1 .", "e:x owl:sameAs e:y ."),
    ("chain, wrong way", "e:r owl:propertyChainAxiom ( e:p e:q ) . e:x e:q e:y . e:y e:p e:z .", "e:x e:r e:z ."),
    ("chain, half of it", "e:r owl:propertyChainAxiom ( e:p e:q ) . e:x e:p e:y .", "e:x e:r e:y ."),
    ("intersection, half of it", "e:c owl:intersectionOf ( e:d e:f ) . e:x a e:d .", "e:x a e:c ."),
    ("union, downwards", "e:c owl:unionOf ( e:d e:f ) . e:x a e:c .", "e:x a e:d ."),
    ("some values, no value of the class", "e:r owl:someValuesFrom e:c ; owl:onProperty e:p . e:x e:p e:y .", "e:x a e:r ."),
    ("all values, other property", "e:r owl:allValuesFrom e:c ; owl:onProperty e:p . e:x a e:r ; e:q e:y .", "e:y a e:c ."),
    ("subclass, downwards", "e:c rdfs:subClassOf e:d . e:x a e:d .", "e:x a e:c ."),
    ("two cardinality", "e:r owl:maxCardinality 2 ; owl:onProperty e:p . e:x a e:r ; e:p e:y , e:z .", "e:y owl:sameAs e:z ."),
]  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "text", "expected", "apart"), ENTAILMENTS, ids=[f"{row[0]} {n}" for n, row in enumerate(ENTAILMENTS)]
)
def test_each_rule(monkeypatch, rule, text, expected, apart):
    """A rule infers what the standard says, and without the rule nothing else does."""
    for other in apart:
        monkeypatch.delitem(RULES, other)
    wanted = set(triples(expected))
    assert wanted <= inferred(text)
    monkeypatch.delitem(RULES if rule in RULES else LIST_RULES, rule)
    assert not wanted & inferred(text)


@pytest.mark.parametrize(("rule", "text"), CONTRADICTIONS, ids=[f"{r} {n}" for n, (r, _) in enumerate(CONTRADICTIONS)])
def test_each_contradiction(monkeypatch, rule, text):
    """A contradiction is found and named by the rule of the standard with asserted or inferred premises, or not at all."""
    closure = Closure(triples(text))
    found = clashes(closure)
    assert {clash.rule for clash in found} == {rule}
    known = {str(triple) for triple in (*triples(text), *closure.triples())}
    same = f"<{PREFIXES['owl']}differentFrom>"
    held = [str(t) for clash in found for t in clash.premises if str(t.predicate) != same and "_:" not in str(t)]
    assert set(held) <= known
    if rule in RULES:
        monkeypatch.delitem(RULES, rule)
    else:
        monkeypatch.setattr("gcmgraph.reasoning.clashes.CHECKS", tuple(check for check in CHECKS if check != rule))
    assert clashes(Closure(triples(text))) == []


@pytest.mark.parametrize(("_", "text"), CONSISTENT, ids=[name for name, _ in CONSISTENT])
def test_what_is_no_contradiction(_, text):
    """What comes near a contradiction is none."""
    assert clashes(Closure(triples(text))) == []


@pytest.mark.parametrize(("_", "text", "wrong"), UNSOUND, ids=[row[0] for row in UNSOUND])
def test_nothing_is_inferred_that_does_not_follow(_, text, wrong):
    """What comes near a premise is none."""
    assert not set(triples(wrong)) & inferred(text)


def test_every_rule_has_its_test():
    """Each rule of tables 4 to 9 is in one of the lists above."""
    tested = {row[0] for row in (*ENTAILMENTS, *CONTRADICTIONS)}
    assert tested == {*RULES, *LIST_RULES, *CHECKS}
    assert set(EQUALITY) <= RULES.keys()


@pytest.mark.parametrize(
    "text",
    [
        "e:a owl:sameAs e:b . e:b owl:sameAs e:c . e:c owl:sameAs e:a . e:a e:p e:q .",
        "e:c rdfs:subClassOf e:d . e:d rdfs:subClassOf e:f . e:f rdfs:subClassOf e:c . e:x a e:c .",
        "e:p owl:propertyChainAxiom ( e:p e:q ) . e:q owl:propertyChainAxiom ( e:q e:p ) . e:x e:p e:y . e:y e:q e:x .",
        "e:p a owl:TransitiveProperty , owl:SymmetricProperty . e:x e:p e:y . e:y e:p e:z .",
        ("e:l <http://www.w3.org/1999/02/22-rdf-syntax-ns#first> e:d ; <http://www.w3.org/1999/02/22-rdf-syntax-ns#rest> e:l . "
        "e:c owl:intersectionOf e:l . e:x a e:d ."),
        "e:p rdfs:subPropertyOf rdfs:subClassOf . e:c e:p e:d . e:x a e:c .",
        "e:p owl:sameAs <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> . e:x e:p e:c . e:c rdfs:subClassOf e:d .",
        "e:p rdfs:subPropertyOf owl:sameAs . e:x e:p e:y ; e:q e:z .",
        "e:p owl:inverseOf e:p . e:x e:p e:x , 1 .",
        "owl:sameAs rdfs:subPropertyOf e:p . e:x owl:sameAs e:y .",
    ],
    ids=["same", "classes", "chains", "clique", "list", "subclass made", "type by another name", "same made", "itself", "above same"],
)  # fmt: skip
def test_cycles_end(text):
    """Whatever runs in a circle, or defines the vocabulary itself, closing ends, and closing again adds nothing."""
    found = inferred(text)
    again = Closure([*triples(text), *found])
    assert set(again.triples()) == set()
    if "rdf-syntax-ns#type" in text or "subPropertyOf rdfs:subClassOf" in text:
        assert set(triples("e:x a e:d .")) <= found


def names(prefix: str, count: int) -> st.SearchStrategy[str]:
    """Choose among a few names."""
    return st.sampled_from([f"e:{prefix}{number}" for number in range(count)])


FACTS = st.one_of(
    st.tuples(names("x", 6), names("p", 4), names("x", 6)).map(" ".join),
    st.tuples(names("x", 6), st.just("a"), names("c", 4)).map(" ".join),
    st.tuples(names("c", 4), st.sampled_from(["rdfs:subClassOf", "owl:equivalentClass"]), names("c", 4)).map(" ".join),
    st.tuples(names("p", 4), st.sampled_from(["rdfs:subPropertyOf", "owl:inverseOf"]), names("p", 4)).map(" ".join),
    st.tuples(names("p", 4), st.sampled_from(["rdfs:domain", "rdfs:range"]), names("c", 4)).map(" ".join),
    st.tuples(
        names("p", 4),
        st.just("a"),
        st.sampled_from(
            [f"owl:{kind}Property" for kind in ("Transitive", "Symmetric", "Functional", "InverseFunctional")]
        ),
    ).map(" ".join),
    st.tuples(names("x", 6), st.just("owl:sameAs"), names("x", 6)).map(" ".join),
    st.tuples(names("p", 4), st.just("owl:propertyChainAxiom ("), names("p", 4), names("p", 4), st.just(")")).map(
        " ".join
    ),
    st.tuples(names("c", 4), st.just("owl:intersectionOf ("), names("c", 4), names("c", 4), st.just(")")).map(" ".join),
    st.tuples(names("c", 4), st.just("owl:hasKey ("), names("p", 4), st.just(")")).map(" ".join),
)
SMALL = st.lists(FACTS, max_size=14)


def graph_of(facts: list[str]) -> list[ox.Triple]:
    """Read facts, with names for the nodes of lists that do not depend on what stands before."""
    return [triple for number, fact in enumerate(facts) for triple in _named(triples(f"{fact} ."), number, fact)]


def _named(found: list[ox.Triple], number: int, fact: str) -> list[ox.Triple]:
    """Give blank nodes names made of their fact."""
    blank = sorted({str(term) for triple in found for term in triple if isinstance(term, ox.BlankNode)})
    names = {old: ox.NamedNode(f"http://e/list/{crc32(fact.encode())}/{number}/{n}") for n, old in enumerate(blank)}
    return [ox.Triple(*(names.get(str(term), term) for term in triple)) for triple in found]


@settings(max_examples=60, deadline=None)
@given(SMALL, SMALL)
def test_extending_equals_closing_anew(first, second):
    """Adding to a closed graph gives what closing all gives; closing is monotone and idempotent."""
    start, more = graph_of(first), graph_of(second)
    closure = Closure(start)
    before = {*start, *closure.triples()}
    closure.extend(more)
    after = set(closure.triples())
    assert after == set(Closure([*start, *more]).triples())
    assert before <= after | {*start, *more}
    assert set(Closure([*start, *more, *after]).triples()) == set()


@settings(max_examples=25, deadline=None)
@given(SMALL.filter(lambda facts: not any("hasKey" in fact for fact in facts)))
def test_small_graphs_equal_the_reference_reasoner(facts):
    """On random small graphs the rules and owlrl infer the same, keys apart, with which owlrl is wrong."""
    corpus = Corpus({"http://g": tuple(graph_of(facts))})
    assert set(close(corpus)) == set(close(corpus, reasoner="owlrl"))


def test_closure_equals_the_reference_reasoner(corpus):
    """The rules and owlrl infer the same triples from the ontology, a third of the records, and all that is rare."""
    uses = Counter(triple.predicate for triple in corpus.triples())
    third = {
        name: tuple(
            t for t in own if "/ontology/" in name or uses[t.predicate] < 100 or crc32(str(t.subject).encode()) % 3 == 0
        )
        for name, own in corpus.graphs.items()
    }
    small = Corpus(third)
    assert {t.predicate for t in corpus.triples()} == {t.predicate for t in small.triples()}
    ours, reference = close(small), close(small, reasoner="owlrl")
    assert set(ours - reference) == set()
    assert set(reference - ours) == set()
    assert len(ours) > 5000


def test_an_unknown_reasoner_is_refused(corpus):
    """A reasoner that does not exist is met with those that do."""
    with pytest.raises(UnknownNameError, match="no reasoner 'rule'; did you mean 'rules'"):
        close(corpus, reasoner="rule")


def test_the_graph_has_no_contradiction(corpus):
    """The closed graph is consistent."""
    assert clashes(Closure(corpus.triples())) == []


def test_closing_is_idempotent(corpus):
    """Closing a closed graph adds nothing."""
    found = infer(corpus)
    again = Corpus({**corpus.graphs, "http://inferred": tuple(found)})
    assert infer(again) == []


def test_a_document_extends_the_closure(corpus):
    """Adding the last document to the closure of the others gives the closure of all."""
    *others, last = corpus.graphs.values()
    closure = Closure(triple for own in others for triple in own)
    closure.extend(last)
    assert set(closure.triples()) == set(infer(corpus))
    assert len(closure) == len(infer(corpus))


def test_two_step_facts_become_one_step(embedded):
    """Chains: taking part in a session is taking part in its meeting; the same for statements; speaking for a body involves it."""
    text = f"""PREFIX gcm: <{GCM}> PREFIX actor: <{PREFIXES["actor"]}> PREFIX event: <{PREFIXES["event"]}>
    ASK {{ actor:mehmet-samsar gcm:participatedIn event:gfmd-dialogue-2017-04 ; gcm:affiliatedWith actor:turkey .
    ?statement gcm:madeAt event:gfmd-dialogue-2017-04-session-1 ; gcm:madeWithin event:gfmd-dialogue-2017-04 , event:gfmd .
    event:gfmd-dialogue-2017-04-session-1 gcm:involves actor:mehmet-samsar }}"""
    assert embedded.query(text).boolean()

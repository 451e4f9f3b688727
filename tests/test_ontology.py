"""The ontology defines what is used, uses what it defines, and stays within OWL 2 RL."""

from __future__ import annotations

import re

import pyoxigraph as ox
import pytest
from conftest import ROOT

from gcmgraph.namespaces import GCM, ID, PREFIXES
from gcmgraph.reading import read_triples

RDF, RDFS, OWL, SKOS = (PREFIXES[name] for name in ("rdf", "rdfs", "owl", "skos"))
TYPE = RDF + "type"
ALLOWED_OWL = {
    "AllDisjointClasses", "AsymmetricProperty", "Class", "DatatypeProperty", "IrreflexiveProperty", "ObjectProperty",
    "Ontology", "TransitiveProperty", "inverseOf", "members", "propertyChainAxiom", "versionInfo",
}  # fmt: skip
RL_DATATYPES = {RDFS + "Literal", PREFIXES["xsd"] + "string", PREFIXES["xsd"] + "integer"}


def read(folder: str) -> list[ox.Triple]:
    """Read all triples of a folder."""
    return [triple for path in sorted((ROOT / folder).rglob("*.ttl")) for triple in read_triples(path)]


def iris(triples: list[ox.Triple]) -> set[str]:
    """Collect every IRI in triples, predicates and datatypes included."""
    return {term.value for triple in triples for term in triple if isinstance(term, ox.NamedNode)}


ONTOLOGY = read("ontology")
SHAPES = read("shapes")
DATA = read("data")
DEFINED = {t.subject.value for t in ONTOLOGY if t.predicate.value == TYPE and t.subject.value.startswith(GCM)}
QUERY_TERMS = {
    GCM + name for path in (ROOT / "queries").glob("*.rq") for name in re.findall(r"\bgcm:(\w+)", path.read_text())
}


def values(subject: str, predicate: str) -> list[ox.Literal | ox.NamedNode | ox.BlankNode]:
    """List what the ontology says of a term."""
    return [t.object for t in ONTOLOGY if t.subject.value == subject and t.predicate.value == predicate]


@pytest.mark.parametrize(
    ("where", "used"),
    [("ontology", iris(ONTOLOGY)), ("data", iris(DATA)), ("shapes", iris(SHAPES)), ("queries", QUERY_TERMS)],
    ids=["ontology", "data", "shapes", "queries"],
)
def test_no_term_is_used_that_is_not_defined(where, used):
    """Every term of our own namespace that a file uses is defined in the ontology."""
    assert sorted(iri for iri in used if iri.startswith(GCM) and iri not in DEFINED) == [], where


def test_no_term_is_defined_and_never_used():
    """Every term of the ontology is used in the data, itself or by a term below it, or named by a query."""
    used = iris(DATA) | QUERY_TERMS
    below = {(t.subject.value, t.object.value) for t in ONTOLOGY if t.predicate.value == RDFS + "subClassOf"}
    for _ in range(5):
        used |= {upper for lower, upper in below if lower in used}
    assert sorted(DEFINED - used) == []


@pytest.mark.parametrize("term", sorted(DEFINED))
def test_each_term_has_one_label_and_one_definition(term):
    """A term has one English label and one English definition, which can stand in for it."""
    for predicate in (RDFS + "label", SKOS + "definition"):
        found = values(term, predicate)
        assert [text.language for text in found] == ["en"], predicate
        assert all(text.value.strip() for text in found)


def test_only_owl_2_rl_constructs():
    """Only constructs that OWL 2 Profiles, section 4.2, allows anywhere are used, each on named terms."""
    used = {iri.removeprefix(OWL) for iri in iris(ONTOLOGY) if iri.startswith(OWL)}
    assert used <= ALLOWED_OWL
    for triple in ONTOLOGY:
        if triple.predicate.value in {RDFS + name for name in ("subClassOf", "domain", "range", "subPropertyOf")}:
            assert isinstance(triple.subject, ox.NamedNode)
            assert isinstance(triple.object, ox.NamedNode)


def test_only_owl_2_rl_datatypes():
    """A datatype property's range is a datatype of OWL 2 RL: xsd:date and xsd:time are not among them."""
    for term in DEFINED:
        if OWL + "DatatypeProperty" in {kind.value for kind in values(term, TYPE)}:
            assert {datatype.value for datatype in values(term, RDFS + "range")} <= RL_DATATYPES


def test_property_chains_are_regular():
    """No property depends on itself through a chain, but at the chain's head or in transitivity (OWL 2, section 11)."""
    depends = {}
    for triple in ONTOLOGY:
        if triple.predicate.value == OWL + "propertyChainAxiom":
            chain = members(triple.object)
            depends.setdefault(triple.subject.value, set()).update(
                chain[1:] if chain[0] == triple.subject.value else chain
            )
        if triple.predicate.value == RDFS + "subPropertyOf":
            depends.setdefault(triple.object.value, set()).add(triple.subject.value)
    for start in depends:
        reached, todo = set(), [start]
        while todo:
            for other in depends.get(todo.pop(), ()):
                assert other != start, start
                if other not in reached:
                    reached.add(other)
                    todo.append(other)


def members(head: ox.BlankNode) -> list[str]:
    """Read an RDF list."""
    found = []
    node: ox.BlankNode | ox.NamedNode = head
    while node.value != RDF + "nil":
        own = {t.predicate.value: t.object for t in ONTOLOGY if t.subject == node}
        found.append(own[RDF + "first"].value)
        node = own[RDF + "rest"]
    return found


def test_irreflexive_and_asymmetric_properties_are_simple():
    """A property that OWL 2 wants simple is neither transitive nor the head of a chain."""
    compound = {t.subject.value for t in ONTOLOGY if t.predicate.value == OWL + "propertyChainAxiom"}
    compound |= {t.subject.value for t in ONTOLOGY if str(t.object) == f"<{OWL}TransitiveProperty>"}
    marked = {
        t.subject.value
        for t in ONTOLOGY
        if str(t.object) in {f"<{OWL}{k}Property>" for k in ("Irreflexive", "Asymmetric")}
    }
    assert marked & compound == set()
    assert marked


def test_nothing_is_imported():
    """Nothing is fetched from the network by owl:imports."""
    assert OWL + "imports" not in iris(ONTOLOGY) | iris(DATA) | iris(SHAPES)


def test_every_record_that_is_pointed_to_is_described():
    """Every IRI of the project's own records that the data name is the subject of a triple."""
    described = {t.subject.value for t in (*DATA, *ONTOLOGY) if isinstance(t.subject, ox.NamedNode)}
    assert sorted(iri for iri in iris(DATA) if iri.startswith(ID) and iri not in described) == []


def test_every_reference_record_is_used():
    """Every actor, place, instrument, event and theme that the reference files describe is named elsewhere."""
    reference = [t for path in sorted((ROOT / "data/reference").glob("*.ttl")) for t in read_triples(path)]
    described = {t.subject.value for t in reference if not t.subject.value.startswith(PREFIXES["check"])}
    named = {t.object.value for t in (*DATA, *ONTOLOGY) if isinstance(t.object, ox.NamedNode)}
    assert sorted(described - named) == []

"""The rules of OWL 2 RL/RDF, as texts, and what they become once lists have been read.

A rule reads `head <- body`; the head `false` says that the body is a contradiction. What is left out of the rules of
the standard, because it says nothing of a graph, is listed in LEFT_OUT.

Source:
    OWL 2 Web Ontology Language Profiles (second edition), section 4.3, tables 4 to 9.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from gcmgraph.namespaces import PREFIXES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

TYPE = PREFIXES["rdf"] + "type"
MEMBER = "urn:list:member"  # a list and what it holds; never leaves the reasoner
FALSE = "false"

EQUALITY = ("eq-sym", "eq-trans", "eq-rep-s", "eq-rep-p", "eq-rep-o")

RULES = {
    # table 4: equality, which is applied as a whole, by one name for all that are the same
    "eq-sym": "?y owl:sameAs ?x <- ?x owl:sameAs ?y",
    "eq-trans": "?x owl:sameAs ?z <- ?x owl:sameAs ?y . ?y owl:sameAs ?z",
    "eq-rep-s": "?t ?p ?o <- ?s owl:sameAs ?t . ?s ?p ?o",
    "eq-rep-p": "?s ?q ?o <- ?p owl:sameAs ?q . ?s ?p ?o",
    "eq-rep-o": "?s ?p ?t <- ?o owl:sameAs ?t . ?s ?p ?o",
    "eq-diff1": "false <- ?x owl:differentFrom ?x",
    # table 5: properties
    "prp-dom": "?x a ?c <- ?p rdfs:domain ?c . ?x ?p ?y",
    "prp-rng": "?y a ?c <- ?p rdfs:range ?c . ?x ?p ?y",
    "prp-fp": "?y owl:sameAs ?z <- ?p a owl:FunctionalProperty . ?x ?p ?y . ?x ?p ?z . ?y != ?z",
    "prp-ifp": "?x owl:sameAs ?y <- ?p a owl:InverseFunctionalProperty . ?x ?p ?z . ?y ?p ?z . ?x != ?y",
    "prp-irp": "false <- ?p a owl:IrreflexiveProperty . ?x ?p ?x",
    "prp-symp": "?y ?p ?x <- ?p a owl:SymmetricProperty . ?x ?p ?y",
    "prp-asyp": "false <- ?p a owl:AsymmetricProperty . ?x ?p ?y . ?y ?p ?x",
    "prp-trp": "?x ?p ?z <- ?p a owl:TransitiveProperty . ?x ?p ?y . ?y ?p ?z",
    "prp-spo1": "?x ?q ?y <- ?p rdfs:subPropertyOf ?q . ?x ?p ?y . ?p != ?q",
    "prp-eqp1": "?x ?q ?y <- ?p owl:equivalentProperty ?q . ?x ?p ?y . ?p != ?q",
    "prp-eqp2": "?x ?p ?y <- ?p owl:equivalentProperty ?q . ?x ?q ?y . ?p != ?q",
    "prp-pdw": "false <- ?p owl:propertyDisjointWith ?q . ?x ?p ?y . ?x ?q ?y",
    "prp-adp": "false <- ?a a owl:AllDisjointProperties . ?a owl:members ?l . ?l urn:member ?p . ?l urn:member ?q . "
    "?x ?p ?y . ?x ?q ?y . ?p < ?q",
    "prp-inv1": "?y ?q ?x <- ?p owl:inverseOf ?q . ?x ?p ?y",
    "prp-inv2": "?y ?p ?x <- ?p owl:inverseOf ?q . ?x ?q ?y",
    "prp-npa1": "false <- ?n owl:sourceIndividual ?x . ?n owl:assertionProperty ?p . ?n owl:targetIndividual ?y . "
    "?x ?p ?y",
    "prp-npa2": "false <- ?n owl:sourceIndividual ?x . ?n owl:assertionProperty ?p . ?n owl:targetValue ?y . ?x ?p ?y",
    # table 6: classes
    "cls-nothing2": "false <- ?x a owl:Nothing",
    "cls-int2": "?x a ?m <- ?c owl:intersectionOf ?l . ?l urn:member ?m . ?x a ?c",
    "cls-uni": "?x a ?c <- ?c owl:unionOf ?l . ?l urn:member ?m . ?x a ?m",
    "cls-com": "false <- ?c owl:complementOf ?d . ?x a ?c . ?x a ?d",
    "cls-svf1": "?x a ?r <- ?r owl:someValuesFrom ?c . ?r owl:onProperty ?p . ?x ?p ?y . ?y a ?c",
    "cls-svf2": "?x a ?r <- ?r owl:someValuesFrom owl:Thing . ?r owl:onProperty ?p . ?x ?p ?y",
    "cls-avf": "?y a ?c <- ?r owl:allValuesFrom ?c . ?r owl:onProperty ?p . ?x a ?r . ?x ?p ?y",
    "cls-hv1": "?x ?p ?v <- ?r owl:hasValue ?v . ?r owl:onProperty ?p . ?x a ?r",
    "cls-hv2": "?x a ?r <- ?r owl:hasValue ?v . ?r owl:onProperty ?p . ?x ?p ?v",
    "cls-maxc1": "false <- ?r owl:maxCardinality 0 . ?r owl:onProperty ?p . ?x a ?r . ?x ?p ?y",
    "cls-maxc2": "?y owl:sameAs ?z <- ?r owl:maxCardinality 1 . ?r owl:onProperty ?p . ?x a ?r . ?x ?p ?y . ?x ?p ?z . "
    "?y != ?z",
    "cls-maxqc1": "false <- ?r owl:maxQualifiedCardinality 0 . ?r owl:onProperty ?p . ?r owl:onClass ?c . ?x a ?r . "
    "?x ?p ?y . ?y a ?c",
    "cls-maxqc2": "false <- ?r owl:maxQualifiedCardinality 0 . ?r owl:onProperty ?p . ?r owl:onClass owl:Thing . "
    "?x a ?r . ?x ?p ?y",
    "cls-maxqc3": "?y owl:sameAs ?z <- ?r owl:maxQualifiedCardinality 1 . ?r owl:onProperty ?p . ?r owl:onClass ?c . "
    "?x a ?r . ?x ?p ?y . ?y a ?c . ?x ?p ?z . ?z a ?c . ?y != ?z",
    "cls-maxqc4": "?y owl:sameAs ?z <- ?r owl:maxQualifiedCardinality 1 . ?r owl:onProperty ?p . "
    "?r owl:onClass owl:Thing . ?x a ?r . ?x ?p ?y . ?x ?p ?z . ?y != ?z",
    "cls-oo": "?m a ?c <- ?c owl:oneOf ?l . ?l urn:member ?m",
    # table 7: class axioms
    "cax-sco": "?x a ?d <- ?c rdfs:subClassOf ?d . ?x a ?c . ?c != ?d",
    "cax-eqc1": "?x a ?d <- ?c owl:equivalentClass ?d . ?x a ?c . ?c != ?d",
    "cax-eqc2": "?x a ?c <- ?c owl:equivalentClass ?d . ?x a ?d . ?c != ?d",
    "cax-dw": "false <- ?c owl:disjointWith ?d . ?x a ?c . ?x a ?d",
    "cax-adc": "false <- ?a a owl:AllDisjointClasses . ?a owl:members ?l . ?l urn:member ?c . ?l urn:member ?d . "
    "?x a ?c . ?x a ?d . ?c < ?d",
    # table 9: the schema
    "scm-cls": "?c rdfs:subClassOf ?c <- ?c a owl:Class",
    "scm-sco": "?c rdfs:subClassOf ?e <- ?c rdfs:subClassOf ?d . ?d rdfs:subClassOf ?e . ?c != ?d . ?d != ?e",
    "scm-eqc1 forth": "?c rdfs:subClassOf ?d <- ?c owl:equivalentClass ?d",
    "scm-eqc1 back": "?d rdfs:subClassOf ?c <- ?c owl:equivalentClass ?d",
    "scm-eqc2": "?c owl:equivalentClass ?d <- ?c rdfs:subClassOf ?d . ?d rdfs:subClassOf ?c",
    "scm-op": "?p rdfs:subPropertyOf ?p <- ?p a owl:ObjectProperty",
    "scm-dp": "?p rdfs:subPropertyOf ?p <- ?p a owl:DatatypeProperty",
    "scm-spo": "?p rdfs:subPropertyOf ?r <- ?p rdfs:subPropertyOf ?q . ?q rdfs:subPropertyOf ?r . ?p != ?q . ?q != ?r",
    "scm-eqp1 forth": "?p rdfs:subPropertyOf ?q <- ?p owl:equivalentProperty ?q",
    "scm-eqp1 back": "?q rdfs:subPropertyOf ?p <- ?p owl:equivalentProperty ?q",
    "scm-eqp2": "?p owl:equivalentProperty ?q <- ?p rdfs:subPropertyOf ?q . ?q rdfs:subPropertyOf ?p",
    "scm-dom1": "?p rdfs:domain ?d <- ?p rdfs:domain ?c . ?c rdfs:subClassOf ?d",
    "scm-dom2": "?p rdfs:domain ?c <- ?q rdfs:domain ?c . ?p rdfs:subPropertyOf ?q",
    "scm-rng1": "?p rdfs:range ?d <- ?p rdfs:range ?c . ?c rdfs:subClassOf ?d",
    "scm-rng2": "?p rdfs:range ?c <- ?q rdfs:range ?c . ?p rdfs:subPropertyOf ?q",
    "scm-hv": "?r rdfs:subClassOf ?s <- ?r owl:hasValue ?v . ?s owl:hasValue ?v . ?r owl:onProperty ?p . "
    "?s owl:onProperty ?q . ?p rdfs:subPropertyOf ?q",
    "scm-svf1": "?r rdfs:subClassOf ?s <- ?r owl:someValuesFrom ?c . ?c rdfs:subClassOf ?d . "
    "?s owl:someValuesFrom ?d . ?r owl:onProperty ?p . ?s owl:onProperty ?p",
    "scm-svf2": "?r rdfs:subClassOf ?s <- ?r owl:someValuesFrom ?c . ?s owl:someValuesFrom ?c . ?r owl:onProperty ?p . "
    "?s owl:onProperty ?q . ?p rdfs:subPropertyOf ?q",
    "scm-avf1": "?r rdfs:subClassOf ?s <- ?r owl:allValuesFrom ?c . ?c rdfs:subClassOf ?d . ?s owl:allValuesFrom ?d . "
    "?r owl:onProperty ?p . ?s owl:onProperty ?p",
    "scm-avf2": "?s rdfs:subClassOf ?r <- ?r owl:allValuesFrom ?c . ?s owl:allValuesFrom ?c . ?r owl:onProperty ?p . "
    "?s owl:onProperty ?q . ?p rdfs:subPropertyOf ?q",
    "scm-int": "?c rdfs:subClassOf ?m <- ?c owl:intersectionOf ?l . ?l urn:member ?m",
    "scm-uni": "?m rdfs:subClassOf ?c <- ?c owl:unionOf ?l . ?l urn:member ?m",
}

# rules whose body is as long as a list; the text is of a list of two
LIST_RULES = {
    "prp-spo2": (
        PREFIXES["owl"] + "propertyChainAxiom",
        "?x ?s ?z <- ?s owl:propertyChainAxiom (?p ?q) . ?x ?p ?y . ?y ?q ?z",
    ),
    "prp-key": (
        PREFIXES["owl"] + "hasKey",
        "?x owl:sameAs ?y <- ?s owl:hasKey (?p ?q) . ?x a ?s . ?x ?p ?v . ?x ?q ?w . ?y a ?s . ?y ?p ?v . ?y ?q ?w",
    ),
    "cls-int1": (PREFIXES["owl"] + "intersectionOf", "?x a ?s <- ?s owl:intersectionOf (?c ?d) . ?x a ?c . ?x a ?d"),
}

# found by other means than patterns: literals, and lists of what is all different
CHECKS = ("eq-diff2", "eq-diff3", "dt-diff", "dt-not-type")

LEFT_OUT = {
    "eq-ref": "x owl:sameAs x",
    "prp-ap": "p a owl:AnnotationProperty, for the annotation properties of OWL",
    "cls-thing": "owl:Thing a owl:Class",
    "cls-nothing1": "owl:Nothing a owl:Class",
    "dt-type1": "d a rdfs:Datatype, for the datatypes of OWL 2 RL",
    "dt-type2": "a literal as the subject of rdf:type",
    "dt-eq": "a literal as the subject of owl:sameAs, and a triple said again with another form of the same value",
    "scm-cls": "c rdfs:subClassOf c, c owl:equivalentClass c, c rdfs:subClassOf owl:Thing, owl:Nothing rdfs:subClassOf "
    "c",
    "scm-op": "p rdfs:subPropertyOf p, p owl:equivalentProperty p",
    "scm-dp": "p rdfs:subPropertyOf p, p owl:equivalentProperty p",
    "cax-sco": "x a owl:Thing",
}

Part = str | int
Atom = tuple[Part, Part, Part]


@dataclass(frozen=True)
class Rule:
    """A rule, its lists read.

    Attributes:
        name: what the standard calls it.
        body: triple patterns; a text that begins with a question mark is a variable, another an IRI or a digit, a
            number the term that a list holds.
        head: a triple pattern, or None for a contradiction.
        unequal: pairs of variables that must differ.
        ordered: pairs of variables of which either order will do.
    """

    name: str
    body: tuple[Atom, ...]
    head: Atom | None
    unequal: tuple[tuple[str, str], ...] = ()
    ordered: tuple[tuple[str, str], ...] = ()


@lru_cache(maxsize=256)
def parse_rule(name: str, text: str) -> Rule:
    """Read a rule from its text.

    >>> parse_rule("cls-nothing2", "false <- ?x a owl:Nothing").head is None
    True
    """
    head, _, body = text.partition(" <- ")
    parts = [part.split() for part in body.split(" . ")]
    atoms = tuple(_atom(part) for part in parts if part[1] not in ("!=", "<"))
    unequal = tuple((a, b) for a, sign, b in parts if sign == "!=")
    ordered = tuple((a, b) for a, sign, b in parts if sign == "<")
    return Rule(name.partition(" ")[0], atoms, None if head == FALSE else _atom(head.split()), unequal, ordered)


def fixed_rules() -> list[Rule]:
    """Read the rules whose bodies do not depend on a list, but for those of equality."""
    return [parse_rule(name, text) for name, text in RULES.items() if name not in EQUALITY]


def list_rules(lists: Mapping[str, Iterable[tuple[Part, Sequence[Part]]]]) -> Iterator[Rule]:
    """Write the rules of LIST_RULES for the lists of a graph.

    Args:
        lists: for each property of LIST_RULES, the subjects that have it with the members of their lists.
    """
    writers = {"prp-spo2": _chain, "prp-key": _key, "cls-int1": _intersection}
    for name, (axiom, _) in LIST_RULES.items():
        for owner, members in lists.get(axiom, ()):
            if members:
                yield writers[name](owner, members)


def _chain(owner: Part, members: Sequence[Part]) -> Rule:
    """Write prp-spo2: who is joined by the chain is joined by the property."""
    body = tuple((f"?x{n}", member, f"?x{n + 1}") for n, member in enumerate(members))
    return Rule("prp-spo2", body, ("?x0", owner, f"?x{len(members)}"))


def _key(owner: Part, members: Sequence[Part]) -> Rule:
    """Write prp-key: members of a class that agree on all key properties are the same."""
    keys = [(side, member, f"?v{n}") for side in ("?x", "?y") for n, member in enumerate(members)]
    body = (("?x", TYPE, owner), *keys, ("?y", TYPE, owner))
    return Rule("prp-key", tuple(body), ("?x", _iri("owl:sameAs"), "?y"), unequal=(("?x", "?y"),))


def _intersection(owner: Part, members: Sequence[Part]) -> Rule:
    """Write cls-int1: what is in each class is in their intersection."""
    return Rule("cls-int1", tuple(("?x", TYPE, member) for member in members), ("?x", TYPE, owner))


def _atom(words: Sequence[str]) -> Atom:
    """Read a triple pattern."""
    subject, predicate, value = (_iri(word) for word in words)
    return subject, predicate, value


def _iri(word: str) -> str:
    """Give the IRI that a CURIE stands for; variables and digits stand for themselves."""
    if word[0] == "?" or word.isdigit():
        return word
    if word == "a":
        return TYPE
    if word == "urn:member":
        return MEMBER
    prefix, _, local = word.partition(":")
    return PREFIXES[prefix] + local

"""Which axioms of a graph lie outside OWL 2 RL, and what is lost by that.

Source:
    OWL 2 Profiles (second edition), section 4.2: which expressions may stand below, above and beside which.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gcmgraph.namespaces import PREFIXES
from gcmgraph.reasoning.literals import DATATYPES, value_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import pyoxigraph as ox

    Told = dict[object, dict[str, list[object]]]

RDF, RDFS, OWL, XSD = (PREFIXES[name] for name in ("rdf", "rdfs", "owl", "xsd"))
BELOW = ("intersectionOf", "unionOf", "oneOf", "someValuesFrom", "hasValue")
ABOVE = ("intersectionOf", "complementOf", "allValuesFrom", "hasValue", "maxCardinality", "maxQualifiedCardinality")
EQUAL = ("intersectionOf", "hasValue")
EXPRESSIONS = {*BELOW, *ABOVE, "hasSelf", "minCardinality", "minQualifiedCardinality", "cardinality",
               "qualifiedCardinality", "onDatatype", "datatypeComplementOf"}  # fmt: skip
NEVER = {
    "disjointUnionOf": "nothing is inferred from the union, nor the parts held apart",
    "imports": "what it names is not read",
    "ReflexiveProperty": "nothing is inferred to stand in it to itself",
    "topObjectProperty": "nothing is inferred from it",
    "bottomObjectProperty": "what stands in it is not found to be a contradiction",
    "topDataProperty": "nothing is inferred from it",
    "bottomDataProperty": "what stands in it is not found to be a contradiction",
}
BY_VALUE = (
    "hasKey",
    "hasValue",
    "InverseFunctionalProperty",
    "propertyDisjointWith",
    "AllDisjointProperties",
    "targetValue",
)


@dataclass(frozen=True, order=True)
class Loss:
    """An axiom outside OWL 2 RL.

    Attributes:
        subject: what it is about, as N-Triples writes it.
        axiom: the construct, as a CURIE.
        lost: what is not inferred or checked.
    """

    subject: str
    axiom: str
    lost: str


def losses(triples: Iterable[ox.Triple]) -> list[Loss]:
    """Find the axioms that lie outside OWL 2 RL, sorted.

    What they say is not wrong, but less is inferred from it than OWL 2 allows.
    """
    told: Told = defaultdict(lambda: defaultdict(list))
    literals: set[ox.Literal] = set()
    for triple in triples:
        if hasattr(triple.object, "datatype"):
            literals.add(triple.object)  # type: ignore[arg-type]
        if triple.predicate.value.startswith((OWL, RDFS, RDF)):
            told[triple.subject][triple.predicate.value].append(triple.object)
    found = {loss for subject, own in list(told.items()) for loss in _of_subject(told, subject, own)}
    return sorted(found | set(_by_form(told, literals)))


def _by_form(told: Told, literals: set[ox.Literal]) -> Iterator[Loss]:
    """Warn where rules compare values, and one value is written in two forms: the rules compare forms."""
    kinds = {getattr(kind, "value", "") for own in told.values() for kind in own.get(RDF + "type", ())}
    names = {predicate for own in told.values() for predicate in own} | kinds
    used = sorted(name for name in BY_VALUE if OWL + name in names)
    forms: dict[object, ox.Literal] = {}
    typed = (literal for literal in literals if not literal.language and literal.datatype.value != XSD + "string")
    for literal in sorted(typed, key=str) if used else ():
        other = forms.setdefault(value_of(literal), literal)
        if other != literal:
            lost = f"{other} and {literal} are one value in two forms, and are not found to be the same"
            yield from (Loss(str(other), f"owl:{name}", lost) for name in used)
            return


def _of_subject(told: Told, subject: object, own: dict[str, list[object]]) -> Iterator[Loss]:
    """Check the axioms about one subject."""
    for predicate, side, other in (
        (RDFS + "subClassOf", "below", "above"),
        (OWL + "equivalentClass", "equal", "equal"),
        (OWL + "disjointWith", "below", "below"),
        (RDFS + "domain", "", "above"),
        (RDFS + "range", "", "above"),
    ):
        for value in own.get(predicate, ()):
            axiom = predicate.replace(OWL, "owl:").replace(RDFS, "rdfs:")
            for expression, place in ((subject, side), (value, other)):
                for name in _misplaced(told, expression, place):
                    yield Loss(str(subject), axiom, f"owl:{name} stands {place} it: {_lost(name, place)}")
    for predicate, values in own.items():
        for name in (predicate, *(getattr(v, "value", "") for v in values if predicate == RDF + "type")):
            if name.startswith(OWL) and name.removeprefix(OWL) in NEVER:
                yield Loss(str(subject), f"owl:{name.removeprefix(OWL)}", NEVER[name.removeprefix(OWL)])
    for value in own.get(RDFS + "range", ()):
        name = getattr(value, "value", "")
        if name.startswith(XSD) and name not in DATATYPES:
            yield Loss(str(subject), "rdfs:range", f"{name.replace(XSD, 'xsd:')} is not checked by the rules")


def _misplaced(told: Told, expression: object, place: str, depth: int = 0) -> Iterator[str]:
    """Name the constructs of a class expression that may not stand where they do."""
    allowed = {"below": BELOW, "above": ABOVE, "equal": EQUAL}.get(place, ())
    own = told.get(expression, {})
    for name in sorted(EXPRESSIONS & {predicate.removeprefix(OWL) for predicate in own if predicate.startswith(OWL)}):
        values = own[OWL + name]
        few = {"0", "1"} >= {getattr(value, "value", "").lstrip("0") or "0" for value in values}
        if place and (name not in allowed or (name.startswith("max") and not few)):
            yield name
        elif place and depth < 20:
            inner = "below" if name == "complementOf" else place
            for value in values:
                for member in _members(told, value) if name in ("intersectionOf", "unionOf") else [value]:
                    yield from _misplaced(told, member, inner, depth + 1)


def _members(told: Told, head: object) -> list[object]:
    """Read a list, once around at most."""
    found: list[object] = []
    seen: set[object] = set()
    while head not in seen and head in told:
        seen.add(head)
        found += told[head].get(RDF + "first", [])
        head = next(iter(told[head].get(RDF + "rest", [])), None)
    return found


def _lost(name: str, place: str) -> str:
    """Say what is lost where a construct may not stand."""
    if name in ("someValuesFrom", "minCardinality", "minQualifiedCardinality", "cardinality", "qualifiedCardinality"):
        return "no unnamed things are inferred to exist, nor counted"
    if name == "unionOf":
        return "nothing is inferred by ruling out all but one"
    if name == "oneOf":
        return "its members are not found to be all that there are"
    if name in ("allValuesFrom", "complementOf") and place != "above":
        return "nothing is inferred to belong to it"
    if name.startswith("max"):
        return "too many values are not found, nor made the same"
    return "nothing is inferred from it"

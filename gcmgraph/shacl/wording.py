"""Constraints in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyoxigraph as ox

from gcmgraph.namespaces import PREFIXES, curie
from gcmgraph.shacl.custom import Sparql, local_name
from gcmgraph.shacl.model import Custom, Pattern, Qualified

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gcmgraph.shacl.index import Term
    from gcmgraph.shacl.model import Constraint, Parameter, Shape
    from gcmgraph.shacl.shapes import Shapes

SH, RDF, XSD = PREFIXES["sh"], PREFIXES["rdf"], PREFIXES["xsd"]
COUNTS = ("MinCount", "MaxCount")
NODE_KINDS = {
    "IRI": "an IRI",
    "Literal": "a literal",
    "BlankNode": "a blank node",
    "BlankNodeOrIRI": "a blank node or an IRI",
    "BlankNodeOrLiteral": "a blank node or a literal",
    "IRIOrLiteral": "an IRI or a literal",
}
DATATYPES = {RDF + "langString": "a text with a language tag", XSD + "string": "a text without a language tag"}
TERMS = {
    "Class": "an instance of {}",
    "MinExclusive": "more than {}",
    "MinInclusive": "at least {}",
    "MaxExclusive": "less than {}",
    "MaxInclusive": "at most {}",
    "Equals": "the same values as {} has",
    "Disjoint": "no value that {} has too",
    "LessThan": "less than each value of {}",
    "LessThanOrEquals": "at most each value of {}",
    "HasValue": "one of the values is {}",
}
NUMBERS = {"MinLength": "at least {} characters long", "MaxLength": "at most {} characters long"}
LISTS = {"And": ("", " and "), "Or": ("either ", " or "), "Xone": ("exactly one of: ", " or ")}


def how_many(shape: Shape) -> str:
    """Put the counts of a property shape in words; empty if any number will do."""
    counts: dict[str, int] = {c.kind: c.parameter for c in shape.constraints if c.kind in COUNTS}  # type: ignore[misc]
    return _count(counts.get("MinCount", 0), counts.get("MaxCount"))


def in_words(shapes: Shapes, shape: Shape, above: tuple[Term, ...] = ()) -> list[str]:
    """Put the constraints of a shape in words, one a constraint; counts, and which properties are allowed, left out.

    Args:
        shapes: where the shapes that it names are looked up.
        shape: the shape.
        above: the shapes that led to it; one that is recursive is named and not followed.
    """
    kinds = (*COUNTS, "Closed")
    return [_words(shapes, shape, c, (*above, shape.node)) for c in shape.constraints if c.kind not in kinds]


def term_in_words(term: Term) -> str:
    """Show a term to people."""
    if isinstance(term, ox.NamedNode):
        return curie(term.value)
    if not isinstance(term, ox.Literal):
        return "a blank node"
    language = f" in {term.language}" if term.language else ""
    return f'"{term.value}"{language}' if term.language or term.datatype.value == XSD + "string" else term.value


def _count(least: int, most: int | None) -> str:
    """Put two counts in words."""
    if most == 0:
        return "none"
    if least == most:
        return f"exactly {_number(least)}"
    if most is None:
        return f"at least {_number(least)}" if least else ""
    return f"{least} to {most}" if least else f"at most {_number(most)}"


def _number(number: int) -> str:
    """Write a number; one as a word."""
    return "one" if number == 1 else str(number)


def _words(shapes: Shapes, shape: Shape, constraint: Constraint, above: tuple[Term, ...]) -> str:
    """Put one constraint in words."""
    kind, given = constraint.kind, constraint.parameter
    if kind in LISTS:
        before, between = LISTS[kind]
        return before + between.join(_named(shapes, node, above) for node in given)  # type: ignore[union-attr]
    if kind in ("Node", "Property", "Not"):
        text = _named(shapes, given, above)  # type: ignore[arg-type]
        return f"not {text}" if kind == "Not" else text
    if isinstance(given, Qualified):
        apart = ", and of no other of the kinds counted beside it" if given.siblings else ""
        return f"{_count(given.least or 0, given.most) or 'any number'} {_named(shapes, given.shape, above)}{apart}"
    if isinstance(given, Sparql):
        return f"the rule of a query: what {_either(_messages(given, shape))} is refused"
    return _plain(kind, given)


def _plain(kind: str, given: Parameter) -> str:
    """Put in words a constraint that names no other shape."""
    if kind in NUMBERS:
        return NUMBERS[kind].format(given)
    if kind == "UniqueLang":
        return "at most one in each language"
    if isinstance(given, Pattern):
        return f"matching the pattern {given.text}" + (f" with the flags {given.flags}" if given.flags else "")
    if isinstance(given, Custom):
        values = ", ".join(f"{local_name(name)} {term_in_words(value)}" for name, value in given.values)
        return f"what {curie(given.component.iri)} asks for with {values}"
    if isinstance(given, tuple):
        return f"{'in the language' if kind == 'LanguageIn' else 'one of'} {_either(_values(kind, given))}"
    return _term(kind, given)  # type: ignore[arg-type]


def _term(kind: str, term: Term) -> str:
    """Put in words a constraint whose parameter is a term."""
    if kind == "NodeKind":
        return NODE_KINDS.get(term.value.removeprefix(SH), term_in_words(term))
    if kind == "Datatype":
        return DATATYPES.get(term.value, f"a literal of {term_in_words(term)}")
    return TERMS[kind].format(term_in_words(term))


def _values(kind: str, terms: tuple[Term, ...]) -> list[str]:
    """Show the terms of a list."""
    return [term.value if kind == "LanguageIn" else term_in_words(term) for term in terms]


def _messages(query: Sparql, shape: Shape) -> list[str]:
    """Give the messages of a query, or those of its shape."""
    return [m.value for m in query.messages or shape.messages] or ["it selects"]


def _either(texts: Sequence[str]) -> str:
    """Join alternatives."""
    return " or ".join([", ".join(texts[:-1]), texts[-1]]) if len(texts) > 1 else "".join(texts)


def _named(shapes: Shapes, node: Term, above: tuple[Term, ...]) -> str:
    """Put a shape in words that another names."""
    shape = shapes.shape(node)
    if node in above:
        return shape.name or "what is itself such a record"
    own = " and ".join(_parts(shapes, shape, above)) or "anything"
    if shape.path is None:
        return own if len(shape.constraints) < 2 else f"({own})"
    return f"something with {shape.path} ({own})"


def _parts(shapes: Shapes, shape: Shape, above: tuple[Term, ...]) -> Iterable[str]:
    """Put all of a shape in words, its counts and the properties that it allows too."""
    yield from (text for text in (how_many(shape), *in_words(shapes, shape, above)) if text)
    for constraint in shape.constraints:
        if constraint.kind == "Closed":
            yield f"with no property but {_either(_values('', constraint.parameter))}"  # type: ignore[arg-type]

"""What literals mean: their values, and the datatypes that they belong to, by rdflib's reading of their forms.

Source:
    OWL 2 Profiles, section 4.3, table 8; OWL 2 Structural Specification, section 4 (the datatype map).
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pyoxigraph as ox

from gcmgraph.namespaces import PREFIXES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rdflib import Literal

XSD = PREFIXES["xsd"]
_VALUE = ox.NamedNode("urn:value")
STRINGS = {"string", "normalizedString", "token", "language", "Name", "NCName", "NMTOKEN"}
LEAST = {
    "byte": -(2**7), "short": -(2**15), "int": -(2**31), "long": -(2**63), "nonNegativeInteger": 0,
    "positiveInteger": 1,
    "unsignedByte": 0, "unsignedShort": 0, "unsignedInt": 0, "unsignedLong": 0,
}  # fmt: skip
GREATEST = {
    "byte": 2**7 - 1, "short": 2**15 - 1, "int": 2**31 - 1, "long": 2**63 - 1, "nonPositiveInteger": 0,
    "negativeInteger": -1, "unsignedByte": 2**8 - 1, "unsignedShort": 2**16 - 1, "unsignedInt": 2**32 - 1,
    "unsignedLong": 2**64 - 1,
}  # fmt: skip
INTEGERS = {"integer", *LEAST, *GREATEST}
OTHERS = {"decimal", "float", "double", "boolean", "hexBinary", "base64Binary", "anyURI", "dateTime", "dateTimeStamp"}
DATATYPES = {XSD + name for name in STRINGS | INTEGERS | OTHERS}


def value_of(literal: ox.Literal) -> object:
    """Give what two literals of the same value have in common, and two of different values have not.

    >>> import pyoxigraph as ox
    >>> one, other = (ox.Literal(text, datatype=ox.NamedNode(XSD + "integer")) for text in ("1", "01"))
    >>> value_of(one) == value_of(other)
    True
    """
    read = _read(literal)
    if read.ill_typed or read.value is None:
        return str(literal)
    return _space(literal), read.value, literal.language


def written_forms(literals: Iterable[ox.Literal]) -> dict[str, str]:
    """Find the literals that a pyoxigraph store would write in another form.

    Returns:
        What the store writes, and what was written, both as N-Triples; left out are values that were written in several
        forms, which nothing can tell apart once they are in the store.
    """
    typed = [literal for literal in set(literals) if not literal.language and literal.datatype.value != XSD + "string"]
    store = ox.Store()
    store.bulk_extend(ox.Quad(ox.NamedNode(f"urn:n:{n}"), _VALUE, literal) for n, literal in enumerate(typed))
    forms: dict[str, set[str]] = {}
    for quad in store:
        written = typed[int(str(quad.subject)[len("<urn:n:") : -1])]
        forms.setdefault(str(quad.object), set()).add(str(written))
    found = {stored: written.pop() for stored, written in forms.items() if len(written) == 1}
    return {stored: written for stored, written in sorted(found.items()) if stored != written}


def is_ill_typed(literal: ox.Literal) -> bool:
    """Tell whether a literal's form is not one of its datatype's, for the datatypes of OWL 2 RL."""
    if literal.datatype.value not in DATATYPES or literal.datatype.value == XSD + "string":
        return False
    name = literal.datatype.value.removeprefix(XSD)
    if name in INTEGERS and literal.value.isdecimal() and literal.value.isascii():
        return not _within(int(literal.value), name)
    return bool(_read(literal).ill_typed)


def fits(literal: ox.Literal, datatype: str) -> bool:
    """Tell whether a literal's value belongs to a datatype; to one that OWL 2 RL does not know, any may."""
    if datatype not in DATATYPES or literal.datatype.value == datatype:
        return True
    name = datatype.removeprefix(XSD)
    value = _read(literal).value
    if name in INTEGERS:
        return (
            isinstance(value, int | Decimal)
            and not isinstance(value, bool)
            and value == int(value)
            and _within(int(value), name)
        )
    return _space(literal) == ("string" if name in STRINGS else name)


def _within(value: int, name: str) -> bool:
    """Tell whether a whole number is within the bounds of its datatype."""
    return LEAST.get(name, value) <= value <= GREATEST.get(name, value)


def _space(literal: ox.Literal) -> str:
    """Name the value space that a literal's datatype is a part of."""
    name = literal.datatype.value.removeprefix(XSD)
    if name in INTEGERS:
        return "decimal"
    if name == "dateTimeStamp":
        return "dateTime"
    return "string" if name in STRINGS or literal.language else name


def _read(literal: ox.Literal) -> Literal:
    """Have rdflib read a literal."""
    from gcmgraph.terms import to_rdflib

    return to_rdflib(literal)  # type: ignore[return-value]

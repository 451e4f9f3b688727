"""Order among literals, as SPARQL's "<" gives it.

Source:
    SPARQL 1.1, section 17.3 (operator mapping); XML Schema 1.1 Datatypes, section 2.2.3 (order).
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox

from gcmgraph.namespaces import PREFIXES
from gcmgraph.shacl.datatypes import is_well_formed

if TYPE_CHECKING:
    from collections.abc import Callable

    from gcmgraph.shacl.index import Term

XSD = PREFIXES["xsd"]
DECIMALS = {
    "decimal",
    "integer",
    "nonNegativeInteger",
    "positiveInteger",
    "nonPositiveInteger",
    "negativeInteger",
    "long",
    "int",
    "short",
    "byte",
    "unsignedLong",
    "unsignedInt",
    "unsignedShort",
    "unsignedByte",
}
ZONES = timedelta(hours=14)

Value = tuple[str, object]


def compare(one: Term, other: Term) -> int | None:
    """Compare two terms: -1, 0 or 1, or None if they cannot be compared.

    >>> one, other = (ox.Literal(text, datatype=ox.NamedNode(XSD + "decimal")) for text in ("1.50", "2"))
    >>> compare(one, other)
    -1
    """
    if not (isinstance(one, ox.Literal) and isinstance(other, ox.Literal)):
        return None
    first, second = value(one), value(other)
    if first is None or second is None or first[0] != second[0]:
        return None
    return _compared(first[1], second[1])


def _compared(a: Any, b: Any) -> int | None:
    """Compare two values of one space; a moment without a zone stands for any of them."""
    if isinstance(a, datetime) and (a.tzinfo is None) != (b.tzinfo is None):
        a, b = (moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment for moment in (a, b))
        if abs(a - b) <= ZONES:
            return None
    is_number = a == a and b == b  # noqa: PLR0124
    return int(a > b) - int(a < b) if is_number else None


@lru_cache(maxsize=1 << 16)
def value(literal: ox.Literal) -> Value | None:
    """Give a literal's value with the name of the space in which it can be compared; None if it has no order."""
    if literal.language:
        return None
    name = literal.datatype.value.removeprefix(XSD)
    if not is_well_formed(literal.value, literal.datatype.value):
        return None
    try:
        return _value(name, literal.value)
    except (ValueError, InvalidOperation, OverflowError):
        return None


def _value(name: str, text: str) -> Value | None:
    """Read a form of a datatype."""
    if name in READ:
        return READ[name][0], READ[name][1](text)
    return ("number", Decimal(text)) if name in DECIMALS else None


def _date_time(text: str) -> datetime:
    """Read a dateTime; midnight can be written as the end of the day before."""
    if "T24:00:00" in text:
        return datetime.fromisoformat(text.replace("T24:", "T00:")) + timedelta(days=1)
    whole, dot, rest = text.partition(".")
    if dot:
        digits = rest[: len(rest) - len(rest.lstrip("0123456789"))]
        text = f"{whole}.{digits[:6]:0<6}{rest[len(digits) :]}"
    return datetime.fromisoformat(text)


def _date(text: str) -> datetime:
    """Read a date as the moment at which it begins."""
    day = date.fromisoformat(text[:10])
    return _date_time(f"{day.isoformat()}T00:00:00{text[10:]}")


READ: dict[str, tuple[str, Callable[[str], object]]] = {
    "double": ("number", lambda text: float(text.replace("INF", "inf"))),
    "float": ("number", lambda text: float(text.replace("INF", "inf"))),
    "string": ("string", str),
    "boolean": ("boolean", lambda text: text in ("true", "1")),
    "dateTime": ("dateTime", _date_time),
    "dateTimeStamp": ("dateTime", _date_time),
    "date": ("date", _date),
    "time": ("time", lambda text: _date_time(f"1970-01-01T{text}")),
    "gYear": ("gYear", lambda text: _date(f"{text[:4]}-01-01{text[4:]}")),
    "gYearMonth": ("gYearMonth", lambda text: _date(f"{text[:7]}-01{text[7:]}")),
}

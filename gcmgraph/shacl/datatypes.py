"""XSD datatypes: which lexical forms belong to which.

Source:
    XSD 1.1 Datatypes, sections 3.3 and 3.4; RDF 1.1 Concepts, section 5 (white space is no part of a lexical form).
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from gcmgraph.namespaces import PREFIXES

if TYPE_CHECKING:
    from collections.abc import Mapping

XSD = PREFIXES["xsd"]
_ZONE = r"(?:Z|[+-](?:(?:0[0-9]|1[0-3]):[0-5][0-9]|14:00))"
_YEAR = r"(?P<year>-?(?:[1-9][0-9]{3,}|0[0-9]{3}))"
_MONTH = r"(?P<month>0[1-9]|1[0-2])"
_DAY = r"(?P<day>0[1-9]|[12][0-9]|3[01])"
_TIME = r"(?:(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]+)?|24:00:00(?:\.0+)?)"
_DECIMAL = r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)"
_DOUBLE = rf"{_DECIMAL}(?:[Ee][+-]?[0-9]+)?|[+-]?INF|NaN"
_MONTHS = r"(?:[0-9]+Y)?(?:[0-9]+M)?"
_CLOCK = r"(?:T(?=[0-9])(?:[0-9]+H)?(?:[0-9]+M)?(?:[0-9]+(?:\.[0-9]+)?S)?)?"
_WORDS = r"(?:[^\t\n\r ]+(?: [^\t\n\r ]+)*)?"
_CHARACTER = "A-Z_a-z\xc0-\xd6\xd8-\xf6\xf8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c\u200d\u2070-\u218f\u2c00-\u2fef"
_CHARACTER += "\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
_MORE = f"{_CHARACTER}\\-.0-9\xb7\u0300-\u036f\u203f\u2040"
_SIX = "[A-Za-z0-9+/]"
_BASE64 = (
    rf"(?:(?:{_SIX} ?){{4}})*(?:(?:{_SIX} ?){{3}}{_SIX}|(?:{_SIX} ?){{2}}[AEIMQUYcgkosw048] ?=|{_SIX} ?[AQgw] ?= ?=)"
)
_PATTERNS = {
    "boolean": "true|false|0|1",
    "decimal": _DECIMAL,
    "double": _DOUBLE,
    "float": _DOUBLE,
    "date": f"{_YEAR}-{_MONTH}-{_DAY}{_ZONE}?",
    "time": f"{_TIME}{_ZONE}?",
    "dateTime": f"{_YEAR}-{_MONTH}-{_DAY}T{_TIME}{_ZONE}?",
    "dateTimeStamp": f"{_YEAR}-{_MONTH}-{_DAY}T{_TIME}{_ZONE}",
    "gYear": f"{_YEAR}{_ZONE}?",
    "gYearMonth": f"{_YEAR}-{_MONTH}{_ZONE}?",
    "gMonth": f"--{_MONTH}{_ZONE}?",
    "gMonthDay": f"--{_MONTH}-{_DAY}{_ZONE}?",
    "gDay": f"---{_DAY}{_ZONE}?",
    "duration": f"-?P(?=.){_MONTHS}(?:[0-9]+D)?{_CLOCK}",
    "yearMonthDuration": f"-?P(?=.){_MONTHS}",
    "dayTimeDuration": f"-?P(?=.)(?:[0-9]+D)?{_CLOCK}",
    "integer": "[+-]?[0-9]+",
    "nonNegativeInteger": r"\+?[0-9]+|-0+",
    "nonPositiveInteger": r"-[0-9]+|\+?0+",
    "positiveInteger": r"\+?0*[1-9][0-9]*",
    "negativeInteger": "-0*[1-9][0-9]*",
    "hexBinary": "(?:[0-9A-Fa-f]{2})*",
    "base64Binary": f"(?:{_BASE64})?",
    "normalizedString": r"[^\t\n\r]*",
    "token": _WORDS,
    "anyURI": _WORDS,
    "language": "[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*",
    "NMTOKEN": f"[:{_MORE}]+",
    "Name": f"[:{_CHARACTER}][:{_MORE}]*",
    "NCName": f"[{_CHARACTER}][{_MORE}]*",
}
_BOUNDS = {
    "byte": (-(2**7), 2**7 - 1), "short": (-(2**15), 2**15 - 1), "int": (-(2**31), 2**31 - 1),
    "long": (-(2**63), 2**63 - 1), "unsignedByte": (0, 2**8 - 1), "unsignedShort": (0, 2**16 - 1),
    "unsignedInt": (0, 2**32 - 1), "unsignedLong": (0, 2**64 - 1),
}  # fmt: skip
_LENGTHS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_PATTERNS |= dict.fromkeys(_BOUNDS, r"(?P<sign>[+-]?)0*(?P<digits>[0-9]{1,20})")
_BOUNDED = {XSD + name: bounds for name, bounds in _BOUNDS.items()}
_DATED = {XSD + name for name in ("date", "dateTime", "dateTimeStamp", "gMonthDay")}
DATATYPES = frozenset({XSD + "string", *(XSD + name for name in _PATTERNS)})


def is_well_formed(lexical: str, datatype: str) -> bool:
    """Tell whether a lexical form belongs to a datatype.

    A string, and a literal of a datatype that is not in DATATYPES, may hold anything; so may xsd:anyURI but for white
    space at its ends and in a row, since XSD 1.1 leaves it to the reader to resolve.

    >>> is_well_formed("2018-02-30", "http://www.w3.org/2001/XMLSchema#date")
    False
    """
    pattern = _compiled(datatype)
    if pattern is None:
        return True
    match = pattern.fullmatch(lexical)
    if match is None:
        return False
    if datatype in _DATED:
        return _is_day(match.groupdict())
    bounds = _BOUNDED.get(datatype)
    return bounds is None or bounds[0] <= int(match["sign"] + match["digits"]) <= bounds[1]


@cache
def _compiled(datatype: str) -> re.Pattern[str] | None:
    """Compile the pattern of a datatype when it is first met."""
    name = datatype.removeprefix(XSD)
    return re.compile(_PATTERNS[name], re.DOTALL) if datatype.startswith(XSD) and name in _PATTERNS else None


def _is_day(parts: Mapping[str, str]) -> bool:
    """Tell whether the calendar has the day; without a year, whether it has it in a leap year."""
    month, day = int(parts["month"]), int(parts["day"])
    if (month, day) == (2, 29) and "year" in parts:
        year = int(parts["year"][-4:])  # what is left of it adds a multiple of 400
        return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return day <= _LENGTHS[month - 1]

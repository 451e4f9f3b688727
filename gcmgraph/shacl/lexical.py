"""Well-formed literals, told by conditions that every store can evaluate.

Source:
    XML Schema 1.1, part 2 (lexical spaces); SHACL, section 4.1.2 (ill-typed literals).
"""

from __future__ import annotations

import pyoxigraph as ox

from gcmgraph.namespaces import PREFIXES

XSD = PREFIXES["xsd"]
_YEAR = r"-?([1-9][0-9]{3,}|0[0-9]{3})"
_ZONE = r"(Z|[+-](0[0-9]|1[0-3]):[0-5][0-9]|[+-]14:00)?"
_LONG, _SHORT = "(0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])", "(0[469]|11)-(0[1-9]|[12][0-9]|30)"
_DAY = f"({_LONG}|{_SHORT}|02-(0[1-9]|1[0-9]|2[0-8]))"
_LEAP = "-?([0-9]*[0-9]{2}(0[48]|[2468][048]|[13579][26])|[0-9]*([02468][048]|[13579][26])00)-02-29"
_DATE = f"({_YEAR}-{_DAY}|{_LEAP})"
_TIME = r"(([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]+)?|24:00:00(\.0+)?)"
_DECIMAL = r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)"
_DOUBLE = rf"({_DECIMAL}([Ee][+-]?[0-9]+)?|[+-]?INF|NaN)"
_SECONDS = r"[0-9]+(\.[0-9]+)?S"
_HOURS = f"T([0-9]+H([0-9]+M)?({_SECONDS})?|[0-9]+M({_SECONDS})?|{_SECONDS})"
_YEARS = "([0-9]+Y([0-9]+M)?|[0-9]+M)"
_DAYS = f"([0-9]+D({_HOURS})?|{_HOURS})"
SIGNED = {
    "nonNegativeInteger": r"(\+?[0-9]+|-0+)",
    "nonPositiveInteger": r"(-[0-9]+|\+?0+)",
    "positiveInteger": r"\+?0*[1-9][0-9]*",
    "negativeInteger": "-0*[1-9][0-9]*",
}
FORMS = {
    **SIGNED,
    "integer": "[+-]?[0-9]+",
    "decimal": _DECIMAL,
    "double": _DOUBLE,
    "float": _DOUBLE,
    "boolean": "(true|false|0|1)",
    "date": _DATE + _ZONE,
    "dateTime": f"{_DATE}T{_TIME}{_ZONE}",
    "dateTimeStamp": f"{_DATE}T{_TIME}{_ZONE[:-1]}",
    "time": _TIME + _ZONE,
    "gYear": _YEAR + _ZONE,
    "gYearMonth": f"{_YEAR}-(0[1-9]|1[0-2]){_ZONE}",
    "gMonth": f"--(0[1-9]|1[0-2]){_ZONE}",
    "gDay": f"---(0[1-9]|[12][0-9]|3[01]){_ZONE}",
    "gMonthDay": f"--({_DAY}|02-29){_ZONE}",
    "duration": f"-?P({_YEARS}(({_DAYS})?)|{_DAYS})",
    "yearMonthDuration": f"-?P{_YEARS}",
    "dayTimeDuration": f"-?P{_DAYS}",
    "hexBinary": "([0-9A-Fa-f]{2})*",
    "base64Binary": "(([A-Za-z0-9+/] ?){4})*(([A-Za-z0-9+/] ?){2}= ?=|([A-Za-z0-9+/] ?){3}=)?",
    "language": "[a-zA-Z]{1,8}(-[a-zA-Z0-9]{1,8})*",
}
RANGES = {
    "long": (-(2**63), 2**63 - 1),
    "int": (-(2**31), 2**31 - 1),
    "short": (-(2**15), 2**15 - 1),
    "byte": (-128, 127),
    "unsignedLong": (0, 2**64 - 1),
    "unsignedInt": (0, 2**32 - 1),
    "unsignedShort": (0, 2**16 - 1),
    "unsignedByte": (0, 255),
}


def is_derived(datatype: str) -> bool:
    """Tell whether a datatype is derived from xsd:integer; some stores keep its literals as xsd:integer."""
    return datatype.removeprefix(XSD) in {*RANGES, *SIGNED}


def well_formed(datatype: str, var: str) -> str:
    """Write the condition that a literal of a datatype is well-formed; empty if every literal of it is.

    >>> well_formed("http://www.w3.org/2001/XMLSchema#boolean", "?value")
    'REGEX(STR(?value), "^(true|false|0|1)$")'
    """
    name = datatype.removeprefix(XSD)
    form = FORMS.get("integer" if name in RANGES else name, "") if datatype.startswith(XSD) else ""
    if not form:
        return ""
    matched = f"REGEX(STR({var}), {ox.Literal(f'^{form}$')})"
    if name not in RANGES:
        return matched
    least, most = RANGES[name]
    number = f"<{XSD}decimal>(STR({var}))"
    return f"{matched} && COALESCE({number} >= {least}.0 && {number} <= {most}.0, false)"

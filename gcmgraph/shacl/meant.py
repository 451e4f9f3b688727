"""What a literal was meant to be: the datatype that is wanted, and the form that it writes.

Source:
    XSD 1.1 Datatypes, section 3 (lexical forms); ISO 8601 (dates).
"""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

import pyoxigraph as ox

from gcmgraph.namespaces import PREFIXES
from gcmgraph.shacl.datatypes import DATATYPES, is_well_formed
from gcmgraph.shacl.values import DECIMALS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

XSD, RDF = PREFIXES["xsd"], PREFIXES["rdf"]
STRING, LANG = XSD + "string", RDF + "langString"
MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
_MONTH = "|".join(f"{name[:3]}(?:{name[3:]})?" for name in MONTHS) + "|sept"
_WEEKDAY = r"(?:(?:mon|tues?|wednes|wed|thurs?|fri|satur|sat|sun)(?:day)?\.?,?\s+)?"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_NAMED = (
    rf"{_WEEKDAY}{_DAY}(?:\s+of)?[\s.-]+(?P<month>{_MONTH})\.?,?[\s-]+(?P<year>\d{{4}})",
    rf"{_WEEKDAY}(?P<month>{_MONTH})\.?\s+{_DAY},?\s+(?P<year>\d{{4}})",
    rf"(?P<year>\d{{4}})[\s-]+(?P<month>{_MONTH})\.?[\s-]+{_DAY}",
)
_WITH_NAMES = [re.compile(pattern, re.IGNORECASE) for pattern in _NAMED]
_YEAR_FIRST = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})")
_COMPACT = re.compile(r"(\d{4})(\d\d)(\d\d)")
_YEAR_LAST = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4})")
_MOMENT = re.compile(
    r"(?P<day>-?\d{4,}-\d\d-\d\d)[Tt ](?P<time>\d\d:\d\d(?::\d\d(?:\.\d+)?)?)\s?(?P<zone>[Zz]|[+-]\d\d:\d\d)?"
)
_MIDNIGHT = re.compile(r"00:00(?::00(?:\.0+)?)?")
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d*)?(?:[eE][+-]?\d{1,2})?")
_GROUPED = re.compile(r"[+-]?\d{1,3}(?:([,.' \u00a0\u202f])\d{3})(?:\1\d{3})*")
_COMMA = re.compile(r"([+-]?\d+),(\d+)")
_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:[^\s<>\"{}|\\^`]+")
_TRUE, _FALSE = {"yes", "true", "y", "on"}, {"no", "false", "n", "off"}
_FREE = {XSD + name for name in ("normalizedString", "token", "Name", "NCName", "NMTOKEN", "hexBinary", "base64Binary")}
_NUMERIC = {*DECIMALS, "double", "float"}


class Meant(NamedTuple):
    """What a literal was meant to be.

    Attributes:
        term: the literal to write in its place, if there is no doubt.
        readings: the literals that it may stand for, each with what it then says, if there is doubt.
        words: what to do, where no literal can be named.
    """

    term: ox.Literal | None = None
    readings: tuple[tuple[ox.Literal, str], ...] = ()
    words: str = ""


def meant(value: ox.Literal, datatype: str, languages: Sequence[str] = ()) -> Meant:
    """Guess what a literal was meant to be.

    Args:
        value: the literal as written.
        datatype: the IRI of the datatype that is wanted.
        languages: the language tags that are allowed, if they are limited.

    >>> meant(ox.Literal("3 April 2017"), "http://www.w3.org/2001/XMLSchema#date").term.value
    '2017-04-03'
    >>> [told for _, told in meant(ox.Literal("03/04/2017"), "http://www.w3.org/2001/XMLSchema#date").readings]
    ['3 April 2017', '4 March 2017']
    """
    if datatype == LANG:
        return _tagged(value, languages)
    if datatype == STRING:
        plain = ox.Literal(value.value)
        return Meant(readings=((plain, "a text without a language"),)) if value.language else Meant(plain)
    texts = dict.fromkeys((value.value, value.value.strip(), _ascii(value.value)))
    return next((found for text in texts for found in _forms(text, value, datatype)), Meant(words=_words(datatype)))


def _forms(text: str, value: ox.Literal, datatype: str) -> Iterator[Meant]:
    """Go through what a text may stand for, the likeliest first."""
    name = datatype.removeprefix(XSD)
    if datatype in DATATYPES and is_well_formed(text, datatype):
        yield _as_it_is(text, value, datatype)
    if datatype not in DATATYPES:
        yield Meant(readings=((_literal(text, datatype), "that"),))
    elif name in _READERS:
        yield from _READERS[name](text, name)
    elif name in _NUMERIC:
        yield from _number(text, name)


def _as_it_is(text: str, value: ox.Literal, datatype: str) -> Meant:
    """Keep the text; what says something else as another datatype, or could be any text, is not sure."""
    given, wanted = value.datatype.value, datatype.removeprefix(XSD)
    term = _literal(text, datatype)
    name = given.removeprefix(XSD)
    both_numbers = name in _NUMERIC and (wanted in _NUMERIC or wanted.startswith("g"))
    sure = given in {STRING, LANG, datatype} or both_numbers
    if datatype == XSD + "anyURI":
        sure = sure and bool(_ABSOLUTE.fullmatch(text))
    if datatype in _FREE:
        sure = given in {STRING, datatype}
    return Meant(term) if sure else Meant(readings=((term, "that"),))


def _tagged(value: ox.Literal, languages: Sequence[str]) -> Meant:
    """Add the tag of a language; only one that is the only one allowed is sure."""
    if value.datatype.value not in {STRING, LANG}:
        return Meant(words=f'write a text with the tag of its language, such as "..."@{next(iter(languages), "en")}')
    if len(languages) == 1 and languages[0] != "*" and not value.language:
        return Meant(ox.Literal(value.value, language=languages[0]))
    tags = [tag for tag in languages if tag != "*"][:3] or ["en"]
    return Meant(readings=tuple((ox.Literal(value.value, language=tag), f"the language {tag}") for tag in tags))


def _dates(text: str) -> list[date]:
    """Read a date as people write it: none, one, or two that are equally likely."""
    for pattern in _WITH_NAMES:
        match = pattern.fullmatch(text)
        if match:
            return _days((match["year"], _month(match["month"]), match["day"]))
    match = _YEAR_FIRST.fullmatch(text) or _COMPACT.fullmatch(text)
    if match:
        numbers = [part for part in match.groups() if part.isdigit()]
        return _days((numbers[0], numbers[1], numbers[2]))
    match = _YEAR_LAST.fullmatch(text)
    return _days((match[4], match[3], match[1]), (match[4], match[1], match[3])) if match else []


def _days(*parts: tuple[str, str | int, str]) -> list[date]:
    """Make the dates that the calendar has, each once."""
    found = []
    for year, month, day in parts:
        try:
            found.append(date(int(year), int(month), int(day)))
        except ValueError:
            continue
    return list(dict.fromkeys(found))


def _month(name: str) -> int:
    """Number a month."""
    return next(number for number, month in enumerate(MONTHS, 1) if month.startswith(name.lower()[:3]))


def _date(text: str, _: str) -> Iterator[Meant]:
    """Read a date, or a moment in which only the day counts."""
    found = _dates(text)
    terms = [_literal(day.isoformat(), XSD + "date") for day in found]
    if len(found) == 1:
        yield Meant(terms[0])
    elif found:
        yield Meant(readings=tuple((t, _in_words(day)) for t, day in zip(terms, found, strict=True)))
    match = _MOMENT.fullmatch(text)
    if match and is_well_formed(match["day"], XSD + "date"):
        term = _literal(match["day"] + (match["zone"] or "").upper(), XSD + "date")
        at_midnight = _MIDNIGHT.fullmatch(match["time"])
        yield Meant(term) if at_midnight else Meant(readings=((term, "the day without its time"),))
    elif re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        yield Meant(words="write a day that the calendar has")
    elif re.fullmatch(r"\d{4}(?:-\d\d)?", text):
        yield Meant(
            words=f'write the day too, such as "{f"{text}-01-01"[:10] if len(text) == 4 else text + "-01"}"^^xsd:date'
        )


def _moment(text: str, name: str) -> Iterator[Meant]:
    """Read a moment."""
    match = _MOMENT.fullmatch(text)
    if match:
        time = match["time"] if match["time"].count(":") > 1 else f"{match['time']}:00"
        term = _literal(f"{match['day']}T{time}{(match['zone'] or '').upper()}", XSD + name)
        if is_well_formed(term.value, XSD + name):
            yield Meant(term)
    for day in ([date.fromisoformat(text)] if _is_day(text) else _dates(text))[:1]:
        zone = "Z" if name == "dateTimeStamp" else ""
        yield Meant(
            readings=((_literal(f"{day.isoformat()}T00:00:00{zone}", XSD + name), "the moment when it begins"),)
        )


def _time(text: str, _: str) -> Iterator[Meant]:
    """Read a time of day without its seconds, or with one digit for the hour."""
    match = re.fullmatch(r"(\d{1,2})[:.h](\d\d)(:\d\d)?", text)
    term = _literal(f"{match[1]:0>2}:{match[2]}{match[3] or ':00'}", XSD + "time") if match else None
    if term is not None and is_well_formed(term.value, XSD + "time"):
        yield Meant(term)


def _year(text: str, name: str) -> Iterator[Meant]:
    """Read the year, or the year and month, of a date."""
    length = 4 if name == "gYear" else 7
    for day in [date.fromisoformat(text)] if _is_day(text) else _dates(text):
        yield Meant(readings=((_literal(day.isoformat()[:length], XSD + name), "the date without its day"),))
    match = re.fullmatch(rf"(?:({_MONTH})\.?,?\s+)?(\d{{4}})", text, re.IGNORECASE)
    if match and match[1] and name == "gYearMonth":
        yield Meant(_literal(f"{match[2]}-{_month(match[1]):02}", XSD + name))


def _boolean(text: str, _: str) -> Iterator[Meant]:
    """Read a truth value."""
    if text.lower() in _TRUE | _FALSE:
        yield Meant(_literal("true" if text.lower() in _TRUE else "false", XSD + "boolean"))


def _number(text: str, name: str) -> Iterator[Meant]:
    """Read a number written otherwise; where a mark may part thousands or a fraction, name both."""
    whole = name not in {"decimal", "double", "float"}
    if _NUMBER.fullmatch(text):
        number = Decimal(text)
        exact = f"{number:f}" if not whole else f"{number:.0f}" if number == number.to_integral_value() else ""
        if exact and is_well_formed(exact, XSD + name):
            yield Meant(_literal(exact, XSD + name))
        elif exact or whole:
            yield Meant(words=f"write a number that xsd:{name} can hold, or mend the datatype")
    readings = []
    if _GROUPED.fullmatch(text):
        readings.append((_literal(re.sub(r"[^\d+-]", "", text), XSD + name), "thousands"))
    if _COMMA.fullmatch(text) and not whole:
        readings.append((_literal(text.replace(",", "."), XSD + name), "a fraction"))
    if readings:
        yield Meant(readings=tuple(readings))


_READERS: dict[str, Callable[[str, str], Iterator[Meant]]] = {
    "date": _date, "dateTime": _moment, "dateTimeStamp": _moment, "gYear": _year, "gYearMonth": _year,
    "boolean": _boolean, "time": _time,
}  # fmt: skip
_EXAMPLES = {
    "date": "2017-04-03", "dateTime": "2017-04-03T09:30:00", "dateTimeStamp": "2017-04-03T09:30:00Z",
    "time": "09:30:00", "gYear": "2017", "gYearMonth": "2017-04", "gMonth": "--04", "gDay": "---03",
    "gMonthDay": "--04-03", "boolean": "true", "decimal": "1.5", "double": "1.5", "float": "1.5", "duration": "P1DT2H",
    "yearMonthDuration": "P1Y2M", "dayTimeDuration": "P1DT2H", "negativeInteger": "-1", "nonPositiveInteger": "0",
    "hexBinary": "0FB7", "base64Binary": "YWJj", "anyURI": "https://example.org/", "language": "en", "NCName": "name",
    "string": "...", "normalizedString": "...", "token": "...", "Name": "name", "NMTOKEN": "name",
}  # fmt: skip


def example(datatype: str) -> ox.Literal:
    """Give a literal of a datatype."""
    if datatype == LANG:
        return ox.Literal("...", language="en")
    name = datatype.removeprefix(XSD)
    return _literal(_EXAMPLES.get(name, "1" if name in _NUMERIC else "..."), datatype)


def _words(datatype: str) -> str:
    """Say what a datatype looks like."""
    form = example(datatype)
    name = datatype.removeprefix(XSD)
    return f'write it in the form of "{form.value}"^^xsd:{name}, or mend the datatype'


def _is_day(text: str) -> bool:
    """Tell whether a text is a date that Python can read."""
    return (
        re.fullmatch(r"\d{4}-\d\d-\d\d", text) is not None and is_well_formed(text, XSD + "date") and text[:4] > "0000"
    )


def _literal(text: str, datatype: str) -> ox.Literal:
    """Make a literal."""
    return ox.Literal(text, datatype=ox.NamedNode(datatype))


def _in_words(day: date) -> str:
    """Write a date so that nobody takes the month for the day."""
    return f"{day.day} {MONTHS[day.month - 1].capitalize()} {day.year}"


def _ascii(text: str) -> str:
    """Write the usual minus, hyphen and blank for those of typographers."""
    return re.sub(r"[\u2010-\u2015\u2212]", "-", re.sub(r"[\s\u00a0\u202f]+", " ", text)).strip()

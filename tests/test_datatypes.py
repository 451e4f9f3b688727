"""Lexical forms belong to the datatypes that XSD 1.1 says they belong to."""

from __future__ import annotations

import pytest

from gcmgraph.shacl.datatypes import DATATYPES, XSD, is_well_formed

GOOD = {
    "string": ["", "anything\n at all"],
    "boolean": ["true", "false", "1", "0"],
    "decimal": ["0", "-1.5", "+.5", "5.", "007"],
    "double": ["1", "1e9", "-1.5E-3", ".5e+1", "INF", "-INF", "+INF", "NaN"],
    "float": ["1", "1e9", "INF", "NaN"],
    "date": ["2018-07-13", "2020-02-29", "2000-02-29", "-0004-02-29", "12000-02-29", "0000-02-29", "2018-07-13Z", "2018-07-13+14:00"],
    "time": ["00:00:00", "23:59:59.999", "24:00:00", "24:00:00.000", "12:00:00-05:30"],
    "dateTime": ["2018-07-13T10:00:00", "2018-07-13T24:00:00Z", "2018-07-13T10:00:00.5+13:59"],
    "dateTimeStamp": ["2018-07-13T10:00:00Z"],
    "gYear": ["2018", "-2018", "12018", "2018Z", "0000"],
    "gYearMonth": ["2018-12", "2018-12Z"],
    "gMonth": ["--12", "--01Z"],
    "gMonthDay": ["--02-29", "--12-31"],
    "gDay": ["---31", "---01+02:00"],
    "duration": ["P1Y", "-P1Y2M3DT4H5M6.7S", "PT0S", "P1M", "PT1M"],
    "yearMonthDuration": ["P1Y", "P1Y2M", "-P2M"],
    "dayTimeDuration": ["P1D", "PT5M", "P1DT1H", "-PT0.5S"],
    "integer": ["0", "-1", "+1", "0" * 5000, "9" * 5000],
    "nonNegativeInteger": ["0", "-0", "+7", "7"],
    "nonPositiveInteger": ["0", "+0", "-7"],
    "positiveInteger": ["1", "+1", "0010"],
    "negativeInteger": ["-1", "-010"],
    "byte": ["-128", "127", "+000000000000000000000000127"],
    "short": ["-32768", "32767"],
    "int": ["-2147483648", "2147483647"],
    "long": ["-9223372036854775808", "9223372036854775807"],
    "unsignedByte": ["0", "-0", "255"],
    "unsignedShort": ["65535"],
    "unsignedInt": ["4294967295"],
    "unsignedLong": ["18446744073709551615", "0" * 5000 + "1"],
    "hexBinary": ["", "0fB7"],
    "base64Binary": ["", "AAAA", "AAA=", "AA==", "A A A A", "YWJj"],
    "normalizedString": ["", " a  b "],
    "token": ["", "a b"],
    "anyURI": ["", "http://a.example/ b", "#x", "../é"],
    "language": ["en", "zh-Hans", "x-klingon"],
    "NMTOKEN": ["1a", "a:b", "-"],
    "Name": ["a", ":a", "_é.1"],
    "NCName": ["a", "_a-1.b"],
}  # fmt: skip
BAD = {
    "boolean": ["", "True", "yes", " true"],
    "decimal": ["", ".", "1e5", "1,5", "--1", "INF", "١"],
    "double": ["", "e5", "1e", "inf", "nan", "-NaN", "1 "],
    "float": ["", "1e1.5", "Infinity"],
    "date": ["2018-02-30", "2019-02-29", "1900-02-29", "2018-04-31", "2018-13-01", "2018-00-01", "18-07-13", "2018-7-13", "02018-07-13", "2018-07-13T00:00:00", "2018-07-13+14:01", "2018-07-13+15:00", "+2018-07-13", "2018-07-13\n", "-0003-02-29"],
    "time": ["24:00:01", "25:00:00", "12:60:00", "12:00:60", "12:00", "12:00:00."],
    "dateTime": ["2018-07-13", "2018-07-13 10:00:00", "2018-02-29T10:00:00", "2018-07-13T10:00"],
    "dateTimeStamp": ["2018-07-13T10:00:00", "2018-02-29T10:00:00Z"],
    "gYear": ["18", "02018", "2018-01", "+2018"],
    "gYearMonth": ["2018-13", "2018-1", "2018"],
    "gMonth": ["12", "--13", "--12--"],
    "gMonthDay": ["--02-30", "--04-31", "02-01"],
    "gDay": ["---32", "---00", "31"],
    "duration": ["", "P", "-P", "PT", "P1YT", "1Y", "P1S", "P-1Y", "P1.5Y", "PT1.S"],
    "yearMonthDuration": ["P", "P1D", "P1YT1H"],
    "dayTimeDuration": ["P", "P1Y", "P1M", "P1DT"],
    "integer": ["", "1.0", "+", "1e3", "٣"],
    "nonNegativeInteger": ["-1", ""],
    "nonPositiveInteger": ["1", ""],
    "positiveInteger": ["0", "-1", "+0"],
    "negativeInteger": ["0", "1", "-0"],
    "byte": ["-129", "128", "9" * 5000],
    "short": ["-32769", "32768"],
    "int": ["-2147483649", "2147483648"],
    "long": ["-9223372036854775809", "9223372036854775808"],
    "unsignedByte": ["-1", "256"],
    "unsignedShort": ["65536"],
    "unsignedInt": ["4294967296"],
    "unsignedLong": ["18446744073709551616", "-1"],
    "hexBinary": ["0", "0g", "0f b7"],
    "base64Binary": ["A", "AA=", "AB==", "AAB=", "AAAA ", "A  AAA", "A==="],
    "normalizedString": ["a\tb", "a\n"],
    "token": [" a", "a ", "a  b", "a\tb"],
    "anyURI": [" http://a.example/", "a\nb"],
    "language": ["", "en_GB", "abcdefghi", "en-"],
    "NMTOKEN": ["", "a b"],
    "Name": ["1a", ""],
    "NCName": ["a:b", "-a", ""],
}  # fmt: skip


def cases(table):
    """List the pairs of a datatype and a lexical form."""
    return [(name, lexical) for name, forms in table.items() for lexical in forms]


@pytest.mark.parametrize(("name", "lexical"), cases(GOOD), ids=lambda text: text[:30])
def test_a_form_of_the_datatype_is_accepted(name, lexical):
    """What XSD allows is well-formed."""
    assert is_well_formed(lexical, XSD + name)


@pytest.mark.parametrize(("name", "lexical"), cases(BAD), ids=lambda text: text[:30])
def test_a_form_of_another_datatype_is_refused(name, lexical):
    """What XSD does not allow is ill-typed."""
    assert not is_well_formed(lexical, XSD + name)


def test_the_tables_cover_every_datatype():
    """Each datatype has forms that belong to it, and each but a string forms that do not."""
    names = {name.removeprefix(XSD) for name in DATATYPES}
    assert names == GOOD.keys()
    assert names - {"string"} == BAD.keys()


def test_a_datatype_that_is_not_known_holds_anything():
    """Nothing is said about datatypes of others."""
    assert is_well_formed("", "http://www.w3.org/1999/02/22-rdf-syntax-ns#HTML")

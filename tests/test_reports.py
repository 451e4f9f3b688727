"""A report is chosen from, fails a run or not, and is written for GitHub."""

from __future__ import annotations

import json
from dataclasses import fields, replace

import pytest
from conftest import ROOT
from jsonschema import Draft202012Validator

from gcmgraph.errors import UnknownNameError, UsageError
from gcmgraph.findings import SEVERITIES, Edit, Finding, Looked, Report
from gcmgraph.reports import FORMATS, write_report
from gcmgraph.reports.selection import fails, selected

PLACED = Finding(
    "a.ttl", 7, 8, "violation", "Account-label", "is not text", "write text", "https://w3id.org/gcmgraph/id/theme/x",
    "http://www.w3.org/2000/01/rdf-schema#label", '"=1"', 7, 12, '\tgcm:x\t"=1" ;', "https://w3id.org/gcmgraph/shapes#Account-label",
    "http://www.w3.org/ns/shacl#DatatypeConstraintComponent", "shapes/Account.ttl", 11, "Labels are shown.",
    (Edit("/p/a.ttl", 100, 104, '"1"@en'),),
)  # fmt: skip
REPORT = Report(tuple(Finding("a.ttl", 1, 0, severity, "rule", "is wrong") for severity in SEVERITIES), 9)


def test_the_less_severe_are_not_shown():
    """Only what is at least so severe is kept, and what the limit left out is counted."""
    assert [f.severity for f in selected(REPORT, severity="warning").findings] == ["error", "violation", "warning"]
    assert (len(selected(REPORT, most=1).findings), selected(REPORT, most=1).cut) == (1, 3)
    with pytest.raises(UsageError):
        selected(REPORT, most=-1)


@pytest.mark.parametrize(("fail_on", "number"), [("error", 1), ("violation", 2), ("warning", 3), ("info", 4), ("never", 0)])  # fmt: skip
def test_a_level_decides_what_fails(fail_on, number):
    """A finding fails the run if it is at least as severe as the level."""
    assert number == sum(fails(Report((finding,), 1), fail_on) for finding in REPORT.findings)


def test_commands_for_github_hold_any_text():
    """What GitHub would read as the end of a property or a command is escaped."""
    finding = Finding("a,b:c.ttl", 2, 3, "info", "rule", "50%\n::error::x", "mend", end_line=2, end_column=9)
    line = "::notice file=a%2Cb%3Ac.ttl,line=2,col=3,endLine=2,endColumn=9,title=rule::50%25%0A::error::x; mend\n"
    assert line == write_report(Report((finding,), 1), "github")


def test_an_unknown_name_is_refused():
    """A form or a severity that does not exist is an error of the call."""
    with pytest.raises(UnknownNameError):
        write_report(REPORT, "sariff")
    with pytest.raises(UnknownNameError):
        fails(REPORT, "fatal")


def test_people_are_shown_the_place():
    """Below a finding stand its line, carets under the term, tabs as they are, and its shape."""
    expected = (
        f'{PLACED}\n    \tgcm:x\t"=1" ;\n    \t     \t^^^^\n  shape shapes/Account.ttl:11\n1 finding in 9 records\n'
    )
    assert write_report(Report((PLACED,), 9), "text") == expected


@pytest.mark.parametrize(
    ("excerpt", "column", "end_line", "end_column", "line", "carets"),
    [
        ("a \x1b b", 3, 7, 4, "a ? b", "  ^"),
        ("\u4e2de\u0301 b", 5, 7, 6, "\u4e2de\u0301 b", "    ^"),
        ('a """b', 3, 9, 2, 'a """b', "  ^^^^"),
        ("a b", 9, 0, 0, "a b", "   ^"),
        ("x" * 200 + "yy" + "z" * 200, 201, 7, 203, f"...{'x' * 49}yy{'z' * 49}...", " " * 52 + "^^"),
        ("y" * 400, 1, 7, 401, f"{'y' * 97}...", "^" * 100),
    ],
    ids=["unprintable", "wide and combining", "several lines", "behind the end", "long line", "long term"],
)  # fmt: skip
def test_carets_stand_under_the_term(excerpt, column, end_line, end_column, line, carets):
    """Whatever the line holds, it is shown safely and the carets line up."""
    found = replace(PLACED, excerpt=excerpt, column=column, end_line=end_line, end_column=end_column)
    assert write_report(Report((found,), 9), "text").splitlines()[1:3] == [f"    {line}", f"    {carets}"]


@pytest.mark.parametrize(
    ("report", "closing"),
    [
        (Report((), 9), "9 things: no findings"),
        (Report((PLACED, PLACED), 9, cut=3), "2 findings in 9 things; 3 more left out"),
        (Report((), 9, cut=3), "9 things: nothing shown; 3 more left out"),
        (Report((), 9, looked=(Looked("s", 0), Looked("t", 0))), "9 things: no shape found a node to look at"),
        (Report((), 9, looked=(Looked("s", 0), Looked("t", 1))), "9 things: no findings"),
    ],
)
def test_the_last_line_claims_no_more_than_was_done(report, closing):
    """Nothing is said to be without findings if some were left out, or if nothing was looked at."""
    assert write_report(report, "text", noun="things").splitlines()[-1] == closing


def test_a_file_name_of_any_bytes_is_written():
    """A name that is not UTF-8 does not stop a report from being written."""
    for report_format in FORMATS:
        assert write_report(Report((replace(PLACED, file="a\udcff.ttl"),), 1), report_format).encode()


def test_json_is_as_its_schema_says():
    """The schema is valid, names each key of what is written, and the written holds to it."""
    schema = json.loads((ROOT / "gcmgraph/reports/report.schema.json").read_text())
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    for report in (REPORT, Report((PLACED,), 9, looked=(Looked("s", 2, 1),), cut=4), Report((), 0)):
        body = json.loads(write_report(report, "json"))
        validator.validate(body)
        assert body.keys() == schema["properties"].keys()
    for name, one in (("finding", Finding), ("looked", Looked), ("edit", Edit)):
        assert list(schema["$defs"][name]["properties"]) == [field.name for field in fields(one)]
    assert schema["$defs"]["finding"]["properties"]["severity"]["enum"] == list(SEVERITIES)
    assert not validator.is_valid(body | {"version": 2})
    assert not validator.is_valid(body | {"findings": [{}]})


def test_json_keeps_what_it_is_given():
    """Each field of a finding can be read back."""
    body = json.loads(write_report(Report((PLACED,), 9, looked=(Looked("s", 2, 1),), cut=4), "json"))
    (found,) = body.pop("findings")
    edits = tuple(Edit(**edit) for edit in found.pop("edits"))
    assert Finding(**found, edits=edits) == PLACED
    assert body == {"$schema": body["$schema"], "version": 1, "conforms": False, "checked": 9, "cut": 4, "looked": [{"shape": "s", "nodes": 2, "findings": 1}]}  # fmt: skip

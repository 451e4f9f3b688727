"""A report is chosen from, fails a run or not, and is written for GitHub."""

from __future__ import annotations

import csv
import io
import json
import os
from base64 import b64encode
from dataclasses import fields, replace
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from conftest import ROOT
from jsonschema import Draft202012Validator
from jsonschema.validators import validator_for

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

# what GitHub's documentation of code scanning asks for, and what a reader needs to mend a file
_TEXT = {"type": "object", "properties": {"text": {"type": "string", "minLength": 1}}, "required": ["text"]}
_REGION = {
    "type": "object",
    "properties": {"snippet": _TEXT},
    "additionalProperties": {"type": "integer", "minimum": 1},
    "required": ["startLine"],
}
_PLACE = {
    "properties": {
        "physicalLocation": {
            "properties": {
                "artifactLocation": {
                    "properties": {"uri": {"type": "string", "pattern": r"^[!-~]+$"}},
                    "required": ["uri"],
                },
                "region": _REGION,
                "contextRegion": _REGION,
            },
            "required": ["artifactLocation"],
            "additionalProperties": False,
        }
    }
}
_RESULT = {
    "properties": {
        "ruleId": {"type": "string"},
        "ruleIndex": {"type": "integer", "minimum": 0},
        "level": {"enum": ["error", "warning", "note"]},
        "message": _TEXT,
        "locations": {"type": "array", "items": _PLACE},
        "relatedLocations": {"type": "array", "items": _PLACE},
        "partialFingerprints": {"additionalProperties": {"type": "string"}, "minProperties": 1},
        "fixes": {"items": {"required": ["artifactChanges"]}},
    },
    "required": ["ruleId", "ruleIndex", "level", "message", "partialFingerprints"],
    "additionalProperties": False,
}
_RULE = {
    "properties": {"id": {"type": "string"}, "shortDescription": _TEXT, "fullDescription": _TEXT, "help": _TEXT},
    "required": ["id", "shortDescription", "defaultConfiguration"],
}
_DRIVER = {"properties": {"rules": {"type": "array", "items": _RULE}}, "required": ["name", "version", "rules"]}
SARIF = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "properties": {
        "version": {"const": "2.1.0"},
        "runs": {
            "items": {
                "properties": {
                    "tool": {"properties": {"driver": _DRIVER}, "required": ["driver"]},
                    "results": {"type": "array", "items": _RESULT},
                },
                "required": ["tool", "results"],
            },
            "minItems": 1,
        },
    },
    "required": ["$schema", "version", "runs"],
}


def suite_of(written: str) -> ET.Element:
    """Read the one suite of a JUnit report."""
    (suite,) = ET.fromstring(written)  # noqa: S314
    return suite


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
    expected = f'{PLACED}\n    \tgcm:x\t"=1" ;\n    \t     \t^^^^\n  help: write "1"@en\n  shape shapes/Account.ttl:11\n1 finding in 9 records\n'
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
    assert body == {"$schema": body["$schema"], "version": 1, "conforms": False, "checked": 9, "cut": 4, "unchecked": "", "looked": [{"shape": "s", "nodes": 2, "findings": 1}]}  # fmt: skip


def test_sarif_is_as_the_standard_says(monkeypatch):
    """The log holds to the schema of the standard, if it is at hand, or else to what consumers of it ask for."""
    monkeypatch.chdir("/")
    bare = Finding("", 0, 0, "warning", "bare", "is wrong")
    for report in (Report((PLACED, replace(PLACED, end_line=9), bare, *REPORT.findings), 9, cut=1), Report((), 0)):
        body = json.loads(write_report(report, "sarif"))
        path = os.environ.get("GCMGRAPH_SARIF_SCHEMA")
        schema = json.loads(Path(path).read_text()) if path else SARIF
        validator_for(schema)(schema).validate(body)


def test_sarif_places_what_was_found(monkeypatch):
    """The term, its line, its shape and its mend are where they are, and addresses are encoded."""
    monkeypatch.chdir("/")
    body = json.loads(write_report(Report((replace(PLACED, file="p/ä b.ttl"),), 9), "sarif"))
    (run,) = body["runs"]
    (result,) = run["results"]
    (location,) = result["locations"]
    assert location["physicalLocation"] == {
        "artifactLocation": {"uri": "p/%C3%A4%20b.ttl", "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": 7, "startColumn": 8, "endLine": 7, "endColumn": 12, "snippet": {"text": '"=1"'}},
        "contextRegion": {"startLine": 7, "snippet": {"text": PLACED.excerpt}},
    }
    assert location["logicalLocations"][0]["name"] == "theme:x"
    (related,) = result["relatedLocations"]
    assert related["physicalLocation"]["region"] == {"startLine": 11}
    (change,) = result["fixes"][0]["artifactChanges"]
    assert change["artifactLocation"]["uri"] == "p/a.ttl"
    assert change["replacements"] == [{"deletedRegion": {"byteOffset": 100, "byteLength": 4}, "insertedContent": {"text": '"1"@en'}}]  # fmt: skip
    rule = run["tool"]["driver"]["rules"][result["ruleIndex"]]
    assert (rule["id"], rule["help"]["text"]) == ("Account-label", "Labels are shown. Write text.")


def test_sarif_gives_the_place_that_is_known(monkeypatch):
    """A line without a column is a region of its own, and a file elsewhere has its whole address."""
    monkeypatch.chdir(ROOT)
    found = (replace(PLACED, column=0, end_line=0, end_column=0), replace(PLACED, file="/p/a.ttl"), Finding("a.ttl", 0, 0, "info", "r", "p"))  # fmt: skip
    results = json.loads(write_report(Report(found, 9), "sarif"))["runs"][0]["results"]
    first, second, third = (result["locations"][0]["physicalLocation"] for result in results)
    assert first["region"] == {"startLine": 7, "snippet": {"text": PLACED.excerpt}}
    assert second["artifactLocation"] == {"uri": "file:///p/a.ttl"}
    assert results[0]["fixes"][0]["artifactChanges"][0]["artifactLocation"] == {"uri": "file:///p/a.ttl"}
    assert "region" not in third


def test_sarif_knows_a_finding_again():
    """A fingerprint does not hang on the line or the name of a blank node, and no two of a run are the same."""

    def prints(*found: Finding) -> list[str]:
        results = json.loads(write_report(Report(found, 9), "sarif"))["runs"][0]["results"]
        return [result["partialFingerprints"]["gcmgraph/v1"] for result in results]

    assert prints(PLACED) == prints(replace(PLACED, line=70, end_line=70, problem="is not"))
    assert prints(replace(PLACED, focus="b0", value="_:b1")) == prints(replace(PLACED, focus="b2", value="_:b3"))
    assert len({*prints(PLACED, PLACED, replace(PLACED, value='"2"'), replace(PLACED, focus="b0"))}) == 4


def test_csv_holds_every_field_and_no_formula():
    """A reader has each text again, and no cell begins like a formula."""
    texts = ("=1+1", "+1", "-1", "@A1", "\t=1", "\r=1", "'=1", "'", "\uff1d1", "", 'a "b", c\nd', "a=1")
    found = tuple(replace(PLACED, problem=text) for text in texts)
    written = write_report(Report(found, 9), "csv")
    rows = list(csv.DictReader(io.StringIO(written, newline="")))
    assert {*rows[0]} == {field.name for field in fields(Finding)} - {"edits"}
    assert written.startswith("file,line,column,end_line,end_column,severity,rule,problem,advice,focus,path,value,excerpt,shape,")  # fmt: skip
    assert not any(cell.startswith(tuple("=+-@\t\r\uff1d")) for row in rows for cell in row.values())
    for row, finding in zip(rows, found, strict=True):
        assert {key: cell.removeprefix("'") for key, cell in row.items()} == {key: str(getattr(finding, key)) for key in row}  # fmt: skip


def test_junit_tells_what_failed_and_what_passed():
    """Findings fail but for remarks, shapes without findings pass, and those that looked at nothing are skipped."""
    looked = (Looked(PLACED.shape, 5, 1), Looked("s#empty", 0), Looked("s#good", 7))
    remark = replace(PLACED, severity="info", problem='a\x1b\x00\ufffe\ud800<&"\r')
    written = write_report(Report((PLACED, remark), 9, looked=looked, cut=1), "junit")
    assert written == write_report(Report((PLACED, remark), 9, looked=looked, cut=1), "junit")
    suite = suite_of(written)
    assert [child.tag for child in suite] == ["properties", *["testcase"] * 4, "system-out", "system-err"]
    failed, passed, skipped, good = suite.findall("testcase")
    assert [[child.tag for child in test] for test in (failed, passed, skipped, good)] == [["failure"], ["system-out"], ["skipped"], []]  # fmt: skip
    assert {key: suite.get(key) for key in ("tests", "failures", "errors", "skipped", "timestamp")} == {"tests": "4", "failures": "1", "errors": "0", "skipped": "1", "timestamp": "1970-01-01T00:00:00"}  # fmt: skip
    assert failed.attrib == {"classname": "gcmgraph.Account-label", "name": "a.ttl:7:8 theme:x", "time": "0"}
    assert suite.findtext("system-out") == "2 findings in 9 records; 1 more left out"


def test_junit_holds_any_text():
    """What XML cannot hold is written as an escape, and what it can is read back."""
    text = "".join(map(chr, (*range(0x180), 0xD7FF, 0xD800, 0xFFFD, 0xFFFE, 0x1F600)))
    suite = suite_of(write_report(Report((replace(PLACED, problem=text),), 9), "junit"))
    message = suite.find("testcase/failure").get("message")
    assert message.startswith("\\x00\\x01")
    assert all(part in message for part in ("\t\n", "\\r", "\\x7f", "\\ud800", "\\ufffe", "\U0001f600", "<", "&", '"'))


def test_junit_is_never_empty():
    """Where nothing was found and no shape is known, one test passed, so that no server takes it for a run that broke."""
    suite = suite_of(write_report(Report((), 9), "junit"))
    assert [test.get("name") for test in suite.findall("testcase")] == ["records"]


class Page(HTMLParser):
    """Reads a page: its tags in order, its attributes, its texts by tag; every tag must be closed in turn."""

    def __init__(self, written: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[str, str]] = []
        self.open: list[str] = []
        self.feed(written)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        """Note a tag that opens."""
        self.tags.append((tag, dict(attrs)))
        self.open += [] if tag == "meta" else [tag]

    def handle_startendtag(self, tag, attrs):
        """Note a tag that is closed at once."""
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        """Close the last tag."""
        assert self.open.pop() == tag

    def handle_data(self, data):
        """Note a text with its tag."""
        if data.strip() and self.open:
            self.texts.append((self.open[-1], data.strip()))

    def all(self, tag: str) -> list[str]:
        """Give the texts of a tag."""
        return [text for name, text in self.texts if name == tag]


EVIL = "<script>alert(1)</script>\"'><img src=//e onerror=alert(1)>&\x00\u202e"
TEXTS = {field.name for field in fields(Finding) if field.type == "str"} - {"severity"}


def test_the_page_runs_and_loads_nothing():
    """Whatever a finding holds, the page has no script, no handler, no address but its own, and its style is allowed."""
    found = replace(PLACED, **dict.fromkeys(TEXTS, EVIL))
    report = Report((found, replace(found, column=0), PLACED), 9, looked=(Looked(EVIL, 0), Looked("s", 2, 1)), cut=1)
    written = write_report(report, "html")
    page = Page(written)
    assert {tag for tag, _ in page.tags} & {"script", "img", "link", "iframe", "object", "form", "base"} == set()
    attributes = [(name, value or "") for _, given in page.tags for name, value in given.items()]
    assert not [name for name, _ in attributes if name.startswith("on") or name in {"src", "style", "action"}]
    assert all(value.startswith("#") for name, value in attributes if name == "href")
    digest = b64encode(sha256(written.partition("<style>")[2].partition("</style>")[0].encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    assert ("meta", {"http-equiv": "Content-Security-Policy", "content": policy}) in page.tags
    assert not {"\x00", "\u202e"} & set(written)


def test_the_page_leads_to_each_finding():
    """Names are unique, every link has its goal, tables have heads, pictures have words, and the language is told."""
    written = write_report(Report((PLACED, *REPORT.findings), 9, looked=(Looked(PLACED.shape, 3, 1),)), "html")
    page = Page(written)
    names = [given["id"] for _, given in page.tags if "id" in given]
    goals = [given["href"].removeprefix("#") for tag, given in page.tags if tag == "a"]
    assert len(names) == len(set(names))
    assert set(goals) <= set(names)
    assert {f"finding-{number}" for number in range(1, 6)} <= set(goals)
    assert all("scope" in given for tag, given in page.tags if tag == "th")
    assert all({"aria-label", "aria-hidden"} & given.keys() for tag, given in page.tags if tag == "svg")
    assert ("html", {"lang": "en"}) in page.tags
    assert page.all("h1") == ["Does not conform"]
    assert page.all("mark") == ['"=1"']
    assert "5 findings in 9 records" in page.all("p")


@pytest.mark.parametrize(
    ("report", "verdict"),
    [
        (Report((), 9), "Conforms"),
        (Report(REPORT.findings[3:], 9), "Conforms, with remarks"),
        (Report(REPORT.findings[:3], 9), "Does not conform"),
        (Report((), 9, cut=2), "Not told in full"),
        (Report((), 9, looked=(Looked("s", 0),)), "Nothing was looked at"),
    ],
)
def test_the_page_claims_no_more_than_was_done(report, verdict):
    """The verdict is good only if all was looked at and all is told."""
    assert Page(write_report(report, "html")).all("h1") == [verdict]


def test_a_long_page_begins_folded():
    """Many findings or shapes are folded, so that the page can be taken in."""

    def folds(report: Report) -> list[bool]:
        return ["open" in given for tag, given in Page(write_report(report, "html")).tags if tag == "details"]

    shapes = tuple(Looked(f"s{number}", 1) for number in range(30))
    assert folds(Report((PLACED,), 9, looked=shapes[:3])) == [True, True, False]
    assert folds(Report((PLACED,) * 90, 9, looked=shapes)) == [False, False, False]

"""Write findings as a JUnit report, which build servers read.

Each finding is a test that failed, or, if it is but a remark, one that passed and says something. Each shape that
looked at nodes and found nothing is a test that passed; one that found no node to look at was skipped.

Source:
    Jenkins, xunit-plugin, junit-10.xsd.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from gcmgraph.namespaces import curie
from gcmgraph.reports.text import closing

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gcmgraph.findings import Finding, Looked, Report

MOMENT = "1970-01-01T00:00:00"  # a report of the same findings is the same report
_NOT_IN_XML = re.compile("[^\t\n\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write(report: Report, noun: str) -> str:
    r"""Write one suite with its tests.

    Args:
        report: what a check found.
        noun: what was looked at, in the plural.

    Returns:
        The document; what XML cannot hold, such as control characters, is written like `\x1b`.
    """
    tests = [*map(_finding, report.findings), *map(_looked, _without_findings(report))] or [_test("gcmgraph", noun)]
    counts = {
        "tests": str(len(tests)),
        "failures": str(sum(test.find("failure") is not None for test in tests)),
        "errors": "0",
    }
    skipped = str(sum(test.find("skipped") is not None for test in tests))
    whole = Element("testsuites", {"name": "gcmgraph", **counts, "time": "0"})
    names = {"name": "gcmgraph", **counts, "skipped": skipped, "timestamp": MOMENT, "time": "0"}
    suite = SubElement(whole, "testsuite", names)
    _properties(suite, {"checked": report.checked, "noun": noun, "cut": report.cut})
    suite.extend(tests)
    SubElement(suite, "system-out").text = _legal(closing(report, noun))
    SubElement(suite, "system-err")
    indent(whole)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{tostring(whole, encoding="unicode")}\n'


def _properties(suite: Element, values: dict[str, int | str]) -> None:
    """Write how much was looked at."""
    properties = SubElement(suite, "properties")
    for name, value in values.items():
        SubElement(properties, "property", {"name": name, "value": _legal(str(value))})


def _without_findings(report: Report) -> Iterable[Looked]:
    """Choose the shapes that have no finding among those given."""
    found = {finding.shape for finding in report.findings}
    return (looked for looked in report.looked if looked.shape not in found and not looked.findings)


def _test(group: str, name: str) -> Element:
    """Write a test that passed."""
    return Element("testcase", {"classname": _legal(group), "name": _legal(name), "time": "0"})


def _finding(finding: Finding) -> Element:
    """Write a finding; the group is its rule, the name its place."""
    place = ":".join(str(part) for part in (finding.file, finding.line, finding.column) if part)
    name = curie(finding.focus) if ":" in finding.focus else ""
    test = _test(f"gcmgraph.{finding.rule}", " ".join(filter(None, (place, name))) or finding.problem)
    if finding.severity == "info":
        SubElement(test, "system-out").text = _legal(str(finding))
    else:
        names = {"type": finding.severity, "message": _legal(finding.problem)}
        told = (str(finding), finding.excerpt, f"why: {finding.help}" if finding.help else "")
        SubElement(test, "failure", names).text = _legal("\n".join(filter(None, told)))
    return test


def _looked(looked: Looked) -> Element:
    """Write a shape that found nothing."""
    name = looked.shape.rpartition("#")[2]
    test = _test(f"gcmgraph.{name}", f"{looked.nodes} nodes")
    if not looked.nodes:
        SubElement(test, "skipped", {"message": "no node to look at"})
    return test


def _legal(text: str) -> str:
    r"""Write what XML cannot hold as an escape.

    >>> _legal("a\x1b")
    'a\\x1b'
    """
    return _NOT_IN_XML.sub(lambda match: match.group().encode("unicode_escape").decode(), text)

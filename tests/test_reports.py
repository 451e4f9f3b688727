"""A report is chosen from, fails a run or not, and is written for GitHub."""

from __future__ import annotations

import pytest

from gcmgraph.errors import UnknownNameError, UsageError
from gcmgraph.findings import SEVERITIES, Finding, Report
from gcmgraph.reports import write_report
from gcmgraph.reports.selection import fails, selected

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

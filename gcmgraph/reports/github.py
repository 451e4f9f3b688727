"""Write findings as the workflow commands by which GitHub marks lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gcmgraph.findings import Finding, Report

_COMMAND = {"error": "error", "violation": "error", "warning": "warning", "info": "notice"}


def write(report: Report, _noun: str) -> str:
    """Write one workflow command a finding.

    Args:
        report: what a check found.
        _noun: not told.

    Returns:
        The commands, each on its line; nothing if nothing was found.

    Source:
        GitHub Docs, workflow commands for GitHub Actions.
    """
    return "".join(f"{_command(finding)}\n" for finding in report.findings)


def _command(finding: Finding) -> str:
    """Write the command of one finding."""
    places = {
        "file": finding.file,
        "line": finding.line,
        "col": finding.column,
        "endLine": finding.end_line,
        "endColumn": finding.end_column,
        "title": finding.rule,
    }
    properties = ",".join(f"{name}={_property(str(value))}" for name, value in places.items() if value)
    message = finding.problem + (f"; {finding.advice}" if finding.advice else "")
    return f"::{_COMMAND.get(finding.severity, 'error')} {properties}::{_data(message)}"


def _data(text: str) -> str:
    """Escape a message."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    """Escape the value of a property."""
    return _data(text).replace(":", "%3A").replace(",", "%2C")

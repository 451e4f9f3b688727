"""Choose what of a report is shown, and whether it fails a run."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gcmgraph.errors import UnknownNameError, UsageError
from gcmgraph.findings import SEVERITIES

if TYPE_CHECKING:
    from gcmgraph.findings import Report


def selected(report: Report, *, severity: str = "info", most: int | None = None) -> Report:
    """Keep the findings that are at least so severe, and the first of them.

    Args:
        report: what a check found.
        severity: the least severity to keep.
        most: how many to keep; all by default.

    Returns:
        A report whose `cut` also counts what is left out, and that conforms if the whole one does.

    Raises:
        UnknownNameError: there is no such severity.
        UsageError: `most` is negative.
    """
    if most is not None and most < 0:
        raise UsageError("", f"{most} is no number of findings", "give 0 or more")
    wanted = _at_least(severity)
    kept = tuple(finding for finding in report.findings if finding.severity in wanted)
    shown = kept[:most]
    return replace(report, findings=shown, cut=report.cut + len(report.findings) - len(shown), valid=report.conforms)


def fails(report: Report, fail_on: str = "warning") -> bool:
    """Tell whether a whole report, before any selection, fails a run.

    Args:
        report: what a check found.
        fail_on: the least severity that fails, or "never".

    Raises:
        UnknownNameError: there is no such severity.
    """
    return fail_on != "never" and any(finding.severity in _at_least(fail_on) for finding in report.findings)


def _at_least(severity: str) -> tuple[str, ...]:
    """List a severity and those above it."""
    if severity not in SEVERITIES:
        raise UnknownNameError("severity", severity, SEVERITIES)
    return SEVERITIES[: SEVERITIES.index(severity) + 1]

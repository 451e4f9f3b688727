"""The forms in which a report is given."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from gcmgraph.errors import UnknownNameError

if TYPE_CHECKING:
    from gcmgraph.findings import Report

FORMATS = ("text", "json", "sarif", "csv", "junit", "html", "github")


def write_report(report: Report, report_format: str, *, noun: str = "records") -> str:
    """Write a report in one of the forms.

    Args:
        report: what a check found.
        report_format: one of FORMATS.
        noun: what was looked at, in the plural.

    Returns:
        The whole text; it ends with a line break unless it is empty.

    Raises:
        UnknownNameError: there is no such form.
    """
    if report_format not in FORMATS:
        raise UnknownNameError("format", report_format, FORMATS)
    text: str = import_module(f"gcmgraph.reports.{report_format}").write(report, noun)
    return text.encode("utf-8", "backslashreplace").decode()  # a file name may hold bytes that are not UTF-8

"""Write findings as a table for spreadsheets, one a row.

The columns and their order stay as they are; a later version of gcmgraph adds columns at the end.

A spreadsheet runs a cell that begins like a formula. A text that begins with "=", "+", "-", "@", a tab or a line break,
or with "'" itself, therefore gets a "'" before it: take one "'" from the beginning of a cell to have the text again.

Source:
    OWASP, CSV Injection; RFC 4180 (a line ends with CR LF).
"""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gcmgraph.findings import Report

COLUMNS = (
    "file", "line", "column", "end_line", "end_column", "severity", "rule", "problem", "advice", "focus", "path",
    "value", "excerpt", "shape", "component", "shape_file", "shape_line", "help",
)  # fmt: skip
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "'", "\uff1d", "\uff0b", "\uff0d", "\uff20")  # wide ones as well


def write(report: Report, _noun: str) -> str:
    """Write a row of names, and a row a finding.

    Args:
        report: what a check found.
        _noun: not told.

    Returns:
        The table; a number that is not known is 0, as everywhere.
    """
    buffer = io.StringIO()
    rows = csv.writer(buffer)
    rows.writerow(COLUMNS)
    rows.writerows([_guarded(str(getattr(finding, name))) for name in COLUMNS] for finding in report.findings)
    return buffer.getvalue()


def _guarded(text: str) -> str:
    """Keep a spreadsheet from reading a text as a formula.

    >>> _guarded("=HYPERLINK(A1)")
    "'=HYPERLINK(A1)"
    """
    return f"'{text}" if text.startswith(_FORMULA) else text

"""Write a report as one JSON object, which `report.schema.json` describes."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from gcmgraph.namespaces import BASE

if TYPE_CHECKING:
    from gcmgraph.findings import Report

SCHEMA = BASE + "report.schema.json"
VERSION = 1


def write(report: Report, _noun: str) -> str:
    """Write the verdict, how much was looked at, and the findings.

    Args:
        report: what a check found.
        _noun: not told.

    Returns:
        One object; a key that a later version of gcmgraph adds leaves `version` as it is, any other change raises it.
    """
    body = {
        "$schema": SCHEMA,
        "version": VERSION,
        "conforms": report.conforms,
        "checked": report.checked,
        "cut": report.cut,
        "unchecked": report.unchecked,
        "looked": [asdict(looked) for looked in report.looked],
        "findings": [asdict(finding) for finding in report.findings],
    }
    return json.dumps(body, indent=2, ensure_ascii=False) + "\n"

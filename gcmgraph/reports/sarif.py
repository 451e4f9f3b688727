"""Write findings as SARIF 2.1.0, which code hosts and editors read.

Source:
    OASIS, Static Analysis Results Interchange Format (SARIF) Version 2.1.0, errata 01.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from gcmgraph.findings import SEVERITIES
from gcmgraph.namespaces import BASE, curie
from gcmgraph.reports.text import marked

if TYPE_CHECKING:
    from gcmgraph.findings import Edit, Finding, Report

    Object = dict[str, Any]

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
ROOT = "%SRCROOT%"
_LEVELS = {"error": "error", "violation": "error", "warning": "warning", "info": "note"}


def write(report: Report, noun: str) -> str:
    """Write one run with its rules and results.

    Args:
        report: what a check found.
        noun: what was looked at, in the plural.

    Returns:
        The log; files are given relative to the working directory if they lie below it, and columns in characters.
    """
    driver = {
        "name": "gcmgraph",
        "version": version("gcmgraph"),
        "informationUri": BASE,
        "rules": [_rule(name, found) for name, found in _by_rule(report).items()],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {ROOT: {"description": {"text": "The working directory of gcmgraph."}}},
        "results": _results(report),
        "properties": {
            "checked": report.checked,
            "noun": noun,
            "cut": report.cut,
            "looked": {looked.shape: looked.nodes for looked in report.looked},
        },
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2, ensure_ascii=False) + "\n"


def _by_rule(report: Report) -> dict[str, list[Finding]]:
    """Gather the findings of each rule, sorted by its name."""
    found: dict[str, list[Finding]] = {}
    for finding in sorted(report.findings, key=lambda finding: finding.rule):
        found.setdefault(finding.rule, []).append(finding)
    return found


def _rule(name: str, found: list[Finding]) -> Object:
    """Describe a rule by its findings; its level is that of the most severe."""
    level = _LEVELS[min((finding.severity for finding in found), key=SEVERITIES.index)]
    told = next((finding for finding in found if finding.help), found[0])
    advice = _sentence(told.advice)
    texts = {
        "shortDescription": name,
        "fullDescription": told.help,
        "help": " ".join(filter(None, (_sentence(told.help), advice))),
    }
    return {
        "id": name,
        **{key: {"text": text} for key, text in texts.items() if text},
        **({"helpUri": told.shape} if told.shape else {}),
        "defaultConfiguration": {"level": level},
        **({"properties": {"constraintComponent": curie(told.component)}} if told.component else {}),
    }


def _sentence(text: str) -> str:
    """Begin with a capital and end with a full stop."""
    return f"{text[:1].upper()}{text[1:].rstrip('.')}." if text else ""


def _results(report: Report) -> list[Object]:
    """Write the findings; of those that have the same fingerprint each is numbered."""
    numbers = {name: number for number, name in enumerate(_by_rule(report))}
    seen: Counter[str] = Counter()
    results = []
    for finding in report.findings:
        fingerprint = _fingerprint(finding)
        seen[fingerprint] += 1
        result = {
            "ruleId": finding.rule,
            "ruleIndex": numbers[finding.rule],
            "level": _LEVELS[finding.severity],
            "message": {"text": finding.problem + (f"; {finding.advice}" if finding.advice else "")},
            "locations": _locations(finding),
            "relatedLocations": _shape(finding),
            "partialFingerprints": {"gcmgraph/v1": f"{fingerprint}:{seen[fingerprint]}"},
            "fixes": _fixes(finding),
        }
        results.append({key: value for key, value in result.items() if value != []})
    return results


def _fingerprint(finding: Finding) -> str:
    """Name a finding so that it is known again when lines have moved and blank nodes have other names."""
    named = ":" in finding.focus
    place = finding.focus if named else f"{finding.file}\n{finding.excerpt.strip()}"
    value = "" if finding.value.startswith("_:") else finding.value
    key = f"{finding.rule}\n{place}\n{finding.path}\n{value}"
    return sha256(key.encode("utf-8", "backslashreplace")).hexdigest()[:32]


def _locations(finding: Finding) -> list[Object]:
    """Give the place of a finding in its file, and the record that it is about."""
    location: Object = {}
    if finding.file:
        location["physicalLocation"] = {"artifactLocation": _artifact(finding.file), **_regions(finding)}
    if ":" in finding.focus:
        location["logicalLocations"] = [{"fullyQualifiedName": finding.focus, "name": curie(finding.focus)}]
    return [location] if location else []


def _regions(finding: Finding) -> Object:
    """Give the term as region and its line as context; where the column is not known, the line as region."""
    if not finding.line:
        return {}
    places = {
        "startLine": finding.line,
        "startColumn": finding.column,
        "endLine": finding.end_line,
        "endColumn": finding.end_column,
    }
    region: Object = {key: value for key, value in places.items() if value}
    if not finding.excerpt:
        return {"region": region}
    if not finding.column:
        return {"region": region | {"snippet": {"text": finding.excerpt}}}
    if finding.end_line != finding.line or not finding.end_column:
        return {"region": region}
    context = {"startLine": finding.line, "snippet": {"text": finding.excerpt}}
    return {"region": region | {"snippet": {"text": marked(finding)[1]}}, "contextRegion": context}


def _shape(finding: Finding) -> list[Object]:
    """Give the place of the shape that was not met."""
    if not finding.shape_file:
        return []
    region = {"region": {"startLine": finding.shape_line}} if finding.shape_line else {}
    place = {"artifactLocation": _artifact(finding.shape_file), **region}
    return [{"id": 1, "message": {"text": "the shape"}, "physicalLocation": place}]


def _fixes(finding: Finding) -> list[Object]:
    """Write the safe mend of a finding."""
    changes: dict[str, list[Edit]] = {}
    for edit in finding.edits:
        changes.setdefault(edit.file, []).append(edit)
    written = [
        {"artifactLocation": _artifact(_shown(file)), "replacements": [*map(_replacement, edits)]}
        for file, edits in changes.items()
    ]
    text = _sentence(finding.advice or "mend it")
    return [{"description": {"text": text}, "artifactChanges": written}] if written else []


def _replacement(edit: Edit) -> Object:
    """Write one edit."""
    deleted = {"byteOffset": edit.start, "byteLength": edit.end - edit.start}
    return {"deletedRegion": deleted, **({"insertedContent": {"text": edit.text}} if edit.text else {})}


def _shown(file: str) -> str:
    """Give an absolute path relative to the working directory if it lies below it."""
    path, here = Path(file), Path.cwd()
    return path.relative_to(here).as_posix() if path.is_relative_to(here) else file


def _artifact(file: str) -> Object:
    """Give the address of a file."""
    if Path(file).is_absolute():
        return {"uri": Path(file).as_uri()}
    return {"uri": quote(os.fsencode(file)), "uriBaseId": ROOT}

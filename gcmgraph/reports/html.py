"""Write a report as one page that needs nothing else: no script, no address, its style within."""

from __future__ import annotations

from base64 import b64encode
from collections import Counter
from hashlib import sha256
from html import escape
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from gcmgraph.errors import folded
from gcmgraph.findings import SEVERITIES
from gcmgraph.namespaces import curie
from gcmgraph.reports.text import around, closing, printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from gcmgraph.findings import Finding, Looked, Report

    Group = Sequence[tuple[int, Finding]]

STYLE = Path(__file__).with_name("report.css")
WIDTH = 400
OPEN = 60  # with more findings than these, the page begins folded


def write(report: Report, noun: str) -> str:
    """Write the verdict, the shapes and what they looked at, and the findings by shape and by file.

    Args:
        report: what a check found.
        noun: what was looked at, in the plural.

    Returns:
        The page; its policy lets a browser load nothing and run nothing, whatever the findings hold.
    """
    style = STYLE.read_text(encoding="utf-8")
    digest = b64encode(sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    sections = [_shapes(report.looked), _by_rule(report.findings), _by_file(report.findings)]
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>{_verdict(report)[1]} - gcmgraph</title>
<style>{style}</style>
</head>
<body>
{_header(report, noun)}
<main>
{"".join(sections)}</main>
<footer><p>gcmgraph {_text(version("gcmgraph"))}</p></footer>
</body>
</html>
"""


def _text(text: str) -> str:
    """Escape a text for content and for attributes, on one line, control characters replaced."""
    return escape(folded(text, longest=4000))


def _count(number: int, noun: str) -> str:
    """Give a number with its noun."""
    return f"{number} {noun}{'s' * (number != 1)}"


def _verdict(report: Report) -> tuple[str, str]:
    """Judge a report: a class of style, and words that claim no more than was looked at."""
    if not report.conforms:
        return "bad", "Does not conform"
    if report.cut:
        return "", "Not told in full"
    if report.looked and not any(looked.nodes for looked in report.looked):
        return "", "Nothing was looked at"
    return "good", "Conforms, with remarks" if report.findings else "Conforms"


def _header(report: Report, noun: str) -> str:
    """Write the verdict with counts, and where to go on the page."""
    kind, words = _verdict(report)
    parts = {"shapes": ("Shapes", report.looked), "rules": ("Findings by shape", report.findings)}
    parts["files"] = ("Findings by file", report.findings)
    links = "".join(f'<li><a href="#{name}">{title}</a></li>' for name, (title, given) in parts.items() if given)
    nav = f'\n<nav aria-label="On this page"><ul>{links}</ul></nav>' if links else ""
    return (
        f'<header>\n<div class="card verdict {kind}">\n<h1>{words}</h1>\n<p>{_text(closing(report, noun))}</p>\n'
        f"{f'<p>{_text(report.unchecked)}</p>' if report.unchecked else ''}"
        f"{_bar(Counter(finding.severity for finding in report.findings))}</div>{nav}\n</header>"
    )


def _bar(counts: Mapping[str, int]) -> str:
    """Draw a bar with a part for each severity, and say its numbers."""
    given = [name for name in SEVERITIES if counts.get(name)]
    if not given:
        return ""
    total, start, parts, legend = sum(counts.values()), 0.0, "", ""
    for name in given:
        width = 1000 * counts[name] / total
        parts += f'<rect class="{name}" x="{start:.1f}" width="{max(width - 3, 3):.1f}" height="10"/>'
        key = f'<svg aria-hidden="true" viewBox="0 0 9 9"><rect class="{name}" width="9" height="9" rx="2"/></svg>'
        legend += f"<li>{key}{_severities(counts, name)}</li>"
        start += width
    told = ", ".join(_severities(counts, name) for name in given)
    picture = f'<svg class="bar" role="img" aria-label="{told}" viewBox="0 0 1000 10" preserveAspectRatio="none">'
    return f'{picture}{parts}</svg>\n<ul class="legend">{legend}</ul>\n'


def _severities(counts: Mapping[str, int], name: str) -> str:
    """Give the number of findings of a severity."""
    return f"{counts[name]} info" if name == "info" else _count(counts[name], name)


def _shapes(looked: Sequence[Looked]) -> str:
    """Write the table of shapes, those with findings first, folded if it is long."""
    if not looked:
        return ""
    rows = "".join(map(_shape, sorted(looked, key=lambda one: (-one.findings, one.nodes > 0, one.shape))))
    idle = sum(not one.nodes for one in looked)
    told = f"; {idle} found no node to look at" if idle else ""
    unfolded = " open" if len(looked) <= 25 else ""
    return (
        f'<section aria-labelledby="shapes">\n<h2 id="shapes">Shapes</h2>\n<details class="card"{unfolded}>'
        f"<summary>{_count(len(looked), 'shape')}{told}</summary>\n<table>\n"
        '<thead><tr><th scope="col">Shape</th><th scope="col" class="amount">Nodes</th>'
        f'<th scope="col" class="amount">Findings</th></tr></thead>\n<tbody>\n{rows}</tbody>\n</table>\n'
        "</details>\n</section>\n"
    )


def _shape(looked: Looked) -> str:
    """Write a row of the table of shapes."""
    nodes = str(looked.nodes) if looked.nodes else '<span class="none">none</span>'
    return (
        f'<tr><th scope="row"><code>{_text(curie(looked.shape))}</code></th>'
        f'<td class="amount">{nodes}</td><td class="amount">{looked.findings}</td></tr>\n'
    )


def _by_rule(findings: Sequence[Finding]) -> str:
    """Write the findings of each rule, the most severe rules first."""
    groups: dict[str, list[tuple[int, Finding]]] = {}
    for number, finding in enumerate(findings, 1):
        groups.setdefault(finding.rule, []).append((number, finding))
    unfolded = " open" if len(findings) <= OPEN else ""
    ordered = sorted(groups.values(), key=lambda group: (_worst(group), -len(group), group[0][1].rule))
    return _section("rules", "Findings by shape", (_rule(group, unfolded) for group in ordered))


def _by_file(findings: Sequence[Finding]) -> str:
    """Write the findings of each file in the order of its lines."""
    groups: dict[str, list[tuple[int, Finding]]] = {}
    for number, finding in enumerate(findings, 1):
        groups.setdefault(finding.file, []).append((number, finding))
    return _section("files", "Findings by file", (_file(file, group) for file, group in groups.items()))


def _section(name: str, title: str, groups: Iterable[str]) -> str:
    """Write a section, if there is anything to tell in it."""
    body = "".join(groups)
    heading = f'<h2 id="{name}">{title}</h2>'
    return f'<section aria-labelledby="{name}">\n{heading}\n{body}</section>\n' if body else ""


def _worst(group: Group) -> int:
    """Rank the most severe finding of a group; 0 is the worst."""
    return min(SEVERITIES.index(finding.severity) for _, finding in group)


def _rule(group: Group, unfolded: str) -> str:
    """Write a rule, why it is, and its findings."""
    first = group[0][1]
    place = _place(first.shape_file, first.shape_line)
    why = f"{_text(first.help.rstrip('.'))}. " if first.help else ""
    why += f"Shape: <code>{place}</code>." if place else ""
    return (
        f'<details class="card"{unfolded}><summary>{_chip(SEVERITIES[_worst(group)])}<h3>{_text(first.rule)}</h3>'
        f'<span class="count">{_count(len(group), "finding")}</span></summary>\n'
        + (f'<p class="why">{why}</p>\n' if why else "")
        + f'<ul class="findings">\n{"".join(_finding(number, finding) for number, finding in group)}</ul>\n</details>\n'
    )


def _finding(number: int, finding: Finding) -> str:
    """Write a finding with its line and what to do."""
    place = _place(finding.file, finding.line, finding.column) or "no file"
    advice = f'<p class="advice">{_text(finding.advice)}</p>\n' if finding.advice else ""
    return (
        f'<li id="finding-{number}">\n<p><code class="place">{place}</code>{_subject(finding)}</p>\n'
        f"<p>{_text(finding.problem)}</p>\n{_excerpt(finding)}{advice}</li>\n"
    )


def _subject(finding: Finding) -> str:
    """Name the record that a finding is about."""
    name = curie(finding.focus) if ":" in finding.focus else "a blank node"
    return f' <code class="subject">{_text(name)}</code>' if finding.focus else ""


def _excerpt(finding: Finding) -> str:
    """Write the line without its indentation, its offending term marked."""
    if not finding.excerpt:
        return ""
    number = f'<span class="number">{finding.line}</span>' if finding.line else ""
    if not finding.column:
        return f"<pre>{number}<code>{escape(printable(finding.excerpt.strip()[:WIDTH]))}</code></pre>\n"
    before, term, after = map(escape, around(finding, WIDTH))
    return f"<pre>{number}<code>{before.lstrip()}<mark>{term}</mark>{after}</code></pre>\n"


def _file(file: str, group: Group) -> str:
    """Write the findings of a file as a table that leads to each."""
    rows = "".join(_row(number, finding) for number, finding in group)
    return (
        f'<details class="card"><summary><h3><code>{_text(file) or "no file"}</code></h3>'
        f'<span class="count">{_count(len(group), "finding")}</span></summary>\n<table>\n'
        '<thead><tr><th scope="col">Line</th><th scope="col">Severity</th><th scope="col">Problem</th></tr></thead>\n'
        f"<tbody>\n{rows}</tbody>\n</table>\n</details>\n"
    )


def _row(number: int, finding: Finding) -> str:
    """Write a row of the table of a file."""
    line = finding.line or "-"
    label = f' aria-label="Finding {number}, line {line}"'
    return (
        f'<tr><td class="line"><a href="#finding-{number}"{label}>{line}</a></td><td>{_chip(finding.severity)}</td>'
        f"<td>{_text(finding.problem)}{_subject(finding)}</td></tr>\n"
    )


def _chip(severity: str) -> str:
    """Write a severity in its colour."""
    return f'<span class="chip {severity}">{severity}</span>'


def _place(file: str, *numbers: int) -> str:
    """Write a file and what is known of line and column."""
    return _text(":".join((file, *(str(number) for number in numbers if number)))) if file else ""

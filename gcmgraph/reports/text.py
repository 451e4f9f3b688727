"""Write findings for people: the place, the line with carets under what is wrong, and the shape."""

from __future__ import annotations

from typing import TYPE_CHECKING
from unicodedata import combining, east_asian_width

from gcmgraph.errors import folded

if TYPE_CHECKING:
    from gcmgraph.findings import Edit, Finding, Report

WIDTH = 100
_INDENT = "    "
_CUT = "..."


def write(report: Report, noun: str) -> str:
    """Write the findings and a closing line that says how much was looked at.

    Args:
        report: what a check found.
        noun: what was looked at, in the plural.

    Returns:
        A line a finding, with its excerpt and its shape below it if they are known.
    """
    lines = [*map(_finding, report.findings), *([report.unchecked] if report.unchecked else []), closing(report, noun)]
    return "".join(f"{line}\n" for line in lines)


def closing(report: Report, noun: str) -> str:
    """Say in one line how much was found, and in how much; that nothing was found only where something was looked at.

    >>> from gcmgraph.findings import Report
    >>> closing(Report((), 7119), "records")
    '7119 records: no findings'
    """
    count = len(report.findings)
    left_out = f"; {report.cut} more left out" if report.cut else ""
    if count:
        return f"{count} finding{'s' * (count != 1)} in {report.checked} {noun}{left_out}"
    if report.cut:
        return f"{report.checked} {noun}: nothing shown{left_out}"
    if report.looked and not any(looked.nodes for looked in report.looked):
        return f"{report.checked} {noun}: no shape found a node to look at"
    return f"{report.checked} {noun}: no findings"


def marked(finding: Finding) -> tuple[str, str, str]:
    """Split the excerpt into what stands before the offending term, the term, and what stands behind it.

    Where the end is not known, or does not lie on this line behind the start, one character is marked.
    """
    start = finding.column - 1
    same_line = finding.end_line in {0, finding.line}
    end = finding.end_column - 1 if same_line else len(finding.excerpt)
    end = max(end, start + 1)
    return finding.excerpt[:start], finding.excerpt[start:end], finding.excerpt[end:]


def _finding(finding: Finding) -> str:
    """Write a finding with what is known of its line and its shape."""
    lines = [str(finding)]
    if finding.excerpt and finding.column:
        lines += _excerpt(finding)
    lines += [f"  help: {told}" for told in dict.fromkeys(map(_help, finding.edits))]
    if finding.shape_file:
        line = f":{finding.shape_line}" if finding.shape_line else ""
        lines.append(f"  shape {printable(finding.shape_file)}{line}")
    return "\n".join(lines)


def _help(edit: Edit) -> str:
    """Say what an edit writes."""
    return f"write {folded(edit.text.strip(), longest=WIDTH)}" if edit.text.strip() else "take it out"


def around(finding: Finding, width: int) -> tuple[str, str, str]:
    """Split the excerpt as `marked` does, unprintable characters replaced, and cut around the term if it is long."""
    before, term, after = map(printable, marked(finding))
    term = term if len(term) <= width else f"{term[: width - len(_CUT)]}{_CUT}"
    room = width - len(term)
    if len(before) + len(after) > room:
        left = min(len(before), max(room // 2, room - len(after)))
        before = before if left == len(before) else _CUT + before[len(before) - left :]
        after = after if len(after) <= room - left else after[: room - left] + _CUT
    return before, term, after


def _excerpt(finding: Finding) -> list[str]:
    """Write a line and carets under the term."""
    before, term, after = around(finding, WIDTH)
    under = "".join(_blank(character) for character in before)
    carets = "^" * max(1, sum(len(_blank(character)) for character in term))
    return [f"{_INDENT}{before}{term}{after}".rstrip(), f"{_INDENT}{under}{carets}"]


def _blank(character: str) -> str:
    """Give the blanks that are as wide as a character is on a terminal."""
    if character == "\t":
        return character
    if combining(character):
        return ""
    return "  " if east_asian_width(character) in "WF" else " "


def printable(text: str) -> str:
    """Replace what a terminal might act on; tabs stay."""
    return "".join(character if character.isprintable() or character == "\t" else "?" for character in text)

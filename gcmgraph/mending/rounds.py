"""Mend what findings tell how to mend: tried in memory first, shown as a diff, then written whole or not at all."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import Counter
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from gcmgraph.mending.fixes import compared, edited, replace_all
from gcmgraph.project import shown
from gcmgraph.reading import instead

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from gcmgraph.findings import Edit, Finding, Report

ROUNDS = 5
TRIES = 6
Key = tuple[str, ...]


@dataclass(frozen=True)
class Mended:
    """What mending comes to; nothing is written yet.

    Attributes:
        before: the report on the files as they are.
        after: the report on the files as they would be.
        old: the bytes of each file that changes.
        new: the bytes that it would have.
    """

    before: Report
    after: Report
    old: Mapping[Path, bytes] = field(default_factory=dict)
    new: Mapping[Path, bytes] = field(default_factory=dict)

    def diff(self) -> str:
        """Write what changes as a unified diff."""
        return compared(self.old, self.new, shown)

    def summary(self) -> str:
        """Say how much is mended; nothing if nothing was found."""
        count, files = len(self.before.findings), len(self.new)
        if not count:
            return ""
        done = (_keys(self.before) - _keys(self.after)).total() if self.new else 0
        return f"mended {done} of {count} finding{'s' * (count != 1)} in {files} file{'s' * (files != 1)}"

    def write(self) -> list[Path]:
        """Write the files as `gcmgraph.mending.fixes.replace_all` does."""
        return replace_all(self.new, self.old)


def mend(check: Callable[[], Report]) -> Mended:
    """Find the edits that are safe, by trying them in memory.

    An edit that makes a new finding is not made. Of two that meet, the second waits for the next round.

    Args:
        check: validates the files, as they are read at the time.
    """
    texts: dict[Path, bytes] = {}
    with instead(texts):
        first = report = check()
    old = dict(texts)
    refused: set[Key] = set()
    for _ in range(ROUNDS):
        found = _round(check, report, texts, refused)
        if found is None:
            break
        texts, report = found
    left = tuple(replace(one, edits=()) if _key(one) in refused else one for one in report.findings)
    new = {path: data for path, data in texts.items() if data != old[path]}
    return Mended(first, replace(report, findings=left), {path: old[path] for path in new}, new)


def _round(
    check: Callable[[], Report], report: Report, texts: dict[Path, bytes], refused: set[Key]
) -> tuple[dict[Path, bytes], Report] | None:
    """Make the edits of one report, without those that prove not to be safe; None if none is left."""
    for attempt in range(TRIES):
        found = _chosen(report.findings, refused)
        if not found:
            break
        tried = texts | _applied([edit for one in found for edit in one.edits], texts)
        with instead(tried):
            after = check()
        bad = _blamed(found, report, after)
        if not bad:
            return tried, after
        refused |= set(map(_key, found if attempt == TRIES - 2 else bad))
    return None


def _applied(edits: Iterable[Edit], texts: Mapping[Path, bytes]) -> dict[Path, bytes]:
    """Make edits in memory."""
    by_file: dict[Path, set[Edit]] = {}
    for edit in edits:
        by_file.setdefault(Path(edit.file), set()).add(edit)
    return {path: edited(texts[path], own) for path, own in by_file.items()}


def _chosen(findings: Iterable[Finding], refused: set[Key]) -> list[Finding]:
    """Choose the findings whose edits can be made together, the first of two that meet."""
    taken: dict[str, list[Edit]] = {}
    chosen = []
    for one in findings:
        if one.edits and _key(one) not in refused and all(_fits(e, taken.get(e.file, [])) for e in one.edits):
            for edit in one.edits:
                insort(taken.setdefault(edit.file, []), edit)
            chosen.append(one)
    return chosen


def _fits(edit: Edit, own: Sequence[Edit]) -> bool:
    """Tell whether an edit is one of those of its file, or meets none of them."""
    at = bisect_left(own, edit)
    if at < len(own) and own[at] == edit:
        return True
    first = [*own[max(at - 1, 0) : at], edit]
    second = [edit, *own[at : at + 1]]
    return all(a.end <= b.start and a.start < b.start for pair in (first, second) for a, b in pairwise(pair))


def _blamed(found: Iterable[Finding], before: Report, after: Report) -> list[Finding]:
    """Name the findings whose edits did not mend them, or made a new finding."""
    was, now = _keys(before), _keys(after)
    bad = {id(one): one for one in found if now[_key(one)] >= was[_key(one)]}
    for new in after.findings:
        if now[_key(new)] > was[_key(new)] and (new.component or new.severity == "error"):
            own = [one for one in found if new.focus and one.focus == new.focus]
            own = [one for one in own if one.path == new.path] or own
            near = own or [one for one in found if any(shown(Path(edit.file)) == new.file for edit in one.edits)]
            bad |= {id(one): one for one in near or found}
    return list(bad.values())


def _keys(report: Report) -> Counter[Key]:
    """Count findings by what they say."""
    return Counter(map(_key, report.findings))


def _key(one: Finding) -> Key:
    """Name a finding so that it is known again in another run, in which blank nodes have other names."""
    focus = one.focus if ":" in one.focus else one.file
    value = "" if one.value.startswith("_:") else one.value
    return one.rule, one.component, focus, one.path, value

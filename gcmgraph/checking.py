"""The commands that check data against shapes."""

from __future__ import annotations

import sys
from argparse import Namespace
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from gcmgraph.errors import UnknownNameError, UsageError
from gcmgraph.findings import SEVERITIES
from gcmgraph.fixes import replace_all
from gcmgraph.guard import guarded
from gcmgraph.printing import Progress, tell, write
from gcmgraph.project import Project
from gcmgraph.reports import FORMATS, write_report
from gcmgraph.reports.selection import fails, selected

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path
    from typing import TypeVar

    from gcmgraph.findings import Report

    T = TypeVar("T")

GRAPHS = ("ttl", "jsonld")


def run_validate(options: Namespace) -> int:
    """Validate in a child process that can be killed, and print the findings."""
    if options.format not in (*FORMATS, *GRAPHS):
        raise UnknownNameError("format", options.format, (*FORMATS, *GRAPHS))
    for severity in (options.severity, options.fail_on):
        if severity not in (*SEVERITIES, "never"):
            raise UnknownNameError("severity", severity, SEVERITIES)
    if options.shapes and not options.files:
        raise UsageError("validate", "--shapes needs files to validate", "name them")
    if options.fix and options.diff:
        raise UsageError("validate", "both --fix and --diff were given", "give one of them; --fix shows the diff too")
    if options.since and (options.fix or options.diff):
        raise UsageError("validate", "what is mended is held to all shapes", "leave --since out")
    if options.fix or options.diff:
        return _mend(_guarded(_mended, options), options)
    text, status = _guarded(_validated, options)
    write(text)
    return status


def _guarded(work: Callable[[Namespace, Callable[[str], None]], T], options: Namespace) -> T:
    """Do work in a child process within the limits that are set."""
    with Progress("validating", unit="shape") as progress:
        return guarded(partial(work, options), seconds=options.timeout, megabytes=options.memory, progress=progress)


class Mend(NamedTuple):
    """What is to be written and shown when findings are mended."""

    old: Mapping[Path, bytes]
    new: Mapping[Path, bytes]
    diff: str
    summary: str
    report: str
    status: int


def _mend(done: Mend, options: Namespace) -> int:
    """Show the diff, mend the files if that is asked for, and print what is left."""
    is_text = options.diff or options.format == "text"
    if is_text:
        write(done.diff)
    else:
        sys.stderr.write(done.diff)
    if options.diff:
        if not done.diff:
            tell("there is nothing that can be mended safely")
        return done.status
    replace_all(done.new, done.old)
    write(done.report)
    if done.summary:
        print(done.summary, file=sys.stdout if is_text else sys.stderr)
    return done.status


def _mended(options: Namespace, note: Callable[[str], None]) -> Mend:
    """Find what can be mended, without writing it; what is tried in memory is no state to keep."""
    from gcmgraph.mending import mend

    found = mend(partial(_report, Namespace(**{**vars(options), "changed": False}), note))
    shown = found.before if options.diff else found.after
    status = int(fails(shown, options.fail_on))
    return Mend(found.old, found.new, found.diff(), found.summary(), _written(shown, options), status)


def _validated(options: Namespace, note: Callable[[str], None]) -> tuple[str, int]:
    """Validate: the report as text, and the exit status."""
    report = _report(options, note)
    return _written(report, options), int(fails(report, options.fail_on))


def _report(options: Namespace, note: Callable[[str], None]) -> Report:
    """Validate."""
    from gcmgraph.validation import validate, validate_files

    how = {
        "since": options.since,
        "changed": options.changed,
        "engine": options.engine,
        "progress": getattr(note, "progress", None),
        "note": note,
    }
    if options.shapes:
        return validate_files(options.files, options.shapes, **how)
    return validate(Project.find(options.project), files=options.files, **how)


def _written(report: Report, options: Namespace) -> str:
    """Write a report in the form that was asked for."""
    if options.format in GRAPHS and report.triples:
        from gcmgraph.shacl.results import serialize

        return serialize(report.triples, options.format)
    shown = selected(report, severity=options.severity, most=options.max_findings)
    report_format = "text" if options.format in GRAPHS else options.format
    return write_report(shown, report_format, noun="records" if report.triples else "files")

"""The commands that check data against shapes."""

from __future__ import annotations

import sys
import time
from contextlib import suppress
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, NoReturn

from gcmgraph.errors import GcmgraphError, UnknownNameError, UsageError
from gcmgraph.findings import LINTS, SEVERITIES
from gcmgraph.guard import guarded
from gcmgraph.printing import Progress, write
from gcmgraph.project import Project
from gcmgraph.reports import FORMATS, write_report
from gcmgraph.reports.selection import fails, selected
from gcmgraph.watching import watch

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable, Collection, Iterator
    from pathlib import Path

    from gcmgraph.findings import Report

GRAPHS = ("ttl", "jsonld")
CLEAR = "\x1b[2J\x1b[H"


def run_validate(options: Namespace) -> int:
    """Validate in a child process that can be killed, and print the findings."""
    if options.format not in (*FORMATS, *GRAPHS):
        raise UnknownNameError("format", options.format, (*FORMATS, *GRAPHS))
    for severity in (options.severity, options.fail_on):
        if severity not in (*SEVERITIES, "never"):
            raise UnknownNameError("severity", severity, SEVERITIES)
    _check_combined(options)
    return _watch(options) if options.watch else _checked(options)


def _checked(options: Namespace) -> int:
    """Validate once."""
    with Progress("validating", unit="shape") as progress:
        text, status = guarded(
            partial(_validated, options), seconds=options.timeout, megabytes=options.memory, progress=progress
        )
    write(text)
    return status


def _watch(options: Namespace) -> NoReturn:
    """Validate whenever a file changes; what goes wrong is told, and may be mended."""
    project = None if options.shapes else Project.find(options.project)
    import_module("gcmgraph.validation")  # once, before any child

    def check() -> None:
        try:
            _checked(options)
        except (BrokenPipeError, UsageError):
            raise
        except (GcmgraphError, OSError) as error:
            print(f"gcmgraph: {error}", file=sys.stderr, flush=True)

    def tell(text: str) -> None:
        write(f"{CLEAR if sys.stdout.isatty() else ''}{time.strftime('%H:%M:%S')} {text}\n")

    watch(partial(_involved, options, project), check, tell)


def _involved(options: Namespace, project: Project | None) -> Iterator[Path]:
    """List the files that a run reads, as far as they are there."""
    yield from (*options.files, *options.shapes)
    for listed in (project.ontology_files, project.data_files, project.shape_files) if project else ():
        with suppress(GcmgraphError):
            yield from listed()


def _check_combined(options: Namespace) -> None:
    """Refuse options that do not go together."""
    if options.watch and (options.format != "text" or options.endpoint is not None):
        raise UsageError("validate", "--watch tells of files, as text", "leave out --format or --endpoint")
    if options.lint and options.no_lint:
        raise UsageError("validate", "--lint and --no-lint exclude each other", "leave one out")
    for code in options.lint:
        if code not in LINTS:
            raise UnknownNameError("lint", code, LINTS)
    if options.endpoint is None:
        if options.shapes and not options.files:
            raise UsageError("validate", "--shapes needs files or an endpoint to validate", "name them")
        if options.skip_unsupported:
            raise UsageError("validate", "--skip-unsupported goes with --endpoint alone", "leave it out")
    elif options.files or options.since or options.changed:
        raise UsageError("validate", "--endpoint takes neither files nor --since nor --changed", "leave them out")
    elif options.engine not in (None, "sparql"):
        raise UsageError("validate", f"an endpoint cannot be asked by '{options.engine}'", "leave out --engine")


def _validated(options: Namespace, note: Callable[[str], None]) -> tuple[str, int]:
    """Validate: the report as text, and the exit status."""
    from gcmgraph.validation import validate, validate_files

    lints = () if options.no_lint else options.lint or LINTS
    how = {
        "since": options.since,
        "changed": options.changed,
        "lints": lints,
        "engine": options.engine or "default",
        "progress": getattr(note, "progress", None),
        "note": note,
    }
    if options.endpoint is not None:
        report = _at_endpoint(options, lints, note)
    elif options.shapes:
        report = validate_files(options.files, options.shapes, **how)
    else:
        report = validate(Project.find(options.project), files=options.files, **how)
    return _written(report, options), int(fails(report, options.fail_on))


def _at_endpoint(options: Namespace, lints: Collection[str], note: Callable[[str], None]) -> Report:
    """Validate what an endpoint holds."""
    from gcmgraph.remote_validation import validate_endpoint

    shapes = options.shapes or Project.find(options.project).shape_files()
    patience = max(1, int(options.timeout / 3))
    skip = options.skip_unsupported
    return validate_endpoint(options.endpoint, shapes, skip_unsupported=skip, lints=lints, timeout=patience, note=note)


def _written(report: Report, options: Namespace) -> str:
    """Write a report in the form that was asked for."""
    if options.format in GRAPHS and report.triples:
        from gcmgraph.shacl.results import serialize

        return serialize(report.triples, options.format)
    shown = selected(report, severity=options.severity, most=options.max_findings)
    report_format = "text" if options.format in GRAPHS else options.format
    noun = "focus nodes" if options.endpoint is not None else "records" if report.triples else "files"
    return write_report(shown, report_format, noun=noun)

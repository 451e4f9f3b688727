"""The commands that check data against shapes."""

from __future__ import annotations

import sys
import time
from argparse import Namespace
from contextlib import suppress
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple, NoReturn

from gcmgraph.errors import GcmgraphError, UnknownNameError, UsageError
from gcmgraph.findings import LINTS, SEVERITIES
from gcmgraph.guard import guarded
from gcmgraph.namespaces import learn_prefixes
from gcmgraph.printing import Progress, tell, write
from gcmgraph.project import Project
from gcmgraph.reports import FORMATS, write_report
from gcmgraph.reports.selection import fails, selected

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
    from pathlib import Path
    from typing import TypeVar

    from gcmgraph.findings import Report

    T = TypeVar("T")

GRAPHS = ("ttl", "jsonld")
CLEAR = "\x1b[2J\x1b[H"
LEAST = 4000
HEAD = 20_000


def run_validate(options: Namespace) -> int:
    """Validate in a child process that can be killed, and print the findings."""
    if options.format not in (*FORMATS, *GRAPHS):
        raise UnknownNameError("format", options.format, (*FORMATS, *GRAPHS))
    for severity in (options.severity, options.fail_on):
        if severity not in (*SEVERITIES, "never"):
            raise UnknownNameError("severity", severity, SEVERITIES)
    _check_combined(options)
    _check_mending(options)
    if options.fix or options.diff:
        return _mend(_guarded(_mended, options), options)
    return _watch(options) if options.watch else _checked(options)


def _checked(options: Namespace) -> int:
    """Validate once."""
    text, status = _guarded(_validated, options)
    write(text)
    return status


def _guarded(work: Callable[[Namespace, Callable[[str], None]], T], options: Namespace) -> T:
    """Do work in a child process within the limits that are set."""
    with Progress("validating", unit="shape") as progress:
        return guarded(
            partial(work, options), seconds=options.timeout, megabytes=options.memory or _spare(), progress=progress
        )


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
    from gcmgraph.mending.fixes import replace_all

    replace_all(done.new, done.old)
    write(done.report)
    if done.summary:
        print(done.summary, file=sys.stdout if is_text else sys.stderr)
    return done.status


def _mended(options: Namespace, note: Callable[[str], None]) -> Mend:
    """Find what can be mended, without writing it; what is tried in memory is no state to keep."""
    from gcmgraph.mending.rounds import mend

    found = mend(partial(_report, Namespace(**{**vars(options), "changed": False}), note))
    shown = found.before if options.diff else found.after
    status = int(fails(shown, options.fail_on))
    return Mend(found.old, found.new, found.diff(), found.summary(), _written(shown, options), status)


def _watch(options: Namespace) -> NoReturn:
    """Validate whenever a file changes; what goes wrong is told, and may be mended."""
    project = None if options.shapes else Project.find(options.project)
    import_module("gcmgraph.validation.validator")  # once, before any child

    def check() -> None:
        try:
            _checked(options)
        except (BrokenPipeError, UsageError):
            raise
        except (GcmgraphError, OSError) as error:
            print(f"gcmgraph: {error}", file=sys.stderr, flush=True)

    def announce(text: str) -> None:
        write(f"{CLEAR if sys.stdout.isatty() else ''}{time.strftime('%H:%M:%S')} {text}\n")

    from gcmgraph.watching import watch

    watch(partial(_involved, options, project), check, announce)


def _involved(options: Namespace, project: Project | None) -> Iterator[Path]:
    """List the files that a run reads, as far as they are there."""
    yield from (*options.files, *options.shapes)
    for listed in (project.ontology_files, project.data_files, project.shape_files) if project else ():
        with suppress(GcmgraphError):
            yield from listed()


def _check_mending(options: Namespace) -> None:
    """Refuse to mend what cannot be held to all shapes."""
    if options.fix and options.diff:
        raise UsageError("validate", "both --fix and --diff were given", "give one of them; --fix shows the diff too")
    if (options.fix or options.diff) and (options.since or options.watch or options.endpoint is not None):
        advice = "leave out --since, --watch and --endpoint"
        raise UsageError("validate", "what is mended is held to all shapes, in files", advice)


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


def _spare() -> int | None:
    """Tell how many megabytes are free, so that no input starves other programs; some are needed in any case."""
    from gcmgraph.reading import free_memory

    free = free_memory()
    return None if free is None else max(free // 1_000_000, LEAST)


def _validated(options: Namespace, note: Callable[[str], None]) -> tuple[str, int]:
    """Validate: the report as text, and the exit status."""
    report = _report(options, note)
    return _written(report, options), int(fails(report, options.fail_on))


def _report(options: Namespace, note: Callable[[str], None]) -> Report:
    """Validate."""
    from gcmgraph.validation.validator import validate, validate_files

    lints = () if options.no_lint else options.lint or LINTS
    how = {
        "since": options.since,
        "changed": options.changed,
        "lints": lints,
        "engine": options.engine or "default",
        "progress": getattr(note, "progress", None),
        "note": note,
    }
    learn_prefixes(_heads((*options.shapes, *options.files)))
    if options.endpoint is not None:
        return _at_endpoint(options, lints, note)
    if options.shapes:
        return validate_files(options.files, options.shapes, **how)
    return validate(Project.find(options.project), files=options.files, **how)


def _heads(paths: Iterable[Path]) -> Iterator[str]:
    """Give the beginnings of text files, where their prefixes stand; what cannot be read is told elsewhere."""
    for path in paths:
        with suppress(OSError):
            if path.is_file():
                with path.open("rb") as file:
                    yield file.read(HEAD).decode(errors="replace")


def _at_endpoint(options: Namespace, lints: Collection[str], note: Callable[[str], None]) -> Report:
    """Validate what an endpoint holds."""
    from gcmgraph.validation.remote import validate_endpoint

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

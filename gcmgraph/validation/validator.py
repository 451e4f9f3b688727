"""Validate a corpus, or files in its context, against the shapes, and place each finding in its file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gcmgraph.errors import UsageError
from gcmgraph.findings import LINTS, Finding, Report
from gcmgraph.namespaces import PREFIXES
from gcmgraph.project import shown
from gcmgraph.validation.changes import Revision, change_of, parsed
from gcmgraph.validation.consistency import RENEWED
from gcmgraph.validation.engines import require_engine
from gcmgraph.validation.loading import load, loaded
from gcmgraph.validation.run import Run

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from pathlib import Path

    from gcmgraph.corpus import Corpus
    from gcmgraph.project import Project
    from gcmgraph.reasoning.columns import Numbers
    from gcmgraph.validation.kept import Kept
    from gcmgraph.validation.loading import Loaded
    from gcmgraph.validation.snapshot import Restored

SH = PREFIXES["sh"]


def validate(  # noqa: PLR0913  (what to check, how, and who is told)
    project: Project,
    *,
    files: Sequence[Path] = (),
    corpus: Corpus | None = None,
    since: str = "",
    changed: bool = False,
    lints: Collection[str] = LINTS,
    engine: str = "default",
    progress: Callable[[int, int], None] | None = None,
    note: Callable[[str], None] | None = None,
) -> Report:
    """Validate the whole graph, or some files in its context.

    Args:
        project: the ontology, the data and the shapes.
        files: what to validate; a file of the project stands for itself, any other is added to the graph.
            With none, the whole graph is validated.
        corpus: the whole graph, if it has been read already; it is not read again. It cannot go with files.
        since: a revision of git; if it is given, only what has changed since then is looked at: the nodes about which
            a shape can say another thing than it did.
        changed: whether to look only at what has changed since the last valid state, which is kept between calls. If
            none is known, everything is looked at; if nothing is wrong, it is then kept.
        lints: what is told beside SHACL, of `gcmgraph.findings.LINTS`.
        engine: one of `gcmgraph.validation.engines.ENGINES`.
        progress: called with the number of shapes done and their total.
        note: called with what is being read or checked, before it is.

    Returns:
        The findings about the records that the files describe, each with its file and line: files that are not
        well-formed, or describe nothing; if there are none, SHACL results, and terms and records that do not exist;
        if there are none, contradictions by OWL 2 RL, which say little of records that do not hold what they should.
        `checked` counts the records that were looked at, `looked` those that each shape looked at.

    Raises:
        ReadError: a file is missing or unreadable, there are no shapes, or a shape cannot be run.
        UsageError: both files and a corpus were given, or there is no such engine.

    Source:
        Shapes Constraint Language (SHACL), section 3.6 (validation report).
    """
    if files and corpus is not None:
        raise UsageError("", "both files and a corpus were given", "give one of them")
    require_engine(engine)
    paths = list({path.resolve(): path for path in (*files, *project.ontology_files(), *project.data_files())}.values())
    shapes = project.shape_files()
    kept = _kept(str(project.root.resolve()), paths, shapes) if changed else None
    if corpus is None:
        data, known = _read(paths, kept, note)
    else:
        data, known = loaded({path: corpus.graphs[project.graph_name(path)] for path in paths}), None
    early = _early(data, files)
    if early:
        return Report(tuple(sorted(early)), len(data.paths if data.broken else files))
    before = known.before if known else None
    if since:
        before = _before(since, data, shapes, [project.root / name for name in ("ontology", "data")])
    run = Run.of(data, shapes, files, None if before is None else change_of(data, before), None if since else known)
    is_whole = not (files or since) and set(LINTS) <= set(lints)
    return _recorded(run.report(engine, lints, progress, note), kept if is_whole else None, run)


def validate_files(  # noqa: PLR0913  (as above)
    files: Sequence[Path],
    shapes: Sequence[Path],
    *,
    since: str = "",
    changed: bool = False,
    lints: Collection[str] = LINTS,
    engine: str = "default",
    progress: Callable[[int, int], None] | None = None,
    note: Callable[[str], None] | None = None,
) -> Report:
    """Validate files against shapes, both of them anybody's; nothing of a project is read.

    Args:
        files: the data; together they are the data graph.
        shapes: the shapes; together they are the shapes graph.
        since: as `validate` has it.
        changed: as `validate` has it.
        lints: as `validate` has it.
        engine: as `validate` has it.
        progress: as `validate` has it.
        note: as `validate` has it.

    Returns:
        The findings, as `validate` gives them.

    Raises:
        ReadError: a file is missing or unreadable, or a shape cannot be run.
        UnknownNameError: there is no such engine.
    """
    require_engine(engine)
    paths = list({path.resolve(): path for path in files}.values())
    kept = _kept("\0".join(sorted(str(path.resolve()) for path in paths)), paths, shapes) if changed else None
    data, known = _read(paths, kept, note)
    early = _early(data, paths)
    if early:
        return Report(tuple(sorted(early)), len(paths))
    before = _before(since, data, shapes) if since else known.before if known else None
    run = Run.of(data, shapes, (), None if before is None else change_of(data, before), None if since else known)
    is_whole = not since and set(LINTS) <= set(lints)
    return _recorded(run.report(engine, lints, progress, note), kept if is_whole else None, run)


def _kept(name: str, paths: Sequence[Path], shapes: Sequence[Path]) -> Kept:
    """Find the place of the last valid state."""
    from gcmgraph.validation.kept import Kept

    return Kept(name, paths, shapes)


def _read(
    paths: Sequence[Path], kept: Kept | None, note: Callable[[str], None] | None
) -> tuple[Loaded, Restored | None]:
    """Read files, or only those that have changed; give what was known before, if anything was."""
    known = kept.restore(note) if kept else None
    return (known.data, known) if known else (load(paths, note=note), None)


def _recorded(report: Report, kept: Kept | None, run: Run) -> Report:
    """Keep a valid state, unless one is kept that is much the same."""
    is_valid = all(finding.severity == "info" for finding in report.findings)
    if kept and is_valid and (run.change is None or run.change.share(run.data) > RENEWED):
        kept.record(run.data, run.consistency.closed)
    return report


def _before(
    since: str, data: Loaded, shapes: Sequence[Path], folders: Sequence[Path] = ()
) -> dict[Path, Numbers] | None:
    """Tell what files held at a revision; None if the shapes have changed, so that everything is to be looked at."""
    beside = sorted({path.parent for path in data.paths})
    revision = Revision(since, beside[0])
    if revision.changed(shapes, [path.parent for path in shapes] if folders else ()):
        return None
    before = revision.changed(data.paths, folders or beside)
    return {path: data.graph.terms.encode(parsed(path, text)) for path, text in before.items()}


def _early(data: Loaded, files: Sequence[Path]) -> list[Finding]:
    """Find what keeps a file from being validated."""
    broken = [Finding(shown(path), e.line, e.column, "error", "syntax", e.problem, e.advice) for path, e in data.broken]
    problem, advice = "describes no record", "check that it is the file you meant"
    empty = [path for path in files if not len(data.rows_of(path))]
    return broken or [Finding(shown(path), 1, 0, "warning", "empty", problem, advice) for path in empty]

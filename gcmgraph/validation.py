"""Validate a corpus, or files in its context, against the shapes, and place each finding in its file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyoxigraph as ox

from gcmgraph.engines import evaluate, require_engine
from gcmgraph.errors import UsageError
from gcmgraph.findings import Finding, Looked, Report
from gcmgraph.lint import ill_typed, unknown_names
from gcmgraph.loading import load, loaded
from gcmgraph.namespaces import PREFIXES, curie
from gcmgraph.placing import Placing
from gcmgraph.positions import Places
from gcmgraph.project import shown
from gcmgraph.reading import read_triples
from gcmgraph.reasoning.columns import among
from gcmgraph.shacl.results import to_triples
from gcmgraph.shacl.shape_lint import lint_shapes
from gcmgraph.shacl.shapes import Shapes
from gcmgraph.telling import as_result, premises, told

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from gcmgraph.corpus import Corpus
    from gcmgraph.loading import Loaded
    from gcmgraph.project import Project
    from gcmgraph.reasoning.columns import Numbers
    from gcmgraph.shacl.index import Term
    from gcmgraph.shacl.results import Result

SH = PREFIXES["sh"]


def validate(  # noqa: PLR0913  (what to check, how, and who is told)
    project: Project,
    *,
    files: Sequence[Path] = (),
    corpus: Corpus | None = None,
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
        engine: one of `gcmgraph.engines.ENGINES`.
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
    if corpus is None:
        data = load(paths, note=note)
    else:
        data = loaded({path: corpus.graphs[project.graph_name(path)] for path in paths})
    early = _early(data, files)
    if early:
        return Report(tuple(sorted(early)), len(data.paths if data.broken else files))
    run = _Run.of(data, project.shape_files(), data.subjects(files or paths))
    return run.report(files, engine, progress, note)


def validate_files(
    files: Sequence[Path],
    shapes: Sequence[Path],
    *,
    engine: str = "default",
    progress: Callable[[int, int], None] | None = None,
    note: Callable[[str], None] | None = None,
) -> Report:
    """Validate files against shapes, both of them anybody's; nothing of a project is read.

    Args:
        files: the data; together they are the data graph.
        shapes: the shapes; together they are the shapes graph.
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
    data = load(paths, note=note)
    early = _early(data, paths)
    if early:
        return Report(tuple(sorted(early)), len(paths))
    return _Run.of(data, shapes, data.subjects(paths)).report(paths, engine, progress, note)


def _early(data: Loaded, files: Sequence[Path]) -> list[Finding]:
    """Find what keeps a file from being validated."""
    broken = [Finding(shown(path), e.line, e.column, "error", "syntax", e.problem, e.advice) for path, e in data.broken]
    problem, advice = "describes no record", "check that it is the file you meant"
    empty = [path for path in files if not len(data.rows_of(path))]
    return broken or [Finding(shown(path), 1, 0, "warning", "empty", problem, advice) for path in empty]


_NOTHING = Finding(
    "", 0, 0, "warning", "no-target", "no shape found a node to look at", "check the classes that the shapes name"
)


@dataclass(frozen=True)
class _Run:
    """One validation: the data, the shapes, where each stands, and the numbers of the records to look at."""

    data: Loaded
    shapes: Shapes
    places: Placing
    shape_places: Places
    focus: Numbers

    @classmethod
    def of(cls, data: Loaded, shape_files: Sequence[Path], focus: Numbers) -> _Run:
        """Read the shapes, and prepare to find places."""
        shapes = Shapes(triple for path in shape_files for triple in read_triples(path))
        return cls(data, shapes, Placing(data), Places(shape_files, shown), focus)

    def report(
        self,
        files: Sequence[Path],
        engine: str,
        progress: Callable[[int, int], None] | None,
        note: Callable[[str], None] | None,
    ) -> Report:
        """Check what is described."""
        results, looked = evaluate(engine, self.shapes, self.data, self.focus, progress=progress, note=note)
        by_shape = {told(result, self.shapes, self.places, self.shape_places) for result in results}
        lines = {(finding.file, finding.line) for finding in by_shape}
        rows = np.concatenate([self.data.rows_of(path) for path in files or self.data.paths])
        others = {f for f in self._lints(rows) if (f.file, f.line) not in lines}
        if not by_shape and not others:
            if note:
                note("contradictions")
            others = set(self._clashes())
        if looked and not any(looked.values()):
            others.add(_NOTHING)
        found = tuple(sorted(by_shape | others))
        results += [as_result(finding) for finding in sorted(others)]
        triples = tuple(to_triples(results, conforms=not results))
        is_named = (isinstance(self.data.graph.terms[number], ox.NamedNode) for number in self.focus.tolist())
        return Report(found, sum(is_named), triples, _looked(looked, results))

    def _lints(self, rows: Numbers) -> Iterable[Finding]:
        """Find what SHACL cannot: names without a meaning, texts without a value, shapes that are wrong."""
        yield from unknown_names(self.data, rows, self.places.files)
        terms = self.data.graph.terms.listed()
        for triple in ill_typed(self.data, rows):
            problem = f"'{terms[triple[2]].value}' is no well-formed {curie(terms[triple[2]].datatype.value)}"  # type: ignore[union-attr]
            told = {"severity": "violation", "rule": "ill-typed", "problem": problem}
            advice = "mend the text or the datatype"
            yield self.places.placed(terms[triple[0]], terms[triple[1]].value, terms[triple[2]], advice=advice, **told)
        for fault in lint_shapes(self.shapes.index.triples):
            file, line = self.shape_places.find(fault.subject.value, fault.predicate, str(fault.object))
            yield Finding(file, line, 0, fault.severity, fault.rule, fault.problem, fault.advice, fault.subject.value)

    def _clashes(self) -> Iterable[Finding]:
        """Find contradictions about records in focus."""
        from gcmgraph.reasoning.clashes import clashes
        from gcmgraph.reasoning.closure import Closure

        terms = self.data.graph.terms
        for clash in clashes(Closure.of(terms, self.data.graph.rows)):
            own = [t for t in clash.premises if among(self.focus, np.array([terms.find(t.subject)]))[0]]  # type: ignore[arg-type]
            if own:
                advice = "take out what is wrong; 'gcmgraph explain' tells why the inferred ones follow"
                problem = f"cannot all hold: {premises(clash, self.places.files)}"
                told = {"severity": "error", "rule": clash.rule, "problem": problem, "advice": advice}
                yield self.places.placed(own[-1].subject, own[-1].predicate.value, None, **told)  # type: ignore[arg-type]


def _looked(looked: dict[Term, int], results: Sequence[Result]) -> tuple[Looked, ...]:
    """Tell how many nodes each shape with a name looked at, and how many results it has."""
    counts: dict[Term, int] = {}
    for result in results:
        counts[result.shape] = counts.get(result.shape, 0) + 1
    named = sorted((node.value, node) for node in looked if isinstance(node, ox.NamedNode))
    return tuple(Looked(name, looked[node], counts.get(node, 0)) for name, node in named)

"""Validate a corpus, or files in its context, against the shapes, and place each finding in its file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyoxigraph as ox

from gcmgraph.corpus import Corpus
from gcmgraph.errors import ReadError, UsageError
from gcmgraph.findings import Finding, Report
from gcmgraph.lint import unknown_names
from gcmgraph.namespaces import GSH, PREFIXES, curie
from gcmgraph.positions import Places
from gcmgraph.reading import read_triples
from gcmgraph.shacl.reference import report as shacl_report

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path
    from typing import Any

    from rdflib import Graph
    from rdflib.term import Node

    from gcmgraph.project import Project
    from gcmgraph.reasoning.clashes import Clash

SH = PREFIXES["sh"]


def validate(
    project: Project,
    *,
    files: Sequence[Path] = (),
    corpus: Corpus | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Report:
    """Validate the whole graph, or some files in its context.

    Args:
        project: the ontology, the data and the shapes.
        files: what to validate; a file of the project stands for itself, any other is added to the graph.
            With none, the whole graph is validated.
        corpus: the whole graph, if it has been read already; it is not read again. It cannot go with files.
        progress: called with the number of records done and their total.

    Returns:
        The findings about the records that the files describe, each with its file and line: files that are not
        well-formed, or describe nothing; if there are none, SHACL results, and terms and records that do not exist;
        if there are none, contradictions by OWL 2 RL, which say little of records that do not hold what they should.
        `checked` counts the records that were looked at.

    Raises:
        ReadError: a file is missing or unreadable, there are no shapes, or a shape cannot be run.
        UsageError: both files and a corpus were given.

    Source:
        Shapes Constraint Language (SHACL), section 3.6 (validation report).
    """
    if files and corpus is not None:
        raise UsageError("", "both files and a corpus were given", "give one of them")
    paths = list({path.resolve(): path for path in (*files, *project.ontology_files(), *project.data_files())}.values())
    if corpus is None:
        graphs, broken = _read(project, paths)
        if broken:
            return Report(tuple(sorted(broken)), len(paths))
        corpus = Corpus(graphs)
    names = {project.graph_name(path): path for path in paths}
    own = {path: corpus.graphs[project.graph_name(path)] for path in files}
    empty = [_nothing(project.shown(path)) for path in files if not own[path]]
    if empty:
        return Report(tuple(sorted(empty)), len(files))
    nameless = ((name, triple.subject) for name, triples in corpus.graphs.items() for triple in triples)
    owners = {subject.value: names[name] for name, subject in nameless if isinstance(subject, ox.BlankNode)}
    places = Places(paths, project.shown, owners)
    described = [triple for triples in own.values() for triple in triples] or list(corpus.triples())
    return _report(corpus, described, _shapes(project), places, progress)


def _nothing(file: str) -> Finding:
    """Say that a file describes nothing."""
    return Finding(file, 1, 0, "warning", "empty", "describes no record", "check that it is the file you meant")


def _report(
    corpus: Corpus,
    described: list[ox.Triple],
    shapes: list[ox.Triple],
    places: Places,
    progress: Callable[[int, int], None] | None,
) -> Report:
    """Check what is described, in the context of a corpus."""
    from gcmgraph.terms import to_graph

    focus = sorted({triple.subject.value for triple in described if not isinstance(triple.subject, ox.Triple)})
    graph = shacl_report(corpus.triples(), shapes, progress=progress, focus=set(focus))
    by_shape = set(_shacl_findings(graph, to_graph(shapes), places))
    lines = {(finding.file, finding.line) for finding in by_shape}
    others = {f for f in unknown_names(corpus, described, places) if (f.file, f.line) not in lines}
    if not by_shape and not others:
        others = set(_clash_findings(corpus, places, set(focus)))
    found = tuple(sorted(by_shape | others))
    return Report(found, sum(":" in name for name in focus), _one_report(graph, sorted(others)))


def _read(project: Project, paths: Iterable[Path]) -> tuple[dict[str, tuple[ox.Triple, ...]], list[Finding]]:
    """Read the files; a syntax error is a finding, a file that cannot be read at all is an error."""
    graphs: dict[str, tuple[ox.Triple, ...]] = {}
    broken: list[Finding] = []
    for path in paths:
        try:
            graphs[project.graph_name(path)] = tuple(read_triples(path))
        except ReadError as error:
            if not error.line:
                raise
            shown = project.shown(path)
            broken.append(Finding(shown, error.line, error.column, "error", "syntax", error.problem, error.advice))
    return graphs, broken


def _shapes(project: Project) -> list[ox.Triple]:
    """Read all shapes."""
    return [triple for path in project.shape_files() for triple in read_triples(path)]


def _one_report(results: Graph, others: Iterable[Finding]) -> Graph:
    """Gather the results of all runs, and what other checks found, into one validation report."""
    from rdflib import RDF, BNode, Graph, Literal, URIRef

    kept = Graph() + results
    for old in set(results.subjects(RDF.type, URIRef(SH + "ValidationReport"))):
        kept.remove((old, None, None))
    for number, finding in enumerate(others):
        node: Node = BNode(f"other{number}")
        kept.add((node, RDF.type, URIRef(SH + "ValidationResult")))
        focus = URIRef(finding.focus) if ":" in finding.focus else BNode(finding.focus)
        kept.add((node, URIRef(SH + "focusNode"), focus))
        kept.add((node, URIRef(SH + "resultMessage"), Literal(finding.problem, lang="en")))
        kept.add((node, URIRef(SH + "resultSeverity"), URIRef(SH + "Violation")))
        kept.add((node, URIRef(SH + "sourceConstraintComponent"), URIRef(GSH + finding.rule)))
    found = _results(kept)
    report = BNode("report")
    kept.add((report, RDF.type, URIRef(SH + "ValidationReport")))
    kept.add((report, URIRef(SH + "conforms"), Literal(not found)))
    for node in found:
        kept.add((report, URIRef(SH + "result"), node))
    return kept


def _shacl_findings(report: Graph, shapes: Graph, places: Places) -> Iterable[Finding]:
    """Turn SHACL results into findings."""
    for result in _results(report):
        yield _shacl_finding(report, result, shapes, places)


def _results(report: Graph) -> list[Node]:
    """List the results of a report, without those that only tell the detail of another."""
    from rdflib import RDF, URIRef

    details = set(report.objects(None, URIRef(SH + "detail")))
    return [node for node in report.subjects(RDF.type, URIRef(SH + "ValidationResult")) if node not in details]


def _shacl_finding(report: Graph, result: Node, shapes: Graph, places: Places) -> Finding:
    """Turn one SHACL result into a finding."""
    from rdflib import URIRef

    def value(name: str) -> Any:
        return report.value(result, URIRef(SH + name))

    path, node, shape = value("resultPath"), value("value"), value("sourceShape")
    focus = str(value("focusNode"))
    path_iri = str(path) if isinstance(path, URIRef) else ""
    written = _written(node)
    file, line = places.find(focus, path_iri, written)
    description = str(shapes.value(shape, URIRef(SH + "description")) or "")
    problem = str(value("resultMessage")) + (f" ({_shown(node)})" if node is not None and str(node) != focus else "")
    severity = str(value("resultSeverity")).removeprefix(SH).lower()
    advice = description.partition("Fix: ")[2].rstrip(".")
    return Finding(file, line, 0, severity, str(shape).removeprefix(GSH), problem, advice, focus, path_iri, written)


def _written(node: Node | None) -> str:
    """Write a term as pyoxigraph's N-Triples does, so that it can be looked up in a file."""
    from rdflib import BNode, Literal, URIRef

    if isinstance(node, Literal):
        if node.language:
            return str(ox.Literal(str(node), language=str(node.language)))
        datatype = ox.NamedNode(str(node.datatype)) if node.datatype else None
        return str(ox.Literal(str(node), datatype=datatype))
    if isinstance(node, BNode):
        return f"_:{node}"
    return f"<{node}>" if isinstance(node, URIRef) else ""


def _shown(node: Node) -> str:
    """Show a term to people."""
    from rdflib import URIRef

    return curie(str(node)) if isinstance(node, URIRef) else f"'{node}'"


def _clash_findings(corpus: Corpus, places: Places, focus: set[str]) -> Iterable[Finding]:
    """Turn contradictions about records in focus into findings."""
    from gcmgraph.reasoning.clashes import clashes
    from gcmgraph.reasoning.closure import Closure

    for clash in clashes(Closure(corpus.triples())):
        own = [triple for triple in clash.premises if getattr(triple.subject, "value", "") in focus]
        if own:
            subject, path = own[-1].subject.value, own[-1].predicate.value  # type: ignore[union-attr]
            file, line = places.find(subject, path, "")
            advice = "take out what is wrong; 'gcmgraph explain' tells why the inferred ones follow"
            yield Finding(
                file, line, 0, "error", clash.rule, f"cannot all hold: {premises(clash, places)}", advice, subject, path
            )


def premises(clash: Clash, places: Places) -> str:
    """Tell the premises of a contradiction, each with its place."""
    return ", ".join(_premise(triple, places) for triple in clash.premises)


def _premise(triple: ox.Triple, places: Places) -> str:
    """Tell a triple and its place; one that stands in no file is inferred."""
    file, line = places.find_exactly(triple)
    parts = (curie(term.value) if isinstance(term, ox.NamedNode) else str(term) for term in triple)
    return f"{' '.join(parts)} ({f'{file}:{line}' if file else 'inferred'})"

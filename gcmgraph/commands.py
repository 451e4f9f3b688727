"""One function a command: fetch what it needs, call the public function that does the work, print the result."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from shutil import get_terminal_size
from typing import TYPE_CHECKING

from gcmgraph.corpus import read_corpus
from gcmgraph.errors import EndpointError, ParameterError, QueryError, ReadError, UnknownNameError, UsageError
from gcmgraph.namespaces import PROLOGUE, curie
from gcmgraph.printing import (
    Progress,
    explain,
    list_queries,
    query_json,
    show_anchor,
    tell,
    write,
    write_candidates,
    write_rows,
)
from gcmgraph.project import Project

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Iterable, Mapping, Sequence

    from gcmgraph.findings import Report
    from gcmgraph.places.positions import Places
    from gcmgraph.queries import StoredQuery
    from gcmgraph.results import Results
    from gcmgraph.stores import EmbeddedStore, Store


def run_query(options: Namespace) -> int:
    """Ask a query and print its answer."""
    from gcmgraph.results import FORMATS, TEXT_FORMATS

    _check_format(options.format, FORMATS)
    project = Project.find(options.project)
    query = _find_query(project, options.name)
    embedded = None if options.endpoint is not None else _embedded(project, fresh=options.fresh)
    text = query.bind(_pairs(options.parameter), corpus=embedded)
    store: Store = embedded or _remote(options.endpoint)
    try:
        results = store.query(text)
    except QueryError as error:
        name = "standard input" if options.name == "-" else options.name
        raise QueryError(name if error.where == "query" else error.where, error.problem, error.advice) from error
    if options.plot is not None:
        return _plot(options, query, results, store)
    labels: Mapping[str, str] = _labels(store, results) if options.format in TEXT_FORMATS else {}
    width = get_terminal_size().columns if sys.stdout.isatty() and not options.output else 0
    write(results.serialize(options.format, labels=labels, width=width), options.output)
    return 0


def _plot(options: Namespace, query: StoredQuery, results: Results, store: Store) -> int:
    """Draw an answer into a file."""
    from gcmgraph.dumps import write_all
    from gcmgraph.views import chart, framed, release, render

    labels = _labels(store, results)
    codes = {}
    if query.view.kind == "map":
        text = "SELECT ?state ?code WHERE { ?state gcm:m49Code ?code } ORDER BY ?state"
        codes = {str(state): str(code) for state, code in store.query(PROLOGUE + text).rows()}
    source = options.endpoint or release(read_corpus(Project.find(options.project)))
    words = "".join(f", {word}" for word in options.parameter)
    body = chart(results, query.view, labels=labels, codes=codes)
    caption = f"Source: {source}; query {query.name}{words}. CC BY 4.0."
    spec = framed(body, query.header.get("summary", query.name), caption)
    write_all({options.plot: render(spec, options.plot.suffix)})
    write(f"{options.plot}\n")
    return 0


def run_queries(options: Namespace) -> int:
    """List the stored queries, or explain one."""
    from gcmgraph.queries import find_query, read_query, stored_queries

    _check_format(options.format, ("text", "json"))
    project = Project.find(options.project)
    if options.name is not None:
        query = find_query(project, options.name)
        write(query_json([query]) if options.format == "json" else explain(query))
        return 0
    found = [read_query(path) for path in stored_queries(project).values()]
    write(query_json(found) if options.format == "json" else list_queries(found))
    return 0


def run_dump(options: Namespace) -> int:
    """Write the graph, if it conforms."""
    from gcmgraph.canonical import FORMATS
    from gcmgraph.dumps import dump
    from gcmgraph.validation.validator import validate

    for name in options.format:
        _check_format(name, FORMATS)
    project = Project.find(options.project)
    corpus = read_corpus(project)
    with Progress("validating") as progress:
        report = validate(project, corpus=corpus, progress=progress)
    for path in dump(corpus, options.directory, report=report, formats=options.format, inferred=options.inferred):
        write(f"{path}\n")
    return 0


def run_evidence(options: Namespace) -> int:
    """Re-check all anchors, or show those of one record."""
    from gcmgraph.evidence import anchors, check_evidence

    _check_format(options.format, ("text", "json"))
    project = Project.find(options.project)
    corpus = read_corpus(project)
    if options.record is not None:
        sources = options.sources or _own_sources(project)
        found = anchors(corpus, options.record, directory=sources)
        text = json.dumps([asdict(anchor) for anchor in found], indent=2, ensure_ascii=False) + "\n"
        write(text if options.format == "json" else "".join(map(show_anchor, found)))
        return 0
    report = check_evidence(corpus, _sources(options, project), places=_places(project))
    return _report(report, options.format, "files, passages and stretches")


def run_echoes(options: Namespace) -> int:
    """Propose echoes, print the block of an accepted one, or note a rejected one."""
    from gcmgraph.dumps import write_all
    from gcmgraph.echoes import REJECTED, candidates, echo_block, read_rejected, with_rejected

    _check_format(options.format, ("text", "csv", "json"))
    project = Project.find(options.project)
    corpus = read_corpus(project)
    path = project.root / REJECTED
    if options.accept:
        write(echo_block(corpus, tuple(options.accept), kind=options.kind, reason=options.reason))
    elif options.reject:
        write_all({path: with_rejected(corpus, path, tuple(options.reject))})
        write(f"{path}\n")
    else:
        found = candidates(corpus, record=options.record, limit=options.limit, rejected=read_rejected(path))
        write(write_candidates(found, options.format))
    return 0


def run_coverage(options: Namespace) -> int:
    """Tell what rests on each paragraph."""
    from gcmgraph.coverage import cover

    _check_format(options.format, ("text", "json"))
    project = Project.find(options.project)
    found = cover(read_corpus(project), _sources(options, project))
    write(found.to_json() if options.format == "json" else found.to_text())
    return int(not found.report.conforms)


def run_anchor(options: Namespace) -> int:
    """Print an evidence block."""
    from gcmgraph.evidence import make_anchor

    project = Project.find(options.project)
    place = (options.document, options.passage)
    sources = _sources(options, project)
    block = make_anchor(read_corpus(project), place, first=options.first, last=options.last, directory=sources)
    write(block)
    return 0


def run_stats(options: Namespace) -> int:
    """Print counts."""
    from gcmgraph.stats import count

    _check_format(options.format, ("table", "csv", "json"))
    corpus = read_corpus(Project.find(options.project))
    rows = [(grouping, curie(iri), corpus.labels.get(iri, ""), count) for grouping, iri, count in count(corpus)]
    write(write_rows(["grouping", "name", "label", "count"], rows, options.format))
    return 0


def _check_format(name: str, known: Iterable[str]) -> None:
    """Refuse an unknown format."""
    if name not in set(known):
        raise UnknownNameError("format", name, known)


def _find_query(project: Project, name: str) -> StoredQuery:
    """Read a query from standard input, a file, or the stored ones."""
    from gcmgraph.queries import find_query, parse_query, read_query

    if name == "-":
        return parse_query("standard input", _standard_input(), where="standard input")
    return read_query(Path(name)) if name.endswith(".rq") else find_query(project, name)


def _standard_input() -> str:
    """Read all of standard input."""
    try:
        return sys.stdin.read() if sys.stdin else ""
    except UnicodeDecodeError as error:
        raise ReadError("standard input", "not UTF-8", "send it in UTF-8") from error


def _pairs(words: Sequence[str]) -> dict[str, str]:
    """Take KEY=VALUE words apart."""
    pairs: dict[str, str] = {}
    for word in words:
        key, equals, value = word.partition("=")
        if not equals:
            raise UsageError("", f"'{word}' is not KEY=VALUE", "write it like theme=data")
        if key in pairs:
            raise ParameterError("", f"parameter '{key}' is given twice", "give it once")
        pairs[key] = value
    return pairs


def _embedded(project: Project, *, fresh: bool = False) -> EmbeddedStore:
    """Open the embedded store; why it is not kept on disk is told beside the answer."""
    from gcmgraph.stores import open_store

    with Progress("building the store", unit="file") as progress:
        return open_store(project, fresh=fresh, note=tell, progress=progress or (lambda *_: None))


def _remote(endpoint: str) -> Store:
    """Name the remote store."""
    from gcmgraph.remote import RemoteStore

    return RemoteStore(endpoint)


def _labels(store: Store, results: Results) -> dict[str, str]:
    """Ask a store for the labels of an answer's IRIs; without them a table still shows CURIEs."""
    labels = getattr(store, "labels", None)
    return labels(results.iris()) if labels else _remote_labels(store, results)


def _remote_labels(store: Store, results: Results) -> dict[str, str]:
    """Ask a remote store for labels."""
    iris = " ".join(f"<{iri}>" for iri in sorted(results.iris()))
    pattern = f"VALUES ?iri {{ {iris} }} ?iri rdfs:label|skos:prefLabel|dcterms:title ?label"
    try:
        rows = (
            store.query(f"{PROLOGUE} SELECT ?iri ?label WHERE {{ {pattern} }} ORDER BY ?iri ?label").rows()
            if iris
            else []
        )
    except (EndpointError, QueryError):
        return {}
    return {str(iri): str(label) for iri, label in reversed(rows)}


def _report(report: Report, report_format: str, noun: str) -> int:
    """Print findings and give the exit status."""
    write(report.to_json() if report_format == "json" else report.to_text(noun))
    return int(not report.conforms)


def _own_sources(project: Project) -> Path | None:
    """Give the project's own sources folder, if it has one."""
    own = project.root / "sources"
    return own if own.is_dir() else None


def _sources(options: Namespace, project: Project) -> Path:
    """Give the folder with the source files, which the project does not ship."""
    found = options.sources or _own_sources(project)
    if found is None:
        raise UsageError("", "the source texts are not part of the project", "name their folder with --sources DIR")
    return Path(found)


def _places(project: Project) -> Places:
    """Find places in the project's files."""
    from gcmgraph.places.positions import Places

    return Places([*project.ontology_files(), *project.data_files()], project.shown)

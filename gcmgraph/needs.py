"""The command on what records need: shapes."""

from __future__ import annotations

import json
import textwrap
from dataclasses import asdict
from typing import TYPE_CHECKING

from gcmgraph.errors import UnknownNameError
from gcmgraph.printing import write
from gcmgraph.project import Project

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    import pyoxigraph as ox

    from gcmgraph.shacl.describe import Description, Group, Need

WIDTH = 100
HEADS = {"class": "Of each {}", "with": "If it has {}", "value-of": "If it is a value of {}", "node": "Of {}"}


def run_shapes(options: Namespace) -> int:
    """List the classes that have shapes, or tell what a record of one needs."""
    from gcmgraph.shacl.describe import describe, described_classes, find_class
    from gcmgraph.shacl.index import Index
    from gcmgraph.shacl.shapes import Shapes

    if options.format not in ("text", "json"):
        raise UnknownNameError("format", options.format, ("text", "json"))
    project = Project.find(options.project)
    shapes, ontology = Shapes(_triples(project.shape_files())), Index(_triples(project.ontology_files()))
    known = described_classes(shapes, ontology)
    if options.record_class is None:
        found = [describe(shapes, ontology, iri) for iri in known]
        write(_listed(found) if options.format == "text" else _json([_summary(one) for one in found]))
        return 0
    iri = find_class(options.record_class, known)
    description = describe(shapes, ontology, iri)
    example = _example(project, iri)
    if options.format == "json":
        write(_json({**asdict(description), "needed": description.needed, "example": example}))
    else:
        write("\n".join([*_lines(description), *_example_lines(example)]) + "\n")
    return 0


def _triples(paths: Iterable[Path]) -> Iterator[ox.Triple]:
    """Go through the triples of files."""
    from gcmgraph.reading import read_triples

    for path in paths:
        yield from read_triples(path)


def _example(project: Project, iri: str) -> str:
    """Write the shortest record of a class as Turtle; empty if there is none."""
    import pyoxigraph as ox

    from gcmgraph.results import write_triples
    from gcmgraph.shacl.describe import shortest_record
    from gcmgraph.shacl.index import Index

    graph = Index(_triples([*project.ontology_files(), *project.data_files()]))
    found = shortest_record(graph, iri)
    return write_triples(found, ox.RdfFormat.TURTLE).decode() if found else ""


def _summary(description: Description) -> dict[str, object]:
    """Tell of a class how much its records need."""
    return {"name": description.name, "label": description.label, "needed": description.needed}


def _json(told: object) -> str:
    """Write JSON."""
    return json.dumps(told, indent=2, ensure_ascii=False) + "\n"


def _listed(found: Iterable[Description]) -> str:
    """List classes, each with how many things a record of it needs."""
    rows = [(one.name, str(one.needed), one.label) for one in found]
    wide, most = (max((len(row[column]) for row in rows), default=0) for column in (0, 1))
    return "".join(f"{name:{wide}}  {needed:>{most}} needed  {label}".rstrip() + "\n" for name, needed, label in rows)


def _lines(description: Description) -> Iterator[str]:
    """Tell what a record of a class needs."""
    yield f"{description.name}  {description.label}".rstrip()
    if description.definition:
        yield from _wrapped(description.definition, 2)
    for group in description.groups:
        yield ""
        yield from _group_lines(group)


def _group_lines(group: Group) -> Iterator[str]:
    """Tell what one shape asks for."""
    record = group.record
    yield f"{HEADS[group.kind].format(group.target)}: {record.name or 'what holds'} [{record.shape or 'no name'}]"
    for text in record.values:
        yield from _wrapped(f"the record: {text}", 2)
    if group.allowed:
        yield from _wrapped(f"no other property than {', '.join(group.allowed)}", 2)
    yield from _reasons(record, 2)
    for need in group.properties:
        yield from _need_lines(need)


def _need_lines(need: Need) -> Iterator[str]:
    """Tell what one property must be."""
    severity = "" if need.severity == "violation" else f" ({need.severity})"
    what = "; ".join(text for text in (need.count, *need.values) if text) or "anything"
    yield from _wrapped(f"{need.property} - {need.name}{severity}: {what}", 2)
    yield from _reasons(need, 6)


def _reasons(need: Need, indent: int) -> Iterator[str]:
    """Tell the message, the reason and the way out."""
    for name, text in (("else", need.message), ("why", need.why), ("fix", need.fix)):
        if text:
            yield from _wrapped(f"{name}: {text}", indent)


def _example_lines(example: str) -> Iterator[str]:
    """Show an example."""
    if example:
        yield from ("", "A record that conforms:", "", example.rstrip())


def _wrapped(text: str, indent: int) -> list[str]:
    """Break a text into lines; names and patterns stay whole."""
    wrapper = textwrap.TextWrapper(WIDTH, break_long_words=False, break_on_hyphens=False)
    wrapper.initial_indent, wrapper.subsequent_indent = " " * indent, " " * (indent + 4)
    return wrapper.wrap(text)

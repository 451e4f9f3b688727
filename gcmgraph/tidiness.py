"""Tell what is untidy in files, each at its place: prefixes that nothing uses, records without a label or with two."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np
import pyoxigraph as ox

from gcmgraph.data_lint import lint_labels, lint_prefixes, uses_its_prefixes
from gcmgraph.findings import Finding
from gcmgraph.namespaces import PREFIXES
from gcmgraph.project import shown
from gcmgraph.reading import read_bytes
from gcmgraph.reasoning.columns import among, distinct

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from gcmgraph.data_lint import Remark
    from gcmgraph.loading import Loaded
    from gcmgraph.placing import Placing
    from gcmgraph.reasoning.columns import Numbers

RDF, RDFS, SKOS = PREFIXES["rdf"], PREFIXES["rdfs"], PREFIXES["skos"]
DOUBLE = (f"{RDFS}label", f"{SKOS}prefLabel")
LABELS = (*DOUBLE, f"{PREFIXES['dcterms']}title")
MOST, FEWEST = 0.9, 10
_NAMESPACE = re.compile(r"[^/#]*$")


def untidy_prefixes(paths: Iterable[Path]) -> Iterator[Finding]:
    """Find prefixes of Turtle and TriG files that are declared twice or never used."""
    for path in paths:
        data = read_bytes(path) if path.suffix in (".ttl", ".trig") else b""
        if data and not uses_its_prefixes(data):
            for remark in lint_prefixes(data.decode()):
                yield Finding(shown(path), remark.line, 0, remark.severity, remark.rule, remark.problem, remark.advice)


def untidy_labels(data: Loaded, rows: Numbers, places: Placing) -> Iterator[Finding]:
    """Find records with two labels in a language, and records without one where nearly all others have one.

    A label is expected where it is the custom of the data: of the records of a class whose IRIs begin alike, at least
    FEWEST, the share of MOST has one.

    Args:
        data: what the custom is taken from.
        rows: the triples to look through.
        places: finds the line of a finding.
    """
    for predicate in DOUBLE:
        labels = _several(data, rows[rows[:, 1] == data.graph.terms.find(ox.NamedNode(predicate))])
        for remark in lint_labels(labels):
            yield _placed(remark, predicate, places)
    lacking = sorted(_lacking(data, distinct(rows[:, 0])))
    for remark in lint_labels(dict.fromkeys(lacking, ())):
        yield _placed(remark, "", places)


def _placed(remark: Remark, predicate: str, places: Placing) -> Finding:
    """Put a remark at its record."""
    focus = ox.BlankNode(remark.subject[2:]) if remark.subject.startswith("_:") else ox.NamedNode(remark.subject)
    told = {"severity": remark.severity, "rule": remark.rule, "problem": remark.problem, "advice": remark.advice}
    return places.placed(focus, predicate, None, **told)


def _several(data: Loaded, rows: Numbers) -> dict[str, list[tuple[str, str]]]:
    """Gather the labels of the records that have several."""
    subjects, counts = np.unique(rows[:, 0], return_counts=True)
    terms = data.graph.terms.listed()
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for subject, _, label in rows[among(subjects[counts > 1], rows[:, 0])].tolist():
        name, text = terms[subject], terms[label]
        if isinstance(text, ox.Literal):
            own = str(name) if isinstance(name, ox.BlankNode) else str(name.value)
            found[own].append((text.value, text.language or ""))
    return found


def _lacking(data: Loaded, subjects: Numbers) -> set[str]:
    """Find the records without a label, against the custom of their class and namespace."""
    terms, rows = data.graph.terms, data.graph.rows
    wanted = [terms.find(ox.NamedNode(name)) for name in LABELS]
    labelled = distinct(rows[np.isin(rows[:, 1], wanted)][:, 0])
    types = rows[rows[:, 1] == terms.find(ox.NamedNode(RDF + "type"))]
    without = types[~among(labelled, types[:, 0])]
    asked = distinct(without[among(subjects, without[:, 0])][:, 2])
    found: set[str] = set()
    for number in asked.tolist():
        members, bare = distinct(types[types[:, 2] == number][:, 0]), distinct(without[without[:, 2] == number][:, 0])
        if len(bare) < len(members):
            found |= _against_custom(data, members, (bare, subjects))
    return found


def _against_custom(data: Loaded, members: Numbers, chosen: tuple[Numbers, Numbers]) -> set[str]:
    """Choose those of a class that lack a label which the others of their namespace have."""
    bare, subjects = chosen
    terms = data.graph.terms.listed()
    spaces: dict[str, list[str]] = defaultdict(list)
    counts: dict[str, int] = defaultdict(int)
    is_bare, is_asked = among(bare, members).tolist(), among(subjects, members).tolist()
    lacks: dict[str, int] = defaultdict(int)
    for number, lack, ask in zip(members.tolist(), is_bare, is_asked, strict=True):
        term = terms[number]
        if isinstance(term, ox.NamedNode):
            space = _NAMESPACE.sub("", term.value)
            counts[space] += 1
            lacks[space] += lack
            if lack and ask:
                spaces[space].append(term.value)
    customary = [s for s, count in counts.items() if count >= FEWEST and lacks[s] <= (1 - MOST) * count]
    return {name for space in customary for name in spaces[space]}

"""Tell what is untidy in files, each at its place: prefixes that nothing uses, records without a label or with two."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pyoxigraph as ox

from gcmgraph.findings import Finding
from gcmgraph.namespaces import PREFIXES
from gcmgraph.project import shown
from gcmgraph.reading import read_bytes
from gcmgraph.reasoning.columns import LOW, SHIFT, among, distinct
from gcmgraph.validation.data_lint import lint_labels, lint_prefixes, uses_its_prefixes
from gcmgraph.validation.placing import Unplaced

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from gcmgraph.reasoning.columns import Mask, Numbers
    from gcmgraph.validation.data_lint import Remark
    from gcmgraph.validation.loading import Loaded

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


def untidy_labels(data: Loaded, rows: Numbers) -> Iterator[Unplaced]:
    """Find records with two labels in a language, and records without one where nearly all others have one.

    A label is expected where it is the custom of the data: of the records of a class whose IRIs begin alike, at least
    FEWEST, the share of MOST has one.

    Args:
        data: what the custom is taken from.
        rows: the triples to look through.
    """
    for predicate in DOUBLE:
        labels = _several(data, rows[rows[:, 1] == data.graph.terms.find(ox.NamedNode(predicate))])
        for remark in lint_labels(labels):
            yield _unplaced(remark, predicate)
    lacking = sorted(_lacking(data, distinct(rows[:, 0])))
    for remark in lint_labels(dict.fromkeys(lacking, ())):
        yield _unplaced(remark, "")


def _unplaced(remark: Remark, predicate: str) -> Unplaced:
    """Turn a remark into a finding about its record."""
    focus = ox.BlankNode(remark.subject[2:]) if remark.subject.startswith("_:") else ox.NamedNode(remark.subject)
    told = {"severity": remark.severity, "problem": remark.problem, "advice": remark.advice}
    return Unplaced(focus, predicate, None, remark.rule, told)


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
    pairs = distinct((types[:, 2] << SHIFT) | types[:, 0])
    members = pairs & LOW
    is_bare = ~among(labelled, members)
    is_asked = is_bare & among(subjects, members)
    starts = np.flatnonzero(np.diff(pairs >> SHIFT, prepend=-1))
    found: set[str] = set()
    for start, end in pairwise([*starts.tolist(), len(pairs)]):
        own = slice(start, end)
        if is_asked[own].any() and not is_bare[own].all():
            found |= _against_custom(data, members[own], is_bare[own], is_asked[own])
    return found


def _against_custom(data: Loaded, members: Numbers, is_bare: Mask, is_asked: Mask) -> set[str]:
    """Choose those of a class that lack a label which the others of their namespace have."""
    terms = data.graph.terms.listed()
    counts: Counter[str] = Counter()
    lacking: Counter[str] = Counter()
    asked: list[tuple[str, str]] = []
    for number, lacks, is_chosen in zip(members.tolist(), is_bare.tolist(), is_asked.tolist(), strict=True):
        term = terms[number]
        if isinstance(term, ox.NamedNode):
            space = _NAMESPACE.sub("", term.value)
            counts[space] += 1
            lacking[space] += lacks
            asked += [(space, term.value)] if is_chosen else []
    return {name for space, name in asked if counts[space] >= FEWEST and lacking[space] <= (1 - MOST) * counts[space]}

"""Find names that mean nothing: terms that the ontology does not define, records that nothing describes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pyoxigraph as ox

from gcmgraph.errors import nearest
from gcmgraph.findings import Finding
from gcmgraph.namespaces import GCM, ID, curie

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gcmgraph.corpus import Corpus
    from gcmgraph.positions import Places

KINDS = ((GCM, "unknown-term", "is no term of the ontology"), (ID, "unknown-record", "is described nowhere"))


def unknown_names(corpus: Corpus, described: Iterable[ox.Triple], places: Places) -> Iterator[Finding]:
    """Find terms of the ontology and records of the project that are named but do not exist.

    SHACL cannot: where a class is misspelt, no shape looks.

    Args:
        corpus: where a name must be described.
        described: the triples to look through.
        places: finds the line of a triple.
    """
    known = {triple.subject.value for triple in corpus.triples() if isinstance(triple.subject, ox.NamedNode)}
    for triple in described:
        for term in (triple.predicate, triple.object):
            for base, rule, problem in KINDS:
                if isinstance(term, ox.NamedNode) and term.value.startswith(base) and term.value not in known:
                    told = (rule, f"{curie(term.value)} {problem}", _nearest(term.value, known))
                    yield _finding(triple, term, told, places)


def _nearest(iri: str, known: set[str]) -> str:
    """Name the nearest known names of the same namespace."""
    namespace = re.sub(r"[^/#]*$", "", iri)
    return nearest(curie(iri), sorted(curie(other) for other in known if other.startswith(namespace))) or "describe it"


def _finding(triple: ox.Triple, term: ox.NamedNode, told: tuple[str, str, str], places: Places) -> Finding:
    """Place a finding at its triple."""
    rule, problem, advice = told
    subject, path = str(getattr(triple.subject, "value", "")), triple.predicate.value
    file, line = places.find(subject, path, str(triple.object))
    return Finding(file, line, 0, "violation", rule, problem, advice, subject, path, str(term))

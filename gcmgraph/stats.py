"""Count what the graph holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gcmgraph.corpus import select
from gcmgraph.namespaces import GCM, PROLOGUE

if TYPE_CHECKING:
    from gcmgraph.corpus import Corpus

COUNTS = {
    "class": "SELECT ?key (COUNT(DISTINCT ?x) AS ?n) WHERE { ?x a ?key . ?key rdfs:label ?label "
    f'FILTER(STRSTARTS(STR(?key), "{GCM}")) }} GROUP BY ?key',
    "document": "SELECT ?key (COUNT(DISTINCT ?x) AS ?n) WHERE "
    "{ ?x gcm:restsOn/gcm:within/gcm:passageOf ?key } GROUP BY ?key",
    "theme": "SELECT ?key (COUNT(DISTINCT ?x) AS ?n) WHERE "
    "{ ?x gcm:onTheme ?key . ?x a/rdfs:subClassOf* gcm:Statement } GROUP BY ?key",
}


def count(corpus: Corpus) -> list[tuple[str, str, int]]:
    """Count the records of a corpus by class, the records by document, and the statements by theme.

    Returns:
        Rows of grouping ("class", "document" or "theme"), IRI and count, the largest count first in each grouping.
    """
    rows: list[tuple[str, str, int]] = []
    for grouping, text in COUNTS.items():
        found = [(row["key"].value, int(row["n"].value)) for row in select(corpus.store, PROLOGUE + text)]
        rows += [(grouping, iri, count) for iri, count in sorted(found, key=lambda item: (-item[1], item[0]))]
    return rows

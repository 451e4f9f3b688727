"""Candidates for echoes: pairs of statements of different documents that read alike, for a person to judge."""

from __future__ import annotations

import csv
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gcmgraph.corpus import select
from gcmgraph.errors import FailureError, ReadError, UnknownNameError, UsageError
from gcmgraph.namespaces import PROLOGUE, curie, expand
from gcmgraph.reading import read_bytes

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from pathlib import Path

    from gcmgraph.corpus import Corpus

THEME = 0.15
NEAREST = 60
REJECTED = "data/links/echoes-rejected.csv"
_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True)
class Statement:
    """A statement as far as it is compared.

    Attributes:
        iri: its IRI.
        label: its label.
        gist: its gist.
        documents: the IRIs of the documents that it rests on.
        themes: the IRIs of its themes.
        day: the first day that its document or event is dated, as text; empty if none is.
    """

    iri: str
    label: str
    gist: str
    documents: frozenset[str]
    themes: frozenset[str]
    day: str


@dataclass(frozen=True)
class Candidate:
    """Two statements that may echo one another.

    Attributes:
        statement: the IRI of the later statement, or of either where the order is not known.
        other: the IRI of the earlier one.
        gist: what the statement says.
        other_gist: what the other says.
        score: how alike they read: the BM25 score as a share of the statement's score with itself, the better of
            both directions, and 0.15 for each theme that they share.
        themes: the IRIs of the themes that they share, sorted.
    """

    statement: str
    other: str
    gist: str
    other_gist: str
    score: float
    themes: tuple[str, ...]


def candidates(
    corpus: Corpus, *, record: str = "", limit: int = 20, rejected: Collection[tuple[str, str]] = ()
) -> list[Candidate]:
    """Propose pairs of statements, the most alike first.

    Nothing is added to the graph: a person reads both statements in their documents, and accepts or rejects.

    Args:
        corpus: the ontology and the data.
        record: a statement's CURIE or IRI, to see only pairs with it; all statements if empty.
        limit: the most pairs to give.
        rejected: pairs of IRIs, in either order, that are not to be proposed again.

    Raises:
        UnknownNameError: there is no such statement.
        FailureError: the libraries of the extra `echoes` are not installed.

    Source:
        Robertson and Zaragoza (2009), The Probabilistic Relevance Framework: BM25 and Beyond.
    """
    found = _statements(corpus)
    wanted = _known(record, {statement.iri for statement in found}) if record else ""
    known = {frozenset(pair) for pair in (*_echoes(corpus), *rejected)}
    scores = _alike(found, wanted)
    pairs = [
        _candidate(found[one], found[two], score)
        for (one, two), score in scores.items()
        if found[one].documents.isdisjoint(found[two].documents)
        and frozenset((found[one].iri, found[two].iri)) not in known
    ]
    return sorted(pairs, key=lambda pair: (-pair.score, pair.statement, pair.other))[:limit]


def echo_block(corpus: Corpus, pair: tuple[str, str], *, kind: str, reason: str) -> str:
    """Write the Turtle block of an accepted echo, to be put into the file of links.

    Args:
        corpus: the ontology and the data.
        pair: the CURIEs or IRIs of the statement that takes up the other, and of the other.
        kind: the slug, CURIE or IRI of an echo kind.
        reason: why the two are read together, in one line of our own words.

    Raises:
        UnknownNameError: there is no such statement or echo kind.
        UsageError: both statements rest on one document, or the reason is empty.
    """
    known = {statement.iri: statement for statement in _statements(corpus)}
    one, two = (_known(name, known) for name in pair)
    if not known[one].documents.isdisjoint(known[two].documents):
        raise UsageError("", "both statements rest on the same document", "an echo runs between two documents")
    kinds = {row["k"].value for row in select(corpus.store, PROLOGUE + "SELECT ?k WHERE { ?k a gcm:EchoKind }")}
    if expand(kind, "echokind") not in kinds:
        raise UnknownNameError("echo kind", kind, (iri.rpartition("/")[2] for iri in kinds))
    if not reason.strip():
        raise UsageError("", "no reason given", "say in one line why the two are read together")
    slug = "-".join(iri.rpartition("/")[2] for iri in (one, expand(kind, "echokind"), two))
    lines = (
        f"echo:{slug} a gcm:Echo",
        f"gcm:echoFrom {curie(one)}",
        f"gcm:echoTo {curie(two)}",
        f"gcm:echoKind {curie(expand(kind, 'echokind'))}",
        f"gcm:reason {json.dumps(' '.join(reason.split()), ensure_ascii=False)}@en",
    )
    return " ;\n    ".join(lines) + "\n.\n"


def read_rejected(path: Path) -> list[tuple[str, str]]:
    """Read the pairs that were rejected, from a CSV file with the columns statement and other; none if it is missing.

    Raises:
        ReadError: the file cannot be read, or lacks a column.
    """
    if not path.exists():
        return []
    rows = list(csv.reader(read_bytes(path).decode().splitlines()))
    if not rows or rows[0] != ["statement", "other"] or any(len(row) != 2 for row in rows):
        raise ReadError(str(path), "is not two columns", "begin it with statement,other and give a pair a line")
    return [(expand(one), expand(two)) for one, two in rows[1:]]


def with_rejected(corpus: Corpus, path: Path, pair: tuple[str, str]) -> bytes:
    """Add a pair to the file of rejected ones.

    Returns:
        What the file is to hold.

    Raises:
        UnknownNameError: there is no such statement.
        ReadError: the file is there, and cannot be read.
    """
    known = {statement.iri for statement in _statements(corpus)}
    added = tuple(_known(name, known) for name in pair)
    lines = sorted({(curie(one), curie(two)) for one, two in (*read_rejected(path), added)})
    return "".join(f"{one},{two}\n" for one, two in (("statement", "other"), *lines)).encode()


def _known(name: str, known: Collection[str]) -> str:
    """Give the IRI of a statement that exists."""
    iri = expand(name, "statement")
    if iri not in known:
        raise UnknownNameError("statement", curie(iri), map(curie, known))
    return iri


def _candidate(one: Statement, two: Statement, score: float) -> Candidate:
    """Put the later statement first."""
    later, earlier = (one, two) if (one.day, one.iri) >= (two.day, two.iri) else (two, one)
    shared = one.themes & two.themes
    total = round(score + THEME * len(shared), 3)
    return Candidate(later.iri, earlier.iri, later.gist, earlier.gist, total, tuple(sorted(shared)))


def _alike(found: Sequence[Statement], wanted: str) -> dict[tuple[int, int], float]:
    """Score each statement and those nearest to it by their words, each pair once."""
    try:
        import bm25s
        import snowballstemmer
    except ImportError as error:
        advice = "install them with pip install 'gcmgraph[echoes]'"
        raise FailureError("", "proposing echoes needs bm25s and snowballstemmer", advice) from error
    stem = snowballstemmer.stemmer("english").stemWords
    words = [stem(_WORD.findall(f"{statement.label} {statement.gist}".lower())) for statement in found]
    index = bm25s.BM25()
    index.index(words, show_progress=False)
    best: dict[tuple[int, int], float] = {}
    for number, statement in enumerate(found):
        if wanted not in ("", statement.iri):
            continue
        row = index.get_scores(words[number])
        for other in map(int, row.argsort()[::-1][: NEAREST + 1]):
            pair = (min(number, other), max(number, other))
            if other != number:
                best[pair] = max(best.get(pair, 0.0), float(row[other] / row[number]))
    return best


def _echoes(corpus: Corpus) -> list[tuple[str, str]]:
    """List the pairs that the graph holds already."""
    text = "SELECT ?one ?two WHERE { ?echo gcm:echoFrom ?one ; gcm:echoTo ?two }"
    return [(row["one"].value, row["two"].value) for row in select(corpus.store, PROLOGUE + text)]


def _statements(corpus: Corpus) -> list[Statement]:
    """Read what is compared, by IRI."""
    days = _days(corpus)
    pattern = """?s gcm:gist ?gist ; rdfs:label ?label ; gcm:restsOn/gcm:within/gcm:passageOf ?document
    OPTIONAL { ?s gcm:onTheme ?theme }"""
    rows = select(corpus.store, f"{PROLOGUE}SELECT ?s ?label ?gist ?document ?theme WHERE {{ {pattern} }} ORDER BY ?s")
    texts: dict[str, tuple[str, str]] = {}
    documents: dict[str, set[str]] = {}
    themes: dict[str, set[str]] = {}
    for row in rows:
        iri = row["s"].value
        texts[iri] = row["label"].value, row["gist"].value
        documents.setdefault(iri, set()).add(row["document"].value)
        themes.setdefault(iri, set()).update({row["theme"].value} if row["theme"] else ())
    return [
        Statement(iri, *texts[iri], frozenset(documents[iri]), frozenset(themes[iri]), _first(documents[iri], days))
        for iri in texts
    ]


def _first(documents: Iterable[str], days: Mapping[str, str]) -> str:
    """Give the first day of some documents."""
    return min((days[document] for document in documents if document in days), default="")


def _days(corpus: Corpus) -> dict[str, str]:
    """Find the day of each document: its own date, or else that of the first event of which it gives an account."""
    told = "?a gcm:accountIn ?d ; gcm:accountOf/gcm:startDate ?day FILTER NOT EXISTS { ?d dcterms:issued ?own }"
    days = f"{{ ?d dcterms:issued ?day }} UNION {{ {told} }}"
    rows = select(corpus.store, f"{PROLOGUE}SELECT ?d (MIN(STR(?day)) AS ?first) WHERE {{ {days} }} GROUP BY ?d")
    return {row["d"].value: row["first"].value for row in rows}

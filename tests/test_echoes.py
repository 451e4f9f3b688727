"""Candidates for echoes are proposed and never enter the graph by themselves; a person accepts or rejects."""

from __future__ import annotations

import json
import sys
from collections import defaultdict

import pytest

from gcmgraph import Corpus, candidates, echo_block, read_corpus, validate
from gcmgraph.cli import main
from gcmgraph.corpus import select
from gcmgraph.echoes import REJECTED, read_rejected
from gcmgraph.errors import FailureError, ReadError, UnknownNameError, UsageError
from gcmgraph.namespaces import GCM, PREFIXES, PROLOGUE

STATEMENT = PREFIXES["statement"]
CALL = "statement:geneva-2017-report-p12-end-child-detention"


@pytest.fixture(scope="session")
def without_echoes(corpus):
    """The corpus without its curated echoes."""
    return Corpus({name: triples for name, triples in corpus.graphs.items() if not name.endswith("/links/echoes")})


def test_most_curated_echoes_are_among_the_candidates(corpus, without_echoes):
    """For three in four of the echoes that people accepted, the other statement is among the first twenty proposed."""
    text = PROLOGUE + "SELECT ?one ?two WHERE { ?echo gcm:echoFrom ?one ; gcm:echoTo ?two } ORDER BY ?one ?two"
    pairs = [(row["one"].value, row["two"].value) for row in select(corpus.store, text)]
    nearest = defaultdict(list)
    for candidate in candidates(without_echoes, limit=10**6):
        nearest[candidate.statement].append(candidate.other)
        nearest[candidate.other].append(candidate.statement)
    found = sum(two in nearest[one][:20] for one, two in pairs)
    assert found / len(pairs) > 0.7


def test_candidates_run_between_documents_once_and_best_first(corpus):
    """No pair is proposed twice, in both directions, within a document, or if the graph holds it already."""
    proposed = candidates(corpus, limit=300)
    pairs = [frozenset((c.statement, c.other)) for c in proposed]
    text = PROLOGUE + "SELECT ?one ?two WHERE { ?echo gcm:echoFrom ?one ; gcm:echoTo ?two }"
    held = {frozenset((row["one"].value, row["two"].value)) for row in select(corpus.store, text)}
    assert len(set(pairs)) == len(pairs) == 300
    assert held.isdisjoint(pairs)
    assert [c.score for c in proposed] == sorted((c.score for c in proposed), reverse=True)
    text = PROLOGUE + "SELECT DISTINCT ?s ?d WHERE { ?s gcm:gist ?g ; gcm:restsOn/gcm:within/gcm:passageOf ?d }"
    document = {row["s"].value: row["d"].value for row in select(corpus.store, text)}
    assert all(document[c.statement] != document[c.other] for c in proposed)


def test_the_later_statement_comes_first(corpus):
    """Where both documents are dated, the later one is the one that takes up."""
    for candidate in candidates(corpus, record=CALL, limit=40):
        pair = candidate.statement + candidate.other
        if "vienna-2017-report" in pair:
            assert "vienna-2017-report" in candidate.statement
        if "coalition-2016-reflections" in pair:
            assert "coalition-2016-reflections" in candidate.other


def test_a_document_of_its_own_date_is_as_late_as_that(corpus):
    """An event that a dated document looks back on does not make the document earlier: the FAQ of 2017 tells of 2016."""
    found = candidates(corpus, record="statement:coalition-2017-faq-commitment-rights", limit=40)
    others = [
        candidate for candidate in found if "coalition-2017-hrc-statement" in candidate.statement + candidate.other
    ]
    assert others
    assert all("coalition-2017-faq" in candidate.statement for candidate in others)


def test_proposing_adds_nothing_to_the_graph(copy, capsys):
    """The command prints; no file of the project changes."""
    before = {path: path.read_bytes() for path in sorted(copy.root.rglob("*")) if path.is_file()}
    assert main(["--project", str(copy.root), "echoes", CALL, "--limit", "2", "--format", "json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert len(shown) == 2
    assert shown[0].keys() == {"statement", "other", "gist", "other_gist", "score", "themes"}
    assert {path: path.read_bytes() for path in sorted(copy.root.rglob("*")) if path.is_file()} == before


def test_text_and_csv_say_the_same(copy, capsys):
    """Each format names both statements and the score."""
    outputs = {}
    for name in ("text", "csv", "json"):
        assert main(["--project", str(copy.root), "echoes", "--limit", "1", "--format", name]) == 0
        outputs[name] = capsys.readouterr().out
    (pair,) = json.loads(outputs["json"])
    for name in ("text", "csv"):
        assert pair["statement"] in outputs[name]
        assert pair["other"] in outputs[name]
        assert f"{pair['score']}"[:4] in outputs[name]
    assert "none is in the graph until you accept it" in outputs["text"]


def test_an_accepted_echo_conforms(copy, capsys):
    """The block that is printed is valid once a person has put it into the file, and is proposed no more."""
    (first,) = candidates(read_corpus(copy), limit=1)
    words = ["--accept", first.statement, first.other, "--kind", "restates", "--reason", 'Both say "the same".']
    assert main(["--project", str(copy.root), "echoes", *words]) == 0
    path = copy.root / "data/links/echoes.ttl"
    path.write_text(f"{path.read_text()}\n{capsys.readouterr().out}")
    assert validate(copy, files=[path]).findings == ()
    assert (first.statement, first.other) != next((c.statement, c.other) for c in candidates(read_corpus(copy)))


def test_a_rejected_pair_is_not_proposed_again(copy, capsys):
    """What a person rejected is noted beside the links, and left out from then on, whatever the order."""
    (first,) = candidates(read_corpus(copy), limit=1)
    for _ in range(2):
        assert main(["--project", str(copy.root), "echoes", "--reject", first.other, first.statement]) == 0
    capsys.readouterr()
    assert len((copy.root / REJECTED).read_text().splitlines()) == 1 + len(read_rejected(copy.root / REJECTED))
    assert main(["--project", str(copy.root), "echoes", "--limit", "1", "--format", "json"]) == 0
    (shown,) = json.loads(capsys.readouterr().out)
    assert {shown["statement"], shown["other"]} != {first.statement, first.other}


@pytest.mark.parametrize(
    ("pair", "kind", "reason", "error", "message"),
    [
        ((CALL, "statement:nowhere"), "restates", "r", UnknownNameError, "no statement 'statement:nowhere'"),
        ((CALL, CALL), "restates", "r", UsageError, "both statements rest on the same document"),
        ((CALL, "vienna-2017-report-q2-b4-firewalls"), "restated", "r", UnknownNameError, "no echo kind 'restated'"),
        ((CALL, "vienna-2017-report-q2-b4-firewalls"), "restates", " ", UsageError, "no reason given"),
    ],
    ids=["statement", "document", "kind", "reason"],
)
def test_what_is_no_echo_is_refused(corpus, pair, kind, reason, error, message):
    """An echo needs two statements of two documents, a kind and a reason."""
    with pytest.raises(error, match=message):
        echo_block(corpus, pair, kind=kind, reason=reason)


def test_a_broken_list_of_rejected_pairs_is_told(tmp_path):
    """A file that is not two columns is an error, not an empty list."""
    path = tmp_path / "rejected.csv"
    for text in ("statement;other\n", "statement,other\na\n", ""):
        path.write_text(text)
        with pytest.raises(ReadError, match="begin it with statement,other"):
            read_rejected(path)
    assert read_rejected(tmp_path / "missing.csv") == []


def test_missing_libraries_and_names_are_told(corpus, monkeypatch):
    """An unknown statement has a nearest one; an extra that is not installed is named."""
    with pytest.raises(UnknownNameError, match="did you mean 'statement:geneva-2017-report-p12-end-child-detention'"):
        candidates(corpus, record="geneva-2017-report-p12-end-child-detentio")
    monkeypatch.setitem(sys.modules, "bm25s", None)
    with pytest.raises(FailureError, match=r"pip install 'gcmgraph\[echoes\]'"):
        candidates(corpus)


def test_every_echo_of_the_graph_has_a_kind_and_a_reason_of_its_own(corpus):
    """Reasons are written one by one: none serves twice for pairs that share no statement."""
    text = f"{PROLOGUE}SELECT ?r (COUNT(DISTINCT ?e) AS ?n) WHERE {{ ?e <{GCM}reason> ?r }} GROUP BY ?r"
    assert [row["r"].value for row in select(corpus.store, text) if int(row["n"].value) > 1] == []

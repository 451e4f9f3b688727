"""Every anchor points where it says, and a source that has changed is told."""

from __future__ import annotations

import re
import shutil

import pytest

from gcmgraph import Places, anchors, check_evidence, make_anchor
from gcmgraph.errors import ReadError, UnknownNameError, UsageError
from gcmgraph.sources import documents, find_document, read_source, sha256

VIENNA = "vienna-2017-report"


@pytest.fixture(scope="session")
def places(project):
    """Places in the project's files."""
    return Places(project.data_files(), project.shown)


@pytest.fixture
def copied(sources, tmp_path):
    """Sources that a test may spoil."""
    return shutil.copytree(sources, tmp_path / "sources", copy_function=shutil.copyfile)


def test_every_anchor_holds(corpus, sources, places):
    """Each file, passage and stretch has the digest that the graph records."""
    report = check_evidence(corpus, sources, places=places)
    assert report.findings == ()
    assert report.checked > 500


def test_every_record_that_needs_evidence_is_anchored(corpus):
    """No statement, participation, membership, citation, account or note lacks a stretch of text."""
    from gcmgraph.corpus import select
    from gcmgraph.namespaces import PROLOGUE

    pattern = """?class rdfs:subClassOf* ?top . ?record a ?class . FILTER NOT EXISTS { ?record gcm:restsOn ?evidence }
    VALUES ?top { gcm:Statement gcm:Participation gcm:Membership gcm:Citation gcm:Account gcm:SourceNote }"""
    rows = select(corpus.store, f"{PROLOGUE} SELECT DISTINCT ?record WHERE {{ {pattern} }}")
    assert [row["record"].value for row in rows] == []


@pytest.mark.parametrize("share", [0.1, 0.35, 0.62, 0.9])
def test_one_changed_character_fails_and_names_the_statements(corpus, copied, places, share):
    """A source that differs in one character is found, with every record that rests on the place, and no other."""
    document = find_document(corpus, VIENNA)
    stretch = document.evidence[int(len(document.evidence) * share)]
    text = read_source(document, copied)
    at = (stretch.start + stretch.end) // 2
    changed = text[:at] + ("x" if text[at] != "x" else "y") + text[at + 1 :]
    (copied / document.file).write_bytes(changed.encode())
    report = check_evidence(corpus, copied, places=places)
    hit = {s.iri for s in (*document.evidence, *document.passages) if s.start <= at < s.end} | {document.iri}
    assert {finding.focus for finding in report.findings} == hit
    shown = " ".join(finding.problem for finding in report.findings)
    assert all(record.rpartition("/")[2] in shown for record in stretch.records)
    assert all(finding.file.endswith(f"{VIENNA}.ttl") and finding.line for finding in report.findings)


def test_a_missing_source_is_told(corpus, tmp_path, places):
    """A folder without the file is an error that says what to do."""
    with pytest.raises(ReadError, match=r"no such file or directory; name the folder that holds .* with --sources DIR"):
        check_evidence(corpus, tmp_path, places=places)


def test_the_stretch_behind_a_statement_is_shown(corpus, sources):
    """A record leads to its words in the source."""
    found = anchors(corpus, "account:vienna-2017-report-session-1", directory=sources)
    assert any("6 September 2017" in (anchor.text or "") for anchor in found)
    assert all(anchor.text and sha256(anchor.text) == anchor.digest for anchor in found)
    assert all(anchor.text is None for anchor in anchors(corpus, "account:vienna-2017-report-session-1"))


def test_a_record_without_evidence_is_told(corpus):
    """A name for which no stretch is recorded is met with the nearest one."""
    with pytest.raises(UnknownNameError, match="did you mean 'account:vienna-2017-report-session-1'"):
        anchors(corpus, "account:vienna-2017-report-sesion-1")


def test_an_anchor_is_made_as_the_graph_holds_it(corpus, sources):
    """First and last words give the very block that a curator would have had to count out."""
    document = find_document(corpus, VIENNA)
    text = read_source(document, sources)
    made = 0
    for stretch in document.evidence:
        words = text[stretch.start : stretch.end].split()
        if len(words) < 12 or text[stretch.start].isspace():
            continue
        first, last = " ".join(words[:6]), " ".join(words[-6:])
        block = make_anchor(corpus, (VIENNA, stretch.owner), first=first, last=last, directory=sources)
        assert block.startswith(f"evidence:{stretch.iri.rpartition('/')[2]} a gcm:Evidence ;")
        assert re.search(rf'gcm:digest "{stretch.digest}"', block)
        made += 1
    assert made > 20


@pytest.mark.parametrize(
    ("place", "first", "last", "error", "message"),
    [
        (("vienna", "p1"), "a", "b", UnknownNameError, "no document 'vienna'; did you mean 'vienna-2017-report'"),
        ((VIENNA, "p99"), "a", "b", UnknownNameError, "no passage of vienna-2017-report 'p99'; use one of "),
        ((VIENNA, "p1"), "Ambassador Artur Cabrera", "x", UsageError, "stand nowhere there; did you mean"),
        ((VIENNA, "p1"), "of", "rights", UsageError, r"stand in \d+ places \(at \d+: .*give more words"),
        ((VIENNA, "p1"), " ", "rights", UsageError, "no first words given"),
    ],
    ids=["document", "passage", "absent", "ambiguous", "empty"],
)
def test_an_ambiguous_or_absent_stretch_is_an_error_that_shows_candidates(
    corpus, sources, place, first, last, error, message
):
    """A stretch that cannot be found alone is not guessed."""
    with pytest.raises(error, match=message):
        make_anchor(corpus, place, first=first, last=last, directory=sources)


def test_an_anchor_is_not_made_in_a_changed_source(corpus, copied):
    """A passage that differs from the one that was read gives no anchor."""
    document = find_document(corpus, VIENNA)
    (copied / document.file).write_text("\n" + read_source(document, copied))
    with pytest.raises(UsageError, match="the source differs"):
        make_anchor(corpus, (VIENNA, "p1"), first="Ambassador", last="rights", directory=copied)


def test_evidence_lies_inside_its_passage_and_passages_do_not_overlap(corpus):
    """The layout of each document is a row of passages, and each stretch lies in one."""
    for document in documents(corpus):
        bounds = {passage.iri: (passage.start, passage.end) for passage in document.passages}
        ends = [0, *(passage.end for passage in document.passages)]
        assert all(passage.start >= end for passage, end in zip(document.passages, ends, strict=False))
        assert all(bounds[s.owner][0] <= s.start < s.end <= bounds[s.owner][1] for s in document.evidence)

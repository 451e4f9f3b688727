"""Each paragraph and each name of the encoded sources is accounted for, and the check can fail."""

from __future__ import annotations

import json
import shutil

from gcmgraph import Corpus, cover
from gcmgraph.namespaces import GCM, PREFIXES


def test_no_paragraph_and_no_name_is_unexplained(corpus, sources):
    """All text lies in a passage, each passage has a record or a reason, each name has a label."""
    found = cover(corpus, sources)
    assert found.report.findings == ()
    assert {paragraph.document.rpartition("/")[2] for paragraph in found.paragraphs} == {
        "geneva-2017-note", "geneva-2017-report", "vienna-2017-report",
    }  # fmt: skip
    assert all(paragraph.records or paragraph.reason for paragraph in found.paragraphs)


def test_nearly_every_word_is_covered(corpus, sources):
    """No run of four words of a paragraph that yields records is left without evidence."""
    found = cover(corpus, sources)
    assert [(p.label, p.gaps) for p in found.paragraphs if p.gaps and not p.reason] == []


def without(corpus: Corpus, unwanted) -> Corpus:
    """Leave triples out of a corpus."""
    return Corpus({name: tuple(t for t in triples if not unwanted(t)) for name, triples in corpus.graphs.items()})


def test_a_paragraph_without_records_is_found(corpus, sources):
    """Take away what rests on paragraph 10 of the Geneva report, and it is reported with its line."""
    passage = f"{PREFIXES['passage']}geneva-2017-report-p10"
    gone = {t.subject for t in corpus.triples() if t.predicate.value == GCM + "within" and t.object.value == passage}
    found = cover(without(corpus, lambda t: t.subject in gone or t.object in gone), sources)
    assert [finding.problem for finding in found.report.findings] == ["nothing rests on paragraph 10"]
    assert found.report.findings[0].line > 100


def test_text_outside_all_passages_is_found(corpus, sources):
    """Take away a passage, and its text is reported."""
    passage = f"{PREFIXES['passage']}geneva-2017-note-rec-7"
    found = cover(without(corpus, lambda t: str(t.subject)[1:-1] == passage), sources)
    assert any("lies in no passage" in finding.problem for finding in found.report.findings)


def test_a_name_without_label_is_found(corpus, sources):
    """Take away a person's names, and each way of writing them is reported."""
    found = cover(without(corpus, lambda t: "Hernandez" in getattr(t.object, "value", "")), sources)
    assert [f.problem for f in found.report.findings if f.rule == "name"] == ["no label matches 'Carolina Hernandez'"]


def test_sources_that_are_not_encoded_are_named(corpus, sources, tmp_path):
    """A text file that no document describes is listed, not passed over."""
    shutil.copytree(sources, tmp_path / "s", copy_function=shutil.copyfile)
    (tmp_path / "s/new.txt").write_text("A meeting that nobody has encoded.")
    found = cover(corpus, tmp_path / "s")
    assert "new.txt" in found.missing
    assert "new.txt: not encoded" in found.to_text()


def test_json_says_what_text_says(corpus, sources):
    """The machine-readable form holds every paragraph."""
    found = cover(corpus, sources)
    body = json.loads(found.to_json())
    assert len(body["paragraphs"]) == len(found.paragraphs) == body["checked"]
    assert body["conforms"] is True
    assert body["paragraphs"][0].keys() >= {"document", "label", "records", "covered", "reason"}

"""Each paragraph and each name of the encoded sources is accounted for, and the check can fail."""

from __future__ import annotations

import json
import re
import shutil
from itertools import pairwise

from gcmgraph import Corpus, cover
from gcmgraph.namespaces import GCM, PREFIXES
from gcmgraph.sources import documents


def test_no_paragraph_and_no_name_is_unexplained(corpus, sources):
    """All text lies in a passage, each passage has a record or a reason, each name has a label."""
    found = cover(corpus, sources)
    assert found.report.findings == ()
    assert found.missing == ()
    assert {paragraph.document for paragraph in found.paragraphs} == {document.iri for document in documents(corpus)}
    assert all(paragraph.records or paragraph.reason for paragraph in found.paragraphs)


def test_nearly_every_word_is_covered(corpus, sources):
    """No run of four words of a paragraph that yields records is left without evidence, but telephone numbers."""
    found = cover(corpus, sources)
    gaps = {gap for paragraph in found.paragraphs if not paragraph.reason for gap in paragraph.gaps}
    assert {gap for gap in gaps if not re.fullmatch(r"(at \+?)?[\d() +-]+", gap)} == set()


def test_documents_of_one_file_share_its_text(corpus, sources):
    """Ten pages lie in one file: each passage belongs to one of them, and the file is measured once."""
    pages = [document for document in documents(corpus) if document.file.startswith("003_")]
    assert len(pages) == 10
    ends = sorted((p.start, p.end) for page in pages for p in page.passages)
    assert all(one[1] <= two[0] for one, two in pairwise(ends))
    name = ends[0]
    passages = {p.iri for page in pages for p in page.passages if (p.start, p.end) == name}
    found = cover(without(corpus, lambda t: str(t.subject)[1:-1] in passages), sources)
    outside = [f for f in found.report.findings if "lies in no passage" in f.problem]
    assert [finding.file for finding in outside] == [pages[0].file]


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

"""Re-check the anchors of the graph against the sources, show the stretch behind a record, and make new anchors."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gcmgraph.errors import ReadError, UnknownNameError, UsageError, nearest
from gcmgraph.findings import Finding, Report
from gcmgraph.namespaces import PREFIXES, curie, expand
from gcmgraph.sources import documents, find_document, read_source, sha256

if TYPE_CHECKING:
    from pathlib import Path

    from gcmgraph.corpus import Corpus
    from gcmgraph.places.positions import Places
    from gcmgraph.sources import Document, Stretch

CONTEXT = 30


@dataclass(frozen=True)
class Anchor:
    """Where a record rests.

    Attributes:
        record: the record's IRI.
        document: the document's IRI.
        file: the name of its text file.
        passage: the passage's label.
        start: the position before the first character, in code points from 0.
        end: the position after the last character.
        digest: the SHA-256 of the stretch, as recorded.
        text: the stretch itself, if the source was at hand; else None.
    """

    record: str
    document: str
    file: str
    passage: str
    start: int
    end: int
    digest: str
    text: str | None


def check_evidence(corpus: Corpus, directory: Path, *, places: Places) -> Report:
    """Re-check every digest of a corpus against the source files.

    Args:
        corpus: the ontology and the data.
        directory: the folder with the source files.
        places: finds the line of a record.

    Returns:
        A finding for each file, passage and stretch whose digest differs, naming the records that rest on it.
        `checked` counts files, passages and stretches.

    Raises:
        ReadError: a source file is missing or unreadable.
    """
    findings: list[Finding] = []
    checked = 0
    for document in documents(corpus):
        text = read_source(document, directory)
        checked += 1 + len(document.passages) + len(document.evidence)
        if sha256(text) != document.digest:
            problem = f"{document.file} is not the file that was encoded (its digest differs)"
            findings.append(_finding(document.iri, problem, "fetch the source again, or encode it anew", places))
        stretches = (*document.passages, *document.evidence)
        changed = [stretch for stretch in stretches if sha256(text[stretch.start : stretch.end]) != stretch.digest]
        findings += [_changed(document, stretch, places) for stretch in changed]
    return Report(tuple(sorted(findings)), checked)


def anchors(corpus: Corpus, record: str, *, directory: Path | None = None) -> list[Anchor]:
    """Find the stretches behind a record.

    Args:
        corpus: the ontology and the data.
        record: the record's CURIE or IRI.
        directory: the folder with the source files; None leaves the text out.

    Raises:
        UnknownNameError: no stretch is recorded for it.
        ReadError: a source file is missing or unreadable, or the stretch has changed.
    """
    iri = expand(record)
    found = []
    known: set[str] = set()
    for document in documents(corpus):
        labels = {passage.iri: passage.label for passage in document.passages}
        known.update(name for stretch in document.evidence for name in stretch.records)
        own = [stretch for stretch in document.evidence if iri in stretch.records]
        text = read_source(document, directory) if directory and own else None
        for s in own:
            part = None if text is None else text[s.start : s.end]
            if part is not None and sha256(part) != s.digest:
                advice = "fetch the source again, or read the passage again"
                raise ReadError(
                    document.file, f"characters {s.start} to {s.end} have changed since they were read", advice
                )
            found.append(Anchor(iri, document.iri, document.file, labels[s.owner], s.start, s.end, s.digest, part))
    if not found:
        raise UnknownNameError("evidence for", record, map(curie, known))
    return found


def make_anchor(corpus: Corpus, place: tuple[str, str], *, first: str, last: str, directory: Path) -> str:
    """Find a stretch by its first and last words, and write its evidence block.

    Args:
        corpus: the ontology and the data.
        place: the document's slug, CURIE or IRI, and the passage's slug without the document's, label, CURIE or IRI.
        first: the first words of the stretch; any run of spaces and line breaks matches any other.
        last: its last words, which may be the first words again.
        directory: the folder with the source files.

    Returns:
        A Turtle block.

    Raises:
        UnknownNameError: no such document or passage.
        UsageError: the words stand nowhere in the passage, or in several places, which are shown.
        ReadError: the source file is missing, unreadable, or not the one that was encoded.
    """
    document = find_document(corpus, place[0])
    unit = _find_passage(document, place[1])
    text = read_source(document, directory)
    if sha256(text[unit.start : unit.end]) != unit.digest:
        raise UsageError(document.file, "the source differs from the file that was encoded", "fetch it again")
    begin = _only(text, first, (unit.start, unit.end), "first words")[0]
    end = _only(text, last, (begin, unit.end), "last words")[1]
    slug = f"{document.slug}-{begin}-{end}"
    lines = (
        f"evidence:{slug} a gcm:Evidence",
        f"gcm:within {curie(unit.iri)}",
        f"gcm:start {begin}",
        f"gcm:end {end}",
        f'gcm:digest "{sha256(text[begin:end])}"',
    )
    return " ;\n    ".join(lines) + "\n.\n"


def _find_passage(document: Document, name: str) -> Stretch:
    """Find a passage of a document."""
    prefix = f"{PREFIXES['passage']}{document.slug}-"
    for passage in document.passages:
        if name in (passage.iri, curie(passage.iri), passage.label, passage.iri.removeprefix(prefix)):
            return passage
    known = [passage.iri.removeprefix(prefix) for passage in document.passages]
    raise UnknownNameError(f"passage of {document.slug}", name, known)


def _only(text: str, words: str, bounds: tuple[int, int], what: str) -> tuple[int, int]:
    """Find the one place where words stand, whatever the spaces and line breaks between them."""
    if not words.strip():
        raise UsageError("", f"no {what} given", "quote two or three words of the text")
    pattern = re.compile(r"\s+".join(map(re.escape, words.split())))
    matches = list(pattern.finditer(text, *bounds))
    if len(matches) == 1:
        return matches[0].span()
    if not matches:
        hint = nearest(words, re.findall(r"\S+\s+\S+", text[slice(*bounds)]))
        raise UsageError("", f"{what} '{words}' stand nowhere there", hint)
    shown = "; ".join(f"at {m.start()}: ...{_around(text, m.start(), m.end())}..." for m in matches)
    raise UsageError("", f"{what} '{words}' stand in {len(matches)} places ({shown})", "give more words")


def _around(text: str, start: int, end: int) -> str:
    """Show a place with some text on both sides, on one line."""
    return " ".join(text[max(0, start - CONTEXT) : end + CONTEXT].split())


def _changed(document: Document, stretch: Stretch, places: Places) -> Finding:
    """Say that a stretch is no longer what was read, and what rests on it."""
    names = ", ".join(map(curie, stretch.records))
    what = f"{names} rest{'s' * (len(stretch.records) == 1)} on" if names else "this passage is"
    problem = f"{what} characters {stretch.start} to {stretch.end} of {document.file}, which have changed"
    return _finding(stretch.iri, problem, "read the passage again", places)


def _finding(iri: str, problem: str, advice: str, places: Places) -> Finding:
    """Place a finding at a record."""
    file, line = places.find(iri, "", "")
    return Finding(file, line, 0, "violation", "evidence", problem, advice, iri)

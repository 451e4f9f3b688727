"""What of each source has been read into the graph: every paragraph, and every name in it."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from gcmgraph.findings import Finding, Report
from gcmgraph.sources import documents, read_source, sha256

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    import pyoxigraph as ox

    from gcmgraph.corpus import Corpus
    from gcmgraph.sources import Document, Stretch

MIN_WORDS = 4
_NAMING = re.compile(r"(?:label|Label|title|[aA]sPrinted)$")
_CAPITAL = r"(?:(?:Amb|Dr|Jr|Mr|Mrs|Ms|Prof|St|[A-Z])\.|[A-Z][\w'’-]*)"
_RUN = re.compile(rf"\b{_CAPITAL}(?: *(?: |\n) *{_CAPITAL})*")
_SENTENCE_HEAD = re.compile(r"(?:^|[.:;?!•“\"”*>|)\]/–—-]|\d[.)]|\n[ \t]*\n|\n\s*o)[\s*_“\"•]*$")
_WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Paragraph:
    """A passage of a source and what rests on it.

    Attributes:
        document: the document's IRI.
        label: the passage's label.
        start: the position before its first character.
        end: the position after its last character.
        records: the IRIs of the records that rest on it, sorted.
        covered: the share of its words that lie in a stretch of evidence, from 0 to 1.
        gaps: the stretches of four words or more that no evidence covers.
        reason: why nothing rests on it; empty if something does.
    """

    document: str
    label: str
    start: int
    end: int
    records: tuple[str, ...]
    covered: float
    gaps: tuple[str, ...]
    reason: str


@dataclass(frozen=True)
class Coverage:
    """The coverage of all documents.

    Attributes:
        paragraphs: every passage, by file, document and position.
        report: a finding for each passage without record or reason, each text outside all passages, and each
            capitalised name that no label of the graph matches.
        missing: the names of text files in the folder that no document of the graph describes.
    """

    paragraphs: tuple[Paragraph, ...]
    report: Report
    missing: tuple[str, ...]

    def to_text(self) -> str:
        """Write a line a paragraph, then the findings."""
        lines = [line for paragraph in self.paragraphs for line in _lines(paragraph)]
        lines += [f"{name}: not encoded" for name in self.missing]
        return "\n".join(lines) + "\n" + self.report.to_text("paragraphs")

    def to_json(self) -> str:
        """Write one JSON object: paragraphs, missing, and the report's conforms, checked and findings."""
        body = {
            "paragraphs": [asdict(p) for p in self.paragraphs],
            "missing": self.missing,
            **json.loads(self.report.to_json()),
        }
        return json.dumps(body, indent=2, ensure_ascii=False) + "\n"


def cover(corpus: Corpus, directory: Path) -> Coverage:
    """Compare the sources with the graph.

    Args:
        corpus: the ontology and the data.
        directory: the folder with the source files.

    Raises:
        ReadError: a source file is missing or unreadable.
    """
    known = _names(corpus.triples())
    paragraphs: list[Paragraph] = []
    findings: list[Finding] = []
    files: dict[str, list[Document]] = {}
    for document in documents(corpus):
        files.setdefault(document.file, []).append(document)
    for own in files.values():
        text = read_source(own[0], directory)
        read = [_paragraph(document, passage, text) for document in own for passage in document.passages]
        paragraphs += read
        findings += [
            *(finding for document in own for finding in _other_file(document, text)),
            *_unexplained(own[0].file, read, text),
            *_outside(own, text),
            *_unknown_names(own[0], text, known),
        ]
    missing = sorted(path.name for path in directory.glob("*.txt") if path.name not in files)
    return Coverage(tuple(paragraphs), Report(tuple(sorted(findings)), len(paragraphs)), tuple(missing))


def _lines(paragraph: Paragraph) -> Iterator[str]:
    """Tell a paragraph in one line, and each of its gaps in another."""
    slug = paragraph.document.rpartition("/")[2]
    what = paragraph.reason or f"{len(paragraph.records)} records on {paragraph.covered:.0%} of its words"
    yield f"{slug}: {paragraph.label}: {what}"
    for gap in paragraph.gaps if not paragraph.reason else ():
        yield f"    nothing rests on: {gap}"


def _paragraph(document: Document, passage: Stretch, text: str) -> Paragraph:
    """Measure one passage."""
    own = [stretch for stretch in document.evidence if stretch.owner == passage.iri]
    records = tuple(sorted({record for stretch in own for record in stretch.records}))
    words = [match.span() for match in _WORD.finditer(text, passage.start, passage.end)]
    inside = [any(s.start <= start and end <= s.end for s in own) for start, end in words]
    gaps = tuple(_gaps(text, words, inside))
    share = sum(inside) / len(words) if words else 0.0
    return Paragraph(
        document.iri,
        passage.label,
        passage.start,
        passage.end,
        records,
        round(share, 4),
        gaps,
        "" if records else passage.silence,
    )


def _gaps(text: str, words: Sequence[tuple[int, int]], inside: Sequence[bool]) -> Iterator[str]:
    """Give the runs of uncovered words that are long enough to matter."""
    run: list[tuple[int, int]] = []
    for word, covered in zip((*words, (0, 0)), (*inside, True), strict=True):
        if not covered:
            run.append(word)
            continue
        if len(run) >= MIN_WORDS:
            yield " ".join(text[run[0][0] : run[-1][1]].split())
        run = []


def _other_file(document: Document, text: str) -> list[Finding]:
    """Refuse to measure a text that is not the one that was encoded."""
    if sha256(text) == document.digest:
        return []
    problem = "is not the file that was encoded (its digest differs)"
    return [Finding(document.file, 1, 0, "violation", "source", problem, "fetch the source again", document.iri)]


def _unexplained(file: str, paragraphs: Iterable[Paragraph], text: str) -> Iterator[Finding]:
    """Find passages with neither record nor reason."""
    for paragraph in paragraphs:
        if not paragraph.records and not paragraph.reason:
            advice = "encode it, or say why it yields nothing"
            problem = f"nothing rests on {paragraph.label}"
            line = _line(text, paragraph.start)
            yield Finding(file, line, 0, "violation", "paragraph", problem, advice, paragraph.document)


def _outside(own: Sequence[Document], text: str) -> Iterator[Finding]:
    """Find text that lies in no passage of the documents of a file."""
    position = 0
    document = own[0]
    passages = sorted((passage.start, passage.end) for each in own for passage in each.passages)
    for start, end in [*passages, (len(text), len(text))]:
        if _WORD.search(text, position, start):
            shown = " ".join(text[position:start].split())[:60]
            problem = f"'{shown}' lies in no passage"
            line = _line(text, position)
            yield Finding(document.file, line, 0, "violation", "paragraph", problem, "add the passage", document.iri)
        position = max(position, end)


def _unknown_names(document: Document, text: str, known: str) -> Iterator[Finding]:
    """Find capitalised names that no label matches."""
    seen: set[str] = set()
    for match in _RUN.finditer(text):
        for name in _candidates(text, match):
            if name not in seen and f" {_plain(name)} " not in known:
                seen.add(name)
                advice = "encode it, or add the label under which it goes"
                problem = f"no label matches '{name}'"
                line = _line(text, match.start())
                yield Finding(document.file, line, 0, "violation", "name", problem, advice, document.iri)


def _candidates(text: str, match: re.Match[str]) -> list[str]:
    """Give the names in a run of capitalised words; the first word of a sentence counts only if it must."""
    words = [re.sub(r"['’]s?$", "", word.rstrip(".,")) for word in match.group().split()]
    if not _SENTENCE_HEAD.search(text, max(0, match.start() - 40), match.start()):
        return [" ".join(words)]
    first, rest = words[0], " ".join(words[1:])
    is_common = re.search(rf"\b{re.escape(first.lower())}\b", text) or not re.search(
        rf"[a-z][a-z,] {re.escape(first)}\b", text
    )
    if is_common and not (len(first) > 1 and first.isupper()):
        return [rest] if rest else []
    return [" ".join(words)]


def _names(triples: Iterable[ox.Triple]) -> str:
    """Gather every label, title and printed form of a graph, in plain words."""
    texts = (str(getattr(t.object, "value", "")) for t in triples if _NAMING.search(t.predicate.value))
    return " | ".join(f" {_plain(text)} " for text in sorted(set(texts)))


def _plain(text: str) -> str:
    """Reduce a text to its words, in lower case, without possessives."""
    return " ".join(_WORD.findall(re.sub(r"['’]s\b", "", text).lower()))


def _line(text: str, position: int) -> int:
    """Tell the line of a position, from 1."""
    return text.count("\n", 0, position) + 1

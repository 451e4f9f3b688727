"""The source documents: their text files, their passages, and the stretches on which records rest."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gcmgraph.corpus import select
from gcmgraph.errors import ReadError, UnknownNameError, reading_problem
from gcmgraph.namespaces import PROLOGUE, curie

if TYPE_CHECKING:
    from pathlib import Path

    import pyoxigraph as ox

    from gcmgraph.corpus import Corpus


@dataclass(frozen=True, order=True)
class Stretch:
    """A stretch of a document's text.

    Attributes:
        start: the position before its first character, in code points from 0.
        end: the position after its last character.
        iri: the passage's or the evidence's IRI.
        digest: the SHA-256 of its UTF-8 bytes, as recorded.
        owner: for evidence, the IRI of the passage; for a passage, the IRI of the document.
        label: for a passage, its label, or its IRI if it has none.
        silence: for a passage, why nothing rests on it; else empty.
        records: for evidence, the IRIs of the records that rest on it, sorted.
    """

    start: int
    end: int
    iri: str
    digest: str
    owner: str
    label: str = ""
    silence: str = ""
    records: tuple[str, ...] = ()


@dataclass(frozen=True)
class Document:
    """A source document as the graph records it.

    Attributes:
        iri: its IRI.
        slug: the last part of its IRI.
        title: its title.
        file: the name of its text file.
        digest: the SHA-256 of that file.
        passages: its passages, by position.
        evidence: the stretches on which records rest, by position.
    """

    iri: str
    slug: str
    title: str
    file: str
    digest: str
    passages: tuple[Stretch, ...]
    evidence: tuple[Stretch, ...]


def documents(corpus: Corpus) -> list[Document]:
    """List the documents of a corpus, by IRI."""
    pattern = "?d a gcm:Document ; dcterms:title ?title ; gcm:sourceFile ?file ; gcm:digest ?digest"
    rows = select(corpus.store, PROLOGUE + f"SELECT ?d ?title ?file ?digest WHERE {{ {pattern} }} ORDER BY ?d")
    passages, evidence = _by_owner(_passages(corpus)), _by_owner(_evidence(corpus))
    found = []
    for row in rows:
        own = tuple(sorted(passages.get(row["d"].value, ())))
        stretches = tuple(sorted(e for passage in own for e in evidence.get(passage.iri, ())))
        iri, title, file, digest = (row[key].value for key in ("d", "title", "file", "digest"))
        found.append(Document(iri, iri.rpartition("/")[2], title, file, digest, own, stretches))
    return found


def find_document(corpus: Corpus, name: str) -> Document:
    """Find a document by slug, CURIE or IRI.

    Raises:
        UnknownNameError: there is none of that name.
    """
    slug = name.rstrip("/>").rpartition("/")[2].rpartition(":")[2]
    known = {document.slug: document for document in documents(corpus)}
    if slug not in known:
        raise UnknownNameError("document", name, known)
    return known[slug]


def read_source(document: Document, directory: Path) -> str:
    """Read a document's text, as positions count it.

    Raises:
        ReadError: the file is missing, unreadable or not UTF-8.
    """
    path = directory / document.file
    try:
        return path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        raise ReadError(str(path), "not UTF-8", "fetch the source again") from error
    except OSError as error:
        advice = f"name the folder that holds {document.file} with --sources DIR"
        raise ReadError(str(path), reading_problem(error), advice) from error


def sha256(text: str) -> str:
    """Give the SHA-256 of a text's UTF-8 bytes, in lower-case hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def _by_owner(stretches: list[Stretch]) -> dict[str, list[Stretch]]:
    """Group stretches by the document or passage that they lie in."""
    found: dict[str, list[Stretch]] = {}
    for stretch in stretches:
        found.setdefault(stretch.owner, []).append(stretch)
    return found


def _passages(corpus: Corpus) -> list[Stretch]:
    """Read all passages."""
    pattern = """?s gcm:passageOf ?owner ; gcm:start ?a ; gcm:end ?b ; gcm:digest ?digest
    OPTIONAL { ?s rdfs:label ?label } OPTIONAL { ?s gcm:yieldsNothing ?silence }"""
    rows = select(corpus.store, PROLOGUE + f"SELECT ?s ?owner ?a ?b ?digest ?label ?silence WHERE {{ {pattern} }}")
    return [
        _stretch(row, label=row["label"].value if row["label"] else row["s"].value, silence=_text(row["silence"]))
        for row in rows
    ]


def _evidence(corpus: Corpus) -> list[Stretch]:
    """Read all evidence, with the records that rest on it."""
    records: dict[str, list[str]] = {}
    for row in select(corpus.store, PROLOGUE + "SELECT ?record ?s WHERE { ?record gcm:restsOn ?s } ORDER BY ?record"):
        records.setdefault(row["s"].value, []).append(row["record"].value)
    pattern = "?s gcm:within ?owner ; gcm:start ?a ; gcm:end ?b ; gcm:digest ?digest"
    rows = select(corpus.store, PROLOGUE + f"SELECT ?s ?owner ?a ?b ?digest WHERE {{ {pattern} }}")
    return [_stretch(row, records=tuple(records.get(row["s"].value, ()))) for row in rows]


def _stretch(row: ox.QuerySolution, *, label: str = "", silence: str = "", records: tuple[str, ...] = ()) -> Stretch:
    """Build a stretch from a row."""
    try:
        start, end = int(row["a"].value), int(row["b"].value)
    except ValueError as error:
        raise ReadError(curie(row["s"].value), f"has a position that is no number ({error})", "mend it") from error
    return Stretch(start, end, row["s"].value, row["digest"].value, row["owner"].value, label, silence, records)


def _text(term: ox.Literal | None) -> str:
    """Give a term's text, or nothing."""
    return term.value if term else ""

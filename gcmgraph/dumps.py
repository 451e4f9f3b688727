"""Write the graph in the W3C formats: the same bytes on each run and machine, all files or none."""

from __future__ import annotations

import os
import signal
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from gcmgraph.canonical import FORMATS, canonical, serialize
from gcmgraph.errors import DoesNotConformError, UnknownNameError, WriteError, reading_problem

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gcmgraph.corpus import Corpus
    from gcmgraph.findings import Report


def dump(
    corpus: Corpus, directory: Path, *, report: Report, formats: Sequence[str] = (), inferred: bool = False
) -> list[Path]:
    """Write a corpus into a folder, one file a format.

    Args:
        corpus: the ontology and the data.
        directory: where to write; it is made if it is not there, and other files in it are left alone.
        report: the validation report of the same corpus.
        formats: some of FORMATS; all by default. N-Quads, TriG and JSON-LD keep the named graphs, the others hold
            their union.
        inferred: whether to add what follows from the corpus, as a named graph of its own.

    Returns:
        The files written, in the order of `formats`.

    Raises:
        DoesNotConformError: the report has findings; nothing is written.
        UnknownNameError: there is no such format.
        WriteError: a file could not be written; those of an earlier dump are still there, whole.

    Source:
        RDF Dataset Canonicalization (RDFC-1.0) for the labels of blank nodes.
    """
    for name in formats:
        if name not in FORMATS:
            raise UnknownNameError("format", name, FORMATS)
    if not report.conforms:
        advice = "run 'gcmgraph validate' and mend them; nothing was written"
        raise DoesNotConformError(str(directory), f"the graph has {len(report.findings)} findings", advice)
    dataset = canonical(corpus, inferred=inferred)
    names = list(formats) or list(FORMATS)
    return write_all({directory / f"gcmgraph.{name}": serialize(dataset, name) for name in names})


def write_all(files: Mapping[Path, bytes]) -> list[Path]:
    """Write several files so that each is replaced whole, and none before all have been written beside it."""
    waiting: dict[Path, Path] = {}
    try:
        for path, data in files.items():
            if path.exists() and not path.is_file():
                raise WriteError(str(path), "is not a file", "name a file; nothing was written")
            path.parent.mkdir(parents=True, exist_ok=True)
            waiting[path.resolve()] = _write_beside(path.resolve(), data)
        _replace_all(waiting)
    except OSError as error:
        advice = "make room or choose another folder; what was there is still whole"
        raise WriteError(str(error.filename or path), f"cannot write ({reading_problem(error)})", advice) from error
    finally:
        for temporary in waiting.values():
            temporary.unlink(missing_ok=True)
    return list(files)


def _replace_all(waiting: Mapping[Path, Path]) -> None:
    """Put new files in the place of old ones, not to be interrupted between the first and the last."""
    signals = {signal.SIGINT, signal.SIGTERM}
    before = signal.pthread_sigmask(signal.SIG_BLOCK, signals) if hasattr(signal, "pthread_sigmask") else None
    try:
        for path, temporary in waiting.items():
            temporary.replace(path)
    finally:
        if before is not None:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _write_beside(path: Path, data: bytes) -> Path:
    """Write a file under a temporary name in the same folder, down to the disk."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(path.stat().st_mode & 0o777 if path.exists() else 0o644)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return Path(name)

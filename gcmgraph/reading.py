"""Read RDF files term by term, exactly as written.

rdflib rewrites literals and accepts files that are not well-formed, so pyoxigraph's parser decides what a file says.
"""

from __future__ import annotations

import gc
import stat
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING

import pyoxigraph as ox

from gcmgraph.errors import ReadError, reading_problem
from gcmgraph.syntax.markup import NO_BASE, check_json, check_xml, explain, require_base
from gcmgraph.syntax.messages import syntax_error
from gcmgraph.syntax.mistaken import not_utf8, too_long

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

FORMATS = {
    ".ttl": ox.RdfFormat.TURTLE,
    ".nt": ox.RdfFormat.N_TRIPLES,
    ".trig": ox.RdfFormat.TRIG,
    ".nq": ox.RdfFormat.N_QUADS,
    ".rdf": ox.RdfFormat.RDF_XML,
    ".owl": ox.RdfFormat.RDF_XML,
    ".xml": ox.RdfFormat.RDF_XML,
    ".jsonld": ox.RdfFormat.JSON_LD,
    ".json": ox.RdfFormat.JSON_LD,
}
CHECKS = {ox.RdfFormat.RDF_XML: check_xml, ox.RdfFormat.JSON_LD: check_json}
BYTES_PER_BYTE = 25
_INSTEAD: ContextVar[dict[Path, bytes] | None] = ContextVar("instead", default=None)


def read_triples(path: Path) -> list[ox.Triple]:
    """Read the triples of a file in one of FORMATS, in the order written.

    Args:
        path: the file; its ending tells the format.

    Returns:
        The triples with their exact lexical forms; blank nodes are renamed so that no two files share one.

    Raises:
        ReadError: the file is missing, unreadable or malformed; the error holds line and column.
    """
    with _without_collection():
        return list(stream(path))


def stream(path: Path) -> Iterator[ox.Triple]:
    """Give the triples of a file one after the other, as `read_triples` does, without keeping them.

    Raises:
        ReadError: the file is missing, unreadable or malformed; the triples before the place have been given.
    """
    rdf_format = FORMATS.get(path.suffix)
    if rdf_format is None:
        raise ReadError(str(path), f"cannot read '{path.suffix}' files", f"use one of {' '.join(FORMATS)}")
    data = read_bytes(path)
    check = CHECKS.get(rdf_format)
    if check:
        check(path, data)
    is_json, is_odd = rdf_format == ox.RdfFormat.JSON_LD, bool(check) or b"<<" in data
    parser = ox.parse(data, format=rdf_format, base_iri=NO_BASE if is_json else None, rename_blank_nodes=True)
    try:
        for quad in parser:
            if is_odd and isinstance(quad.object, ox.Triple):
                raise ReadError(str(path), "holds a triple term of RDF 1.2", "use RDF 1.1")
            if is_json:
                require_base(path, data, quad.triple)
            yield quad.triple
    except MemoryError as error:
        raise too_long(path, data, error) from error
    except SyntaxError as error:
        if check:
            raise explain(path, data, rdf_format, error) from error
        raise syntax_error(path, data, rdf_format, (parser, error)) from error


@contextmanager
def _without_collection() -> Iterator[None]:
    """Spare the collector of cycles many objects that are in none; looking for them takes a third of the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def require_memory(paths: Iterable[Path]) -> None:
    """Refuse to read more than memory can hold, before any of it is read.

    Args:
        paths: RDF files; each of their bytes takes up to BYTES_PER_BYTE while they are read, closed and stored.

    Raises:
        ReadError: they need more memory than is free.
    """
    size = sum(path.stat().st_size for path in paths if path.exists())
    free = free_memory()
    if free is not None and size * BYTES_PER_BYTE > free:
        need = size * BYTES_PER_BYTE / 1e9
        problem = f"{size / 1e6:,.0f} MB of files need some {need:,.1f} GB of memory, and {free / 1e9:,.1f} GB are free"
        raise ReadError("", problem, "free some, or take fewer files")


def free_memory() -> int | None:
    """Tell how many bytes of memory this process can still take; None where the system does not say."""
    found = []
    with suppress(OSError, ValueError, StopIteration):
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        found.append(next(int(line.split()[1]) for line in lines if line.startswith("MemAvailable:")) * 1024)
    with suppress(ImportError, OSError, ValueError):
        import resource

        limit = resource.getrlimit(resource.RLIMIT_AS)[0]
        used = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()
        found += [] if limit == resource.RLIM_INFINITY else [limit - used]
    return min(found, default=None)


def read_bytes(path: Path) -> bytes:
    """Read a whole text file, without a byte-order mark."""
    return read_whole(path).removeprefix(b"\xef\xbb\xbf")


@contextmanager
def instead(texts: dict[Path, bytes]) -> Iterator[None]:
    """Have files read as if they held other bytes, and each file only once.

    Args:
        texts: the bytes of each file, by its resolved path; those of any other file that is read are added.
    """
    token = _INSTEAD.set(texts)
    try:
        yield
    finally:
        _INSTEAD.reset(token)


def read_whole(path: Path) -> bytes:
    """Read a whole text file as it is on disk, or as `instead` has it."""
    texts = _INSTEAD.get()
    try:
        data = (texts or {}).get(path.resolve()) or _bytes(path)
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise not_utf8(path, data, error) from error
    except OSError as error:
        raise ReadError(str(path), reading_problem(error), "check the path and its permissions") from error
    if texts is not None:
        texts[path.resolve()] = data
    return data


def _bytes(path: Path) -> bytes:
    """Read a file that has an end."""
    if not stat.S_ISREG(path.stat().st_mode):
        raise ReadError(str(path), _kind(path), "name a file")
    return path.read_bytes()


def _kind(path: Path) -> str:
    """Say what a path is that is no file."""
    return "is a folder" if path.is_dir() else "is no regular file"

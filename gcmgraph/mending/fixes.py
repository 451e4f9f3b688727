"""Mend files by replacing stretches of them, and show beforehand what would change."""

from __future__ import annotations

import os
from difflib import unified_diff
from pathlib import Path
from typing import TYPE_CHECKING

import pyoxigraph as ox

from gcmgraph.dumps import write_all
from gcmgraph.errors import ReadError, UsageError, WriteError, reading_problem
from gcmgraph.reading import FORMATS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from gcmgraph.findings import Edit


def edited(data: bytes, edits: Iterable[Edit]) -> bytes:
    """Make edits to the bytes of one file; the same edit twice is made once.

    Args:
        data: the file as on disk, with its byte-order mark if it has one.
        edits: of this file, in any order.

    Raises:
        UsageError: an edit lies outside the file, or two overlap or insert at one place.

    >>> from gcmgraph.findings import Edit
    >>> edited(b"a b c", [Edit("", 4, 5, "z"), Edit("", 0, 1, "xx")])
    b'xx b z'
    """
    parts, end, last = [], 0, None
    for edit in sorted(set(edits)):
        if not 0 <= edit.start <= edit.end <= len(data):
            raise UsageError(edit.file, f"no bytes {edit.start} to {edit.end}", "check the file again")
        if edit.start < end or edit.start == last:
            raise UsageError(edit.file, f"two edits meet at byte {edit.start}", "make one, then check the file again")
        parts += [data[end : edit.start], edit.text.encode()]
        end, last = edit.end, edit.start
    return b"".join([*parts, data[end:]])


def diff(edits: Iterable[Edit], *, read: Mapping[Path, bytes], shown: Callable[[Path], str] = str) -> str:
    """Write edits as a unified diff.

    Args:
        edits: of any of the files.
        read: the bytes of each file, as they were when the edits were thought of.
        shown: how a path is shown to the user.

    Raises:
        UsageError: an edit cannot be made.
    """
    return compared(read, _all_edited(edits, read), shown)


def compared(old: Mapping[Path, bytes], new: Mapping[Path, bytes], shown: Callable[[Path], str] = str) -> str:
    """Write what changes in files as a unified diff.

    Args:
        old: the bytes of each file.
        new: the bytes that some of them would have.
        shown: how a path is shown to the user.
    """
    names = {path: shown(path).lstrip("/") for path in new}
    return "".join(
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
        for path, data in new.items()
        for line in unified_diff(_lines(old[path]), _lines(data), f"a/{names[path]}", f"b/{names[path]}")
    )


def apply(edits: Iterable[Edit], *, read: Mapping[Path, bytes]) -> list[Path]:
    """Make edits in the files: all of them or none.

    Args:
        edits: of any of the files.
        read: the bytes of each file, as they were when the edits were thought of.

    Returns:
        The files written.

    Raises:
        UsageError: an edit cannot be made, or would break a file's syntax; nothing is written.
        ReadError: a file cannot be read any more; nothing is written.
        WriteError: a file has changed since it was read, or cannot be written; nothing is written.
    """
    return replace_all(_all_edited(edits, read), read)


def replace_all(new: Mapping[Path, bytes], old: Mapping[Path, bytes]) -> list[Path]:
    """Put new bytes in the place of old ones: in all files or in none.

    Args:
        new: the bytes that files are to have.
        old: the bytes that they had when they were read.

    Returns:
        The files written.

    Raises:
        UsageError: a file would no longer be well-formed; nothing is written.
        ReadError: a file cannot be read any more; nothing is written.
        WriteError: a file is read-only, has changed since it was read, or cannot be written; nothing is written.
    """
    for path, data in new.items():
        _require_syntax(path, data)
    for path in new:
        _require_unchanged(path, old[path])
    return write_all(new)


def _all_edited(edits: Iterable[Edit], read: Mapping[Path, bytes]) -> dict[Path, bytes]:
    """Make the edits of each file."""
    by_file: dict[Path, list[Edit]] = {}
    for edit in edits:
        by_file.setdefault(Path(edit.file), []).append(edit)
    for path in by_file.keys() - read.keys():
        raise UsageError(str(path), "was not read", "read the file before it is mended")
    return {path: edited(read[path], own) for path, own in sorted(by_file.items())}


def _require_syntax(path: Path, data: bytes) -> None:
    """Refuse what the parser cannot read."""
    try:
        for _ in ox.parse(data.removeprefix(b"\xef\xbb\xbf"), format=FORMATS.get(path.suffix, ox.RdfFormat.TURTLE)):
            pass
    except SyntaxError as error:
        problem = f"mended so, it is no longer well-formed (line {error.lineno})"
        raise UsageError(str(path), problem, "mend it by hand; nothing was written") from error


def _require_unchanged(path: Path, data: bytes) -> None:
    """Refuse to overwrite what is read-only, or what somebody else has written meanwhile."""
    try:
        now = path.read_bytes()
    except OSError as error:
        raise ReadError(str(path), reading_problem(error), "check the path; nothing was written") from error
    if not path.stat().st_mode & 0o222 or not os.access(path, os.W_OK):
        raise WriteError(str(path), "is read-only", "make it writable, or leave it out; nothing was written")
    if now != data:
        raise WriteError(str(path), "has changed since it was read", "check it again; nothing was written")


def _lines(data: bytes) -> list[str]:
    """Split a text into lines as diff does, keeping their ends."""
    return [f"{line}\n" for line in data.decode().split("\n")[:-1]] + [
        line for line in [data.decode().split("\n")[-1]] if line
    ]

"""Mend files by replacing stretches of them, and show beforehand what would change."""

from __future__ import annotations

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
    return "".join(
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
        for path, data in _all_edited(edits, read).items()
        for line in unified_diff(_lines(read[path]), _lines(data), f"a/{shown(path)}", f"b/{shown(path)}")
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
    new = _all_edited(edits, read)
    for path, data in new.items():
        _require_syntax(path, data)
    for path in new:
        _require_unchanged(path, read[path])
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
    """Refuse to overwrite what somebody else has written meanwhile."""
    try:
        now = path.read_bytes()
    except OSError as error:
        raise ReadError(str(path), reading_problem(error), "check the path; nothing was written") from error
    if now != data:
        raise WriteError(str(path), "has changed since it was read", "check it again; nothing was written")


def _lines(data: bytes) -> list[str]:
    """Split a text into lines as diff does, keeping their ends."""
    return [f"{line}\n" for line in data.decode().split("\n")[:-1]] + [
        line for line in [data.decode().split("\n")[-1]] if line
    ]

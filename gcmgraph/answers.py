"""Answers that were given before: a question asked again of a store that has not changed need not be worked out."""

from __future__ import annotations

import os
from hashlib import sha256
from typing import TYPE_CHECKING

from gcmgraph.results import Results

if TYPE_CHECKING:
    from pathlib import Path

LARGEST = 1 << 20
MOST = 1000


class Answers:
    """What was answered before, in memory and, if there is a folder, on disk."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._known: dict[str, Results] = {}

    def find(self, text: str) -> Results | None:
        """Give the answer to a query that was asked before."""
        if text not in self._known and self._folder is not None:
            try:
                digest, kind, payload = self._path(text).read_bytes().split(b"\n", 2)
            except (OSError, ValueError):
                return None
            if digest.decode(errors="replace") == sha256(kind + payload).hexdigest():
                self._known[text] = Results(kind.decode(), payload)
        return self._known.get(text)

    def keep(self, text: str, results: Results) -> None:
        """Remember an answer, unless it is large; in memory the oldest makes room, on disk the first ones stay."""
        if len(results.payload) > LARGEST:
            return
        if len(self._known) >= MOST:
            del self._known[next(iter(self._known))]
        self._known[text] = results
        if self._folder is not None:
            kind = results.kind.encode()
            digest = sha256(kind + results.payload).hexdigest().encode()
            try:
                self._folder.mkdir(exist_ok=True, mode=0o700)
                if sum(1 for _ in self._folder.iterdir()) < MOST:
                    write_whole(self._path(text), b"\n".join((digest, kind, results.payload)))
            except OSError:
                self._folder = None

    def _path(self, text: str) -> Path:
        """Name the file of an answer."""
        assert self._folder is not None  # noqa: S101
        return self._folder / sha256(text.encode()).hexdigest()


def write_whole(path: Path, data: bytes) -> None:
    """Write a file whole, whoever else writes it."""
    waiting = path.with_name(f".{path.name}.{os.getpid()}")
    waiting.write_bytes(data)
    waiting.replace(path)

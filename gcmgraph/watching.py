"""Check again whenever a file changes, appears or disappears."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING, NoReturn

from gcmgraph.project import shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    Stamps = Mapping[Path, tuple[int, int, int]]

PAUSE, SETTLING, ROUNDS = 0.5, 0.1, 50
MOST = 5


def watch(files: Callable[[], Iterable[Path]], check: Callable[[], None], tell: Callable[[str], None]) -> NoReturn:
    """Check once, and again after each change, until the process is interrupted.

    Args:
        files: lists the files to look at; it is asked every PAUSE seconds, so that new ones are met.
        check: called first, and after each change, once the files have been left alone for SETTLING seconds.
        tell: called before each check with what is watched, or what has changed.
    """
    seen = _stamps(files())
    tell(f"watching {len(seen)} files; end with Ctrl-C")
    check()
    while True:
        time.sleep(PAUSE)
        now = _settled(files, seen)
        if now != seen:
            tell(_joined(differences(seen, now)))
            seen = now
            check()


def differences(before: Stamps, after: Stamps) -> Iterator[str]:
    """Tell the files that have changed, appeared or disappeared, by name.

    >>> from pathlib import Path
    >>> list(differences({Path("/a.ttl"): (1, 1, 1)}, {Path("/b.ttl"): (1, 1, 2)}))
    ['/a.ttl disappeared', '/b.ttl appeared']
    """
    for path in sorted({*before, *after}):
        if before.get(path) != after.get(path):
            how = "disappeared" if path not in after else "changed" if path in before else "appeared"
            yield f"{shown(path)} {how}"


def _joined(texts: Iterable[str]) -> str:
    """Join the first texts, and count the others."""
    listed = list(texts)
    more = [f"and {len(listed) - MOST} more"] if len(listed) > MOST else []
    return ", ".join(listed[:MOST] + more)


def _stamps(paths: Iterable[Path]) -> Stamps:
    """Take the time, the size and the number of each file that is there; a file put in its place has another number."""
    found = {}
    for path in paths:
        with suppress(OSError):
            state = path.stat()
            found[path] = (state.st_mtime_ns, state.st_size, state.st_ino)
    return found


def _settled(files: Callable[[], Iterable[Path]], seen: Stamps) -> Stamps:
    """Wait until nothing changes for a moment, if anything has: an editor may take several steps to save a file."""
    now = _stamps(files())
    for _ in range(ROUNDS):
        if now == seen:
            break
        time.sleep(SETTLING)
        later = _stamps(files())
        if later == now:
            break
        now = later
    return now

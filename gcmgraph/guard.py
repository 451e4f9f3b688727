"""Run work in a child process that can be killed, so that no input hangs, crashes or fills the memory of this one."""

from __future__ import annotations

import gc
import os
import pickle
import select
import signal
import struct
import sys
import time
import traceback
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from gcmgraph.errors import GcmgraphError, LimitError

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar

    T = TypeVar("T")

_HEAD = struct.Struct("!cQ")
_NOTE, _PROGRESS, _RESULT, _ERROR, _MEMORY, _DEPTH, _FAULT = b"n", b"p", b"r", b"e", b"m", b"d", b"f"
_CHUNK = 1 << 20
_PR_SET_PDEATHSIG = 1


def guarded(
    work: Callable[[Callable[[str], None]], T],
    *,
    seconds: float | None,
    megabytes: int | None,
    progress: Callable[[int, int], None] | None = None,
) -> T:
    """Run work in a child process and give back what it returns.

    Args:
        work: called in the child with a function that notes what is being worked on; where it has an attribute
            `progress`, calls of that with (done, total) reach `progress` here. What it returns must be picklable.
        seconds: the most wall-clock seconds it may take; None for no limit.
        megabytes: the most memory it may take beyond what is taken already; None for no limit.
        progress: called here with what the child tells of its progress.

    Returns:
        What the work returned.

    Raises:
        LimitError: the time or the memory did not suffice, or the child died; it names what was worked on.
        GcmgraphError: the work raised it.
    """
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()
    reading, writing = os.pipe()
    parent = os.getpid()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _run(work, writing, parent, megabytes)
    os.close(writing)
    try:
        kind, body, note = _listen(reading, seconds, progress)
    finally:
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
        os.close(reading)
        _, status = os.waitpid(child, 0)
    if kind == _RESULT:
        result: T = pickle.loads(body)  # noqa: S301  (our own child wrote it)
        return result
    if kind == _ERROR:
        raise pickle.loads(body)  # noqa: S301
    if kind == _FAULT:
        raise LimitError(note, f"cannot be done ({body.decode()})", "report this as a fault of gcmgraph")
    raise _limit(kind, note, status, (seconds, megabytes))


def _limit(kind: bytes, note: str, status: int, limits: tuple[float | None, int | None]) -> LimitError:
    """Say which limit was met, and on what."""
    seconds, megabytes = limits
    if kind == _MEMORY:
        known = f"{megabytes:,} MB of memory do not suffice" if megabytes else "the memory does not suffice"
        return LimitError(note, known, "give it more with --memory MB, or take fewer files")
    if kind == b"":
        return LimitError(
            note, f"not done after {seconds:g} seconds", "give it more with --timeout SECONDS, or mend it"
        )
    if kind == _DEPTH:
        return LimitError(note, "is nested too deep", "write it flatter")
    how = f"signal {os.WTERMSIG(status)}" if os.WIFSIGNALED(status) else f"status {os.WEXITSTATUS(status)}"
    advice = "it is nested too deep or needs more memory; simplify it, or give more with --memory MB"
    return LimitError(note, f"brought the work down ({how})", advice)


def _listen(
    reading: int, seconds: float | None, progress: Callable[[int, int], None] | None
) -> tuple[bytes, bytes, str]:
    """Take messages until one ends the work; the kind is b"" after the deadline, and b"x" if the child died."""
    deadline = None if seconds is None else time.monotonic() + seconds
    note, held = "", bytearray()
    while True:
        left = None if deadline is None else max(0.0, deadline - time.monotonic())
        if not select.select([reading], [], [], left)[0]:
            return b"", b"", note
        chunk = os.read(reading, _CHUNK)
        if not chunk:
            return b"x", b"", note
        held += chunk
        while len(held) >= _HEAD.size:
            kind, size = _HEAD.unpack_from(held)
            if len(held) < _HEAD.size + size:
                break
            body = bytes(held[_HEAD.size : _HEAD.size + size])
            del held[: _HEAD.size + size]
            if kind == _NOTE:
                note = body.decode()
            elif kind == _PROGRESS:
                if progress:
                    progress(*pickle.loads(body))  # noqa: S301
            else:
                return kind, body, note
        if left == 0.0:
            return b"", b"", note


class _Notes:
    """What the child calls to tell what it is at."""

    def __init__(self, writing: int) -> None:
        self._writing = writing

    def __call__(self, text: str) -> None:
        """Note what is being worked on."""
        _send(self._writing, _NOTE, text.encode("utf-8", "replace"))

    def progress(self, done: int, total: int) -> None:
        """Tell how far the work is."""
        _send(self._writing, _PROGRESS, pickle.dumps((done, total)))


def _run(work: Callable[[Callable[[str], None]], Any], writing: int, parent: int, megabytes: int | None) -> NoReturn:
    """Do the work in the child, send its result and leave."""
    gc.disable()  # the child ends soon, and looking for cycles among millions of terms takes long
    try:
        os.setpgid(0, 0)
        _hush()
        _die_with(parent)
        _bound(megabytes)
        kind, body = _RESULT, pickle.dumps(work(_Notes(writing)), protocol=5)
    except MemoryError:
        kind, body = _MEMORY, b""
    except RecursionError:
        kind, body = _DEPTH, b""
    except (GcmgraphError, OSError) as error:
        kind, body = _ERROR, pickle.dumps(error)
    except BaseException as error:  # noqa: BLE001  (what it is, is told in the parent)
        kind, body = _FAULT, _described(error)
    with suppress(OSError):
        _send(writing, kind, body)
    os._exit(0)


def _described(error: BaseException) -> bytes:
    """Tell an error that is nobody's but ours: what it is, and where it was raised."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    return f"{error!r} at {Path(place.filename).name}:{place.lineno}".encode("utf-8", "replace")


def _send(writing: int, kind: bytes, body: bytes) -> None:
    """Write a message whole."""
    for part in (_HEAD.pack(kind, len(body)), body):
        view = memoryview(part)
        while view:
            view = view[os.write(writing, view) :]


def _bound(megabytes: int | None) -> None:
    """Leave no core file, and take no more memory than is allowed."""
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if megabytes is not None:
        used = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()
        bound = used + megabytes * 1_000_000
        resource.setrlimit(resource.RLIMIT_AS, (bound, bound))


def _hush() -> None:
    """Leave it to the parent to tell how this process ends, whatever brings it down."""
    import faulthandler

    faulthandler.disable()
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)


def _die_with(parent: int) -> None:
    """Have the system kill this process when its parent ends, however that ends."""
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)

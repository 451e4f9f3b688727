"""Guarded work gives its result, or ends within its limits and says on what it was."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gcmgraph.errors import LimitError, ReadError
from gcmgraph.guard import guarded


def no_child_left():
    """Tell whether this process has no child, living or dead, that it has not waited for."""
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


def test_a_result_comes_back_whole():
    """A result of a hundred megabytes crosses the pipe, and no child is left."""
    assert len(guarded(lambda _: bytes(100_000_000), seconds=60, megabytes=None)) == 100_000_000
    no_child_left()


def test_an_error_is_raised_here():
    """An error of the project keeps its facts."""

    def work(_):
        raise ReadError("x.ttl", "is cut", "mend it", line=3, column=4)

    with pytest.raises(ReadError, match=r"x\.ttl:3:4: is cut; mend it"):
        guarded(work, seconds=60, megabytes=None)


def endless(note):
    """Note and never end."""
    note("reading x.ttl")
    while True:
        pass


def crash(note):
    """Note and crash."""
    note("shape gsh:Theme-bad")
    ctypes.string_at(0)


def greedy(note):
    """Note and take memory without end."""
    note("reading y.ttl")
    held = []
    while True:
        held.append(bytes(10_000_000))


@pytest.mark.parametrize(
    ("work", "message"),
    [
        (endless, "reading x.ttl: not done after 0.5 seconds; .*--timeout"),
        (crash, "shape gsh:Theme-bad: brought the work down .signal 11."),
        (greedy, "reading y.ttl: 200 MB of memory do not suffice; .*--memory"),
    ],
    ids=["endless", "crash", "greedy"],
)
def test_a_limit_names_what_was_worked_on(work, message):
    """Work without end, a crash and a want of memory are told in a line, in time."""
    began = time.monotonic()
    with pytest.raises(LimitError, match=message):
        guarded(work, seconds=0.5 if work is endless else 60, megabytes=200)
    assert work is not endless or time.monotonic() - began < 1.5
    no_child_left()


def test_progress_is_told_here():
    """What the child tells of its progress arrives in order."""
    told = []
    guarded(
        lambda note: note.progress(1, 2) or note.progress(2, 2),
        seconds=60,
        megabytes=None,
        progress=lambda *pair: told.append(pair),
    )
    assert told == [(1, 2), (2, 2)]


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGKILL], ids=["interrupt", "kill"])
def test_no_child_outlives_its_parent(tmp_path, sent):
    """An interrupted or killed parent leaves no child."""
    path = tmp_path / "pid"
    code = f"""
import os, pathlib, signal, gcmgraph.guard as g
signal.signal(signal.SIGINT, signal.default_int_handler)
def work(note):
    pathlib.Path({str(path)!r}).write_text(str(os.getpid()) + '.')
    while True: pass
g.guarded(work, seconds=60, megabytes=None)
"""
    with subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.DEVNULL) as parent:
        while not path.exists() or not path.read_text().endswith("."):
            time.sleep(0.02)
        parent.send_signal(sent)
        assert parent.wait(10) != 0
    child = Path("/proc", path.read_text().rstrip("."), "stat")
    for _ in range(100):
        if not child.exists() or child.read_text().rpartition(")")[2].split()[0] == "Z":
            return
        time.sleep(0.02)
    pytest.fail("the child lives on")


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (RecursionError(), "shape x: is nested too deep"),
        (KeyError("this"), r"shape x: cannot be done .KeyError.'this'. at test_guard\.py:\d+.; report this"),
    ],
    ids=["depth", "fault"],
)
def test_what_nobody_expected_is_told_too(capfd, error, message):
    """An error of no kind of ours is told in a line with its place, and the child says nothing itself."""

    def work(note):
        note("shape x")
        os.write(2, b"stack backtrace")
        raise error

    with pytest.raises(LimitError, match=message):
        guarded(work, seconds=60, megabytes=None)
    assert capfd.readouterr().err == ""

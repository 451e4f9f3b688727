"""With --watch, files are validated again after each change, and the run goes on until it is interrupted."""

from __future__ import annotations

import os
import pty
import re
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager

import pytest
from conftest import ROOT

from gcmgraph.cli import main

HEAD = "@prefix sh: <http://www.w3.org/ns/shacl#> .\n@prefix e: <http://e.example/> .\n"
SHAPES = HEAD + "e:S sh:targetClass e:T ; sh:property [ sh:path e:p ; sh:minCount 1 ] .\n"
GOOD = "@prefix e: <http://e.example/> .\ne:a a e:T ; e:p 1 .\n"
BAD = "@prefix e: <http://e.example/> .\ne:a a e:T .\n"
PATIENCE = 30


class Run:
    """A run of the command line, with what it has written so far."""

    def __init__(self, process, source):
        self.process = process
        self.text = ""
        threading.Thread(target=self._listen, args=(source,), daemon=True).start()

    def _listen(self, source):
        while piece := self._piece(source):
            self.text += piece.decode()

    @staticmethod
    def _piece(source) -> bytes:
        try:
            return os.read(source, 65536)
        except OSError:
            return b""

    def until(self, pattern, start=0) -> int:
        """Wait for a text, and give the place behind it."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if match := re.compile(pattern).search(self.text, start):
                return match.end()
            time.sleep(0.02)
        raise AssertionError(self.text)

    def end(self) -> int:
        """Interrupt it, and give its status."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(PATIENCE)


@contextmanager
def watching(*words, terminal=False, project=ROOT):
    """Start a run."""
    source, sink = pty.openpty() if terminal else os.pipe()
    command = [sys.executable, "-m", "gcmgraph.cli", "--project", str(project), "validate", "--watch", *map(str, words)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, stdout=sink, stderr=subprocess.STDOUT, env=environment, cwd=ROOT) as process:
        os.close(sink)
        try:
            yield Run(process, source)
        finally:
            process.kill()


@pytest.fixture
def files(tmp_path):
    """Shapes, and data that conform."""
    paths = tmp_path / "shapes.ttl", tmp_path / "data.ttl"
    for path, text in zip(paths, (SHAPES, GOOD), strict=True):
        path.write_text(text)
    return paths


def test_each_change_is_validated_until_the_run_is_interrupted(files):
    """Data that change, break, vanish, come back by a renamed file, and shapes that change; then Ctrl-C."""
    shapes, data = files
    with watching("--shapes", shapes, data) as run:
        at = run.until(r"\d\d:\d\d:\d\d watching 2 files; end with Ctrl-C\n1 records: no findings\n")
        data.write_text(BAD)
        at = run.until(rf"\d\d:\d\d:\d\d {data} changed\n{data}:2:1: violation [^$]*1 finding in 1 records\n", at)
        data.write_text("e:a e:b")
        at = run.until(r"error syntax[^$]*1 finding in 1 files\n", at)
        data.unlink()
        at = run.until(rf"{data} disappeared\ngcmgraph: {data}: no such file or directory", at)
        new = data.with_suffix(".new")
        new.write_text(GOOD)
        new.replace(data)
        at = run.until(rf"{data} appeared\n1 records: no findings\n", at)
        new.write_text(BAD)
        new.replace(data)
        at = run.until(rf"{data} changed\n{data}:2:1: violation", at)
        shapes.write_text(SHAPES.replace("minCount 1", "minCount 0"))
        at = run.until(rf"{shapes} changed\n1 records: no findings\n", at)
        assert run.end() == 130
        assert "Traceback" not in run.text
        assert "\x1b" not in run.text


def test_a_terminal_is_cleared(files):
    """Each report begins on an empty screen."""
    shapes, data = files
    with watching("--shapes", shapes, data, terminal=True) as run:
        at = run.until("\x1b\\[2J\x1b\\[H\\d\\d:\\d\\d:\\d\\d watching 2 files")
        at = run.until("no findings", at)
        data.write_text(BAD)
        run.until("\x1b\\[2J\x1b\\[H[^$]*changed[^$]*violation", at)
        assert run.end() == 130


def test_files_of_the_project_that_appear_are_met(small):
    """A new file of data is looked at with the others, and so is one that goes."""
    new = small.root / "data/reference/new.ttl"
    with watching(project=small.root) as run:
        at = run.until("no findings\n")
        new.write_text("@prefix gcm: <https://w3id.org/gcmgraph/ontology#> .\n<urn:x> a gcm:Nothing .\n")
        try:
            at = run.until(r"new\.ttl appeared\n[^$]*unknown-term", at)
        finally:
            new.unlink()
        run.until(r"new\.ttl disappeared\n\d+ records: no findings\n", at)
        assert run.end() == 130


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--format", "json"], "--watch tells"),
        (["--endpoint", "http://127.0.0.1:9/"], "--watch tells"),
        (["--engine", "none"], "no engine"),
    ],
    ids=["format", "endpoint", "engine"],
)
def test_a_wrong_call_ends(words, told, capsys):
    """Another format, a server or an engine that does not exist make the call wrong: there is nothing to wait for."""
    assert main(["validate", "--watch", *words]) == 2
    assert told in capsys.readouterr().err

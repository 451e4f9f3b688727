"""The servers that the embedded store is measured against answer as it does, are measured, and end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from benchmarks.generator import generate, write_project
from benchmarks.servers import FAULTS, SERVERS, NoAnswerError, available, closed, rows
from conftest import ROOT

from gcmgraph import Corpus, EmbeddedStore, Project, read_corpus

SIZE = 2000
QUERIES = {path.stem: path.read_text() for path in sorted((ROOT / "queries").glob("*.rq"))}
COUNT = "SELECT (COUNT(*) AS ?count) WHERE { ?s ?p ?o }"
ENDLESS = "SELECT ?a WHERE { ?a ?p ?b . ?c ?q ?d . ?e ?r ?f FILTER (STRLEN(STR(?a)) + STRLEN(STR(?d)) + STRLEN(STR(?f)) < 3) }"
WAITING = """
import sys, time
from pathlib import Path
from benchmarks.servers import oxigraph
with oxigraph(Path(sys.argv[1])) as ask:
    print(ask.pid, flush=True)
    time.sleep(60)
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Corpus:
    """A small synthetic corpus."""
    folder = tmp_path_factory.mktemp("synthetic") / "project"
    write_project(generate(SIZE, 1), folder, size=SIZE)
    return read_corpus(Project(folder))


@pytest.fixture(scope="module")
def file(made, tmp_path_factory) -> Path:
    """The same and what follows from it, as N-Triples."""
    path = tmp_path_factory.mktemp("closed") / "synthetic corpus.nt"
    path.write_bytes(closed(made))
    return path


@pytest.fixture(params=[name for name in SERVERS if not available(name)])
def start(request, file):
    """What starts a server on the corpus, for each that can run here; oxigraph always can."""
    return lambda: SERVERS[request.param](file)


def runs(pid: int) -> bool:
    """Tell whether a process is there and has not ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_each_stored_query_is_answered_as_by_the_embedded_store(made, start):
    """A server gives the rows of the embedded store to each stored query but those it is known to answer wrong."""
    store = EmbeddedStore(made)
    with start() as ask:
        asked = {stem: text for stem, text in QUERIES.items() if stem not in FAULTS[ask.name]}
        differing = [stem for stem, text in asked.items() if rows(ask(text)) != rows(store.query(text).payload)]
    assert differing == []
    assert len(asked) > 70


def test_a_server_is_measured_refuses_what_is_no_query_and_ends(start, file, tmp_path, monkeypatch):
    """CPU time and memory can be read, a refusal is an error and no end, and an exception leaves nothing behind."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with pytest.raises(ZeroDivisionError), start() as ask:  # noqa: PT012 - all of it is the block that is left
        assert rows(ask(COUNT)) == {(str(len(file.read_bytes().splitlines())),): 1}
        before = ask.cpu_seconds()
        ask(COUNT)
        assert before < ask.cpu_seconds()
        assert ask.peak_bytes() > 1_000_000
        with pytest.raises(NoAnswerError):
            ask("SELECT nothing")
        assert sum(rows(ask(COUNT)).values()) == 1
        assert runs(ask.pid)
        assert list(tmp_path.iterdir()) != []
        raise ZeroDivisionError
    assert not runs(ask.pid)
    assert list(tmp_path.iterdir()) == []


def test_a_query_that_takes_too_long_is_no_answer(start, monkeypatch):
    """A server gives up after a time, says so, and answers the next query."""
    monkeypatch.setattr("benchmarks.servers.PATIENCE", 1)
    with start() as ask:
        with pytest.raises(NoAnswerError):
            ask(ENDLESS)
        assert sum(rows(ask(COUNT)).values()) == 1


@pytest.mark.parametrize("reason", [signal.SIGTERM, signal.SIGKILL], ids=lambda reason: reason.name)
def test_a_server_ends_with_the_process_that_started_it(reason, file, tmp_path):
    """Whoever is asked to end takes the server and its folder along; who is killed, the server."""
    command = [sys.executable, "-c", WAITING, file]
    paths = os.pathsep.join([str(ROOT), str(ROOT / "tests")])
    environment = os.environ | {"TMPDIR": str(tmp_path), "PYTHONPATH": paths}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE) as process:
        pid = int(process.stdout.readline())
        assert runs(pid)
        process.send_signal(reason)
    for _ in range(100):
        if runs(pid):
            time.sleep(0.05)
    assert not runs(pid)
    assert reason == signal.SIGKILL or list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "package"), [("virtuoso", "virtuoso-opensource-7"), ("jena", "openjdk-17-jdk-headless")]
)
def test_what_is_not_installed_is_told(name, package, monkeypatch):
    """A server that cannot run here is told with the package to install; what the tests depend on is there."""
    monkeypatch.setenv("PATH", "/nowhere")
    assert f"is not installed (apt-get install {package})" in available(name)
    assert available("oxigraph") == ""

"""What several test modules share: the project, its graph, its sources and a real SPARQL server."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from gcmgraph import Corpus, EmbeddedStore, Project, RdflibStore, read_corpus
from gcmgraph.canonical import canonical, serialize

ROOT = Path(__file__).resolve().parent.parent
SOURCES = Path(os.environ.get("GCMGRAPH_SOURCES", ROOT.parent / "shared" / "sources"))


@pytest.fixture(scope="session", autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache folder for all tests of this run, away from the user's own."""
    folder = tmp_path_factory.getbasetemp().parent / "gcmgraph-cache"
    os.environ["GCMGRAPH_CACHE"] = str(folder)
    return folder


@pytest.fixture(scope="session")
def project() -> Project:
    """The checkout."""
    return Project(ROOT)


@pytest.fixture(scope="session")
def corpus(project: Project) -> Corpus:
    """The ontology and the data of the checkout."""
    return read_corpus(project)


@pytest.fixture(scope="session")
def embedded(corpus: Corpus) -> EmbeddedStore:
    """The embedded store."""
    return EmbeddedStore(corpus)


@pytest.fixture(scope="session")
def on_rdflib(corpus: Corpus) -> RdflibStore:
    """Rdflib alone."""
    return RdflibStore(corpus)


@pytest.fixture(scope="session")
def sources() -> Path:
    """The folder with the source texts, which are not part of the project."""
    if not SOURCES.is_dir():
        reason = f"the source texts are not at {SOURCES}; name their folder in GCMGRAPH_SOURCES"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return SOURCES


@pytest.fixture(scope="session")
def small(tmp_path_factory):
    """The project without its documents: what the sample needs, and no more to read two hundred times."""
    root = tmp_path_factory.mktemp("small")
    for name in ("ontology", "shapes", "queries"):
        (root / name).symlink_to(ROOT / name)
    shutil.copytree(ROOT / "data/reference", root / "data/reference")
    return Project(root)


@pytest.fixture
def copy(tmp_path: Path) -> Project:
    """A copy of the project that a test may spoil."""
    for folder in ("ontology", "data", "shapes", "queries"):
        shutil.copytree(ROOT / folder, tmp_path / "project" / folder)
    return Project(tmp_path / "project")


@pytest.fixture(scope="session")
def endpoint(corpus: Corpus, tmp_path_factory: pytest.TempPathFactory):
    """The address of an `oxigraph serve` on loopback that holds the graph and what follows from it."""
    folder = tmp_path_factory.mktemp("oxigraph")
    (folder / "all.nq").write_bytes(serialize(canonical(corpus, inferred=True), "nq"))
    program = Path(sys.executable).with_name("oxigraph")
    subprocess.run([program, "load", "--location", folder / "db", "--file", folder / "all.nq"], check=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    command = [program, "serve-read-only", "--location", folder / "db", "--bind", address, "--union-default-graph"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            _wait_for(f"http://{address}/query?query=ASK%7B%7D")
            yield f"http://{address}/query"
        finally:
            server.terminate()


def _wait_for(url: str) -> None:
    """Wait until a server answers."""
    for _ in range(200):
        try:
            with urlopen(url, timeout=5):
                return
        except URLError:
            time.sleep(0.05)
    pytest.fail(f"no answer from {url}")

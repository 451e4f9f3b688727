"""The benchmark runs, compares answers before it counts, and says what differs; nothing here depends on time."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT

BENCHMARK = ROOT / "tests/benchmarks/benchmark.py"
sys.path.insert(0, str(BENCHMARK.parent))

import benchmark  # noqa: E402


@pytest.fixture(scope="module")
def results(tmp_path_factory) -> list[dict]:
    """Run it once, in a small size."""
    file = tmp_path_factory.mktemp("benchmark") / "results.json"
    work = ["question", "again", "open", "load", "build", "closure", "dump", "changed", "validation"]
    command = [
        sys.executable,
        BENCHMARK,
        "--sizes",
        "1000",
        "--rounds",
        "1",
        "--output",
        file,
        "--plot",
        file.with_suffix(".svg"),
    ]
    subprocess.run([*command, "--work", *work], check=True, capture_output=True)
    assert file.with_suffix(".svg").read_text().startswith("<svg")
    return json.loads(file.read_text())


def test_every_kind_of_work_is_done_by_us(results):
    """Each kind of work has a run of ours, with its phases."""
    ours = [row for row in results if row["engine"] == benchmark.OURS]
    assert {row["work"] for row in ours} == set(benchmark.PEERS) - {"warm"}
    assert all(row["problem"] == "" and row["runs"][0]["phases"] for row in ours)


@pytest.mark.parametrize(
    ("work", "engine"),
    [
        ("closure", "owlrl"), ("dump", "pyoxigraph"), ("load", "pyoxigraph"), ("build", "pyoxigraph"),
        ("question", "pyoxigraph"), ("question", "oxigraph"), ("question", "rdflib"),
        ("validation", "default"), ("validation", "pyshacl"),
    ],
)  # fmt: skip
def test_peers_give_the_same_answers(results, work, engine):
    """The reference reasoner, the bare engine and rdflib answer as we do."""
    (row,) = (row for row in results if (row["work"], row["engine"]) == (work, engine))
    assert row["problem"] == ""
    assert row["runs"]


def test_every_planted_violation_is_found(results):
    """We find what was planted and nothing else, and a table says so."""
    (row,) = (row for row in results if (row["work"], row["engine"]) == ("validation", benchmark.OURS))
    found, planted, false = row["runs"][0]["details"]["counts"]
    assert (found, false) == (planted, 0)
    assert benchmark._counts(benchmark.Measured(row["runs"])) == f", {planted} of {planted} found, 0 false"


def run(answer: str, seconds: float) -> dict:
    """Make up a run."""
    return {"phases": {"close": seconds}, "answer": answer, "details": {}}


def test_another_answer_is_not_compared():
    """A peer that answers otherwise has a remark in the place of a ratio."""
    found = {
        benchmark.OURS: benchmark.Measured([run("a", 1.0)]),
        "right": benchmark.Measured([run("a", 3.0)]),
        "wrong": benchmark.Measured([run("b", 0.5)]),
    }
    benchmark._compare("closure", found)
    (row,) = benchmark._rows("closure", 10, found, ["right", "wrong"])
    assert row[4:] == ["3 (3 to 3)", "answers otherwise (0.5 s)"]


def test_slopes():
    """Cost that grows as the square of size has a slope of two."""
    results = {("closure", n): {benchmark.OURS: benchmark.Measured([run("", n * n / 1e6)])} for n in (10, 100, 1000)}
    assert [row[-1] for row in benchmark.slopes(results)] == ["2.00"]


def test_results_can_be_read_again(tmp_path):
    """What a run wrote can be told again, and joined with others."""
    results = {("closure", 10): {benchmark.OURS: benchmark.Measured([run("a", 1.0)])}}
    (tmp_path / "r.json").write_text(json.dumps(benchmark.written(results)))
    assert benchmark.read([tmp_path / "r.json"]) == results


def test_a_peer_that_is_not_installed_is_told():
    """What is not there is named."""
    benchmark.PEERS["closure"]["nobody"] = "no_such_module"
    try:
        assert benchmark.missing("closure", "nobody") == "no_such_module is not installed"
    finally:
        del benchmark.PEERS["closure"]["nobody"]
    assert Path(benchmark.__file__) == BENCHMARK

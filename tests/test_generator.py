"""The synthetic corpora are of the size, form and quality that they are said to be, and the same each time."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
import tracemalloc
from collections import Counter
from itertools import islice

import pyoxigraph as ox
import pytest
from benchmarks.generator import FLAWS, FORMATS, GRAPH, generate, main, nquads, write_project
from conftest import ROOT

from gcmgraph import Project, validate
from gcmgraph.validation.engines import ENGINES

SIZE = 10_000


def text(size, seed, form, planted=0) -> str:
    """Write a corpus, without the head of a Turtle file."""
    return "".join(FORMATS[form](record) for record in generate(size, seed, planted=planted))


@pytest.fixture
def made(tmp_path):
    """Make a corpus of a form by the command line, and give its file."""

    def make(form, *options):
        path = tmp_path / f"corpus.{form}"
        assert main([str(SIZE), "--format", form, "--output", str(path), *options]) == 0
        return path

    return make


def rows(path) -> list[dict[str, str]]:
    """Read what was planted in an output."""
    with path.with_name(f"{path.name}.planted.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def quads(path) -> set[ox.Quad]:
    """Parse a file."""
    form = {".ttl": ox.RdfFormat.TURTLE, ".nt": ox.RdfFormat.N_TRIPLES, ".nq": ox.RdfFormat.N_QUADS}[path.suffix]
    return set(ox.parse(path=path, format=form))


@pytest.mark.parametrize("form", FORMATS)
def test_a_seed_decides_every_byte(form):
    """The same seed gives the same bytes, another seed others."""
    assert text(SIZE, 7, form) == text(SIZE, 7, form)
    assert text(SIZE, 7, form) != text(SIZE, 8, form)


def test_the_order_of_hashes_decides_nothing(tmp_path):
    """Two runs whose strings hash differently write the same bytes."""
    program = ROOT / "tests/benchmarks/generator.py"
    for seed in ("1", "2"):
        command = [sys.executable, program, str(SIZE), "--planted", "9", "--output", tmp_path / seed]
        subprocess.run(command, env=os.environ | {"PYTHONHASHSEED": seed}, check=True)
    assert (tmp_path / "1").read_bytes() == (tmp_path / "2").read_bytes()


@pytest.mark.parametrize("seed", [1, 2, 7])
@pytest.mark.parametrize("size", [SIZE, 50_000])
def test_the_size_is_what_was_asked_for(size, seed):
    """A corpus holds as many triples as asked for, within two in a hundred, and none twice."""
    lines = text(size, seed, "nt").splitlines()
    assert len(lines) == pytest.approx(size, rel=0.02)
    assert len(set(lines)) == len(lines)


def test_the_forms_hold_the_same_triples(made):
    """Turtle, N-Triples and N-Quads parse to the same triples; N-Quads add a graph for each document and for the echoes."""
    turtle, triples, own = (quads(made(form)) for form in ("ttl", "nt", "nq"))
    assert turtle == triples == {ox.Quad(q.subject, q.predicate, q.object) for q in own}
    graphs = {q.graph_name.value.removeprefix(GRAPH) for q in own}
    documents = {
        q.subject.value.rpartition("/")[2]
        for q in own
        if q.object == ox.NamedNode("https://w3id.org/gcmgraph/ontology#Document")
    }
    assert graphs == {"data/links/echoes"} | {f"data/documents/{slug}" for slug in documents}


MANY = "Account Call Citation Commitment Echo Figure GoodPractice GuidingQuestion Membership Observation Participation PlannedMeeting View"
SOME = "CivilSocietyOrganization Endorsement GovernmentBody Meeting PlannedStep Session State"


def test_a_corpus_has_records_of_every_sort():
    """The classes that make up the project's own documents are all there, the commonest in the same order."""
    kinds = Counter(record.kind.removeprefix("gcm:") for record in generate(50_000, 7))
    assert (
        kinds["Evidence"]
        > kinds["Passage"]
        > kinds["View"]
        > kinds["SourceNote"]
        > kinds["Person"]
        > kinds["Document"]
        > 10
    )
    assert min(kinds[kind] for kind in MANY.split()) > 20
    assert min(kinds[kind] for kind in SOME.split()) > 5


def test_nothing_is_named_as_a_record_of_the_project(corpus):
    """What a corpus describes, the project does not, but for the graph of echoes."""
    known = {str(triple.subject) for triple in corpus.triples()}
    own = {line.split()[0] for line in text(SIZE, 7, "nt").splitlines()}
    assert own & known == {f"<{GRAPH}data/links/echoes>"}


def test_memory_does_not_grow():
    """The first records of ten million triples come at once, and twenty megabytes of text need less than one of memory."""
    assert len(list(islice(generate(10_000_000, 7), 1000))) == 1000
    tracemalloc.start()
    assert sum(len(nquads(record)) for record in generate(100_000, 7)) > 20_000_000
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1_000_000


def test_a_project_conforms(tmp_path):
    """Nothing is found in a project in which nothing was planted."""
    assert main([str(SIZE), "--project", str(tmp_path / "made")]) == 0
    assert [found for found in validate(Project(tmp_path / "made")).findings if found.severity != "info"] == []
    assert not (tmp_path / "made.planted.csv").exists()


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(("seed", "count"), [(7, len(FLAWS)), (2, 20)], ids=["one each", "as many as go in"])
def test_what_was_planted_is_found_at_its_place(tmp_path, seed, count, engine):
    """Violations of each kind are planted, and found with their rules at their files and lines, and nothing else is."""
    root = tmp_path / "made"
    assert main([str(SIZE), "--seed", str(seed), "--planted", str(count), "--project", str(root)]) == 0
    found = [one for one in validate(Project(root), engine=engine).findings if one.severity != "info"]
    planted = [(row["kind"], row["focus"], str(root / row["file"]), int(row["line"])) for row in rows(root)]
    assert len(planted) == count
    assert {kind for kind, *_ in planted} == {flaw.rule for flaw in FLAWS}
    assert sorted(planted) == sorted((f.rule, f.focus, f.file, f.line) for f in found)


@pytest.mark.parametrize("form", FORMATS)
def test_a_planted_line_holds_its_place_in_one_file(made, form):
    """In a single file, the line of a violation is that of its record, and of its property where it has one."""
    path = made(form, "--planted", str(len(FLAWS)))
    lines = path.read_text().splitlines()
    places = {flaw.rule: flaw.place for flaw in FLAWS}
    assert Counter(row["kind"] for row in rows(path)) == dict.fromkeys(places, 1)
    for row in rows(path):
        line, place = lines[int(row["line"]) - 1], places[row["kind"]]
        assert row["file"] == path.name
        assert place.partition(":")[2] in line
        if form != "ttl":
            assert line.startswith(f"<{row['focus']}> ")
        elif not place:
            assert line.partition(" ")[0].partition(":")[2] == row["focus"].rpartition("/")[2]


@pytest.mark.parametrize("seed", range(5))
def test_as_many_are_planted_as_asked_for(seed):
    """One violation for every 500 triples finds its place, each in a record of its own."""
    spoilt = [record for record in generate(SIZE, seed, planted=20) if record.flaw]
    assert len({record.subject for record in spoilt}) == 20


def test_a_large_project_has_few_files(tmp_path):
    """A hundred files hold the documents of any size, each named after the first that it holds."""
    write_project(generate(SIZE * 4, 7), tmp_path / "made", size=SIZE * 400)
    files = sorted(path.stem for path in (tmp_path / "made/data/documents").iterdir())
    assert [name[-6:] for name in files] == ["000000"]


@pytest.mark.parametrize(("size", "planted"), [("999", "0"), ("10000", "21")])
def test_too_small_a_corpus_is_refused(tmp_path, capsys, size, planted):
    """A size that holds no document, or not what is to be planted, is refused with what to do."""
    assert main([size, "--planted", planted, "--output", str(tmp_path / "corpus.nq")]) == 2
    assert "too small; make " in capsys.readouterr().err

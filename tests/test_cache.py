"""The store on disk is the project as it is now, or it is not used; whatever happens to it, answers are right."""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import ROOT

from gcmgraph import Corpus, EmbeddedStore, Project, open_store, read_corpus
from gcmgraph.answers import Answers
from gcmgraph.cache import KEPT
from gcmgraph.cli import main
from gcmgraph.reading import read_triples
from gcmgraph.results import Results

QUESTION = "SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o }"
INFERRED = "ASK { <http://e/x> a <http://e/d> }"
ASK = [sys.executable, "-m", "gcmgraph.cli"]


@pytest.fixture
def small(tmp_path) -> Project:
    """A project of a few triples."""
    for folder in ("ontology", "data", "shapes", "queries"):
        (tmp_path / "project" / folder).mkdir(parents=True)
    (tmp_path / "project/ontology/o.ttl").write_text(
        "<http://e/c> <http://www.w3.org/2000/01/rdf-schema#subClassOf> <http://e/d> .\n"
    )
    (tmp_path / "project/data/d.ttl").write_text("<http://e/x> a <http://e/c> .\n")
    (tmp_path / "project/queries/all.rq").write_text(QUESTION)
    return Project(tmp_path / "project")


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """A cache folder of its own."""
    monkeypatch.setenv("GCMGRAPH_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def count(project: Project, **options) -> int:
    """Ask how many triples there are."""
    return int(str(open_store(project, **options).query(QUESTION).rows()[0][0]))


def stores(folder: Path) -> list[Path]:
    """List the stores in a cache folder."""
    return [path for path in folder.iterdir() if len(path.name) == 64]


def test_it_answers_as_a_store_in_memory(project, corpus, embedded):
    """What is inferred, what is named, labels and members are the same on disk as in memory."""
    kept = open_store(project)
    for text in (
        QUESTION,
        "SELECT ?g (COUNT(*) AS ?n) WHERE { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g ORDER BY ?g",
        "CONSTRUCT { ?s a ?c } WHERE { ?s a ?c FILTER(isIRI(?s)) } ORDER BY ?s ?c LIMIT 50",
    ):
        assert kept.query(text) == embedded.query(text)
    assert kept.members("Theme") == embedded.members("Theme") == corpus.members("Theme")
    assert kept.labels(corpus.labels) == embedded.labels(corpus.labels)
    assert kept.labels(corpus.labels).items() >= corpus.labels.items()


def test_a_second_call_reads_no_file(small, folder, monkeypatch):
    """A project that has not changed is not read again."""
    assert count(small) == 3
    monkeypatch.setattr("gcmgraph.reading.read_triples", None)
    assert count(small) == 3
    assert len(stores(folder)) == 1


def test_a_change_is_seen(small, folder):
    """Whatever is added, changed in place at the same length and time, or taken away, the next answer knows."""
    assert count(small) == 3
    data = small.root / "data/d.ttl"
    state = data.stat()
    data.write_text("<http://e/x> a <http://e/d> .\n")
    os.utime(data, ns=(state.st_atime_ns, state.st_mtime_ns))
    assert count(small) == 2
    (small.root / "data/more.ttl").write_text("<http://e/y> a <http://e/c> .\n")
    assert count(small) == 4
    (small.root / "data/more.ttl").unlink()
    assert count(small) == 2
    assert len(stores(folder)) == 3


def test_files_left_alone_are_not_digested_again(small, folder, monkeypatch):
    """Once the files are older than a moment, their digest is remembered."""
    monkeypatch.setattr("gcmgraph.cache.SETTLED", 0)
    assert count(small) == 3
    assert list(folder.glob("index-*.json"))
    monkeypatch.setattr(Path, "read_bytes", _only_json(Path.read_bytes))
    assert count(small) == 3


def _only_json(read):
    """Refuse to read anything but what the cache itself wrote."""

    def reading(path):
        assert path.suffix != ".ttl"
        return read(path)

    return reading


def test_fresh_builds_anew(small, folder):
    """--fresh does not trust what is there, and puts a new store in its place."""
    count(small)
    (store,) = stores(folder)
    before = store.stat().st_ino
    assert count(small, fresh=True) == 3
    assert stores(folder)[0].stat().st_ino != before


def test_old_stores_are_removed(small, folder):
    """Only the newest few are kept."""
    for number in range(KEPT + 3):
        (small.root / "data/d.ttl").write_text(f"<http://e/x{number}> a <http://e/c> .\n")
        count(small)
    assert len(stores(folder)) == KEPT


def damage(path: Path, how: str) -> None:
    """Spoil a file."""
    data = path.read_bytes()
    if how == "gone":
        path.unlink()
    elif how == "cut":
        path.write_bytes(data[: len(data) // 2])
    elif how == "empty":
        path.write_bytes(b"")
    else:
        path.write_bytes(bytes(byte ^ 0x55 for byte in data))


@pytest.mark.parametrize("how", ["gone", "cut", "empty", "flipped"])
@pytest.mark.parametrize("pattern", ["*.sst", "MANIFEST-*", "CURRENT", "OPTIONS-*", "../manifest.json", "../answers/*"])
def test_a_damaged_store_is_not_trusted(small, folder, how, pattern):
    """Whatever file is spoilt and how, the answer is right and no error is seen."""
    (small.root / "data/many.ttl").write_text("".join(f"<http://e/y{n}> a <http://e/c> .\n" for n in range(200)))
    assert count(small) == 403
    (store,) = stores(folder)
    found = sorted((store / "store").glob(pattern)) if ".." not in pattern else sorted(store.glob(pattern[3:]))
    assert found
    for path in found:
        damage(path, how)
    if "answers" not in pattern:
        shutil.rmtree(store / "answers")
    opened = open_store(small)
    assert opened.query(INFERRED).boolean()
    assert int(str(opened.query(QUESTION).rows()[0][0])) == 403
    assert len(opened.members("X")) == 0


def test_a_store_that_breaks_while_it_is_asked_is_built_anew(small, folder):
    """Labels and members too come from a whole store."""
    count(small)
    (store,) = stores(folder)
    for path in (store / "store").glob("*.sst"):
        damage(path, "flipped")
    assert open_store(small).labels(["http://e/x"]) == {}
    assert count(small) == 3


def ask(project: Project, folder: Path, **options) -> subprocess.Popen[str]:
    """Ask from the command line in a process of its own."""
    environment = {**os.environ, "GCMGRAPH_CACHE": str(folder)}
    command = [*ASK, "--project", str(project.root), "query", "all", "--format", "csv"]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment, **options
    )


@pytest.fixture
def middling(small) -> Project:
    """A project that takes a moment to build."""
    shutil.copytree(ROOT / "ontology", small.root / "ontology", dirs_exist_ok=True)
    shutil.copytree(ROOT / "data/reference", small.root / "data/reference")
    return small


def test_killing_a_build_leaves_nothing_wrong(middling, folder):
    """However often a build is killed, the next question is answered right, and nothing half-built stays."""
    start = time.monotonic()
    with ask(middling, folder) as process:
        process.communicate()
    taken = time.monotonic() - start
    expected = count(middling)
    for number in range(30):
        shutil.rmtree(next(iter(stores(folder)), folder / "none"), ignore_errors=True)
        with ask(middling, folder) as process:
            time.sleep(taken * (0.15 + 0.85 * ((number * 7) % 30) / 30))
            process.send_signal(signal.SIGKILL)
        with ask(middling, folder) as process:
            out, err = process.communicate()
        assert (out.split(), err) == (["n", str(expected)], ""), number
    count(middling, fresh=True)
    assert list(folder.glob("building-*")) == []


def test_several_processes_build_at_once(middling, folder):
    """Whoever comes second finds the first one's store; all answer right."""
    processes = [ask(middling, folder) for _ in range(4)]
    answers = {process.communicate() for process in processes}
    assert len(answers) == 1
    assert answers == {(f"n\n{count(middling)}\n".replace("\n", "\r\n"), "")} or answers == {
        (f"n\n{count(middling)}\n", "")
    }
    assert len(stores(folder)) == 1
    assert list(folder.glob("building-*")) == []


def limited() -> None:
    """Let a process write no more than a little to a file."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))


def test_a_full_disk(middling, folder):
    """Where nothing more can be written, the question is answered from memory, and a note says so."""
    expected = count(middling)
    shutil.rmtree(folder)
    with ask(middling, folder, preexec_fn=limited) as process:
        out, err = process.communicate()
    assert out.split() == ["n", str(expected)]
    assert "is built in memory" in err
    assert "Traceback" not in err
    assert list(folder.glob("building-*")) == []


def test_a_folder_that_others_can_write_to_is_not_used(small, folder, capsys):
    """A store that somebody else could have put there is not trusted."""
    folder.mkdir()
    folder.chmod(0o777)
    assert main(["--project", str(small.root), "query", "all", "--format", "csv"]) == 0
    out, err = capsys.readouterr()
    assert out.split() == ["n", "3"]
    assert "others can write to it" in err
    assert list(folder.iterdir()) == []


def test_a_folder_of_another_user_is_not_used(small, folder):
    """A folder that belongs to somebody else is left alone."""
    if os.geteuid() != 0:
        pytest.skip("only root can give a folder to another user")
    folder.mkdir(mode=0o700)
    os.chown(folder, 65534, 65534)
    notes: list[str] = []
    assert count(small, note=notes.append) == 3
    assert "belongs to another user" in notes[0]
    assert list(folder.iterdir()) == []


def test_no_folder_at_all(small, tmp_path, monkeypatch):
    """Where no folder can be made, the store is built in memory."""
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("GCMGRAPH_CACHE", str(tmp_path / "file/cache"))
    notes: list[str] = []
    assert count(small, note=notes.append) == 3
    assert "Name another folder in GCMGRAPH_CACHE" in notes[0]


def test_the_cache_is_shown_and_cleared(small, folder, capsys):
    """The command lists what is kept, as text and as JSON, and removes it."""
    count(small)
    assert main(["cache"]) == 0
    assert "2 asserted" in capsys.readouterr().out
    assert main(["cache", "--format", "json"]) == 0
    body = json.loads(capsys.readouterr().out)
    assert body["folder"] == str(folder)
    assert [(store["asserted"], store["inferred"]) for store in body["stores"]] == [(2, 1)]
    (folder / "mine.txt").write_text("not of the cache")
    assert main(["cache", "--clear"]) == 0
    assert "1 removed" in capsys.readouterr().out
    assert [path.name for path in folder.iterdir()] == ["mine.txt"]


def test_a_file_that_changes_while_it_is_read_is_not_kept(small, folder, monkeypatch):
    """A store that could hold either state of a file is not put in place; the answer is of what is there."""
    real = read_triples

    def reading(path):
        found = real(path)
        if path.name == "d.ttl" and not list(folder.glob("*/manifest.json")):
            path.write_text("<http://e/x> a <http://e/d> .\n")
        return found

    monkeypatch.setattr("gcmgraph.reading.read_triples", reading)
    assert count(small) == 2
    assert stores(folder) == []
    assert count(small) == 2
    assert len(stores(folder)) == 1


def test_an_answer_of_changed_files_is_not_kept_for_the_old_ones(small, folder):
    """A store that is open while files change keeps no answer from the new ones beside the old ones' store."""
    named = "SELECT (COUNT(*) AS ?n) WHERE { GRAPH ?g { ?s ?p ?o } }"
    old, data = open_store(small), small.root / "data/d.ttl"
    before = data.read_text()
    data.write_text(before + "<http://e/y> a <http://e/c> .\n")
    assert int(str(old.query(named).rows()[0][0])) == 5
    data.write_text(before)
    assert int(str(open_store(small).query(named).rows()[0][0])) == 3
    assert len(stores(folder)) == 3


def test_answers_in_memory_make_room(monkeypatch):
    """The oldest answer is forgotten when there are too many."""
    monkeypatch.setattr("gcmgraph.answers.MOST", 2)
    answers = Answers()
    for text in "abc":
        answers.keep(text, Results("boolean", b"{}"))
    assert [text for text in "abc" if answers.find(text)] == ["b", "c"]


def test_answers_are_remembered(tmp_path):
    """An answer is found again in memory and on disk, but not once its file has been touched; a large one is not kept."""
    results = Results("rows", b'{"head":{"vars":[]}}')
    Answers(tmp_path / "answers").keep("q", results)
    assert Answers(tmp_path / "answers").find("q") == results
    assert Answers(tmp_path / "answers").find("other") is None
    (file,) = (tmp_path / "answers").iterdir()
    file.write_bytes(file.read_bytes().replace(b"head", b"hand"))
    assert Answers(tmp_path / "answers").find("q") is None
    answers = Answers(tmp_path / "answers")
    answers.keep("big", Results("rows", b"x" * (1 << 21)))
    assert answers.find("big") is None


def test_lexical_forms_are_kept(tmp_path):
    """A query gives literals as the files write them; where they write a value in several ways, as the engine does."""
    text = """<http://e/x> <http://e/p> 1.50 , "2017-01-01T00:00:00.00Z"^^<http://www.w3.org/2001/XMLSchema#dateTime> .
    <http://e/y> <http://e/p> 2.50 , 2.5 , "a.b"@en , 1.50 ."""
    (tmp_path / "d.ttl").write_text(text)
    store = EmbeddedStore(Corpus({"http://g": tuple(read_triples(tmp_path / "d.ttl"))}))
    rows = store.query("SELECT ?o WHERE { ?s <http://e/p> ?o } ORDER BY ?o").serialize("csv").split()
    assert sorted(set(rows) - {"o"}) == ["1.50", "2.5", "2017-01-01T00:00:00.00Z", "a.b"]
    graph = store.query("CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o FILTER(?o = 1.5) }").serialize("nt")
    assert graph.count('"1.50"^^') == 2


def test_the_graph_itself_needs_no_other_forms(corpus):
    """No literal of the project's own graph is one that the engine writes in another form."""
    from gcmgraph.reasoning.literals import written_forms

    literals = [triple.object for triple in corpus.triples() if hasattr(triple.object, "datatype")]
    assert written_forms(literals) == {}


LIGHT = {"rdflib", "pyshacl", "owlrl", "SPARQLWrapper", "numpy", "tqdm", "vl_convert", "bm25s", "prettytable", "ssl"}


@pytest.mark.parametrize(
    ("words", "allowed"),
    [
        (["--help"], {"argparse", "gcmgraph"}),
        (["query", "statements-by-theme", "--format", "csv"], {"argparse", "gcmgraph", "pyoxigraph"}),
        (["query", "statements-by-theme"], {"argparse", "gcmgraph", "pyoxigraph", "tabulate", "wcwidth"}),
    ],
    ids=["help", "csv", "table"],
)
def test_a_cold_start_loads_little(project, words, allowed):
    """Asking a question, or for help, loads none of the heavy libraries, and only these outside the standard one."""
    open_store(project)
    code = "import sys; from gcmgraph.cli import main\ntry: main(sys.argv[1:])\nfinally: print(*sys.modules, file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True, cwd=ROOT, check=True)
    loaded = {name.partition(".")[0] for name in done.stderr.splitlines()[-1].split()}
    assert loaded & LIGHT == set()
    outside = {name for name in loaded - set(sys.stdlib_module_names) if not name.startswith(("_", "a11y"))}
    assert outside <= allowed | {"sitecustomize", "usercustomize"}


def test_every_project_has_its_own_store(small, project, folder):
    """Two projects never share a store."""
    assert count(small) == 3
    assert count(project) == len(set(read_corpus(project).triples())) + int(
        json.loads((max(stores(folder), key=lambda path: path.stat().st_mtime) / "manifest.json").read_text())[
            "inferred"
        ]
    )


def test_more_than_memory_holds_is_refused(small, folder, monkeypatch, capsys):
    """A project that would not fit is refused with what it needs and what there is, before it is read."""
    monkeypatch.setattr("gcmgraph.reading.free_memory", lambda: 1000)
    assert main(["--project", str(small.root), "query", "all"]) == 3
    assert "need some 0.0 GB of memory, and 0.0 GB are free; free some, or take fewer files" in capsys.readouterr().err
    assert list(folder.glob("building-*")) == []
    monkeypatch.setattr("gcmgraph.reading.free_memory", lambda: None)
    assert count(small) == 3


def test_free_memory_heeds_the_limit_of_the_process():
    """A limit on the process's address space counts like memory that is not there."""
    code = (
        "import resource; from gcmgraph.reading import free_memory; before = free_memory()\n"
        "resource.setrlimit(resource.RLIMIT_AS, (10**9, 10**9)); print(before > free_memory() > 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True"]

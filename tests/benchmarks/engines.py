"""The work of the benchmark, done by this project and by its peers: one function for each engine and kind of work.

Each runs in a process of its own, on a folder that `prepare` made, and tells phases in CPU seconds, and its answer.
"""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from resource import RUSAGE_SELF, getrusage
from typing import TYPE_CHECKING

import pyoxigraph as ox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from servers import Peer

ROOT = Path(__file__).resolve().parent.parent.parent
QUESTION = "evidence-by-statement"
ID = "<https://w3id.org/gcmgraph/id/"
ROUNDS = 5


class Run:
    """What one process tells of its work."""

    def __init__(self) -> None:
        self.phases: dict[str, float] = {}
        self.answer = ""
        self.details: dict[str, object] = {}

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Take the CPU seconds of a phase, and the memory that it adds at its peak."""
        before = resident(anew=True)
        start = time.process_time()
        yield
        self.phases[name] = time.process_time() - start
        self.details[f"{name} bytes"] = max(resident() - before, 0)


def resident(*, anew: bool = False) -> int:
    """Tell the most bytes of memory that this process has held; anew, forget what it held before, and tell what it holds."""
    try:
        if anew:
            Path("/proc/self/clear_refs").write_text("5")
        lines = Path("/proc/self/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) * 1024
    except OSError:
        return getrusage(RUSAGE_SELF).ru_maxrss * 1024


def digest(lines: Iterator[str] | list[str]) -> str:
    """Digest lines, whatever their order."""
    return sha256("\n".join(sorted(set(lines))).encode()).hexdigest()


def prepare(project: Path, folder: Path) -> int:
    """Write what peers read: the asserted and the closed graph as N-Triples and Turtle, a database, and the question.

    Returns:
        How many triples are asserted.
    """
    from gcmgraph import Project, find_query
    from gcmgraph.reading import read_triples
    from gcmgraph.reasoning.closure import Closure

    folder.mkdir(parents=True)
    (folder / "project").write_text(str(project))
    closure, statements = Closure(), []
    with (folder / "asserted.nt").open("wb") as file:
        for path in _files(folder):
            triples = read_triples(path)
            closure.extend(triples)
            file.write(ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES))
            rests = (t.subject.value for t in triples if t.predicate.value.endswith("#restsOn"))
            statements += [iri for iri in rests if "/statement/" in iri][:1]
    shutil.copy(folder / "asserted.nt", folder / "closed.nt")
    with (folder / "closed.nt").open("ab") as file:
        ox.serialize(closure.triples(), file, format=ox.RdfFormat.N_TRIPLES)
    for name in ("asserted", "closed"):
        found = ox.parse(path=str(folder / f"{name}.nt"), format=ox.RdfFormat.N_TRIPLES)
        ox.serialize(found, str(folder / f"{name}.ttl"), format=ox.RdfFormat.TURTLE)
    store = ox.Store(str(folder / "database"))
    store.bulk_load(path=str(folder / "closed.nt"), format=ox.RdfFormat.N_TRIPLES)
    store.flush()
    text = find_query(Project(ROOT), QUESTION).bind({"statement": min(statements)})
    (folder / "question.rq").write_text(text)
    return closure.asserted


def project_of(folder: Path) -> Path:
    """Give the project that a folder was prepared from."""
    return Path((folder / "project").read_text())


def queries() -> dict[str, str]:
    """Read the stored queries, by name."""
    return {path.stem: path.read_text() for path in sorted((ROOT / "queries").glob("*.rq"))}


# closure


def closure_ours(folder: Path, run: Run) -> None:
    """Encode and close the asserted triples."""
    from gcmgraph.reasoning.closure import Closure
    from gcmgraph.reasoning.reasoner import Reasoner

    Reasoner()
    triples = [quad.triple for quad in ox.parse(path=str(folder / "asserted.nt"), format=ox.RdfFormat.N_TRIPLES)]
    with run.phase("encode"):
        closure = Closure(triples)
    with run.phase("close"):
        reasoner = closure.reasoner
    run.details["encoded bytes"] = 24 * len(triples)
    run.details["steps"] = len(reasoner.steps)
    run.answer = digest([*_own(map(str, triples)), *_own(map(str, closure.triples()))])
    half = len(triples) * 99 // 100
    base = Closure(triples[:half])
    _ = base.reasoner
    with run.phase("extend by one in a hundred"):
        base.extend(triples[half:])
        _ = base.reasoner


def closure_owlrl(folder: Path, run: Run) -> None:
    """Close with the reference reasoner."""
    from owlrl import DeductiveClosure, OWLRL_Semantics
    from rdflib import Graph

    graph = Graph().parse(folder / "asserted.nt", format="nt")
    with run.phase("close"):
        DeductiveClosure(OWLRL_Semantics, axiomatic_triples=False, datatype_axioms=False).expand(graph)
    run.answer = digest(_own(" ".join(term.n3() for term in triple) for triple in graph))


def closure_reasonable(folder: Path, run: Run) -> None:
    """Close with reasonable."""
    import reasonable

    reasoner = reasonable.PyReasoner()
    reasoner.load_file(str(folder / "asserted.ttl"))
    with run.phase("close"):
        found = reasoner.reason()
    run.answer = digest(_own(" ".join(term.n3() for term in triple) for triple in found))


def closure_sparq(folder: Path, run: Run) -> None:
    """Close with sparq-rdf."""
    import sparq

    graph = sparq.Graph.load(str(folder / "asserted.ttl"))
    with run.phase("close"):
        graph.reason("owl")
    rows = json.loads(graph.query_json("SELECT * { ?s ?p ?o FILTER(isIRI(?o)) }"))["results"]["bindings"]
    run.answer = digest(_own(f"<{row['s']['value']}> <{row['p']['value']}> <{row['o']['value']}>" for row in rows))


def _own(lines: Iterator[str]) -> list[str]:
    """Pick the triples between the project's own records, but for those that say that a thing is itself."""
    parts = (line.split(" ", 2) for line in lines if line.startswith(ID))
    return [" ".join(part) for part in parts if part[2].startswith(ID) and part[0] != part[2]]


# load


def load_ours(folder: Path, run: Run) -> None:
    """Load the project's files into a store on disk, and one file into a store in memory."""
    from gcmgraph.corpus import fill_store, write_lines
    from gcmgraph.reading import read_triples

    with run.phase("one file to memory"):
        fill_store({"http://g": read_triples(folder / "asserted.ttl")})
    store = ox.Store("database")
    with run.phase("files to disk"):
        with Path("lines.nq").open("wb") as file:
            for path in _files(folder):
                write_lines(file, "http://g", read_triples(path), named=False)
        store.bulk_load(path="lines.nq", format=ox.RdfFormat.N_QUADS, lenient=True)
        store.flush()
    run.answer = str(len(store))


def load_pyoxigraph(folder: Path, run: Run) -> None:
    """Load with pyoxigraph's bulk loader, file by file."""
    with run.phase("one file to memory"):
        ox.Store().bulk_load(path=str(folder / "asserted.ttl"), format=ox.RdfFormat.TURTLE)
    store = ox.Store("database")
    with run.phase("files to disk"):
        for path in _files(folder):
            store.bulk_load(path=str(path), format=ox.RdfFormat.TURTLE)
        store.flush()
    run.answer = str(len(store))


def _files(folder: Path) -> list[Path]:
    """List the files of the project that a folder was prepared from."""
    from gcmgraph import Project

    project = Project(project_of(folder))
    return [*project.ontology_files(), *project.data_files()]


def load_rdflib(folder: Path, run: Run) -> None:
    """Load Turtle with rdflib."""
    from rdflib import Graph

    with run.phase("one file to memory"):
        graph = Graph().parse(folder / "asserted.ttl", format="turtle")
    run.answer = str(len(graph))


def load_oxrdflib(folder: Path, run: Run) -> None:
    """Load Turtle with oxrdflib."""
    from rdflib import Graph

    with run.phase("one file to memory"):
        graph = Graph(store="Oxigraph").parse(folder / "asserted.ttl", format="ox-turtle")
    run.answer = str(len(graph))


def load_sparq(folder: Path, run: Run) -> None:
    """Load Turtle with sparq-rdf."""
    import sparq

    with run.phase("one file to memory"):
        graph = sparq.Graph.load(str(folder / "asserted.ttl"))
    rows = json.loads(graph.query_json("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"))["results"]["bindings"]
    run.answer = rows[0]["n"]["value"]


def build_ours(folder: Path, run: Run) -> None:
    """Read, close and keep the project on disk, as the first question does."""
    from gcmgraph import Project, open_store

    Path("cache").mkdir(mode=0o700)
    with run.phase("build"):
        store = open_store(Project(project_of(folder)))
        run.answer = str(store.query("SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o }").rows()[0][0])


def build_pyoxigraph(folder: Path, run: Run) -> None:
    """Load the closed graph, which somebody else has inferred, into a database on disk."""
    store = ox.Store("database")
    with run.phase("build"):
        store.bulk_load(path=str(folder / "closed.nt"), format=ox.RdfFormat.N_TRIPLES)
        store.flush()
        (row,) = store.query("SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o }")
        run.answer = row["n"].value


def open_ours(folder: Path, run: Run) -> None:
    """Open the store of inputs that have not changed, and one of next to nothing."""
    from gcmgraph import Project, open_store

    nothing = Path("nothing").resolve()
    for name in ("ontology", "data"):
        (nothing / name).mkdir(parents=True, exist_ok=True)
        (nothing / name / "a.ttl").touch()
    for number, project in enumerate((nothing, project_of(folder))):
        open_store(Project(project)).query(f"ASK {{ ?s ?p {os.getpid()} }}")
        with run.phase(("an empty one", "an unchanged one")[number]):
            open_store(Project(project)).query(f"ASK {{ ?s ?p {-os.getpid()} }}")


def open_pyoxigraph(folder: Path, run: Run) -> None:
    """Open a database."""
    ox.Store.read_only(str(folder / "database")).query("ASK {}")
    with run.phase("an unchanged one"):
        ox.Store.read_only(str(folder / "database")).query("ASK {}")


# dump


def dump_ours(folder: Path, run: Run) -> None:
    """Put the asserted graph into canonical form and write it."""
    from gcmgraph import Corpus
    from gcmgraph.canonical import canonical, serialize
    from gcmgraph.reading import read_triples

    corpus = Corpus({"http://g": tuple(read_triples(folder / "asserted.ttl"))})
    with run.phase("canonical"):
        dataset = canonical(corpus)
        _ = dataset.union, dataset.prefixes
    with run.phase("N-Triples"):
        text = serialize(dataset, "nt")
    with run.phase("Turtle"):
        serialize(dataset, "ttl")
    run.answer = sha256(text).hexdigest()


def dump_pyoxigraph(folder: Path, run: Run) -> None:
    """Do the same with pyoxigraph: canonicalise all of it, sort the lines; then write the same triples in the same order."""
    from gcmgraph.results import used_prefixes

    graph = ox.NamedNode("http://g")
    found = ox.parse(path=str(folder / "asserted.ttl"), format=ox.RdfFormat.TURTLE)
    quads = [ox.Quad(*quad.triple, graph) for quad in found]
    with run.phase("canonical"):
        dataset = ox.Dataset(quads)
        dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
        text = ox.serialize((quad.triple for quad in dataset), format=ox.RdfFormat.N_TRIPLES)
        text = b"".join(sorted(text.splitlines(keepends=True)))
    triples = sorted((quad.triple for quad in quads), key=str)
    used = used_prefixes(triples)
    with run.phase("N-Triples"):
        ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES)
    with run.phase("Turtle"):
        ox.serialize(triples, format=ox.RdfFormat.TURTLE, prefixes=used)
    run.answer = sha256(text).hexdigest()


def dump_rdflib(folder: Path, run: Run) -> None:
    """Write with rdflib."""
    from rdflib import Graph

    graph = Graph().parse(folder / "asserted.ttl", format="turtle")
    with run.phase("N-Triples"):
        graph.serialize(format="nt")
    with run.phase("Turtle"):
        graph.serialize(format="turtle")


# a question from the command line: the whole process counts


def question_ours(folder: Path, run: Run) -> None:
    """Ask what was not asked before: what the store remembers of answers is removed."""
    _ask(folder, run)
    for answers in Path("cache").glob("*/answers"):
        shutil.rmtree(answers)
    _ask(folder, run)


def again_ours(folder: Path, run: Run) -> None:
    """Ask once more."""
    _ask(folder, run)


def _ask(folder: Path, run: Run) -> None:
    """Ask from the command line."""
    words = ["--project", str(project_of(folder)), "query", str(folder / "question.rq"), "--format", "csv"]
    _whole(run, [str(Path(sys.executable).with_name("gcmgraph")), *words])


def _whole(run: Run, command: list[str], phase: str = "question") -> bytes:
    """Take the CPU seconds of a whole process."""
    from resource import RUSAGE_CHILDREN

    before, start = getrusage(RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(command, capture_output=True, check=False)
    after = getrusage(RUSAGE_CHILDREN)
    if done.returncode:
        raise RuntimeError((done.stderr.decode().strip().splitlines() or [f"exit status {done.returncode}"])[-1])
    run.phases[phase] = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    run.details["wall"] = time.perf_counter() - start
    run.details[f"{phase} bytes"] = after.ru_maxrss * 1024
    run.answer = digest(done.stdout.decode().splitlines())
    return done.stdout


def question_oxigraph(folder: Path, run: Run) -> None:
    """Ask the oxigraph command, on a database of the closed graph."""
    program = str(Path(sys.executable).with_name("oxigraph"))
    text = (folder / "question.rq").read_text()
    command = [program, "query", "--location", str(folder / "database"), "--query", text]
    _whole(run, [*command, "--results-format", "csv"])


def question_pyoxigraph(folder: Path, run: Run) -> None:
    """Ask a script of a few lines on pyoxigraph, on a database of the closed graph."""
    code = "ox.Store.read_only(sys.argv[1]).query(text).serialize(format=ox.QueryResultsFormat.CSV)"
    _script(folder, run, "import pyoxigraph as ox", code, "database")


def question_rdflib(folder: Path, run: Run) -> None:
    """Ask a script of a few lines on rdflib, on the closed graph in Turtle."""
    code = "rdflib.Graph().parse(sys.argv[1], format='turtle').query(text).serialize(format='csv')"
    _script(folder, run, "import rdflib", code, "closed.ttl")


def _script(folder: Path, run: Run, imports: str, answer: str, name: str) -> None:
    """Take the CPU seconds of a script that asks the question of a file."""
    code = f"import sys\n{imports}\ntext = open(sys.argv[2]).read()\nsys.stdout.buffer.write({answer})"
    _whole(run, [sys.executable, "-c", code, str(folder / name), str(folder / "question.rq")])


# validation of one file in which violations are planted: the whole process counts


def prepare_planted(project: Path, folder: Path) -> None:
    """Write what validators read: the project's graph in one file, its shapes in one, and what was planted."""
    from gcmgraph import Project
    from gcmgraph.reading import read_triples

    folder.mkdir(parents=True)
    (folder / "project").write_text(str(project))
    with (folder / "data.nt").open("wb") as file:
        for path in _files(folder):
            file.write(ox.serialize(read_triples(path), format=ox.RdfFormat.N_TRIPLES))
    shapes = [triple for path in Project(project).shape_files() for triple in read_triples(path)]
    ox.serialize(shapes, str(folder / "shapes.ttl"), format=ox.RdfFormat.TURTLE)
    shutil.copy(project.with_name(f"{project.name}.planted.csv"), folder / "planted.csv")


def validate(engine: str, folder: Path, run: Run) -> None:
    """Validate, and count what was planted and found, missed, and found though it was not planted."""
    program = Path(__file__).with_name("validators.py")
    data = project_of(folder) if engine == "gcmgraph" else folder / "data.nt"
    told = _whole(run, [sys.executable, str(program), engine, str(data), str(folder / "shapes.ttl")], "validation")
    found = {tuple(line.split("\t")) for line in told.decode().splitlines() if "\t" in line}
    with (folder / "planted.csv").open(newline="") as file:
        rows = [(row["focus"], row["kind"]) for row in csv.DictReader(file)]
    planted = {row for row in rows if row[1] != "unknown-term"}
    run.answer = digest([" ".join(pair) for pair in found])
    run.details["counts"] = [len(planted & found), len(planted), len(found - planted)]


def changed_ours(folder: Path, run: Run) -> None:
    """Validate a project whole, then keep its state, then look at what one changed document can affect."""
    with tempfile.TemporaryDirectory() as place:
        project = Path(place) / "project"
        shutil.copytree(project_of(folder), project)
        command = [str(Path(sys.executable).with_name("gcmgraph")), "--project", str(project), "validate"]
        _whole(run, command, "a whole run")
        _whole(run, [*command, "--changed"], "a whole run that is kept")
        document = min((project / "data/documents").iterdir())
        document.write_text(re.sub(r'rdfs:label "[^"]*"', 'rdfs:label "Other words"', document.read_text(), count=1))
        told = _whole(run, [*command, "--changed"], "one document changed")
    if re.search(rb"\b0 records", told):
        raise RuntimeError("the change was not looked at")


# the stored queries, warm


def warm_ours(folder: Path, run: Run) -> None:
    """Ask each stored query of the embedded store, as if for the first time."""
    from gcmgraph import EmbeddedStore, Project, read_corpus

    store = EmbeddedStore(read_corpus(Project(project_of(folder))))

    def ask(text: str) -> bytes:
        store._answers._known.clear()
        return store.query(text).payload

    _each(run, ask)
    for text in queries().values():
        store.query(text)
    with run.phase("asked again"):
        for text in queries().values():
            store.query(text)


def warm_pyoxigraph(folder: Path, run: Run) -> None:
    """Ask pyoxigraph, bare."""
    store = ox.Store()
    store.bulk_load(path=str(folder / "closed.nt"), format=ox.RdfFormat.N_TRIPLES)
    _each(run, lambda text: store.query(text).serialize(format=ox.QueryResultsFormat.JSON))


def warm_rdflib(folder: Path, run: Run) -> None:
    """Ask rdflib."""
    from rdflib import Graph

    graph = Graph().parse(folder / "closed.nt", format="nt")
    _each(run, lambda text: graph.query(text).serialize(format="json"), rounds=1)


def warm_oxrdflib(folder: Path, run: Run) -> None:
    """Ask oxrdflib."""
    from rdflib import Graph

    graph = Graph(store="Oxigraph").parse(folder / "closed.nt", format="ox-nt")
    _each(run, lambda text: graph.query(text).serialize(format="json"))


def warm_sparq(folder: Path, run: Run) -> None:
    """Ask sparq-rdf."""
    import sparq

    graph = sparq.Graph.load(str(folder / "closed.nt"))
    _each(run, lambda text: graph.query_json(text).encode())


def warm_virtuoso(folder: Path, run: Run) -> None:
    """Ask Virtuoso on loopback; its own CPU counts."""
    import servers

    _served(run, lambda: servers.virtuoso(folder / "closed.nt"))


def warm_jena(folder: Path, run: Run) -> None:
    """Ask Jena in memory; its own CPU counts."""
    import servers

    _served(run, lambda: servers.jena(folder / "closed.nt"))


def warm_server(folder: Path, run: Run) -> None:
    """Ask `oxigraph serve` on loopback; its own CPU counts."""
    import servers

    _served(run, lambda: servers.oxigraph(folder / "closed.nt"))


def _served(run: Run, start: Callable[[], AbstractContextManager[Peer]]) -> None:
    """Ask a server, and count its CPU seconds beside the client's; one that a query brings down is started anew."""
    waiting = queries()
    while waiting:
        with start() as ask:
            waiting = _each(run, ask, waiting, clock=lambda ask=ask: time.process_time() + ask.cpu_seconds())  # type: ignore[misc]
            run.details["peak bytes"] = ask.peak_bytes()


def _each(
    run: Run,
    ask: Callable[[str], bytes],
    texts: dict[str, str] | None = None,
    *,
    rounds: int = ROUNDS,
    clock: Callable[[], float] = time.process_time,
) -> dict[str, str]:
    """Ask each stored query several times, keep the median CPU seconds and a digest of the rows.

    Returns:
        The queries that are left because one brought the engine down.
    """
    waiting = dict(queries() if texts is None else texts)
    answers: dict[str, str] = run.details.setdefault("answers", {})  # type: ignore[assignment]
    while waiting:
        name, text = next(iter(waiting.items()))
        del waiting[name]
        try:
            run.phases[name], answers[name] = _asked(ask, text, rounds, clock)
        except Exception as error:  # noqa: BLE001  (a peer may fail in any way; what it cannot answer is told)
            answers[name] = f"failed: {str(error)[:80]}"
            if "onnection" in str(error):
                break
    return waiting


def _asked(ask: Callable[[str], bytes], text: str, rounds: int, clock: Callable[[], float]) -> tuple[float, str]:
    """Ask one query until it has been asked often enough or long enough."""
    from gcmgraph.results import Results

    payload, taken = ask(text), []
    for _ in range(rounds):
        start = clock()
        ask(text)
        taken.append(clock() - start)
        if sum(taken) > 1:
            break
    rows = Results("rows", payload).serialize("csv").splitlines()
    return sorted(taken)[len(taken) // 2], digest(rows[1:])

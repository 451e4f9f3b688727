"""Run the W3C test suite for SHACL against engines by name, and print what each gets right.

    python tests/w3c.py --suite data-shapes --engine default pyshacl shacl-rust

A test is passed if the report conforms where it should and holds the results that it should: focus node, path, value,
component, severity and source shape, term by term as written; all blank nodes count as the same, but the structure of a
path is compared. A test that must fail is passed by any error. Each of the released engines runs in a process of its own
for each test, so that one that crashes fails that test alone. Some engines refuse the relative IRIs of the files, so each
file is read with a base of its own.

Source:
    https://github.com/w3c/data-shapes, folder data-shapes-test-suite/tests
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import pyoxigraph as ox

from gcmgraph.namespaces import PREFIXES
from gcmgraph.shacl.index import Index
from gcmgraph.shacl.paths import read_path
from gcmgraph.shacl.shapes import Shapes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from gcmgraph.shacl.index import Term
    from gcmgraph.shacl.results import Result

    Row = tuple[str, ...]

BASE = "http://example.org/suite/"
MF, SHT = "http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#", "http://www.w3.org/ns/shacl-test#"
SH, RDF = PREFIXES["sh"], PREFIXES["rdf"]
KINDS = {"core": 98, "sparql": 16, "must fail": 7}
PARTS = ("focusNode", "resultPath", "value", "sourceConstraintComponent", "resultSeverity", "sourceShape")
SHORT = re.compile(r"http://[^ >]*[#/]")
PATIENCE = 60


@dataclass(frozen=True)
class Case:
    """One test.

    Attributes:
        name: its file, in the suite.
        kind: "core", "sparql" or "must fail".
        data: the data graph, as Turtle.
        shapes: the shapes graph, as Turtle.
        report: the report that it should give.
    """

    name: str
    kind: str
    data: str
    shapes: str
    report: Report


@dataclass(frozen=True)
class Report:
    """What an engine says: whether the data conforms, and the results in a form that can be compared."""

    conforms: bool
    rows: tuple[Row, ...]


def read_suite(folder: Path) -> list[Case]:
    """Read all tests of the suite."""
    paths = [path for path in sorted(folder.rglob("*.ttl")) if path.name != "manifest.ttl"]
    return [case for path in paths for case in _cases(folder, path)]


def _cases(folder: Path, path: Path) -> Iterable[Case]:
    """Read the test of a file, if it is one."""
    index = Index(triples(_text(folder, path)))
    for test in index.instances(SHT + "Validate"):
        action, result = index.value(test, MF + "action"), index.value(test, MF + "result")
        files = [_file(folder, index.value(action, SHT + name).value) for name in ("dataGraph", "shapesGraph")]
        data, shapes = (_text(folder, file) for file in files)
        must_fail = result == ox.NamedNode(SHT + "Failure")
        name = str(path.relative_to(folder))
        kind = "must fail" if must_fail else name.partition("/")[0]
        yield Case(name, kind, data, shapes, Report(False, ()) if must_fail else _report(index, result))


def _file(folder: Path, iri: str) -> Path:
    """Give the file of a graph."""
    return folder / iri.removeprefix(BASE)


def _text(folder: Path, path: Path) -> str:
    """Read a file, and give it a base."""
    return f"@base <{BASE}{path.relative_to(folder)}> .\n{path.read_text()}"


def triples(text: str) -> list[ox.Triple]:
    """Parse Turtle; blank nodes keep no label, so that two graphs share none by chance."""
    return [quad.triple for quad in ox.parse(text, format=ox.RdfFormat.TURTLE, rename_blank_nodes=True)]


def _report(index: Index, report: Term) -> Report:
    """Read a report from a graph."""
    rows = tuple(_row(index, node) for node in index.values(report, SH + "result"))
    return Report(index.value(report, SH + "conforms").value in ("true", "1"), rows)


def _row(index: Index, node: Term) -> Row:
    """Read one result from a graph."""
    found = {name: index.value(node, SH + name) for name in PARTS}
    path = found.pop("resultPath")
    told = {name: "" if term is None else _shown(term) for name, term in found.items()}
    told["resultPath"] = "" if path is None else read_path(index, path).to_sparql()
    return tuple(told[name] for name in PARTS)


def _shown(term: Term) -> str:
    """Write a term; all blank nodes alike."""
    return "_:" if isinstance(term, ox.BlankNode) else str(term)


def from_turtle(text: str) -> Report:
    """Read the report that an engine wrote."""
    index = Index(triples(text))
    return _report(index, index.instances(SH + "ValidationReport")[0])


def from_results(results: Iterable[Result]) -> Report:
    """Take over the results of one of our engines."""
    rows = []
    for one in results:
        path = one.path.to_sparql() if one.path else ""
        value = "" if one.value is None else _shown(one.value)
        rows.append((_shown(one.focus), path, value, f"<{one.component}>", f"<{one.severity}>", _shown(one.shape)))
    return Report(not rows, tuple(rows))


# our engines: each takes the data and the shapes as Turtle


def _both(data: str, shapes: str) -> tuple[Shapes, list[ox.Triple]]:
    """Read shapes and data; where the two are one graph, they share their blank nodes."""
    read = triples(shapes)
    return Shapes(read), read if data == shapes else triples(data)


def run_default(data: str, shapes: str) -> Report:
    """Run the default engine."""
    return from_results(import_module("gcmgraph.shacl.engine").evaluate(*_both(data, shapes))[0])


def run_sparql(data: str, shapes: str) -> Report:
    """Run the engine that asks a store."""
    engine = import_module("gcmgraph.shacl.sparql_engine")
    read, found = _both(data, shapes)
    store = ox.Store()
    store.extend(ox.Quad(*triple) for triple in found)
    return from_results(engine.evaluate(read, engine.ask_store(store))[0])


def run_pyshacl(data: str, shapes: str) -> Report:
    """Run the reference engine."""
    return from_results(import_module("gcmgraph.shacl.reference").evaluate(*_both(data, shapes)))


# released engines, each as its own documentation says


def peer_shacl(data: str, shapes: str) -> Report:
    """Run shacl."""
    engine = import_module("shacl")
    compiled = engine.Shapes.from_turtle(shapes, base=BASE)
    return from_turtle(compiled.validate_turtle(data, base=BASE).serialize("turtle"))


def peer_shacl_rust(data: str, shapes: str) -> Report:
    """Run shacl-rust, which gives no graph and writes a path as SPARQL does."""
    found = import_module("shacl_rust").validate(data, shapes, experimental_index=True)
    names = tuple("severity" if name == "resultSeverity" else name for name in PARTS)
    rows = [tuple(_alike(result.get(name) or "") for name in names) for result in found["results"]]
    return Report(found["conforms"], tuple(rows))


def _alike(term: str) -> str:
    """Write a blank node and a language tag as we do."""
    if term.startswith("_:"):
        return "_:"
    return re.sub(r"(?<=\"@)[\w-]+$", lambda match: match[0].lower(), term)


def peer_pyshacl_turbo(data: str, shapes: str) -> Report:
    """Run pyshacl-turbo."""
    return _on_rdflib(import_module("pyshacl_turbo").validate, data, shapes)


def peer_pyshifty(data: str, shapes: str) -> Report:
    """Run pyshifty, on the data alone and without inference."""
    run = import_module("shifty").validate
    return _on_rdflib(run, data.encode(), shapes.encode(), graph_mode="data", infer=False)


def _on_rdflib(run: Callable, data: str | bytes, shapes: str | bytes, **options: object) -> Report:
    """Run an engine that gives an rdflib graph."""
    _, graph, _ = run(data, shacl_graph=shapes, **options)
    return from_turtle(graph.serialize(format="nt"))


def peer_pyrudof(data: str, shapes: str) -> Report:
    """Run rudof."""
    engine = import_module("pyrudof")
    session = engine.Rudof(engine.RudofConfig())
    session.read_data(data)
    session.read_shacl(shapes)
    session.validate_shacl()
    form = engine.ResultShaclValidationFormat.NTriples
    return from_turtle(session.serialize_shacl_validation_results(format=form))


OURS = {
    "default": (run_default, "gcmgraph.shacl.engine"),
    "sparql": (run_sparql, "gcmgraph.shacl.sparql_engine"),
    "pyshacl": (run_pyshacl, "pyshacl"),
}
PEERS = {
    "shacl": (peer_shacl, "shacl"),
    "shacl-rust": (peer_shacl_rust, "shacl_rust"),
    "pyshacl-turbo": (peer_pyshacl_turbo, "pyshacl_turbo"),
    "pyshifty": (peer_pyshifty, "shifty"),
    "pyrudof": (peer_pyrudof, "pyrudof"),
}


def installed(engine: str) -> bool:
    """Tell whether an engine is there."""
    return find_spec((OURS | PEERS)[engine][1]) is not None


def verdict(engine: str, case: Case) -> str:
    """Run one test; say what is wrong, nothing if it is passed."""
    try:
        found = _in_child(engine, case) if engine in PEERS else OURS[engine][0](case.data, case.shapes)
    except Exception as error:  # noqa: BLE001  (whatever an engine raises is its answer)
        return "" if case.kind == "must fail" else f"fails: {type(error).__name__}: {error}"[:200]
    if case.kind == "must fail":
        return f"gives a report of {len(found.rows)} results"
    return compare(found, case.report, loosely=engine == "shacl-rust")


def compare(found: Report, wanted: Report, *, loosely: bool = False) -> str:
    """Say how a report differs from what it should be; loosely, brackets in paths do not matter."""
    rows, right = (Counter(_unbracketed(row) if loosely else row for row in one.rows) for one in (found, wanted))
    told = [
        f"{word} {_brief(row)}" for word, left in (("misses", right - rows), ("adds", rows - right)) for row in left
    ]
    if found.conforms != wanted.conforms:
        told.insert(0, f"says that it {'conforms' if found.conforms else 'does not conform'}")
    return "; ".join(told)


def _unbracketed(row: Row) -> Row:
    """Take the brackets and spaces out of a path."""
    return (row[0], re.sub(r"[() ]", "", row[1]), *row[2:])


def _brief(row: Row) -> str:
    """Show a result in short."""
    return " ".join(SHORT.sub("", part).removesuffix("ConstraintComponent>") for part in row if part)


def _in_child(engine: str, case: Case) -> Report:
    """Run a released engine in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        for name, text in (("data.ttl", case.data), ("shapes.ttl", case.shapes)):
            (Path(folder) / name).write_text(text)
        command = [sys.executable, __file__, "--child", engine, folder]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=PATIENCE)
    if done.returncode:
        raise RuntimeError((done.stderr.strip().splitlines() or [f"exit status {done.returncode}"])[-1])
    found = json.loads(done.stdout.splitlines()[-1])
    return Report(found["conforms"], tuple(tuple(row) for row in found["rows"]))


def child(engine: str, folder: Path) -> None:
    """Run a released engine here, and print its report."""
    found = PEERS[engine][0](*((folder / name).read_text() for name in ("data.ttl", "shapes.ttl")))
    print(json.dumps({"conforms": found.conforms, "rows": found.rows}))


def score(engine: str, cases: list[Case]) -> tuple[Counter[str], dict[str, str]]:
    """Run an engine on all tests: how many of each kind it passes, and what is wrong with the others."""
    with ThreadPoolExecutor(2 if engine in PEERS else 1) as pool:
        verdicts = list(pool.map(lambda case: verdict(engine, case), cases))
    passed = Counter(case.kind for case, problem in zip(cases, verdicts, strict=True) if not problem)
    return passed, {case.name: problem for case, problem in zip(cases, verdicts, strict=True) if problem}


def _version(engine: str) -> str:
    """Give the version of an engine."""
    try:
        return version(engine) if engine not in ("default", "sparql") else ""
    except PackageNotFoundError:
        return ""


def main() -> int:
    """Run the suite."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--suite", type=Path, help="the folder that holds core/ and sparql/")
    parser.add_argument("--engine", nargs="*", choices=[*OURS, *PEERS], default=[*OURS, *PEERS], help="some engines")
    parser.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        child(options.child[0], Path(options.child[1]))
        return 0
    if options.suite is None or not (cases := read_suite(options.suite)):
        parser.error("name the folder of the suite in --suite")
    totals = Counter(case.kind for case in cases)
    print("| engine | version | " + " | ".join(f"{kind} / {totals[kind]}" for kind in KINDS) + " |")
    print("|---" * (2 + len(KINDS)) + "|")
    problems = {}
    for engine in options.engine:
        if not installed(engine):
            print(f"| {engine} | not there |" + " |" * len(KINDS))
            continue
        passed, problems[engine] = score(engine, cases)
        print(
            f"| {engine} | {_version(engine)} | " + " | ".join(str(passed[kind]) for kind in KINDS) + " |", flush=True
        )
    for engine, told in problems.items():
        print(f"\n{engine}" + ("" if told else ": nothing wrong"))
        print("".join(f"  {name}: {problem}\n" for name, problem in told.items()), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())

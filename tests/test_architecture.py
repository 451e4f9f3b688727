"""Imports point one way, names are public once, functions are short, and the tools that judge code find nothing."""

from __future__ import annotations

import ast
import statistics
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT

import gcmgraph

PACKAGE = ROOT / "gcmgraph"
MODULES = {".".join(path.relative_to(PACKAGE).with_suffix("").parts): path for path in sorted(PACKAGE.rglob("*.py"))}
LAYERS = [
    {
        "errors",
        "mending.nearby",
        "terms",
        "reasoning.__init__",
        "reasoning.columns",
        "shacl.__init__",
        "shacl.repeats",
        "validation.__init__",
        "places.__init__",
        "mending.__init__",
        "syntax.__init__",
    },
    {"shacl.vocabulary", "shacl.slowness", "syntax.mistaken"},
    {"namespaces", "guard", "syntax.messages", "syntax.markup", "reasoning.joins", "reasoning.equality"},
    {"reading", "shacl.index", "shacl.results", "shacl.datatypes", "shacl.lexical", "shacl.classes"},
    {"shacl.paths", "shacl.custom"},
    {"shacl.model", "shacl.values"},
    {"shacl.shapes", "shacl.violations"},
    {"shacl.form_lint"},
    {"shacl.wording", "shacl.shape_lint", "shacl.meant", "validation.data_lint"},
    {"shacl.graph", "shacl.patterns", "shacl.conditions"},
    {"shacl.checks", "shacl.splice"},
    {"shacl.query_paths"},
    {"shacl.queries", "shacl.compile"},
    {"shacl.engine", "shacl.dependencies", "shacl.messages", "shacl.reference", "shacl.faults", "validation.loading"},
    {
        "project",
        "places.scanner",
        "findings",
        "reports.text",
        "results",
        "charts",
        "reasoning.rules",
        "reasoning.literals",
        "sparql",
    },
    {"shacl.describe", "places.lines"},
    {
        "corpus",
        "places.walker",
        "places.rough",
        "reasoning.reasoner",
        "reasoning.explain",
        "remote",
        "answers",
        "reasoning.profile",
    },
    {
        "reports.__init__",
        "reports.github",
        "reports.csv",
        "reports.html",
        "reports.json",
        "reports.junit",
        "reports.sarif",
        "reports.selection",
        "reasoning.closure",
        "shacl.sparql_engine",
        "places.positions",
        "queries",
        "sources",
        "stats",
    },
    {
        "reasoning.clashes",
        "cache",
        "canonical",
        "validation.placing",
        "validation.engines",
        "validation.changes",
        "validation.snapshot",
    },
    {
        "validation.tidiness",
        "validation.telling",
        "validation.kept",
        "mending.pen",
        "validation.lint",
        "validation.shape_places",
    },
    {"validation.consistency", "mending.aid"},
    {"mending.value_ways", "mending.property_ways"},
    {"mending.remedies"},
    {"validation.run"},
    {"stores", "validation.validator", "dumps", "evidence", "coverage", "echoes", "views"},
    {"__init__", "printing", "mending.fixes", "validation.remote", "watching"},
    {"mending.rounds"},
    {"commands", "inference", "checking", "needs"},
    {"cli"},
]


def imports(path: Path) -> set[str]:
    """List the modules of the package that a module imports when it runs."""
    tree = ast.parse(path.read_text())
    typing_only = {
        node for test in ast.walk(tree) if isinstance(test, ast.If) and ast.unparse(test.test) == "TYPE_CHECKING" for node in ast.walk(test)
    }  # fmt: skip
    found = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node not in typing_only]
    names = {node.module.partition(".")[2] for node in found if node.module and node.module.startswith("gcmgraph.")}
    names |= {alias.name for node in found if node.module == "gcmgraph" for alias in node.names}
    return {f"{name}.__init__" if f"{name}.__init__" in MODULES else name for name in names}


def test_every_module_has_a_layer():
    """A new module is placed on purpose."""
    assert MODULES.keys() == set().union(*LAYERS)


@pytest.mark.parametrize("name", MODULES)
def test_imports_point_one_way(name):
    """A module imports only from layers below its own."""
    level = next(number for number, layer in enumerate(LAYERS) if name in layer)
    allowed = set().union(*LAYERS[:level])
    assert imports(MODULES[name]) <= allowed


def test_public_names_are_listed_once_and_load():
    """`__all__` names what the package offers, and each name has a docstring."""
    assert sorted(gcmgraph.__all__) == gcmgraph.__all__
    assert set(gcmgraph.__all__) == set(gcmgraph._MODULES)
    assert all(getattr(gcmgraph, name).__doc__ for name in gcmgraph.__all__)
    with pytest.raises(AttributeError):
        gcmgraph.nothing  # noqa: B018


def functions(path: Path) -> list[int]:
    """List the lengths of a module's functions, docstrings left out."""
    found = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef):
            body = node.body[1:] if ast.get_docstring(node) and len(node.body) > 1 else node.body
            found.append(1 + (body[-1].end_lineno or 0) - body[0].lineno + 1)
    return found


def test_functions_and_modules_are_short():
    """The median function has under ten lines, the longest under sixty, and no module is over three hundred."""
    lengths = [length for path in MODULES.values() for length in functions(path)]
    assert statistics.median(lengths) < 10
    assert max(lengths) < 60
    assert {
        path.name: len(path.read_text().splitlines())
        for path in MODULES.values()
        if len(path.read_text().splitlines()) > 300
    } == {}


def test_importing_the_package_costs_nothing():
    """Neither the package nor the parser loads rdflib, pyshacl, owlrl or SPARQLWrapper."""
    code = "import sys, gcmgraph, gcmgraph.cli; gcmgraph.cli.build_parser(); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert {"rdflib", "pyshacl", "owlrl", "SPARQLWrapper", "importlib.metadata", "tabulate", "tqdm"} & set(
        loaded
    ) == set()


@pytest.mark.parametrize(
    "command",
    [["ruff", "check", "."], ["ruff", "format", "--check", "."], ["mypy", "--no-incremental"]],
    ids=["lint", "format", "types"],
)
def test_the_tools_find_nothing(command):
    """Ruff and mypy, as the project configures them, are content."""
    program = Path(sys.executable).with_name(command[0])
    done = subprocess.run([program, *command[1:]], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr

"""Run this project and its peers side by side on the same work, and print what each costs and how they compare.

    python tests/benchmarks/benchmark.py --sizes 10000 100000 --plot benchmark.svg

Each piece of work runs in a process of its own, ours and the peers' in turn, several times over. An answer that differs
from ours is told, and its time is not compared. CPU seconds are user and system together.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
from collections import defaultdict
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent.parent.parent)]

import engines  # noqa: E402  (the two lie beside this file)
import generator  # noqa: E402

OURS = "gcmgraph"
PEERS = {
    "question": {"pyoxigraph": "pyoxigraph", "oxigraph": "pyoxigraph", "rdflib": "rdflib"},
    "again": {},
    "warm": {
        "pyoxigraph": "pyoxigraph",
        "oxrdflib": "oxrdflib",
        "rdflib": "rdflib",
        "sparq": "sparq",
        "server": "",
        "virtuoso": "",
        "jena": "",
    },
    "load": {
        "pyoxigraph": "pyoxigraph",
        "oxrdflib": "oxrdflib",
        "rdflib": "rdflib",
        "sparq": "sparq",
    },
    "build": {"pyoxigraph": "pyoxigraph"},
    "open": {"pyoxigraph": "pyoxigraph"},
    "closure": {"owlrl": "owlrl", "reasonable": "reasonable", "sparq": "sparq"},
    "dump": {"pyoxigraph": "pyoxigraph", "rdflib": "rdflib"},
    "changed": {},
    "validation": {
        "default": "",
        "shacl-rust": "shacl_rust",
        "shacl": "shacl",
        "pyshifty": "shifty",
        "pyshacl-turbo": "pyshacl_turbo",
        "pyrudof": "pyrudof",
        "pyshacl": "pyshacl",
    },
}
# the largest size at which a peer is asked to do a piece of work: beyond it takes minutes, or more memory than there is
LIMITS = {
    ("question", "rdflib"): 100_000, ("warm", OURS): 200_000, ("warm", "rdflib"): 60_000, ("load", "rdflib"): 100_000,
    ("load", "oxrdflib"): 1_000_000, ("closure", "owlrl"): 100_000, ("closure", "reasonable"): 1_000_000,
    ("dump", "rdflib"): 100_000, ("validation", "pyshacl"): 1_000_000,
    **{("warm", peer): 200_000 for peer in ("oxrdflib", "sparq", "server", "virtuoso", "jena", "pyoxigraph")},
    **{(work, engine): 1_000_000 for work in ("question", "again", "open", "build") for engine in (OURS, "pyoxigraph")},
    **{(work, engine): 1_000_000 for work in ("load", "dump", "closure") for engine in ("pyoxigraph", "sparq")},
    ("question", "oxigraph"): 1_000_000,
}  # fmt: skip
TITLES = {
    "question": "a question from the command line, for the first time",
    "again": "the same, asked again",
    "warm": "the stored queries, warm",
    "load": "loading Turtle",
    "build": "reading, closing and keeping a project",
    "open": "opening a store",
    "closure": "closure by OWL 2 RL",
    "dump": "writing",
    "changed": "validation of what has changed",
    "validation": "validation of planted violations",
}
PANELS = {
    ("question", "question"): "a question from the command line",
    ("closure", "encode and close"): "closure",
    ("closure", "close"): "closure",
    ("build", "build"): "read, close and keep",
    ("load", "files to disk"): "load files to disk",
    ("load", "one file to memory"): "load one file to memory",
    ("dump", "canonical"): "canonical form",
    ("validation", "validation"): "validation",
}
COLOURS = {
    OURS: "#000000", "pyoxigraph": "#56b4e9", "rdflib": "#d55e00", "owlrl": "#e69f00", "oxigraph": "#009e73",
    "oxrdflib": "#cc79a7", "reasonable": "#0072b2", "sparq": "#999999", "server": "#009e73", "virtuoso": "#882255",
    "jena": "#44aa99", "default": "#666666", "shacl-rust": "#aa4499", "shacl": "#ddcc77", "pyshifty": "#332288",
    "pyshacl-turbo": "#117733", "pyrudof": "#cc6677", "pyshacl": "#d55e00",
}  # fmt: skip
NOT_RUN = "not run at this size"
SEED = 7
PATIENCE = 60


@dataclass
class Measured:
    """The runs of one engine at one piece of work and size.

    Attributes:
        runs: what each process told: phases, answer, details.
        problem: why there are none, or why they do not count.
    """

    runs: list[dict] = field(default_factory=list)
    problem: str = ""

    def median(self, phase: str) -> float:
        """Give the median CPU seconds of a phase."""
        return statistics.median(run["phases"][phase] for run in self.runs if phase in run["phases"])

    def shared(self) -> set[str]:
        """Give the phases that every run has."""
        return set.intersection(*(set(run["phases"]) for run in self.runs))


def run_once(work: str, engine: str, folder: Path, cache: Path) -> dict:
    """Do a piece of work in a process of its own.

    Raises:
        RuntimeError: it failed; the message is its last line, or tells that it panicked.
    """
    command = [sys.executable, __file__, "--child", work, engine, str(folder)]
    environment = {**os.environ, "GCMGRAPH_CACHE": str(cache / "cache")}
    done = subprocess.run(command, capture_output=True, text=True, cwd=cache, env=environment, check=False)
    if done.returncode:
        lines = done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
        raise RuntimeError("panicked" if any(" panicked at " in line for line in lines) else lines[-1])
    return json.loads(done.stdout.splitlines()[-1])


def child(work: str, engine: str, folder: Path) -> None:
    """Do a piece of work here, and print what came of it."""
    name = "ours" if engine == OURS else engine
    run = engines.Run()
    if work == "validation":
        engines.validate(engine, folder, run)
    else:
        getattr(engines, f"{work}_{name}")(folder, run)
    print(json.dumps({"phases": run.phases, "answer": run.answer, "details": run.details}))


def missing(work: str, engine: str) -> str:
    """Say why a peer cannot run here; empty if it can."""
    needed = PEERS[work].get(engine, "")
    if needed and find_spec(needed) is None:
        return f"{needed} is not installed"
    if engine in ("virtuoso", "jena", "server"):
        import servers

        return str(servers.available("oxigraph" if engine == "server" else engine))
    return ""


def measure(work: str, size: int, folder: Path, *, rounds: int, only: set[str]) -> dict[str, Measured]:
    """Run ours and the peers at one piece of work, in turn, and compare their answers."""
    found = {engine: Measured() for engine in (OURS, *PEERS[work]) if engine == OURS or not only or engine in only}
    for engine, measured in found.items():
        measured.problem = missing(work, engine) if engine != OURS else ""
        if size > LIMITS.get((work, engine), size):
            measured.problem = NOT_RUN
    for number in range(rounds):
        for engine, measured in found.items():
            slow = measured.runs and sum(measured.runs[0]["phases"].values()) > PATIENCE
            if measured.problem or (slow and number):
                continue
            with tempfile.TemporaryDirectory() as place:
                cache = folder / "ours" if work in ("question", "again", "open") else Path(place)
                cache.mkdir(exist_ok=True)
                try:
                    measured.runs.append(run_once(work, engine, folder, cache))
                except (RuntimeError, ValueError) as error:
                    measured.problem = f"failed: {error}"[:120]
    _compare(work, found)
    return found


def _compare(work: str, found: dict[str, Measured]) -> None:
    """Set aside what answers otherwise than ours; of the stored queries, only those that differ."""
    ours = found[OURS]
    if not ours.runs:
        return
    for engine, measured in found.items():
        for run in measured.runs:
            if work == "warm":
                reference = ours.runs[0]["details"]["answers"]
                wrong = [name for name, answer in run["details"]["answers"].items() if answer != reference[name]]
                for name in wrong:
                    run["phases"].pop(name, None)
                run["details"]["wrong"] = wrong
            elif run["answer"] and run["answer"] != ours.runs[0]["answer"] and not measured.problem:
                measured.problem = "answers otherwise" if engine != OURS else "answers otherwise each time"


def tables(results: dict) -> str:
    """Write one table for each kind of work: our CPU seconds and memory, and how many times that each peer takes."""
    parts = []
    for work in dict.fromkeys(work for work, _ in results):
        sizes = {size: found for (name, size), found in sorted(results.items()) if name == work}
        peers = [engine for engine in PEERS[work] if any(_says(found.get(engine)) for found in sizes.values())]
        rows = [row for size, found in sizes.items() for row in _rows(work, size, found, peers)]
        parts.append(_table([f"**{TITLES[work]}**", "triples", "CPU s", "MB", *(f"{peer} ×" for peer in peers)], rows))
    return "\n".join(parts)


def _says(measured: Measured | None) -> bool:
    """Tell whether there is anything to say of a peer."""
    return measured is not None and bool(measured.runs or measured.problem not in ("", NOT_RUN))


def _rows(work: str, size: int, found: dict[str, Measured], peers: list[str]) -> list[list[str]]:
    """Lay out one size: a row for each phase of ours."""
    ours = found[OURS]
    if not ours.runs:
        return [] if ours.problem == NOT_RUN else [[work, f"{size:,}", ours.problem]]
    rows = []
    for phase, seconds in _phases(work, ours).items():
        cells = [_cell(work, phase, ours, found.get(peer, Measured())) for peer in peers]
        rows.append([phase + _counts(ours), f"{size:,}", _shown(seconds), _memory(ours, phase), *cells])
    return rows


def _cell(work: str, phase: str, ours: Measured, peer: Measured) -> str:
    """Say how many times our cost a peer's is, or why that is not said."""
    own = (
        "close"
        if phase == "encode and close" and "encode" not in (peer.runs or [{"phases": {}}])[0]["phases"]
        else phase
    )
    if not peer.runs:
        return "" if peer.problem == NOT_RUN else peer.problem
    if work != "warm" and (
        own not in peer.runs[0]["phases"] or (phase == "close" and "encode" in ours.runs[0]["phases"])
    ):
        return ""
    more = f", {_memory(peer, phase)} MB{_counts(peer)}" if work == "validation" else ""
    if peer.problem:
        return f"{peer.problem} ({_shown(peer.median(own))} s{more})"
    return _ratio(work, phase, ours, peer) + (f", {_shown(peer.median(own))} s{more}" if more else "")


def _counts(measured: Measured) -> str:
    """Say how many planted violations were found, and how many that were not planted."""
    counts = measured.runs[0]["details"].get("counts")
    return f", {counts[0]} of {counts[1]} found, {counts[2]} false" if counts else ""


def _phases(work: str, measured: Measured) -> dict[str, float]:
    """Give the median of each phase; of the stored queries, their geometric mean."""
    if work == "warm":
        names = measured.shared() - {"asked again"}
        phases = {f"{len(names)} stored queries, geometric mean": _mean([measured.median(name) for name in names])}
        if "asked again" in measured.shared():
            phases["all asked again, each"] = measured.median("asked again") / len(names)
        return phases
    phases = {phase: measured.median(phase) for phase in measured.runs[0]["phases"]}
    if {"encode", "close"} <= phases.keys():
        both = statistics.median(run["phases"]["encode"] + run["phases"]["close"] for run in measured.runs)
        phases = {"encode and close": both, **phases}
    return phases


def _ratio(work: str, phase: str, ours: Measured, peer: Measured) -> str:
    """Say how many times our cost the peer's is: the median and the range, over the rounds or the stored queries."""
    if work == "warm":
        names = sorted(peer.shared() & ours.shared()) if "geometric" in phase else []
        each = [peer.median(name) / ours.median(name) for name in names]
        left = f", {len(engines.queries()) - len(names)} left out" if len(names) < len(engines.queries()) else ""
        return f"{_mean(each):.3g} ({min(each):.2g} to {max(each):.3g}{left})" if each else ""
    mine = [_phases(work, Measured([run]))[phase] for run in ours.runs]
    theirs = [_phases(work, Measured([run])) for run in peer.runs]
    pairs = [phases.get(phase, phases.get("close", 0.0)) / own for own, phases in zip(mine, theirs, strict=False)]
    return f"{statistics.median(pairs):.3g} ({min(pairs):.3g} to {max(pairs):.3g})"


def _memory(measured: Measured, phase: str) -> str:
    """Give the median memory that a phase added at its peak, in megabytes."""
    known = [run["details"].get(f"{phase} bytes") for run in measured.runs]
    return f"{statistics.median(known) / 1e6:.0f}" if all(value is not None for value in known) else ""


def _mean(values: list[float]) -> float:
    """Give the geometric mean."""
    return math.exp(statistics.fmean(math.log(max(value, 1e-9)) for value in values)) if values else 0.0


def _shown(seconds: float) -> str:
    """Show seconds with three digits."""
    return f"{seconds:.3g}" if seconds >= 0.001 else f"{seconds * 1e6:.3g} µs"


def slopes(results: dict) -> list[list[str]]:
    """Fit how cost grows with size, ours and the peers': 1 is in proportion."""
    points: dict[tuple[str, str, str], list[tuple[float, float]]] = defaultdict(list)
    for (work, size), found in sorted(results.items()):
        if work in ("load", "build", "closure", "dump", "validation"):
            for engine, measured in found.items():
                for phase, seconds in _phases(work, measured).items() if measured.runs else ():
                    points[work, phase, engine].append((math.log(size), math.log(max(seconds, 1e-9))))
    rows = []
    for (work, phase, engine), own in points.items():
        if len(own) > 1:
            slope = statistics.linear_regression(*zip(*own, strict=True)).slope
            sizes = f"{math.exp(own[0][0]):,.0f} to {math.exp(own[-1][0]):,.0f}"
            rows.append([f"{work}: {phase}", sizes, engine, f"{slope:.2f}"])
    return rows


def markdown(results: dict) -> str:
    """Write the results as tables."""
    grown = slopes(results)
    return tables(results) + ("\n" + _table(["**growth**", "triples", "engine", "slope"], grown) if grown else "")


def _table(heads: list[str], rows: list[list[str]]) -> str:
    """Write a table in Markdown."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "".join("| " + " | ".join(map(str, line)) + " |\n" for line in lines)


def plot(results: dict, file: Path) -> None:
    """Draw cost against size, one panel for each kind of work, both scales logarithmic."""
    from gcmgraph.views import framed, render

    values = [
        {"work": PANELS[work, phase], "triples": size, "engine": engine, "seconds": seconds}
        for (work, size), found in sorted(results.items())
        for engine, measured in found.items()
        if measured.runs
        for phase, seconds in _phases(work, measured).items()
        if (work, phase) in PANELS and not (engine == OURS and phase == "close")
    ]
    scale = {"type": "log"}
    drawn = list(dict.fromkeys(value["engine"] for value in values))
    colours = {
        "scale": {"domain": drawn, "range": [COLOURS[engine] for engine in drawn]},
        "legend": {"symbolType": "stroke"},
    }
    inner = {
        "mark": {"type": "line", "point": True},
        "encoding": {
            "x": {"field": "triples", "type": "quantitative", "scale": scale,
                  "axis": {"format": "~s", "values": [10**n for n in range(4, 8)]}},
            "y": {"field": "seconds", "type": "quantitative", "scale": scale, "title": "CPU seconds",
                  "axis": {"format": "~g", "values": [10.0**n for n in range(-3, 4)]}},
            "color": {"field": "engine", "type": "nominal", **colours},
            "strokeDash": {"field": "engine", "type": "nominal", "scale": {"domain": drawn}, "legend": None},
        },
        "width": 240,
        "height": 180,
    }  # fmt: skip
    facet = {"field": "work", "type": "nominal", "title": None, "header": {"labelFontSize": 12}}
    chart = {"shortened": "", "data": {"values": values}, "facet": facet, "columns": 3, "spec": inner,
             "resolve": {"scale": {"y": "independent", "x": "independent"}}}  # fmt: skip
    title = "What each kind of work costs, by the number of triples"
    file.write_bytes(render(framed(chart, title, "Peers run on the same machine, in turn with gcmgraph."), file.suffix))


def read(files: list[Path]) -> dict:
    """Read the results of earlier runs; of two for the same work and size, the later counts."""
    results: dict[tuple[str, int], dict[str, Measured]] = defaultdict(dict)
    for row in (row for file in files for row in json.loads(file.read_text())):
        results[row["work"], row["triples"]][row["engine"]] = Measured(row["runs"], row["problem"])
    return dict(results)


def main() -> int:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="*", default=[10_000, 100_000], help="sizes of synthetic graphs")
    parser.add_argument("--project", type=Path, action="append", default=[], help="also measure on this project")
    parser.add_argument("--work", nargs="*", choices=list(PEERS), default=list(PEERS), help="some kinds of work")
    parser.add_argument("--peers", nargs="*", default=[], help="some peers; all that are installed by default")
    parser.add_argument("--rounds", type=int, default=5, help="how often each runs (5)")
    parser.add_argument("--output", type=Path, help="write every run as JSON")
    parser.add_argument("--markdown", type=Path, help="write the tables to a file")
    parser.add_argument("--plot", type=Path, help="draw cost against size: .svg or .png")
    parser.add_argument(
        "--read", type=Path, nargs="*", metavar="JSON", help="run nothing; tell what earlier runs wrote"
    )
    parser.add_argument("--child", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        child(options.child[0], options.child[1], Path(options.child[2]))
        return 0
    results = read(options.read) if options.read else run(options)
    if options.output:
        options.output.write_text(json.dumps(written(results), indent=1))
    text = markdown(results)
    print(text)
    if options.markdown:
        options.markdown.write_text(text)
    if options.plot:
        plot(results, options.plot)
    return int(any(found[OURS].problem not in ("", NOT_RUN) for found in results.values() if OURS in found))


def run(options: argparse.Namespace) -> dict:
    """Measure each kind of work at each size."""
    results: dict[tuple[str, int], dict[str, Measured]] = {}
    with tempfile.TemporaryDirectory() as place:
        projects = _projects(options, Path(place)) if set(options.work) != {"validation"} else []
        for number, (project, wanted) in enumerate(projects):
            folder = Path(place) / f"prepared-{number}"
            asserted = engines.prepare(project, folder)
            size = wanted or asserted
            for work in (work for work in options.work if work != "validation"):
                print(f"{work} at {size:,} triples", file=sys.stderr)
                results[work, size] = measure(work, size, folder, rounds=options.rounds, only=set(options.peers))
        for size in options.sizes if "validation" in options.work else ():
            print(f"validation at {size:,} triples", file=sys.stderr)
            folder = _planted(size, Path(place))
            found = measure("validation", size, folder, rounds=options.rounds, only=set(options.peers))
            results["validation", size] = found
    return results


def _planted(size: int, place: Path) -> Path:
    """Prepare a project with as many planted violations as go in, which is one in a hundred records or so."""
    project, folder = place / f"planted-{size}", place / f"prepared-planted-{size}"
    records = generator.generate(size, SEED, planted=size // 500)
    generator.write_project(records, project, size=size)
    engines.prepare_planted(project, folder)
    return folder


def written(results: dict) -> list[dict]:
    """Give all runs as JSON values."""
    return [
        {"work": work, "triples": size, "engine": engine, "problem": measured.problem, "runs": measured.runs}
        for (work, size), found in results.items()
        for engine, measured in found.items()
    ]


def _projects(options: argparse.Namespace, place: Path) -> list[tuple[Path, int | None]]:
    """Make the projects to measure on, each with its size if it was asked for."""
    found: list[tuple[Path, int | None]] = [(path.resolve(), None) for path in options.project]
    for size in options.sizes:
        generator.write_project(generator.generate(size, SEED), place / f"project-{size}", size=size)
        found.append((place / f"project-{size}", size))
    return found


if __name__ == "__main__":
    sys.exit(main())

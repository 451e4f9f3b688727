"""The command line: parse the call, run one command, turn errors into a line and an exit status."""

from __future__ import annotations

import argparse
import os
import sys
from importlib import import_module
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from gcmgraph.errors import FailureError, GcmgraphError, UnknownNameError, UsageError, WriteError, reading_problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    Commands = argparse._SubParsersAction["_Parser"]  # noqa: SLF001  (argparse gives it no other name)

MODULES = {
    "infer": "inference",
    "explain": "inference",
    "cache": "inference",
    "validate": "checking",
    "shapes": "needs",
}
STATUS = "Exit status: 0 fine, 1 findings, 2 wrong usage, 3 could not do."


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        arguments: the words after the program's name; those of the process by default.

    Returns:
        The exit status: 0 fine, 1 findings, 2 wrong usage, 3 could not do.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    parser = build_parser()
    try:
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
        _open_output()
        _check_command(words, parser)
        options = parser.parse_args(words)
        module = import_module(f"gcmgraph.{MODULES.get(options.command, 'commands')}")
        status: int = getattr(module, f"run_{options.command}")(options)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        return _fail(FailureError(str(error.filename or ""), reading_problem(error), "check it and run it again"))
    except GcmgraphError as error:
        return _fail(error)
    except KeyboardInterrupt:
        return 130
    return status


def _open_output() -> None:
    """Write UTF-8 whatever the locale, and refuse to work when nobody could read the answer."""
    if sys.stdout is None or sys.stderr is None:
        raise WriteError("standard output", "it is closed", "leave it open, or send it to a file")
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="strict")


class _Parser(argparse.ArgumentParser):
    """A parser whose errors are the project's own."""

    def error(self, message: str) -> NoReturn:
        """Refuse a call in one line."""
        raise UsageError(self.prog.removeprefix("gcmgraph").strip(), message, f"see {self.prog} --help")


class _Version(argparse.Action):
    """Tells the version when asked, so that nobody else waits for it to be looked up."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        """Print the program's name and version, and stop."""
        from importlib.metadata import version

        print(f"gcmgraph {version('gcmgraph')}")
        parser.exit()


def build_parser() -> argparse.ArgumentParser:
    """Describe every command."""
    parser = _Parser(
        prog="gcmgraph",
        description="Query, validate and publish the graph of the meetings towards the Global Compact for Migration.",
        epilog=f"Each command explains itself: gcmgraph COMMAND --help. {STATUS}",
        allow_abbrev=False,
    )
    parser.add_argument("--project", type=Path, metavar="DIR", help="a folder with ontology/ data/ shapes/ queries/")
    parser.add_argument("--version", action=_Version, nargs=0, help="tell the version and stop")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for describe in (_describe_questions, _describe_publishing, _describe_inference, _describe_sources):
        describe(commands)
    return parser


def _add(commands: Commands, name: str, help_text: str, example: str) -> argparse.ArgumentParser:
    """Add a command with its help and an example."""
    return commands.add_parser(
        name,
        help=help_text,
        description=f"{help_text[0].upper()}{help_text[1:]}.",
        epilog=f"example:\n  gcmgraph {example}\n\n{STATUS}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )


def _describe_questions(commands: Commands) -> None:
    """Describe the commands that ask the graph."""
    example = "query recommendations-by-theme -p theme=data"
    query = _add(commands, "query", "ask the graph a stored query, a file or standard input", example)
    query.add_argument("name", help="a stored query, a .rq file, or - for standard input")
    query.add_argument("-p", "--parameter", action="append", default=[], metavar="KEY=VALUE", help="bind a parameter")
    query.add_argument("--format", default="table", help="table, md, csv, tsv, json, xml; for graphs ttl, nt, jsonld")
    query.add_argument("--endpoint", metavar="URL", help="ask this SPARQL endpoint in place of the embedded store")
    query.add_argument("--fresh", action="store_true", help="build the embedded store anew, whatever the cache holds")
    query.add_argument("--output", type=Path, metavar="FILE", help="write to a file, whole or not at all")
    plot = "draw the answer in the view that the query names: .svg, .png, or .json for the Vega-Lite chart"
    query.add_argument("--plot", type=Path, metavar="FILE", help=plot)
    queries = _add(commands, "queries", "list the stored queries, or explain one", "queries roles-by-event")
    queries.add_argument("name", nargs="?", help="the query to explain")
    queries.add_argument("--format", default="text", help="text or json")
    stats = _add(commands, "stats", "count what the graph holds", "stats --format csv")
    stats.add_argument("--format", default="table", help="table, csv or json")


def _describe_publishing(commands: Commands) -> None:
    """Describe the commands that validate and publish the graph."""
    help_text = "validate the graph, or files in its context, against the shapes"
    validate = _add(commands, "validate", help_text, "validate data/documents/new-meeting.ttl")
    _add_validation(validate)
    help_text = "tell what a record of a class needs, with an example, or list the classes that have shapes"
    shapes = _add(commands, "shapes", help_text, "shapes Commitment")
    shapes.add_argument("record_class", nargs="?", metavar="CLASS", help="a CURIE, an IRI or a bare name")
    shapes.add_argument("--format", default="text", help="text or json")
    dump = _add(commands, "dump", "write the graph into a folder, if it conforms", "dump release --inferred")
    dump.add_argument("directory", type=Path, metavar="DIR", help="where to write")
    formats = "ttl, nt, nq, trig, jsonld or rdf; repeat for several; all by default"
    dump.add_argument("--format", action="append", default=[], help=formats)
    dump.add_argument("--inferred", action="store_true", help="add what follows by OWL 2 RL")


def _add_validation(validate: argparse.ArgumentParser) -> None:
    """Describe the options of validation."""
    add = validate.add_argument
    add("files", nargs="*", type=Path, metavar="FILE", help="RDF files; the whole graph by default")
    help_text = "check the files by these shapes alone; repeat for several"
    add("--shapes", action="append", default=[], type=Path, metavar="FILE", help=help_text)
    add("--endpoint", metavar="URL", help="check the data at this SPARQL endpoint, by queries; it takes no files")
    help_text = "with --endpoint: pass over what no query can be made of, each with a warning"
    add("--skip-unsupported", action="store_true", help=help_text)
    add(
        "--format", default="text", help="text, json, sarif, junit, github, csv, html; ttl or jsonld for the W3C report"
    )
    help_text = "look only at what can be affected by what has changed since the last valid state, which is then kept"
    add("--changed", action="store_true", help=help_text)
    help_text = "look only at what a change since this revision of git can affect"
    add("--since", default="", metavar="REVISION", help=help_text)
    add("--engine", help="default; pyshacl, the reference; or sparql, by queries")
    add("--watch", action="store_true", help="validate again whenever a file changes, until Ctrl-C")
    from gcmgraph.findings import LINTS

    help_text = f"of what is told beside SHACL, only this; repeat for several: {', '.join(LINTS)}"
    add("--lint", action="append", default=[], metavar="CODE", help=help_text)
    add("--no-lint", action="store_true", help="tell nothing beside SHACL but broken files and contradictions")
    add("--severity", default="info", help="show only findings at least so severe: error, violation, warning, info")
    add("--fail-on", default="warning", metavar="SEVERITY", help="exit 1 only from this severity on; or never")
    add("--max-findings", type=int, metavar="N", help="show at most so many, and tell how many were left out")
    add("--diff", action="store_true", help="print what --fix would change, and change nothing")
    add("--fix", action="store_true", help="mend what can be mended safely, after showing the diff; tell what is left")
    add("--timeout", type=float, default=600, metavar="SECONDS", help="give up after so long (default 600)")
    add("--memory", type=int, metavar="MB", help="give up when more memory is needed (default: what is free)")


def _describe_inference(commands: Commands) -> None:
    """Describe the commands on what follows from the graph."""
    help_text = "print what follows by OWL 2 RL, and tell contradictions"
    infer = _add(commands, "infer", help_text, "infer --output inferred.nt --format nt")
    infer.add_argument("files", nargs="*", type=Path, metavar="FILE", help="RDF files; the whole graph by default")
    infer.add_argument("--format", default="ttl", help="ttl, nt or jsonld")
    infer.add_argument("--output", type=Path, metavar="FILE", help="write to a file, whole or not at all")
    example = "explain actor:mehmet-samsar gcm:participatedIn event:gfmd-dialogue-2017-04"
    explain = _add(commands, "explain", "tell why a fact is inferred, down to the lines that assert it", example)
    help_text = "a triple, or an IRI for all that is inferred about it"
    explain.add_argument("words", nargs="+", metavar="TRIPLE|IRI", help=help_text)
    explain.add_argument("--format", default="text", help="text or json")
    help_text = "show the stores that are kept between calls, or remove them"
    cache = _add(commands, "cache", help_text, "cache --clear")
    cache.add_argument("--clear", action="store_true", help="remove them all")
    cache.add_argument("--format", default="text", help="text or json")


def _describe_sources(commands: Commands) -> None:
    """Describe the commands that compare the graph with the source texts."""
    help_text = "re-check the anchors, or show the stretch behind a record"
    evidence = _add(commands, "evidence", help_text, "evidence --sources texts/")
    evidence.add_argument("record", nargs="?", help="a record's CURIE or IRI")
    help_text = "propose pairs of statements that may echo one another, or write the block of one that you accept"
    echoes = _add(commands, "echoes", help_text, "echoes statement:vienna-2017-report-q2-b4-firewalls --limit 5")
    echoes.add_argument("record", nargs="?", default="", help="a statement; pairs of all statements by default")
    echoes.add_argument("--limit", type=int, default=20, metavar="N", help="the most pairs to show (default 20)")
    help_text = "print the Turtle block of this echo; put it into data/links/"
    echoes.add_argument("--accept", nargs=2, metavar=("STATEMENT", "OTHER"), help=help_text)
    echoes.add_argument("--kind", default="", help="with --accept: restates, narrows, broadens, answers, ...")
    echoes.add_argument("--reason", default="", metavar="TEXT", help="with --accept: why, in one line")
    help_text = "note that this pair is no echo, so that it is not proposed again"
    echoes.add_argument("--reject", nargs=2, metavar=("STATEMENT", "OTHER"), help=help_text)
    echoes.add_argument("--format", default="text", help="text, csv or json")
    help_text = "tell what rests on each paragraph of the sources"
    coverage = _add(commands, "coverage", help_text, "coverage --sources texts/")
    example = "anchor vienna-2017-report p4 'Three main' 'the report' --sources texts/"
    anchor = _add(commands, "anchor", "print the evidence block of a stretch of text", example)
    anchor.add_argument("document", metavar="DOCUMENT", help="the document's slug")
    anchor.add_argument("passage", metavar="PARAGRAPH", help="the passage's slug or label")
    anchor.add_argument("first", metavar="FIRST", help="the first words of the stretch")
    anchor.add_argument("last", metavar="LAST", help="its last words")
    for command in (evidence, coverage, anchor):
        command.add_argument("--sources", type=Path, metavar="DIR", help="the folder with the source files")
    for command in (evidence, coverage):
        command.add_argument("--format", default="text", help="text or json")


def _check_command(words: Sequence[str], parser: argparse.ArgumentParser) -> None:
    """Refuse an unknown command with the nearest known one."""
    rest = list(words)
    while rest and rest[0].startswith("-"):
        takes_value = rest[0] == "--project"
        rest = rest[2 if takes_value else 1 :]
    action = next(a for a in parser._actions if isinstance(a, argparse._SubParsersAction))  # noqa: SLF001
    if rest and rest[0] not in action.choices:
        raise UnknownNameError("command", rest[0], action.choices)


def _fail(error: GcmgraphError) -> int:
    """Tell an error in one line."""
    if sys.stderr is not None:
        print(f"gcmgraph: {error}", file=sys.stderr)
    return error.status


if __name__ == "__main__":
    sys.exit(main())

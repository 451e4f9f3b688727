"""The command line: right status, one clear line, nothing half-written, on good input and bad."""

from __future__ import annotations

import io
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pyoxigraph as ox
import pytest
from conftest import ROOT

from gcmgraph.cli import build_parser, main

QUERY = "statements-by-theme"
CONSTRUCT = "CONSTRUCT { ?s a ?t } WHERE { ?s a ?t FILTER(isIRI(?s)) } ORDER BY ?s ?t LIMIT 3"
FULL = Path("/dev/full")


@pytest.fixture(autouse=True)
def at_root(monkeypatch):
    """Commands run in the checkout."""
    monkeypatch.chdir(ROOT)


@pytest.fixture
def run(capsys):
    """Run a command and give status, output and error output."""

    def call(*words):
        status = main([str(word) for word in words])
        return status, *capsys.readouterr()

    return call


def test_a_question_is_answered_with_labels_beside_curies(run):
    """The table shows what an IRI is called and how it is written."""
    status, out, err = run("query", QUERY, "-p", "theme=firewalls")
    assert (status, err) == (0, "")
    assert "one State (actor:one-state)" in " ".join(out.split())
    assert out.rstrip().endswith("rows)")


@pytest.mark.parametrize("name", ["csv", "tsv", "json", "xml", "md"])
def test_rows_in_every_format(run, name):
    """Each format of rows is what its standard says."""
    status, out, _ = run("query", QUERY, "--format", name)
    assert status == 0
    formats = {
        "csv": None,
        "tsv": ox.QueryResultsFormat.TSV,
        "json": ox.QueryResultsFormat.JSON,
        "xml": ox.QueryResultsFormat.XML,
    }
    if name == "md":
        lines = out.splitlines()
        assert {line.count("|") - line.count("\\|") for line in lines} == {lines[0].count("|")}
    elif formats[name]:
        parsed = ox.parse_query_results(out.encode(), format=formats[name])
        assert len(list(parsed)) > 1
    else:
        assert out.count("\r\n") > 1


@pytest.mark.parametrize(("name", "rdf_format"), [("ttl", "TURTLE"), ("nt", "N_TRIPLES"), ("jsonld", "JSON_LD")])
def test_graphs_in_every_format(run, tmp_path, name, rdf_format):
    """A CONSTRUCT query gives RDF, the same graph in each format."""
    (tmp_path / "c.rq").write_text(CONSTRUCT)
    status, out, _ = run("query", tmp_path / "c.rq", "--format", name)
    assert status == 0
    assert len(list(ox.parse(out.encode(), format=getattr(ox.RdfFormat, rdf_format)))) == 3


def test_a_query_from_standard_input(run, monkeypatch):
    """A dash reads the query from standard input; ASK gives a truth value."""
    for name, expected in (("table", "true\n"), ("json", '{"head":{},"boolean":true}\n')):
        monkeypatch.setattr("sys.stdin", io.StringIO("ASK { ?s ?p ?o }"))
        assert run("query", "-", "--format", name)[:2] == (0, expected)
    monkeypatch.setattr("sys.stdin", io.StringIO("ASK { ?s ?p ?o }"))
    assert ET.fromstring(run("query", "-", "--format", "xml")[1]) is not None  # noqa: S314


def test_the_same_text_on_a_remote_store(run, endpoint):
    """An endpoint gives the same table, labels included, and the same CSV."""
    for name in ("table", "csv"):
        here = run("query", QUERY, "-p", "theme=diaspora", "--format", name)
        there = run("query", QUERY, "-p", "theme=diaspora", "--format", name, "--endpoint", endpoint)
        assert here == there
    secret = endpoint.replace("//", "//me:secret@")
    assert "secret" not in run("query", QUERY, "--endpoint", secret.replace("/query", "/"))[2]
    for wrong, problem in (("/other", "HTTP status 404"), ("/", "the answer is not a SPARQL result")):
        status, out, err = run("query", QUERY, "--endpoint", endpoint.replace("/query", wrong))
        assert (status, out) == (3, "")
        assert problem in err
    assert run("query", "missing-query", "--endpoint", endpoint)[0] == 2


def test_a_query_that_an_endpoint_calls_malformed(run, endpoint, tmp_path):
    """What a remote store refuses is told as a wrong query; a graph comes back as a graph."""
    (tmp_path / "bad.rq").write_text("SELECT ?s WHERE { ?s ?p }")
    status, out, err = run("query", tmp_path / "bad.rq", "--endpoint", endpoint)
    assert (status, out) == (3, "")
    assert "malformed" in err
    (tmp_path / "c.rq").write_text("# describe\n" + CONSTRUCT)
    here = run("query", tmp_path / "c.rq", "--format", "nt")
    assert here == run("query", tmp_path / "c.rq", "--format", "nt", "--endpoint", endpoint)


def test_an_answer_goes_to_a_file_whole(run, tmp_path):
    """--output replaces a file."""
    (tmp_path / "a.csv").write_text("old")
    assert run("query", QUERY, "--format", "csv", "--output", tmp_path / "a.csv") == (0, "", "")
    assert (tmp_path / "a.csv").read_text().startswith("statement")


def test_queries_are_listed_and_explained(run):
    """The list has every query by group; an explanation has its parameters and example."""
    _, out, _ = run("queries")
    assert all(path.stem in out for path in (ROOT / "queries").glob("*.rq"))
    _, out, _ = run("queries", QUERY)
    assert "question: " in out
    assert "-p theme=..." in out
    body = json.loads(run("queries", "--format", "json")[1])
    assert {entry["name"] for entry in body} == {path.stem for path in (ROOT / "queries").glob("*.rq")}


@pytest.mark.parametrize("name", ["table", "csv", "json"])
def test_counts(run, name):
    """Statistics count by class, document and theme."""
    _, out, _ = run("stats", "--format", name)
    for word in ("class", "document", "theme", "gcm:Call", "theme:data"):
        assert word in out


def test_evidence_of_one_statement(run, sources):
    """A statement's stretch is shown with its text, or without where the source is not at hand."""
    name = "account:vienna-2017-report-session-1"
    assert "    6 September 2017" in run("evidence", name, "--sources", sources)[1]
    assert "characters" in run("evidence", name)[1]
    assert json.loads(run("evidence", name, "--format", "json")[1])[0]["text"] is None


@pytest.mark.parametrize("command", ["evidence", "coverage"])
@pytest.mark.parametrize("name", ["text", "json"])
def test_checks_of_the_sources(run, sources, command, name):
    """Evidence and coverage find nothing wrong, in text and in JSON."""
    status, out, _ = run(command, "--sources", sources, "--format", name)
    assert status == 0
    assert json.loads(out)["conforms"] if name == "json" else "no findings" in out


def test_a_changed_source_is_a_finding(run, sources, tmp_path):
    """One changed character makes the check fail with status 1, naming statements."""
    shutil.copytree(sources, tmp_path / "s", copy_function=shutil.copyfile)
    path = next((tmp_path / "s").glob("000*"))
    path.write_bytes(path.read_bytes().replace(b"Suggestions were made", b"Suggestions are made", 1))
    status, out, _ = run("evidence", "--sources", tmp_path / "s")
    assert status == 1
    assert "statement:vienna-2017-report-q3" in out


def test_an_anchor_is_printed(run, sources):
    """The block can be pasted into a Turtle file; an ambiguous stretch is wrong usage."""
    place = ("anchor", "vienna-2017-report", "p1", "--sources", sources)
    status, out, err = run(*place, "John Bingham", "ICMC Policy")
    assert (status, err) == (0, "")
    assert re.fullmatch(
        r"evidence:vienna-2017-report-\d+-\d+ a gcm:Evidence ;\n    gcm:within passage:vienna-2017-report-p1 ;\n"
        r'    gcm:start \d+ ;\n    gcm:end \d+ ;\n    gcm:digest "[0-9a-f]{64}"\n\.\n',
        out,
    )
    status, out, err = run(*place, "Ambassador", "ICMC Policy")
    assert (status, out) == (2, "")
    assert "stand in 2 places" in err


def test_a_dump_is_written(run, tmp_path):
    """The graph is dumped in the formats asked for, and said where."""
    status, out, _ = run("dump", tmp_path / "d", "--format", "nt", "--format", "jsonld", "--inferred")
    assert status == 0
    assert out.split() == [str(tmp_path / "d/gcmgraph.nt"), str(tmp_path / "d/gcmgraph.jsonld")]
    assert all(Path(name).stat().st_size > 1000 for name in out.split())


@pytest.mark.parametrize(
    ("words", "status", "message"),
    [
        (["qeury"], 2, "no command 'qeury'; did you mean 'query'?"),
        (["query", "statement-by-theme"], 2, "no query 'statement-by-theme'; did you mean 'statements-by-theme'"),
        (["query", QUERY, "-p", "thme=x"], 2, "no parameter 'thme'; did you mean 'theme'?"),
        (["query", QUERY, "-p", "theme"], 2, "'theme' is not KEY=VALUE"),
        (["query", QUERY, "-p", "theme=x", "-p", "theme=y"], 2, "is given twice"),
        (["query", QUERY, "-p", "theme=firewall"], 2, "'firewall' is no theme of the graph; did you mean 'firewalls'?"),
        (["query", QUERY, "-p", "theme=actor:gfmd"], 2, "'actor:gfmd' is no theme of the graph"),
        (["query", QUERY, "--format", "jsn"], 2, "no format 'jsn'; did you mean 'json'"),
        (["query", QUERY, "--format", "ttl"], 2, "rows cannot be written as ttl"),
        (["query", "missing.rq"], 3, "missing.rq: no such file or directory"),
        (
            ["query", QUERY, "--endpoint", "http://127.0.0.1:9/sparql"],
            3,
            "cannot reach http://127.0.0.1:9/sparql (connection refused)",
        ),
        (["query", QUERY, "--endpoint", "not an address"], 3, "not an address: not an http address"),
        (["query", QUERY, "--endpoint", ""], 3, "not an http address"),
        (["query", QUERY, "--endpoint", "http://me:secret@127.0.0.1:9/q"], 3, "cannot reach http://127.0.0.1:9/q ("),
        (["query", QUERY, "--formt", "csv"], 2, "unrecognized arguments: --formt csv"),
        (["query"], 2, "query: the following arguments are required: name; see gcmgraph query --help"),
        (["queries", "nothing-like-it"], 2, "no query 'nothing-like-it'"),
        (["validate", "missing.ttl"], 3, "missing.ttl: no such file or directory"),
        (["validate", "README.md"], 3, "README.md: cannot read '.md' files"),
        (["validate", "ontology"], 3, "ontology: cannot read '' files"),
        (["dump", "x", "--format", "turtle"], 2, "no format 'turtle'"),
        (["evidence"], 2, "the source texts are not part of the project; name their folder with --sources DIR"),
        (["evidence", "--sources", "nowhere"], 3, "no such file or directory"),
        (["evidence", "nope:x"], 2, "no prefix 'nope'"),
        (["coverage", "--sources", "nowhere"], 3, "no such file or directory"),
        (["--project", "tests", "stats"], 3, "tests: not a project (no ontology/, data/)"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_bad_input_is_one_clear_line(run, words, status, message):
    """What is wrong, where, and what to do: on standard error, in one line, with the right status."""
    got, out, err = run(*words)
    assert (got, out) == (status, "")
    assert message in err
    assert err.count("\n") == 1
    assert err.startswith("gcmgraph: ")


def test_a_graph_with_findings_is_not_dumped(run, copy, tmp_path):
    """Status 1, one line, and nothing written."""
    path = copy.root / "data/reference/places.ttl"
    path.write_text(path.read_text().replace("gcm:isPartOf place:vienna", "gcm:isPartOf place:nowhere"))
    status, out, err = run("--project", copy.root, "dump", tmp_path / "d")
    assert (status, out) == (1, "")
    assert "nothing was written" in err
    assert not (tmp_path / "d").exists()


def test_what_is_no_file_is_not_replaced(run, tmp_path):
    """--output and dump leave folders, devices and the targets of links as they are."""
    (tmp_path / "d/gcmgraph.ttl").mkdir(parents=True)
    (tmp_path / "d/gcmgraph.nt").write_text("old")
    status, _, err = run("dump", tmp_path / "d", "--format", "nt", "--format", "ttl")
    assert status == 3
    assert "gcmgraph.ttl: is not a file" in err
    assert (tmp_path / "d/gcmgraph.nt").read_text() == "old"
    os.mkfifo(tmp_path / "fifo")
    assert run("query", QUERY, "--output", tmp_path / "fifo")[0] == 3
    (tmp_path / "real.csv").write_text("old")
    (tmp_path / "link.csv").symlink_to(tmp_path / "real.csv")
    assert run("query", QUERY, "--format", "csv", "--output", tmp_path / "link.csv")[0] == 0
    assert (tmp_path / "link.csv").is_symlink()
    assert (tmp_path / "real.csv").read_text().startswith("statement")


def test_another_source_is_not_measured(run, sources, tmp_path):
    """Coverage and evidence of a text that is not the one encoded are findings, never fine."""
    shutil.copytree(sources, tmp_path / "s", copy_function=shutil.copyfile)
    path = next((tmp_path / "s").glob("000*"))
    path.write_bytes(b"x" + path.read_bytes())
    status, out, _ = run("coverage", "--sources", tmp_path / "s")
    assert status == 1
    assert "its digest differs" in out
    status, out, err = run("evidence", "account:vienna-2017-report-session-1", "--sources", tmp_path / "s")
    assert (status, out) == (3, "")
    assert "have changed since they were read" in err


def test_a_broken_file_in_the_project_is_told_with_its_place(run, copy):
    """A data file that does not parse stops a query with file, line and what to do."""
    path = copy.root / "data/reference/actors.ttl"
    path.write_text(path.read_text().replace("@prefix skos:", "@prefix sk:"))
    status, out, err = run("--project", copy.root, "query", QUERY)
    assert (status, out) == (3, "")
    assert "prefix 'skos:' is not declared" in err
    assert re.search(r"actors\.ttl:\d+:\d+: ", err)


def test_an_unreadable_file_is_told(run, copy):
    """A file that is not UTF-8 is told with its line."""
    path = copy.root / "data/reference/places.ttl"
    path.write_bytes(path.read_bytes() + b"\n# \xff\n")
    status, _, err = run("--project", copy.root, "stats")
    assert status == 3
    assert "byte 0xff is not UTF-8" in err


@pytest.mark.skipif(not FULL.exists(), reason="this system has no /dev/full to stand in for a full disk")
def test_a_full_disk_is_told():
    """An answer that cannot be written is an error, not a traceback."""
    with FULL.open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "gcmgraph.cli", "query", QUERY], stdout=full, stderr=subprocess.PIPE, text=True, cwd=ROOT, check=False,
        )  # fmt: skip
    assert done.returncode == 3
    assert done.stderr.startswith("gcmgraph: standard output: cannot write (no space left on device)")
    assert done.stderr.count("\n") == 1


def test_an_unwritable_folder_is_told(run, tmp_path):
    """A dump into a place that cannot be a folder fails with one line."""
    (tmp_path / "file").write_text("")
    status, out, err = run("dump", tmp_path / "file" / "d", "--format", "nt")
    assert (status, out) == (3, "")
    assert "cannot write (not a directory)" in err


def test_a_closed_pipe_is_no_error(tmp_path):
    """`gcmgraph query ... | head` ends quietly, however much is left to write."""
    (tmp_path / "all.rq").write_text("SELECT ?s ?p ?o WHERE { ?s ?p ?o }")
    command = f"{sys.executable} -m gcmgraph.cli query {tmp_path / 'all.rq'} --format csv | head -n 1"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, cwd=ROOT, check=False)  # noqa: S602
    assert (done.stdout, done.stderr) == ("s,p,o\n", "")


def test_every_command_has_help_with_an_example():
    """Each command explains itself, and its example parses."""
    parser = build_parser()
    actions = next(action for action in parser._actions if action.dest == "command")
    assert set(actions.choices) == {
        "anchor", "cache", "coverage", "dump", "echoes", "evidence", "explain", "infer", "queries", "query", "shapes", "stats",
        "validate",
    }  # fmt: skip
    for name, command in actions.choices.items():
        example = command.epilog.split("gcmgraph ", 1)[1].splitlines()[0]
        words = shlex.split(example)
        assert words[0] == name
        assert parser.parse_args(words).command == name


def test_outside_a_checkout_the_installed_files_are_used(tmp_path):
    """The command works from any folder."""
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    done = subprocess.run(
        [Path(sys.executable).with_name("gcmgraph"), "query", QUERY, "--format", "csv"],
        cwd=tmp_path, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("statement")


def test_any_text_is_written_under_any_locale(sources):
    """A source's dashes and quotes come out as UTF-8 even where the locale knows only ASCII."""
    command = [
        sys.executable,
        "-m",
        "gcmgraph.cli",
        "evidence",
        "account:vienna-2017-report-session-1",
        "--sources",
        sources,
    ]
    environment = {**os.environ, "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    assert "Vienna – Hotel Savoyen" in done.stdout.decode("utf-8")


def test_a_closed_output_is_told():
    """With standard output closed, nothing is computed for nobody."""
    command = f"{sys.executable} -m gcmgraph.cli stats >&-"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, cwd=ROOT, check=False)  # noqa: S602
    assert (done.returncode, done.stderr) == (
        3,
        "gcmgraph: standard output: it is closed; leave it open, or send it to a file\n",
    )


@pytest.mark.parametrize("text", ["SELECT ?s WHERE { ?s ?p }", "ASK { ?s ?p ?o", "SELECT * { ?s e:x ?o }"])
def test_a_syntax_error_is_told_with_its_place(run, monkeypatch, text):
    """A syntax error is one line with line and column."""
    monkeypatch.setattr("sys.stdin", io.StringIO(text))
    status, out, err = run("query", "-")
    assert (status, out) == (3, "")
    assert re.fullmatch(r"gcmgraph: standard input: error at 1:\d+.*; (mend|add) .*\n", err)


def test_a_graph_named_by_from_is_not_fetched(run, monkeypatch):
    """FROM names a graph of the store and is never an address to read from."""
    monkeypatch.setattr("sys.stdin", io.StringIO("SELECT ?s FROM <http://127.0.0.1:9/x> { ?s ?p ?o }"))
    assert run("query", "-", "--format", "csv") == (0, "s\r\n", "")


def test_an_empty_file_is_not_called_valid(run, tmp_path):
    """A file that describes nothing is a finding, alone or beside one that does."""
    (tmp_path / "empty.ttl").write_text("")
    for others in ([], ["data/reference/places.ttl"]):
        status, out, _ = run("validate", tmp_path / "empty.ttl", *others)
        assert status == 1
        assert out.count("warning empty: describes no record") == 1


def test_the_version_is_told(capsys):
    """--version prints the program's name and version, and stops with status 0."""
    with pytest.raises(SystemExit) as caught:
        main(["--version"])
    assert caught.value.code == 0
    assert re.fullmatch(r"gcmgraph \d+\.\d+\.\d+\n", capsys.readouterr().out)

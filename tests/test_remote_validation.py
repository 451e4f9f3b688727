"""Data at a SPARQL server is validated where it is, as files are; what cannot be asked or trusted is told."""

from __future__ import annotations

import json
import sys
import threading
import time
from collections import Counter
from contextlib import ExitStack, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from xml.etree import ElementTree as ET

import pyoxigraph as ox
import pytest
from conftest import ROOT
from test_validation import MUTATIONS, VALID

from gcmgraph import validate
from gcmgraph.cli import main
from gcmgraph.reading import read_triples
from gcmgraph.validation.remote import validate_endpoint

sys.path.insert(0, str(ROOT / "tests/benchmarks"))
from servers import INI, SERVERS, available

HEAD = "@prefix sh: <http://www.w3.org/ns/shacl#> .\n@prefix e: <http://e.example/> .\n"
SHAPES = (
    HEAD
    + "e:S a sh:NodeShape ;\n  sh:targetClass e:T ;\n  sh:property e:S-p .\n\ne:S-p sh:path e:p ; sh:minCount 1 .\n"
)
LOOP = HEAD + "e:L sh:targetClass e:T ; sh:property [ sh:path e:p ; sh:node e:L ] ; sh:node e:L .\n"
DATA = HEAD + "e:a a e:T .\ne:b a e:T ; e:p 1 .\n"
FORMATS = ["text", "json", "sarif", "junit", "github", "csv", "html", "ttl", "jsonld"]
EMPTY = b'{"head":{"vars":["n"]},"results":{"bindings":[]}}'
JSON = "application/sparql-results+json"


@pytest.fixture(scope="module", params=["oxigraph", "virtuoso"])
def start(request):
    """What starts a server on triples, until the module's tests are done."""
    if reason := available(request.param):
        pytest.skip(reason)
    return request.param


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """Start servers on triples, and give their addresses."""
    with ExitStack() as stack:

        def serve(name, triples):
            file = tmp_path_factory.mktemp("served") / "data.nt"
            file.write_bytes(ox.serialize(dict.fromkeys(triples), format=ox.RdfFormat.N_TRIPLES))
            return stack.enter_context(SERVERS[name](file)).url

        yield serve


@pytest.fixture(scope="module")
def little(served):
    """The address of a server with two records, one of them wrong."""
    return served("oxigraph", [quad.triple for quad in ox.parse(DATA, format=ox.RdfFormat.TURTLE)])


@pytest.fixture
def shapes(tmp_path):
    """Shapes that find one thing wrong."""
    (tmp_path / "shapes.ttl").write_text(SHAPES)
    return tmp_path / "shapes.ttl"


def test_planted_defects_are_found_as_in_files(start, served, small, tmp_path):
    """A server with a graph full of defects gives what the default engine finds in its files: no more and no less."""
    text = VALID.read_text()
    for mutation in MUTATIONS:
        if text.count(mutation["old"]) == 1:
            text = text.replace(mutation["old"], mutation["new"])
    path = tmp_path / "mutated.ttl"
    path.write_text(text)
    paths = [path, *small.ontology_files(), *small.data_files()]
    url = served(start, [triple for one in paths for triple in read_triples(one)])
    there = validate_endpoint(url, small.shape_files())
    here = validate(small, files=[path])
    assert _told(there) == _told(here)
    assert len({finding.rule for finding in there.findings}) > 50
    assert all((f.file, f.line, f.shape_line > 0) == ("", 0, True) for f in there.findings)


def _told(report) -> Counter:
    """Count what shapes found; a blank node goes by any name."""
    found = [f for f in report.findings if f.component]
    return Counter((f.rule, f.focus if ":" in f.focus else "", f.path, f.component, f.severity) for f in found)


def test_the_whole_graph_conforms_at_a_server(start, served, corpus, project):
    """Nothing is wrong with the data, and all shapes looked at as many nodes as in files."""
    report = validate_endpoint(served(start, corpus.triples()), project.shape_files())
    assert report.findings == ()
    assert {one.shape: one.nodes for one in report.looked} == {
        one.shape: one.nodes for one in validate(project, corpus=corpus).looked
    }


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_tells_findings_without_a_file(little, shapes, capsys, name):
    """The record and the shape's own line are told; the result is well-formed."""
    words = ["validate", "--endpoint", little, "--shapes", str(shapes), "--format", name]
    assert main(words) == 1
    told = capsys.readouterr().out
    assert "e.example/a" in told or "e:a" in told or name == "github"
    if name == "text":
        first, second, last = told.splitlines()
        assert first.startswith("violation e:S-p: e:a: ")
        assert second == f"  shape {shapes}:7"
        assert last == "1 finding in 2 focus nodes"
    elif name in {"json", "sarif", "jsonld"}:
        json.loads(told)
    elif name == "junit":
        ET.fromstring(told)  # noqa: S314 - we wrote it
    elif name == "github":
        assert told.startswith("::error title=e%3AS")


def test_the_project_s_shapes_are_those_by_default(little, capsys, monkeypatch):
    """Where they find no node to look at, that is told."""
    monkeypatch.chdir(ROOT)
    assert main(["validate", "--endpoint", little, "--engine", "sparql"]) == 1
    assert "no shape found a node to look at" in capsys.readouterr().out


@pytest.mark.parametrize(
    "words",
    [
        ["--endpoint", "http://127.0.0.1:9/", "data.ttl"],
        ["--endpoint", "http://127.0.0.1:9/", "--engine", "pyshacl"],
        ["--endpoint", "http://127.0.0.1:9/", "--engine", "default"],
        ["--skip-unsupported"],
    ],
    ids=" ".join,
)
def test_what_does_not_go_together_is_refused(words, capsys):
    """Files, another engine or no endpoint make the call wrong."""
    assert main(["validate", *words]) == 2
    assert capsys.readouterr().err.startswith("gcmgraph: validate: ") or "endpoint" in capsys.readouterr().err


def test_what_cannot_be_asked_is_refused_or_told(little, shapes, capsys):
    """A shape that leads to itself ends the run with its name, or is passed over with a warning at its line."""
    shapes.write_text(SHAPES + LOOP.removeprefix(HEAD))
    words = ["validate", "--endpoint", little, "--shapes", str(shapes), "--format", "json"]
    assert main(words) == 3
    assert "a shape without a name in e:L: recursion does not compile to SPARQL" in capsys.readouterr().err
    assert main([*words, "--skip-unsupported"]) == 1
    found = json.loads(capsys.readouterr().out)["findings"]
    assert {(f["rule"], f["severity"], f["shape"], f["shape_line"]) for f in found} == {
        ("not-checked", "warning", "http://e.example/L", 8),
        ("recursive-shape", "violation", "", 0),
        ("e:S-p", "violation", "http://e.example/S-p", 7),
    }


@pytest.fixture
def fake():
    """Start a server that answers each question in the same way, and give its address and what it was asked."""
    with ExitStack() as stack:

        def begin(status=200, body=EMPTY, kind=JSON, wait=0.0, **headers):
            asked = []

            class Handler(BaseHTTPRequestHandler):
                def do_GET(self):
                    asked.append(self.path)
                    time.sleep(wait)
                    self.send_response(status)
                    for name, value in {"Content-Type": kind, **headers}.items():
                        self.send_header(name.replace("_", "-"), value)
                    with suppress(BrokenPipeError):
                        self.end_headers()
                        self.wfile.write(body if isinstance(body, bytes) else body(self.path))

                do_POST = do_GET  # noqa: N815 - the name is given

                def log_message(self, *_):
                    """Say nothing."""

            server = stack.enter_context(ThreadingHTTPServer(("127.0.0.1", 0), Handler))
            threading.Thread(target=server.serve_forever, daemon=True).start()
            stack.callback(server.shutdown)
            return f"http://127.0.0.1:{server.server_port}/sparql", asked

        yield begin


def _cut(path: str) -> bytes:
    """Answer with a thousand rows, and say on being asked that there are more."""
    if "COUNT" in path:
        number = {"type": "literal", "value": "1500", "datatype": "http://www.w3.org/2001/XMLSchema#integer"}
        return json.dumps({"head": {"vars": ["n"]}, "results": {"bindings": [{"n": number}]}}).encode()
    row = {"lower": {"type": "uri", "value": "urn:a"}, "upper": {"type": "uri", "value": "urn:b"}}
    return json.dumps({"head": {"vars": ["lower", "upper"]}, "results": {"bindings": [row] * 1000}}).encode()


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ({"status": 500, "body": b"out of\nmemory"}, "HTTP status 500 (out of memory)"),
        ({"status": 404, "body": b"<html>no</html>"}, "HTTP status 404; "),
        ({"status": 400, "body": b"what?"}, "malformed (what?)"),
        ({"body": b"<html><body>Welcome</body></html>", "kind": "text/html"}, "not a SPARQL result"),
        ({"body": b'{"head":', "kind": JSON}, "not a SPARQL result"),
        ({"X_SPARQL_MaxRows": "10000"}, "the answer is cut (X-SPARQL-MaxRows: 10000)"),
        ({"body": _cut}, "gives 1000 of 1500 rows"),
        ({"wait": 5}, "no answer within 1 seconds"),
    ],
    ids=["500", "404", "400", "html", "half", "header", "count", "hangs"],
)
def test_a_server_that_fails_is_told(fake, shapes, capsys, answer, told, monkeypatch):
    """The line names the server and what it did; the status is 3."""
    monkeypatch.setattr("gcmgraph.shacl.sparql_engine.PAUSE", 0)
    url, _ = fake(**answer)
    assert main(["validate", "--endpoint", url, "--shapes", str(shapes), "--timeout", "4"]) == 3
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert told in err
    assert url in err


def test_no_other_server_is_asked(fake, shapes, capsys):
    """A redirection to elsewhere is told, not followed."""
    other, asked = fake()
    url, _ = fake(status=302, Location=other)
    assert main(["validate", "--endpoint", url, "--shapes", str(shapes)]) == 3
    assert f"{url}: leads to {other}, and no other server is asked" in capsys.readouterr().err
    assert asked == []


def test_a_virtuoso_that_cuts_its_answers_is_told(served, shapes, monkeypatch, capsys):
    """It says so in a header, or a count does; a part of the answer is not taken for all of it."""
    if reason := available("virtuoso"):
        pytest.skip(reason)
    monkeypatch.setattr("servers.INI", INI.replace("ResultSetMaxRows = 1000000", "ResultSetMaxRows = 1000"))
    text = HEAD + "".join(f"e:n{number} a e:T .\n" for number in range(1500))
    url = served("virtuoso", [quad.triple for quad in ox.parse(text, format=ox.RdfFormat.TURTLE)])
    assert main(["validate", "--endpoint", url, "--shapes", str(shapes)]) == 3
    told = capsys.readouterr().err
    assert "the answer is cut (X-SPARQL-MaxRows: 1000)" in told or "gives 1000 of 1500 rows" in told


def test_no_server_is_told(shapes, capsys):
    """Nothing listens there."""
    assert main(["validate", "--endpoint", "http://127.0.0.1:9/query", "--shapes", str(shapes)]) == 3
    assert "cannot reach http://127.0.0.1:9/query (connection refused)" in capsys.readouterr().err

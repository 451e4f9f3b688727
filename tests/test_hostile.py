"""Whatever is given to validate ends in findings or a refusal: soon, in words, with nothing fetched and nothing changed."""

from __future__ import annotations

import bz2
import gzip
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

import gcmgraph.validation.validator  # noqa: F401  (so that no child has to load it)
from gcmgraph.cli import main
from gcmgraph.validation.engines import ENGINES

LONGEST = 20
MANY = 100_000
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
HEAD = f"""@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix e: <http://e.example/> .
@prefix rdf: <{RDF}> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
GOOD = HEAD + "e:a a e:T ; e:p 1 .\n"
BAD = HEAD + "e:a a e:T .\n"
XML = f'<rdf:RDF xmlns:rdf="{RDF}" xmlns:e="http://e.example/">\n'
XML_GOOD = '<e:T rdf:about="http://e.example/a"><e:p>1</e:p></e:T></rdf:RDF>\n'
JSON_GOOD = '"@id": "http://e.example/a", "@type": "http://e.example/T", "http://e.example/p": 1}\n'
BOMB = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10 if n else "lol"}">\n' for n in range(12))
Content = str | bytes | Callable[[], str]


def shape(text: str) -> str:
    """Write a shape."""
    return f"{HEAD}e:S a sh:NodeShape ; sh:targetClass e:T ; {text} .\n"


def of(text: str) -> str:
    """Write a shape with a property shape."""
    return shape(f"sh:property [ sh:path e:p ; {text} ]")


def asking(query: str) -> str:
    """Write a shape with a query."""
    return shape(f'sh:sparql [ sh:select """{query}""" ]')


def circle(name: str) -> str:
    """Write a shape with a list that never ends."""
    return f"{of(f'{name} _:l')}_:l rdf:first e:x ; rdf:rest _:l .\n"


ONE = of("sh:minCount 1")


@dataclass(frozen=True)
class Case:
    """Data and shapes, the exit status that they must end in, and a piece of what is told."""

    status: int
    told: str
    data: Content = GOOD
    shapes: Content = ONE
    name: str = "data.ttl"
    shapes_name: str = "shapes.ttl"
    words: tuple[str, ...] = ()


ENDLESS = "SELECT $this WHERE { $this ?a ?b . ?c ?d ?e . ?f ?g ?h . ?i ?j ?k . ?l ?m ?n . FILTER(?b = ?e && ?h = ?k && ?n = 1) }"
GROWING = " ".join(f"BIND(CONCAT(STR(?a{n}), STR(?a{n})) AS ?a{n + 1})" for n in range(40))
NODES = HEAD + "".join(f"e:n{n} a e:T ; e:p {n} .\n" for n in range(300))

CASES = {
    # what is harmless
    "mark and CRLF": Case(0, " records", ("\ufeff" + GOOD).replace("\n", "\r\n"), ("\ufeff" + ONE).replace("\n", "\r\n")),
    "CR alone": Case(0, " records", GOOD.replace("\n", "\r")),
    "RDF/XML": Case(0, " records", XML + XML_GOOD, name="data.rdf"),
    "JSON-LD": Case(0, " records", "{" + JSON_GOOD, name="data.jsonld"),
    "imports": Case(0, " records", GOOD + "<{url}> a owl:Ontology ; owl:imports <{url}> .\n", ONE + "e:S owl:imports <{url}> .\n"),
    "16 MB less a bit": Case(1, "data.ttl:6:17", lambda: HEAD + f'e:a a e:T ; e:p "{"x" * 16_000_000}" .\n', of('sh:maxLength 9 ; sh:pattern "^(a+)+$"')),
    # broken syntax
    "NUL": Case(1, "data.ttl:6:4: error syntax: holds a NUL byte", HEAD + "e:a\0 a e:T .\n"),
    "no UTF-8": Case(1, "data.ttl:6:13: error syntax: byte 0xe9 is not UTF-8", (HEAD + 'e:a e:name "é" .').encode("latin-1")),
    "UTF-16": Case(1, "is in UTF-16", GOOD.encode("utf-16")),
    "gzip": Case(1, "is gzip data", gzip.compress(GOOD.encode())),
    "bzip2": Case(1, "is bzip2 data", bz2.compress(GOOD.encode())),
    "cut": Case(1, "data.ttl:6:11: error syntax: a string that begins here is never closed", HEAD + 'e:a e:b   "cu'),
    "merge": Case(1, "data.ttl:7:1: error syntax: a merge conflict is not resolved", GOOD + "<<<<<<< ours\n=======\n>>>>>>> theirs\n"),
    "HTML": Case(1, "is an HTML page ('404')", "<!DOCTYPE html>\n<html><title>404</title></html>"),
    "HTML with many comments": Case(1, "error syntax", "<!-- -->" * 5000),
    "HTML in RDF/XML": Case(1, "is an HTML page", "<html><body><p>x<br></body></html>", name="data.rdf"),
    "JSON-LD named .ttl": Case(1, "is JSON-LD, and not what '.ttl' stands for; name it data.jsonld", "{" + JSON_GOOD),
    "empty": Case(1, "describes no record", ""),
    "comments": Case(1, "describes no record", "# nothing\n"),
    "no record in JSON": Case(1, "describes no record", "{}", name="data.json"),
    "half a character": Case(1, "'\\uD800' stands for half a character", HEAD + 'e:a e:p "\\uD800" .'),
    "bad IRI": Case(1, "an IRI holds a space", HEAD + "e:a e:p <http://x y> ."),
    "bad IRI in RDF/XML": Case(1, "data.rdf:2: error syntax: the IRI 'http://x y' holds", XML + XML_GOOD.replace("e.example/a", "x y"), name="data.rdf"),
    "bad IRI in JSON-LD": Case(1, "data.jsonld:1: error syntax: 'http://x y' is no IRI", "{" + JSON_GOOD.replace("e.example/a", "x y"), name="data.jsonld"),
    "triple term": Case(3, "use RDF 1.1", HEAD + "e:a e:p <<( e:a e:p e:a )>> ."),
    "endless errors": Case(1, "20 findings", lambda: HEAD + "e:a e:p ?x .\ne:a e:p e:a .\n" * MANY),
    # size and depth
    "20 MB string": Case(1, "data.ttl:6: error syntax: holds a term or comment of more than 16 MB", lambda: HEAD + f'e:a e:p "{"x" * 20_000_000}" .'),
    "20 MB comment": Case(1, "data.ttl:7: error syntax: holds a term or comment of more than 16 MB", lambda: GOOD + "#" + "x" * 20_000_000),
    "20 MB without a sense": Case(1, "error syntax", lambda: GOOD + "x" * 20_000_000),
    "20 MB of blanks": Case(0, " records", lambda: GOOD + " " * 20_000_000),
    "brackets": Case(1, "data.ttl:6:1", lambda: HEAD + "e:a a e:T ; e:q " + "[ e:q " * MANY + "1" + " ]" * MANY + " ."),
    "lists": Case(1, "data.ttl:6:1", lambda: HEAD + "e:a a e:T ; e:q " + "( " * MANY + ") " * MANY + "."),
    "lists of a node without a name": Case(1, "data.ttl:6:1", lambda: HEAD + "[] a e:T ; e:q " + "( " * MANY + ") " * MANY + "."),
    "open brackets": Case(1, "ends inside a statement", lambda: HEAD + "e:a a e:T ; e:q " + "[ e:q " * MANY),
    "deep RDF/XML": Case(1, "nested deeper than 300", lambda: XML + "<rdf:Description><e:p>" * MANY, name="data.rdf"),
    "deep JSON": Case(1, "nested deeper than 300", lambda: '{"@graph": ' * MANY + "1" + "}" * MANY, name="data.json"),
    "many prefixes": Case(1, "data.ttl:100006:1", lambda: HEAD + "".join(f"@prefix p{n}: <http://p/{n}/> .\n" for n in range(MANY)) + "e:a a e:T ."),
    "one prefix often": Case(1, "data.ttl:100006:1", lambda: HEAD + "@prefix e: <http://e.example/> .\n" * MANY + "e:a a e:T ."),
    "one line": Case(1, "data.ttl:6:", lambda: HEAD + "e:a0 a e:T . " * 9 + "".join(f"e:a{n} a e:T . " for n in range(3000))),
    "semicolons": Case(1, "data.ttl:6:1", lambda: HEAD + "e:a a e:T " + ";" * 1_000_000 + " ."),
    "a number of 1 MB": Case(1, "data.ttl:6:17", lambda: HEAD + f"e:a a e:T ; e:p {'9' * 1_000_000} .", of("sh:maxInclusive 5")),
    # what points outside
    "entity bomb": Case(1, "data.rdf:5:13: error syntax: the entity 'a3'", f"<!DOCTYPE rdf:RDF [\n{BOMB}]>{XML}<e:T><e:p>&a11;</e:p></e:T></rdf:RDF>", name="data.rdf"),
    "entity outside": Case(1, "data.rdf:1", f'<!DOCTYPE rdf:RDF [<!ENTITY x SYSTEM "{{url}}">]>{XML}<e:T><e:p>&x;</e:p></e:T></rdf:RDF>', name="data.rdf"),
    "file as entity": Case(1, "which is not fetched", f'<!DOCTYPE rdf:RDF [<!ENTITY x SYSTEM "file:///etc/passwd">]>{XML}<e:T/></rdf:RDF>', name="data.owl"),
    "parameter entity": Case(1, "which is not fetched", f'<!DOCTYPE rdf:RDF [<!ENTITY % x SYSTEM "{{url}}"> %x;]>{XML}{XML_GOOD}', name="data.xml"),
    "document type": Case(1, "which is not fetched", f'<!DOCTYPE rdf:RDF SYSTEM "{{url}}">{XML}{XML_GOOD}', name="data.rdf"),
    "context": Case(1, "which is not fetched", f'{{"@context": "{{url}}", {JSON_GOOD}', name="data.jsonld"),
    "context among others": Case(1, "which is not fetched", f'{{"@context": [{{}}, "{{url}}"], {JSON_GOOD}', name="data.jsonld"),
    "imported context": Case(1, "which is not fetched", f'{{"@context": {{"@version": 1.1, "@import": "{{url}}"}}, {JSON_GOOD}', name="data.jsonld"),
    "scoped context": Case(1, "which is not fetched", f'{{"@context": {{"q": {{"@id": "http://q/", "@context": "{{url}}"}}}}, {JSON_GOOD}', name="data.jsonld"),
    "context of shapes": Case(3, "which is not fetched", shapes='{"@context": "{url}"}', shapes_name="shapes.jsonld"),
    "service": Case(3, "SERVICE", shapes=asking("SELECT $this WHERE { SERVICE <{url}> { $this ?a ?b } }")),
    "quiet service": Case(3, "SERVICE", shapes=asking("SELECT $this WHERE { #\nsErViCe SILENT <{url}> { $this ?a ?b } }")),
    "from": Case(3, "FROM", shapes=asking("SELECT $this FROM <{url}> WHERE { $this ?a ?b }")),
    "load": Case(3, "cannot be run", shapes=asking("LOAD <{url}>")),
    # shapes that are wrong
    "broken shapes": Case(3, "shapes.ttl:7:9: '.' stands where an object is expected", shapes=ONE + "e:x e:y ."),
    "HTML for shapes": Case(3, "is an HTML page", shapes="<html></html>"),
    "no shapes": Case(1, "no shape found a node to look at", shapes=""),
    "data for shapes": Case(1, "no shape found a node to look at", shapes=GOOD),
    "shapes twice": Case(1, "has fewer than 2 values", shapes=ONE + ONE + of("sh:minCount 2")),
    "two counts": Case(3, "has sh:minCount twice", shapes=of("sh:minCount 1, 2")),
    "no count": Case(3, 'has sh:maxCount "many"', shapes=of('sh:maxCount "many"')),
    "huge count": Case(3, "write a whole number", shapes=of(f"sh:minCount {'9' * 5000}")),
    "no severity": Case(1, "is no severity", BAD, of('sh:minCount 1 ; sh:severity "x"')),
    "no property": Case(3, 'has sh:equals "x"', shapes=of('sh:equals "x"')),
    "no target": Case(3, 'has sh:targetObjectsOf "x"', shapes=shape('sh:targetObjectsOf "x"')),
    "literal as a class": Case(3, 'has sh:class "x"', shapes=of('sh:class "x"')),
    "literals all over": Case(1, "violation", shapes=of("sh:nodeKind 5 ; sh:minInclusive e:x ; sh:hasValue [] ; sh:not 1")),
    "a shape in itself": Case(1, "recursive-shape", shapes=shape("sh:node e:S ; sh:or ( e:S e:S )")),
    "a shape against itself": Case(3, "refers to itself under a negation", shapes=shape("sh:not e:S")),
    "circle in a path": Case(3, "is not a well-formed list", shapes=shape("sh:property [ sh:path _:l ]") + "_:l rdf:first e:p ; rdf:rest _:l ."),
    "path of itself": Case(3, "a path is not well-formed", shapes=shape("sh:property [ sh:path _:l ]") + "_:l sh:inversePath _:l ."),
    "circle in sh:in": Case(3, "is not a well-formed list", shapes=circle("sh:in")),
    "circle in sh:or": Case(3, "is not a well-formed list", shapes=circle("sh:or")),
    "circle in sh:languageIn": Case(3, "is not a well-formed list", shapes=circle("sh:languageIn")),
    "circle in the data": Case(1, "has a value", HEAD + "e:a a e:T ; rdf:first 1 ; rdf:rest e:a .",
                               shape("sh:property [ sh:path ( [ sh:zeroOrMorePath rdf:rest ] rdf:first ) ; sh:maxCount 0 ]")),
    "long list": Case(1, "violation", shapes=lambda: of(f"sh:in ( {' '.join(map(str, range(2, MANY // 4)))} )")),
    "deep shapes": Case(3, "is nested too deep", shapes=lambda: HEAD + "e:S sh:targetClass e:T " + "; sh:not [ a sh:NodeShape " * 2000 + "]" * 2000 + " ."),
    "deep path": Case(3, "is nested too deep", shapes=lambda: shape(f"sh:property [ sh:path {'[ sh:inversePath ' * 9000}e:p{' ]' * 9000} ]")),
    # patterns and queries
    "catastrophic pattern": Case(1, "slow-pattern", lambda: HEAD + f'e:a a e:T ; e:p "{"a" * 5000}!" .', of('sh:pattern "^(a+)+$"')),
    "wrong pattern": Case(3, "the pattern '(' cannot be run", shapes=of('sh:pattern "("')),
    "huge pattern": Case(3, "cannot be run", shapes=of('sh:pattern "((a{1000}){1000}){1000}"')),
    "deep pattern": Case(3, "cannot be run", shapes=lambda: of(f'sh:pattern "{"(" * MANY}{")" * MANY}"')),
    "wrong flags": Case(3, "with the flags 'zz' cannot be run", shapes=of('sh:pattern "a" ; sh:flags "zz"')),
    "endless query": Case(3, "shape <http://e.example/S>: not done after 1 seconds", NODES, asking(ENDLESS), words=("--timeout", "1")),
    "greedy query": Case(3, "brought the work down", shapes=asking(f"SELECT $this WHERE {{ $this a ?a0 . {GROWING} }}"), words=("--memory", "400")),
    "update": Case(3, "cannot be run", shapes=asking("DELETE WHERE { ?s ?p ?o }")),
    "another form": Case(3, "selects nothing", shapes=asking("ASK { $this ?p ?o }")),
    "no focus": Case(3, "does not select $this", shapes=asking("SELECT ?x WHERE { ?x ?p ?o }")),
    "no query": Case(3, "has no query", shapes=shape("sh:sparql [ ]")),
    "broken query": Case(3, "cannot be run", shapes=asking("SELECT $this WHERE { $this ")),
    "broken prefix": Case(3, "cannot be run", shapes=shape(
        'sh:sparql [ sh:prefixes e:x ; sh:select "SELECT $this { $this ?a ?b }" ]') + 'e:x sh:declare [ sh:prefix "e>" ; sh:namespace "x> y" ] .'),
    "deep query": Case(3, "shape <http://e.example/S>", shapes=lambda: asking(f"SELECT $this WHERE {'{' * MANY}$this ?p ?o{'}' * MANY}")),
    "broken component": Case(3, "cannot be run", shapes=HEAD + 'e:C a sh:ConstraintComponent ; sh:parameter [ sh:path e:x ] ; sh:validator [ sh:ask "ASK {" ] .\n' + shape("e:x 5")),
    # what a terminal might act on
    "control codes": Case(1, "?[31m", HEAD + 'e:a a e:T ; e:p "\\u001B]0;x\\u0007" .', of('sh:maxCount 0 ; sh:message "\\u001B[31m {?value}"')),
}  # fmt: skip


@pytest.fixture(scope="module")
def canary():
    """A server on loopback, at once the proxy for all others, that must not be asked for anything: its address and what was asked."""
    asked = []

    class Canary(BaseHTTPRequestHandler):
        """Notes each request."""

        def handle_one_request(self):
            """Note a request of any kind."""
            asked.append(self.rfile.readline())
            self.close_connection = True

    with ThreadingHTTPServer(("127.0.0.1", 0), Canary) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/", asked
        server.shutdown()


def written(content: Content, url: str) -> bytes:
    """Make the bytes of a file."""
    text = content() if callable(content) else content
    return text if isinstance(text, bytes) else text.replace("{url}", url).encode()


def check(capfd, words, status, told):
    """Run the command; it must end in time, with a status, a piece of what is told, and no traceback."""
    began = time.monotonic()
    assert main(["validate", "--timeout", str(LONGEST), *map(str, words)]) == status
    assert time.monotonic() - began < LONGEST + 1
    out, err = capfd.readouterr()
    said = out if status < 2 else err
    assert told in said, said[:2000]
    assert "Traceback" not in out + err
    assert "stack backtrace" not in err
    assert "\x1b" not in out + err
    if status > 1:
        assert err.startswith("gcmgraph: ")
        assert err.count("\n") == 1
        assert not out


@pytest.mark.parametrize("name", CASES)
def test_bad_input_ends(tmp_path, monkeypatch, capfd, canary, name):
    """Each ends with its status and a sentence; no server is asked, and no file is changed."""
    case, (url, asked) = CASES[name], canary
    for proxy in ("http_proxy", "https_proxy"):
        monkeypatch.setenv(proxy, url)
    files = {tmp_path / case.name: written(case.data, url), tmp_path / case.shapes_name: written(case.shapes, url)}
    for path, content in files.items():
        path.write_bytes(content)
    check(capfd, ["--shapes", tmp_path / case.shapes_name, tmp_path / case.name, *case.words], case.status, case.told)
    assert asked == []
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == files


@pytest.mark.parametrize("engine", [name for name in ENGINES if name != "default"])
@pytest.mark.parametrize(
    "name", ["imports", "service", "catastrophic pattern", "endless query", "no query", "no focus"]
)
def test_other_engines_end_too(tmp_path, capfd, canary, name, engine):
    """The engines that others wrote are held in the same way."""
    case, (url, asked) = CASES[name], canary
    (tmp_path / "data.ttl").write_bytes(written(case.data, url))
    (tmp_path / "shapes.ttl").write_bytes(written(case.shapes, url))
    words = ["--shapes", tmp_path / "shapes.ttl", tmp_path / "data.ttl", "--engine", engine, "--timeout", "2"]
    status = main(["validate", *map(str, words)])
    out, err = capfd.readouterr()
    assert status == case.status or (engine == "pyshacl" and status == 3)
    assert "Traceback" not in out + err
    assert asked == []


def make_fifo(path):
    """Make a pipe that nobody writes to."""
    os.mkfifo(path)


PATHS = {
    "missing": (lambda _: None, "no such file or directory"),
    "folder": (lambda path: path.mkdir(), "is a folder"),
    "pipe": (make_fifo, "is no regular file"),
    "endless": (lambda path: path.symlink_to("/dev/zero"), ""),
    "circle": (lambda path: path.symlink_to(path), ""),
    "locked": (lambda path: (path.write_text(GOOD), path.chmod(0)), "permission denied"),
}


@pytest.mark.parametrize("name", PATHS)
@pytest.mark.parametrize("role", ["data", "shapes"])
def test_what_is_no_file_is_refused(tmp_path, capfd, name, role):
    """A path that cannot be read, or would never end, is refused for data and for shapes."""
    make, told = PATHS[name]
    if name == "locked" and os.geteuid() == 0:
        pytest.skip("nothing is locked for this user")
    path, other = tmp_path / "x.ttl", tmp_path / "other.ttl"
    make(path)
    other.write_text(GOOD if role == "shapes" else ONE)
    shapes, data = (other, path) if role == "data" else (path, other)
    check(capfd, ["--shapes", shapes, data], 3, told)


NAMES = {
    "no ending": ("data", 3, "cannot read '' files"),
    "unknown ending": ("data.csv", 3, "use one of .ttl"),
    "too long": ("x" * 300 + ".ttl", 3, "file name too long"),
    "control codes": ("a\n\x1b[31m.ttl", 1, "a ?[31m.ttl:6:1"),
    "no UTF-8": (os.fsdecode(b"a\xff.ttl"), 1, "a?.ttl:6:1"),
}


@pytest.mark.parametrize("name", NAMES)
def test_odd_names_are_told(tmp_path, capfd, name):
    """Names that cannot be printed or do not exist are told in one line."""
    file, status, told = NAMES[name]
    (tmp_path / "shapes.ttl").write_text(ONE)
    if name != "too long":
        (tmp_path / file).write_text(BAD)
    check(capfd, ["--shapes", tmp_path / "shapes.ttl", tmp_path / file], status, told)


@pytest.mark.parametrize("form", ["json", "sarif", "junit", "github", "csv", "html", "ttl", "jsonld"])
def test_odd_names_fit_into_every_report(tmp_path, capfd, form):
    """A file name that is no UTF-8, and control codes in values, break no report."""
    path = tmp_path / os.fsdecode(b"a\xff\n.ttl")
    path.write_text(HEAD + 'e:a a e:T ; e:p "\\u001B[31m\\u0000" .\n')
    (tmp_path / "shapes.ttl").write_text(of("sh:maxCount 0"))
    check(capfd, ["--shapes", tmp_path / "shapes.ttl", path, "--format", form], 1, "")

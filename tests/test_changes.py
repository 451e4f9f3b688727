"""A run on what a change can affect finds all that the change brings about, and nothing that a whole run does not find."""

from __future__ import annotations

import random
import subprocess
from collections import Counter

import pyoxigraph as ox
import pytest
from conftest import ROOT

from gcmgraph.cli import main
from gcmgraph.reading import read_triples
from gcmgraph.shacl import queries
from gcmgraph.shacl.dependencies import Dependencies
from gcmgraph.shacl.engine import evaluate as over_columns
from gcmgraph.shacl.query_paths import ITSELF, query_paths
from gcmgraph.shacl.shapes import Shapes
from gcmgraph.validation.changes import change_of
from gcmgraph.validation.engines import ENGINES, Scope, evaluate
from gcmgraph.validation.loading import load, loaded

E, SH, RDFS = "http://e.example/", "http://www.w3.org/ns/shacl#", "http://www.w3.org/2000/01/rdf-schema#"
PREFIXES = f"@prefix sh: <{SH}> .\n@prefix : <{E}> .\n@prefix rdfs: <{RDFS}> .\n@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .\n"
TARGETS = ("sh:targetClass :A", "sh:targetSubjectsOf :p", "sh:targetObjectsOf :q", "sh:targetNode :n1 , :n2 , :n3")
PATHS = (
    ":p",
    "[ sh:inversePath :p ]",
    "( :p :q )",
    "( :p [ sh:inversePath :q ] :r )",
    "[ sh:alternativePath ( :p ( :q :r ) ) ]",
    "[ sh:zeroOrMorePath :p ]",
    "[ sh:oneOrMorePath ( :p :q ) ]",
    "[ sh:inversePath ( :p [ sh:zeroOrOnePath :q ] ) ]",
    "( [ sh:zeroOrMorePath [ sh:inversePath :q ] ] :r )",
)
CONSTRAINTS = (
    "sh:minCount 2",
    "sh:maxCount 1",
    "sh:class :A",
    "sh:class :B",
    "sh:nodeKind sh:IRI",
    "sh:hasValue :n1",
    "sh:in ( :n0 :n1 :n2 1 2 )",
    "sh:equals :r",
    "sh:disjoint :q",
    "sh:lessThan :r",
    "sh:node [ sh:property [ sh:path :q ; sh:minCount 1 ] ]",
    "sh:not [ sh:class :B ]",
    "sh:or ( [ sh:class :B ] [ sh:property [ sh:path :r ; sh:maxCount 1 ] ] )",
    "sh:xone ( [ sh:class :A ] [ sh:path ( :q :p ) ; sh:class :B ] )",
    "sh:qualifiedValueShape [ sh:property [ sh:path :p ; sh:class :A ] ] ; sh:qualifiedMinCount 1",
    "sh:property [ sh:path [ sh:zeroOrMorePath :q ] ; sh:maxCount 2 ]",
    "sh:closed true ; sh:ignoredProperties ( :p :q )",
)
PATTERNS = (
    "$this $PATH ?value ; :q ?x . ?x :r ?y . FILTER(?y != ?value)",
    "$this $PATH ?value . FILTER NOT EXISTS { ?value :q ?x . ?x a :A }",
    "$this $PATH ?value . OPTIONAL { ?value :q ?x . OPTIONAL { ?x :p ?y } } FILTER(!BOUND(?y))",
    "$this $PATH ?value . { ?value :q ?x } UNION { ?x :r ?value . ?x :p ?z }",
    "$this $PATH ?value . ?z :q :n3 . FILTER(?z = ?value)",
    "$this $PATH ?value . BIND(EXISTS { ?value ^:p/:q+ ?x . [] :r ?x } AS ?b) FILTER(?b)",
    "?value ^($PATH) $this ; a/<http://www.w3.org/2000/01/rdf-schema#subClassOf>* :B , ?k . ?k :p ?o",
    "$this $PATH ?value . ?value ?any ?x . FILTER(?x = :n2)",
    "$this $PATH ?value . OPTIONAL { ?value :q ?x } ?x :r ?y",
)
NODES = [ox.NamedNode(f"{E}n{number}") for number in range(7)]
VALUES = [*NODES, ox.Literal(1), ox.Literal(2)]
CLASSES = [ox.NamedNode(E + name) for name in "ABC"]
TYPE = ox.NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")


def any_triple(chance):
    """Draw a triple: of a property, of a class, or of the class tree."""
    kind = chance.random()
    if kind < 0.2:
        return ox.Triple(chance.choice(NODES), TYPE, chance.choice(CLASSES))
    if kind < 0.25:
        return ox.Triple(chance.choice(CLASSES), ox.NamedNode(RDFS + "subClassOf"), chance.choice(CLASSES))
    return ox.Triple(chance.choice(NODES), ox.NamedNode(E + chance.choice("pqr")), chance.choice(VALUES))


def any_shapes(chance):
    """Draw shapes of all kinds of targets, paths and constraints, and write them."""
    lines = []
    for number in range(12):
        target, path, more = chance.choice(TARGETS), chance.choice(PATHS), chance.choice(CONSTRAINTS)
        if number % 3 == 0:
            query = f"PREFIX : <{E}> SELECT $this ?value WHERE {{ {chance.choice(PATTERNS)} }}"
            more = f'sh:sparql [ sh:select """{query}""" ]'
        if more.startswith("sh:closed"):
            lines.append(f":S{number} a sh:NodeShape ; {target} ; {more} .")
        else:
            lines.append(f":S{number} a sh:NodeShape ; {target} ; sh:property [ sh:path {path} ; {more} ] .")
    return PREFIXES + "\n".join(lines)


def keys(results):
    """Count results by what a reader sees of them."""
    return Counter(result.key() for result in results)


@pytest.mark.parametrize("seed", range(150))
def test_random_edits_under_random_shapes(tmp_path, monkeypatch, seed):
    """What a change brings about is found, by queries on what is near too; what is found a whole run finds too."""
    chance = random.Random(seed)  # noqa: S311  (drawn again from its seed)
    text = any_shapes(chance)
    shapes = Shapes(quad.triple for quad in ox.parse(text.encode(), format=ox.RdfFormat.TURTLE))
    path = tmp_path / "data.ttl"
    before = list(dict.fromkeys(any_triple(chance) for _ in range(chance.randrange(5, 40))))
    for _ in range(3):
        after = [triple for triple in before if chance.random() > 0.05]
        after += [any_triple(chance) for _ in range(chance.randrange(3))]
        data = loaded({path: after})
        change = change_of(data, {path.resolve(): data.graph.terms.encode(before)})
        scope = Scope(None, change.affected(shapes, data))
        old, new = (keys(over_columns(shapes, triples)[0]) for triples in (before, after))
        with monkeypatch.context() as patch:
            patch.setattr(queries, "PART", 2)
            found = keys(evaluate("default", shapes, data, scope)[0])
        assert not found - new
        assert not (new - old) - found
        before = after


def test_the_shapes_of_the_project_are_followed():
    """No shape of the project falls back to looking at everything."""
    shapes = Shapes(triple for path in sorted((ROOT / "shapes").glob("*.ttl")) for triple in read_triples(path))
    dependencies = Dependencies(shapes)
    assert [shape.node for shape in shapes.targeted if dependencies.of(shape) is None] == []


@pytest.mark.parametrize("seed", range(6))
def test_random_edits_of_the_project(small, shapes_of_project, tmp_path, seed):
    """Statements are taken out of the sample and others doubled with another value; all engines agree with a whole run."""
    chance = random.Random(seed)  # noqa: S311  (drawn again from its seed)
    path = tmp_path / "edited.ttl"
    path.write_text((ROOT / "tests/shapes/valid.ttl").read_text())
    context = [*small.ontology_files(), *small.data_files()]
    before = load([path, *context])
    old_triples = list(before.triples(before.rows_of(path)))
    new_triples = [triple for triple in old_triples if chance.random() > 0.02]
    one, other = chance.sample(old_triples, 2)
    new_triples.append(ox.Triple(one.subject, one.predicate, other.object))
    path.write_bytes(ox.serialize(new_triples, format=ox.RdfFormat.TURTLE))
    data = load([path, *context])
    scope = Scope(
        None, change_of(data, {path.resolve(): data.graph.terms.encode(old_triples)}).affected(shapes_of_project, data)
    )
    old, new = (keys(evaluate("default", shapes_of_project, one, Scope())[0]) for one in (before, data))
    for engine in ENGINES:
        found = keys(evaluate(engine, shapes_of_project, data, scope)[0])
        assert not found - new
        assert not (new - old) - found


@pytest.fixture(scope="module")
def shapes_of_project():
    """The shapes of the project."""
    return Shapes(triple for path in sorted((ROOT / "shapes").glob("*.ttl")) for triple in read_triples(path))


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("$this :p ?x ; :q/:r ?y . ?y ^:p ?z", [":p", ":q / :r", ":q / :r / (^:p)"]),
        ("?x :p $this , :c ; :q [ :r 1.5 , 'a'@en ]", ["^:p", "(^:p) / :p", "(^:p) / :q", "(^:p) / :q / :r"]),
        (
            "$this a ?c OPTIONAL { $this :p ?x } FILTER(?x > 3 && EXISTS { ?c :q* ?y })",
            ["rdf:type", ":p", "rdf:type / (:q*)"],
        ),
        ("{ $this :p ?x } UNION { $this :q ?x } ?x :r 1", None),
        ("$this :p ?x OPTIONAL { ?x :q ?y } ?y :r ?z", None),
        ("$this ?any ?x", None),
        (":c :p ?x . $this :q ?x", [":q", ":q / (^:p)"]),
        (":c :p ?x . ?x :q ?y", None),
        ("$this !:p ?x", None),
        ("GRAPH :g { $this :p ?x }", None),
        ("{ SELECT $this WHERE { $this :p ?x } }", None),
        ("BIND(:c AS ?x) ?x :p ?y", None),
    ],
)
def test_a_query_is_read_as_paths(body, expected):
    """Patterns become paths from the node that is given; what is not followed is said to be unclear."""
    found = query_paths(f"PREFIX : <{E}> SELECT $this WHERE {{ {body} }}", (("?this", ITSELF),))
    shown = found and sorted(str(path).replace(f"<{E}", ":").replace(">", "") for path in found)
    assert shown == (expected and sorted(expected))


RULES = (
    PREFIXES + ":S a sh:NodeShape ; sh:targetClass :A ; sh:property [ sh:path :p ; sh:class :B ; sh:minCount 1 ] .\n"
)


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """A repository with shapes and two files, of which the first depends on the second; one record is wrong already."""
    monkeypatch.chdir(tmp_path)
    files = {
        "shapes.ttl": RULES,
        "a.ttl": PREFIXES + ":one a :A ; :p :b .\n:old a :A .\n",
        "b.ttl": PREFIXES + ":b a :B .\n",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    git("init", "--quiet")
    git("add", ".")
    git("-c", "user.name=test", "-c", "user.email=test@e.example", "commit", "--quiet", "-m", "Begin")
    return tmp_path


def git(*words):
    """Run git."""
    subprocess.run(["git", *words], check=True)


def told(capsys, *words, files=("a.ttl", "b.ttl")):
    """Validate what has changed; give the status and the lines that name a violation."""
    status = main(["validate", "--shapes", "shapes.ttl", *files, *(words or ("--since", "HEAD"))])
    text = capsys.readouterr()
    return status, [line.split(": violation")[0] for line in text.out.splitlines() if ": violation" in line], text


def test_only_what_a_change_brought_about_is_told(repository, capsys):
    """What was wrong before is left out; what another file brings about is told where it stands."""
    assert told(capsys)[:2] == (0, [])
    (repository / "b.ttl").write_text(PREFIXES + ":b a :C .\n")
    assert told(capsys)[:2] == (1, ["a.ttl:5:16"])
    (repository / "b.ttl").unlink()
    assert told(capsys, files=["a.ttl"])[:2] == (1, ["a.ttl:5:16"])
    assert told(capsys, "--severity", "info", files=["a.ttl"])[1] == ["a.ttl:5:16", "a.ttl:6:1"]


def test_a_new_file_is_a_change(repository, capsys):
    """A file that the revision lacks is looked at whole."""
    (repository / "c.ttl").write_text(PREFIXES + ":new a :A .\n")
    assert told(capsys, files=["a.ttl", "b.ttl", "c.ttl"])[:2] == (1, ["c.ttl:5:1"])


def test_changed_shapes_have_everything_looked_at(repository, capsys):
    """Where the shapes have changed, what was wrong before is told too."""
    (repository / "shapes.ttl").write_text(RULES + "\n")
    assert told(capsys)[:2] == (1, ["a.ttl:6:1"])


@pytest.mark.usefixtures("repository")
def test_an_unknown_revision_is_refused(capsys):
    """A revision that is not there, or looks like an option, is an error that names it."""
    for name in ("no-such-branch", "-x", "HEAD^{tree}"):
        status, _, text = told(capsys, f"--since={name}")
        assert status == 3
        assert name in text.err


def test_without_a_repository_there_is_no_revision(tmp_path, monkeypatch, capsys):
    """Outside a repository the user is told."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    (tmp_path / "shapes.ttl").write_text(RULES)
    (tmp_path / "a.ttl").write_text(PREFIXES + ":old a :A .\n")
    status, _, text = told(capsys, files=["a.ttl"])
    assert status == 3
    assert "not a git repository" in text.err


def test_a_revision_goes_before_the_last_valid_state(repository, monkeypatch, capsys):
    """With both, a contradiction that came between the kept state and the revision is not taken for known."""
    monkeypatch.setenv("GCMGRAPH_CACHE", str(repository / "cache"))
    much = PREFIXES + "".join(f":n{number} :q {number} .\n" for number in range(200)) + ":one a :A ; :p :b .\n"
    (repository / "a.ttl").write_text(much)
    assert told(capsys, "--changed")[0] == 0
    owl = "@prefix owl: <http://www.w3.org/2002/07/owl#> .\n"
    (repository / "b.ttl").write_text(PREFIXES + owl + ":b a :B , :C . :B owl:disjointWith :C .\n")
    git("add", "a.ttl", "b.ttl")
    git("-c", "user.name=test", "-c", "user.email=test@e.example", "commit", "--quiet", "-m", "Go on")
    (repository / "a.ttl").write_text(much + ":two :p :b .\n")
    status, _, text = told(capsys, "--changed", "--since", "HEAD")
    assert (status, "error cax-dw" in text.out) == (1, True)

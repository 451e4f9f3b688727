"""The last valid state is read back as it was, with what has changed since, and never trusted when damaged."""

from __future__ import annotations

import os
import random
import re
import time

import numpy as np
import pyoxigraph as ox
import pytest
from test_changes import RULES, E, any_triple

from gcmgraph import validate
from gcmgraph.cli import main
from gcmgraph.reasoning.clashes import clashes
from gcmgraph.reasoning.closure import Closure
from gcmgraph.validation.kept import Kept
from gcmgraph.validation.loading import load, loaded
from gcmgraph.validation.snapshot import restore, save

SCHEMA = """
@prefix : <http://e.example/> . @prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
:A owl:disjointWith :B . :C rdfs:subClassOf :B . :p rdfs:domain :A . :q rdfs:range :B ; a owl:IrreflexiveProperty .
:r a owl:AsymmetricProperty ; rdfs:subPropertyOf :s . :s a owl:TransitiveProperty ; owl:propertyDisjointWith :p .
"""
OWN = f"@prefix : <{E}> .\n"
ODDITIES = [
    ox.Literal("two words", language="en-GB"),
    ox.Literal("", datatype=ox.NamedNode("http://e.example/own")),
    ox.Literal("a\nb \u00e9 \U0001f600"),
    ox.Literal("@en not a tag"),
    ox.BlankNode("b1"),
]


@pytest.fixture(autouse=True)
def _own_cache(tmp_path, monkeypatch):
    """Keep states in a folder of the test's own."""
    monkeypatch.setenv("GCMGRAPH_CACHE", str(tmp_path / "cache"))


def write(path, triples):
    """Write triples into a file."""
    path.write_bytes(ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES))


def pairs(graph):
    """Give the triples that the relations of a graph hold, as text; any blank node goes as one."""
    terms = graph.terms
    found = {
        f"{terms[pair >> 32]} {terms[number]} {terms[pair & (1 << 32) - 1]}"
        for number, relation in graph._relations.items()
        for pair in relation.pairs().tolist()
    }
    return {re.sub(r"_:\w+", "_:", line) for line in found}


@pytest.mark.parametrize("seed", range(20))
def test_a_restored_state_is_what_the_files_say(tmp_path, seed):
    """Files are changed, added and taken away; what is read back holds just what a fresh reading does."""
    chance = random.Random(seed)  # noqa: S311  (drawn again from its seed)
    paths = [tmp_path / f"{name}.nt" for name in "abc"]
    own = {path: [any_triple(chance) for _ in range(15)] for path in paths}
    own[paths[0]] += [
        ox.Triple(ox.NamedNode("http://e.example/n1"), ox.NamedNode("http://e.example/p"), odd) for odd in ODDITIES
    ]
    for path, triples in own.items():
        write(path, triples)
    folder = tmp_path / "state"
    folder.mkdir()
    save(folder, load(paths))
    own[paths[1]] = [*chance.sample(own[paths[1]], 10), any_triple(chance), *chance.sample(own[paths[2]], 2)]
    write(paths[1], own[paths[1]])
    now = [*paths[:2], tmp_path / "d.nt"]
    write(now[2], [any_triple(chance) for _ in range(5)])
    restored = restore(folder, now, [paths[1]])
    assert pairs(restored.data.graph) == pairs(load(now).graph)
    for path in now:
        fresh = load([path])
        assert len(restored.data.rows_of(path)) == len(fresh.graph.rows)
    assert {path.name for path in restored.before} == {"b.nt", "c.nt", "d.nt"}
    terms = restored.data.graph.terms
    assert all(terms.find(terms[number]) == number for number in range(len(terms)))
    assert terms.literals().tolist() == [isinstance(term, ox.Literal) for term in terms.listed()]


@pytest.mark.parametrize("seed", range(60))
def test_contradictions_of_a_resumed_closure(tmp_path, seed):
    """What is added to a closed graph brings about the contradictions that a whole closure has in addition."""
    chance = random.Random(seed)  # noqa: S311  (drawn again from its seed)
    schema = [quad.triple for quad in ox.parse(SCHEMA.encode(), format=ox.RdfFormat.TURTLE)]
    before = [*schema, *(any_triple(chance) for _ in range(12))]
    added = [any_triple(chance) for _ in range(3)]
    data = loaded({tmp_path / "a": before})
    terms, rows = data.graph.terms, data.graph.rows
    old = Closure.of(terms, rows)
    closed, known = dict(old.reasoner.closed), {clash_key(clash) for clash in clashes(old)}
    resumed = Closure.resumed(terms, dict(old.reasoner.asserted), closed, terms.encode(added))
    found = {clash_key(clash) for clash in clashes(resumed)}
    whole = {clash_key(clash) for clash in clashes(Closure.of(terms, np.concatenate([rows, terms.encode(added)])))}
    assert whole - known <= found <= whole
    assert set(resumed.triples()) | set(before) | set(added) == {
        *before, *added, *Closure([*before, *added]).triples(),
    }  # fmt: skip


def clash_key(clash):
    """Give what tells contradictions apart."""
    return clash.rule, frozenset(map(str, clash.premises))


def test_the_project_is_checked_from_its_last_valid_state(copy):
    """After a whole run only what changes is looked at: defects, dangling names and contradictions are found."""
    assert validate(copy, changed=True).checked > 1500
    assert validate(copy, changed=True).checked == 0
    path = copy.root / "data/reference/places.ttl"
    text = path.read_text()
    path.write_text(text.replace("gcm:isPartOf place:vienna", "gcm:isPartOf place:nowhere"))
    report = validate(copy, changed=True)
    assert {finding.file.rpartition("/")[2] for finding in report.findings} == {"places.ttl"}
    assert 0 < report.checked < 50
    assert set(report.findings) == set(validate(copy).findings)
    path.write_text(text)
    assert validate(copy, changed=True).findings == ()
    actors = copy.root / "data/reference/actors.ttl"
    actors.write_text(actors.read_text() + "\nactor:canada a gcm:Person .\n")
    ontology = copy.root / "ontology/actors.ttl"
    ontology.write_text(ontology.read_text() + "\ngcm:State owl:disjointWith gcm:Person .\n")
    assert {f.rule for f in validate(copy, changed=True).findings} == {f.rule for f in validate(copy).findings}


@pytest.fixture
def files(tmp_path, monkeypatch):
    """Shapes and a valid file, and the words that validate it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "shapes.ttl").write_text(RULES)
    (tmp_path / "a.ttl").write_text(OWN + ":one a :A ; :p :b .\n:b a :B .\n")
    return ["validate", "--changed", "--shapes", "shapes.ttl", "a.ttl"]


def checked(capsys, words):
    """Validate, and give the status and how many records were looked at."""
    status = main(words)
    return status, capsys.readouterr().out.splitlines()[-1]


def test_a_valid_state_is_kept_and_an_invalid_one_is_not(files, tmp_path, capsys):
    """Only a valid state is compared with; what is wrong stays in sight until it is mended."""
    (tmp_path / "a.ttl").write_text(OWN + ":one a :A .\n")
    assert checked(capsys, files) == checked(capsys, files) == (1, "1 finding in 1 records")
    (tmp_path / "a.ttl").write_text(OWN + ":one a :A ; :p :b .\n:b a :B .\n")
    assert checked(capsys, files) == (0, "2 records: no findings")
    assert checked(capsys, files) == (0, "0 records: no findings")
    (tmp_path / "a.ttl").write_text(OWN + ":one a :A .\n:b a :B .\n")
    assert checked(capsys, files) == checked(capsys, files) == (1, "1 finding in 1 records")


def test_changed_shapes_begin_anew(files, tmp_path, capsys):
    """A state that was valid under other shapes is not one."""
    checked(capsys, files)
    (tmp_path / "shapes.ttl").write_text(RULES.replace("sh:minCount 1", "sh:minCount 2"))
    assert checked(capsys, files) == (1, "1 finding in 2 records")


def test_a_change_within_the_same_moment_is_seen(files, tmp_path, capsys):
    """A file that is changed without a change of size and time is still read again."""
    path = tmp_path / "a.ttl"
    checked(capsys, files)
    stamp = path.stat()
    path.write_text(path.read_text().replace(":b a :B", ":b a :C"))
    os.utime(path, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    assert checked(capsys, files)[0] == 1


def test_a_damaged_state_is_not_used(files, tmp_path, capsys):
    """Whatever is cut, emptied or overwritten, everything is looked at again, and the state is kept anew."""
    checked(capsys, files)
    (state,) = (tmp_path / "cache").glob("state-*")
    for path in sorted(state.iterdir()):
        if path.name.endswith(".json") or path.stat().st_size > 200:
            path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
            assert checked(capsys, files) == (0, "2 records: no findings"), path.name
            assert checked(capsys, files) == (0, "0 records: no findings"), path.name


def test_a_file_touched_while_it_was_read_is_not_kept(tmp_path):
    """Nobody can tell which state was read."""
    path = tmp_path / "a.nt"
    write(path, [any_triple(random.Random(1))])  # noqa: S311
    kept = Kept("x", [path], [])
    data = load([path])
    time.sleep(0.01)
    path.touch()
    assert not kept.record(data, None)
    assert kept.restore() is None


def test_clearing_the_cache_removes_states(files, tmp_path, capsys):
    """States go with the stores."""
    checked(capsys, files)
    main(["cache", "--clear"])
    assert list((tmp_path / "cache").iterdir()) == []

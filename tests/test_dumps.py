"""Dumps are the same bytes each time, say exactly what the files say, and replace what was there whole or not at all."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pyoxigraph as ox
import pytest
from rdflib.compare import isomorphic

from gcmgraph import Corpus, Report, close, dump
from gcmgraph import dumps as dumps_module
from gcmgraph.canonical import FORMATS, canonical, serialize
from gcmgraph.errors import DoesNotConformError, UnknownNameError, WriteError
from gcmgraph.findings import Finding
from gcmgraph.namespaces import INFERRED
from gcmgraph.reading import read_triples
from gcmgraph.terms import to_graph

FINE = Report((), 1)
ODD = """@prefix e: <http://e/> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
e:x e:p 1.50 , 01 , +5 , "1e400"^^xsd:double , "2017-01-01T00:00:00.000Z"^^xsd:dateTime , "2017-01-01+00:00"^^xsd:date ,
  "P12M"^^xsd:duration , "1"^^xsd:boolean , "30 February"^^xsd:date , "a\\nb\\t\\"c\\" \\\\ é 漢 😀"@fr , "" ;
  e:q [ e:r "nested" ] ; e:list ( 1 "two" e:three ) .
e:y e:p "another" .
"""


@pytest.fixture
def odd(tmp_path: Path) -> Corpus:
    """A corpus with lexical forms that careless tools rewrite."""
    path = tmp_path / "odd.ttl"
    path.write_text(ODD)
    return Corpus({"http://e/graph": tuple(read_triples(path))})


def lexical(triples) -> set[tuple[str, str, str]]:
    """Write triples exactly, blank nodes masked."""
    return {tuple("_" if isinstance(t, ox.BlankNode) else str(t) for t in triple) for triple in triples}


@pytest.mark.parametrize("name", FORMATS)
def test_a_dump_parses_back_to_the_same_graph_lexical_forms_included(odd, name):
    """Each format gives back every term as it was written."""
    parsed = [quad.triple for quad in ox.parse(serialize(canonical(odd), name), format=FORMATS[name])]
    assert lexical(parsed) == lexical(odd.triples())
    assert isomorphic(to_graph(parsed), to_graph(odd.triples()))


@pytest.mark.parametrize("name", FORMATS)
def test_the_whole_graph_parses_back(corpus, name):
    """Each format gives back the project's own graph, with its named graphs where the format has them."""
    quads = list(ox.parse(serialize(canonical(corpus), name), format=FORMATS[name]))
    assert lexical(quad.triple for quad in quads) == lexical(corpus.triples())
    if name in ("nq", "trig", "jsonld"):
        assert {quad.graph_name.value for quad in quads} == set(corpus.graphs)


def test_dumps_do_not_depend_on_order_or_labels(odd):
    """Shuffled input with other blank-node labels gives the same bytes."""
    text = "\n".join(reversed([f"{t.subject} {t.predicate} {t.object} ." for t in odd.triples()]))
    renamed = [quad.triple for quad in ox.parse(text, format=ox.RdfFormat.N_TRIPLES, rename_blank_nodes=True)]
    other = Corpus({"http://e/graph": tuple(renamed)})
    for name in FORMATS:
        assert serialize(canonical(odd), name) == serialize(canonical(other), name)


def test_dumps_do_not_depend_on_the_process(tmp_path):
    """Two processes with different hash seeds write the same bytes, closure included."""
    code = (
        "import sys; from pathlib import Path; from gcmgraph import Project, read_corpus; from gcmgraph.canonical import *\n"
        "quads = canonical(read_corpus(Project(Path(sys.argv[1]))), inferred=True)\n"
        "[Path(sys.argv[2], n).write_bytes(serialize(quads, n)) for n in FORMATS]"
    )
    root = Path(__file__).parent.parent
    for seed in ("1", "2"):
        (tmp_path / seed).mkdir()
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        subprocess.run([sys.executable, "-c", code, root, tmp_path / seed], check=True, env=environment)
    for name in FORMATS:
        assert (tmp_path / "1" / name).read_bytes() == (tmp_path / "2" / name).read_bytes(), name


def test_inferred_triples_are_a_graph_of_their_own(corpus):
    """What was inferred is told apart from what was asserted, and is what `close` gives."""
    quads = canonical(corpus, inferred=True)
    own = [quad.triple for quad in quads.quads() if quad.graph_name.value == INFERRED]
    assert lexical(own) & lexical(corpus.triples()) == set()
    assert set(to_graph(own)) == set(close(corpus))


def test_nothing_is_written_unless_the_graph_conforms(odd, tmp_path):
    """A graph with findings is not published."""
    report = Report((Finding("x.ttl", 1, 0, "violation", "Rule", "is wrong"),), 1)
    with pytest.raises(DoesNotConformError, match="nothing was written"):
        dump(odd, tmp_path / "out", report=report)
    assert not (tmp_path / "out").exists()


def test_an_unknown_format_is_refused(odd, tmp_path):
    """A format that does not exist is met with those that do."""
    with pytest.raises(UnknownNameError, match="no format 'turtle'; "):
        dump(odd, tmp_path, report=FINE, formats=["turtle"])


def test_other_files_are_left_alone(odd, tmp_path):
    """A dump touches only its own files."""
    (tmp_path / "notes.txt").write_text("mine")
    written = dump(odd, tmp_path, report=FINE, formats=["nt", "ttl"])
    assert [path.name for path in written] == ["gcmgraph.nt", "gcmgraph.ttl"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["gcmgraph.nt", "gcmgraph.ttl", "notes.txt", "odd.ttl"]


@pytest.mark.parametrize(
    "fault", [OSError(28, "No space left on device"), KeyboardInterrupt()], ids=["full disk", "interrupt"]
)
def test_an_interrupted_dump_leaves_what_was_there(odd, tmp_path, monkeypatch, fault):
    """When the second file fails, the first is not replaced either, and no half-written file stays."""
    dump(odd, tmp_path, report=FINE, formats=["nt", "ttl"])
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    real, calls = dumps_module._write_beside, []

    def failing(path, data):
        calls.append(path)
        if len(calls) == 2:
            raise fault
        return real(path, data)

    monkeypatch.setattr(dumps_module, "_write_beside", failing)
    other = Corpus({"http://e/graph": tuple(odd.triples())[:1]})
    with pytest.raises((WriteError, KeyboardInterrupt)) as caught:
        dump(other, tmp_path, report=FINE, formats=["nt", "ttl"])
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
    if isinstance(caught.value, WriteError):
        assert "no space left on device" in str(caught.value)

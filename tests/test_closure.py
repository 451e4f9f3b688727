"""What follows from the graph is what the reference reasoner says follows."""

from __future__ import annotations

from collections import Counter
from zlib import crc32

import pytest
from rdflib import RDF, URIRef

from gcmgraph import Corpus, close
from gcmgraph.closure import RULES, clashes, infer
from gcmgraph.errors import UnknownNameError
from gcmgraph.namespaces import GCM, PREFIXES
from gcmgraph.reading import read_triples

RDFS, OWL = PREFIXES["rdfs"], PREFIXES["owl"]


def corpus_of(tmp_path, text: str) -> Corpus:
    """Read a few triples into a corpus."""
    path = tmp_path / "small.ttl"
    prologue = f"@prefix e: <http://e/> . @prefix gcm: <{GCM}> . @prefix rdfs: <{RDFS}> . @prefix owl: <{OWL}> .\n"
    path.write_text(prologue + text)
    return Corpus({"http://g": tuple(read_triples(path))})


def test_closure_equals_the_reference_reasoner(corpus):
    """The rules and owlrl infer the same triples from the ontology, a third of the records, and all that is rare."""
    uses = Counter(triple.predicate for triple in corpus.triples())
    third = {
        name: tuple(
            t
            for t in triples
            if "/ontology/" in name or uses[t.predicate] < 100 or crc32(str(t.subject).encode()) % 3 == 0
        )
        for name, triples in corpus.graphs.items()
    }
    small = Corpus(third)
    assert {t.predicate for t in corpus.triples()} == {t.predicate for t in small.triples()}
    ours, reference = close(small), close(small, reasoner="owlrl")
    assert set(ours - reference) == set()
    assert set(reference - ours) == set()
    assert len(ours) > 5000


@pytest.mark.parametrize(
    ("rule", "text", "expected"),
    [
        ("scm-sco", "e:a rdfs:subClassOf e:b . e:b rdfs:subClassOf e:c .", ("a", RDFS + "subClassOf", "c")),
        ("scm-spo", "e:a rdfs:subPropertyOf e:b . e:b rdfs:subPropertyOf e:c .", ("a", RDFS + "subPropertyOf", "c")),
        ("scm-dom1", "e:p rdfs:domain e:a . e:a rdfs:subClassOf e:b .", ("p", RDFS + "domain", "b")),
        ("scm-dom2", "e:q rdfs:domain e:a . e:p rdfs:subPropertyOf e:q .", ("p", RDFS + "domain", "a")),
        ("scm-rng1", "e:p rdfs:range e:a . e:a rdfs:subClassOf e:b .", ("p", RDFS + "range", "b")),
        ("scm-rng2", "e:q rdfs:range e:a . e:p rdfs:subPropertyOf e:q .", ("p", RDFS + "range", "a")),
        ("prp-spo1", "e:p rdfs:subPropertyOf e:q . e:x e:p e:y .", ("x", "http://e/q", "y")),
        ("prp-inv1", "e:p owl:inverseOf e:q . e:x e:p e:y .", ("y", "http://e/q", "x")),
        ("prp-inv2", "e:p owl:inverseOf e:q . e:x e:q e:y .", ("y", "http://e/p", "x")),
        ("prp-trp", "e:p a owl:TransitiveProperty . e:x e:p e:y . e:y e:p e:z .", ("x", "http://e/p", "z")),
        (
            "prp-spo2 of two",
            "e:r owl:propertyChainAxiom ( e:p e:q ) . e:x e:p e:y . e:y e:q e:z .",
            ("x", "http://e/r", "z"),
        ),
        (
            "prp-spo2 of three",
            "e:r owl:propertyChainAxiom ( e:p e:q e:p ) . e:x e:p e:y . e:y e:q e:z . e:z e:p e:u .",
            ("x", "http://e/r", "u"),
        ),
        ("prp-dom", "e:p rdfs:domain e:a . e:x e:p 1 .", ("x", str(RDF.type), "a")),
        ("prp-rng", "e:p rdfs:range e:a . e:x e:p e:y .", ("y", str(RDF.type), "a")),
        ("cax-sco", "e:a rdfs:subClassOf e:b . e:x a e:a .", ("x", str(RDF.type), "b")),
    ],
    ids=list(RULES),
)
def test_each_rule(tmp_path, monkeypatch, rule, text, expected):
    """A rule infers what the standard says, and without the rule nothing else does."""
    triple = (URIRef("http://e/" + expected[0]), URIRef(expected[1]), URIRef("http://e/" + expected[2]))
    corpus = corpus_of(tmp_path, text)
    assert triple in close(corpus)
    monkeypatch.delitem(RULES, rule)
    assert triple not in close(corpus)


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ("cax-dw", "e:a owl:disjointWith e:b . e:x a e:a , e:b ."),
        ("cax-adc", "[] a owl:AllDisjointClasses ; owl:members ( e:a e:b e:c ) . e:x a e:a , e:c ."),
        ("prp-irp", "e:p a owl:IrreflexiveProperty . e:x e:p e:x ."),
        ("prp-asyp", "e:p a owl:AsymmetricProperty . e:x e:p e:y . e:y e:p e:x ."),
    ],
)
def test_each_contradiction(tmp_path, rule, text):
    """A contradiction is found and named by the rule of the standard."""
    corpus = corpus_of(tmp_path, text)
    assert {found[0] for found in clashes(corpus, infer(corpus))} == {rule}


def test_an_unknown_reasoner_is_refused(corpus):
    """A reasoner that does not exist is met with those that do."""
    with pytest.raises(UnknownNameError, match="no reasoner 'rule'; did you mean 'rules'"):
        close(corpus, reasoner="rule")


def test_the_graph_has_no_contradiction(corpus):
    """The closed graph is consistent."""
    assert list(clashes(corpus, infer(corpus))) == []


def test_closing_is_idempotent(corpus):
    """Closing a closed graph adds nothing."""
    inferred = infer(corpus)
    again = Corpus({**corpus.graphs, "http://inferred": tuple(inferred)})
    assert infer(again) == []


def test_two_step_facts_become_one_step(embedded):
    """Chains: taking part in a session is taking part in its meeting; the same for statements; speaking for a body involves it."""
    text = f"""PREFIX gcm: <{GCM}> PREFIX actor: <{PREFIXES["actor"]}> PREFIX event: <{PREFIXES["event"]}>
    ASK {{ actor:mehmet-samsar gcm:participatedIn event:gfmd-dialogue-2017-04 ; gcm:affiliatedWith actor:turkey .
    ?statement gcm:madeAt event:gfmd-dialogue-2017-04-session-1 ; gcm:madeWithin event:gfmd-dialogue-2017-04 , event:gfmd .
    event:gfmd-dialogue-2017-04-session-1 gcm:involves actor:mehmet-samsar }}"""
    assert embedded.query(text).boolean()

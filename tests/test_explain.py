"""Each explanation rests on what is asserted, and each of its steps follows by its rule."""

from __future__ import annotations

import json

import pyoxigraph as ox
import pytest
from conftest import ROOT
from hypothesis import given, settings
from test_closure import ENTAILMENTS, SMALL, graph_of, triples

from gcmgraph.cli import main
from gcmgraph.errors import DoesNotFollowError
from gcmgraph.namespaces import INFERRED
from gcmgraph.reasoning.closure import Closure
from gcmgraph.reasoning.explain import Proof, explain, inferred_about
from gcmgraph.reasoning.rules import MEMBER

GRAPH = "http://e/graph"


def closed_store(asserted: list[ox.Triple]) -> ox.Store:
    """Fill a store with triples and what follows from them, blank nodes by the names that they have."""
    store = ox.Store()
    for name, own in ((GRAPH, asserted), (INFERRED, list(Closure(asserted).triples()))):
        store.extend(ox.Quad(*triple, graph) for triple in own for graph in (ox.NamedNode(name), ox.DefaultGraph()))
    return store


def check(proof: Proof, lists: list[ox.Triple]) -> None:
    """Derive the conclusion of each step anew from its premises alone."""
    if not proof.rule:
        assert proof.graphs
        return
    premises = [ox.Triple(*premise.fact) for premise in proof.premises]
    subject, predicate, value = proof.fact
    if not (subject == value and predicate.value.endswith(("subClassOf", "subPropertyOf"))):
        assert ox.Triple(*proof.fact) in set(Closure([*premises, *lists]).triples()), proof.rule
    for premise in proof.premises:
        check(premise, lists)


def cells(asserted: list[ox.Triple]) -> list[ox.Triple]:
    """Pick the triples that make lists: a premise names a list, not its cells."""
    return [t for t in asserted if t.predicate.value.endswith(("#first", "#rest"))]


@pytest.mark.parametrize(
    ("rule", "text", "expected"), [row[:3] for row in ENTAILMENTS], ids=[f"{r[0]} {n}" for n, r in enumerate(ENTAILMENTS)]
)  # fmt: skip
def test_each_rule_is_named(rule, text, expected):
    """What a rule concludes is explained by it, or by rules that conclude the same as soon."""
    asserted = triples(text)
    for triple in triples(expected):
        (proof,) = explain(closed_store(asserted), [tuple(triple)])
        check(proof, cells(asserted))
        assert 1 <= proof.depth() <= 3
        if proof.depth() == 1 and rule not in ("cls-int2", "cls-uni", "cax-eqc2", "prp-eqp2"):
            assert proof.rule == rule.partition(" ")[0]


@settings(max_examples=40, deadline=None)
@given(SMALL)
def test_every_inferred_fact_is_explained(facts):
    """On random small graphs each inferred fact has a proof, and each step of it follows."""
    asserted = graph_of(facts)
    store = closed_store(asserted)
    for proof in explain(store, [tuple(triple) for triple in list(Closure(asserted).triples())[:40]]):
        check(proof, cells(asserted))


def test_facts_of_the_graph_are_explained(corpus):
    """A sample of what follows from the project's own graph is explained, down to its files."""
    asserted = list(corpus.triples())
    closure, store, lists = Closure(asserted), closed_store(asserted), cells(asserted)
    sample = sorted(closure.triples(), key=str)[:: len(closure) // 60]
    for proof in explain(store, [tuple(triple) for triple in sample]):
        check(proof, lists)
        assert MEMBER not in str(proof)


def test_what_does_not_follow_is_not_explained():
    """A fact that is neither asserted nor inferred is refused; one that is asserted is told to be."""
    store = closed_store(triples("e:c rdfs:subClassOf e:d . e:x a e:c ."))
    with pytest.raises(DoesNotFollowError, match="is neither asserted nor inferred"):
        explain(store, [tuple(triples("e:x a e:f .")[0])])
    fact = tuple(triples("e:x a e:c .")[0])
    assert explain(store, [fact]) == [Proof(fact, "", (), (GRAPH,))]
    assert inferred_about(store, "http://e/x") == [tuple(t) for t in triples("e:x a e:d .")]


def test_an_explanation_on_the_command_line(capsys, monkeypatch):
    """The text names rule, file and line at each step; the JSON holds the same; nonsense is refused."""
    monkeypatch.chdir(ROOT)
    words = ["actor:mehmet-samsar", "gcm:participatedIn", "event:gfmd-dialogue-2017-04"]
    assert main(["explain", *words]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].endswith("[prp-spo2]")
    assert any(
        "owl:propertyChainAxiom ( gcm:participatedIn gcm:isPartOf )  ontology/participation.ttl:" in line
        for line in lines
    )
    assert any("data/documents/geneva-2017-report.ttl:" in line for line in lines)
    assert main(["explain", *words, "--format", "json"]) == 0
    (body,) = json.loads(capsys.readouterr().out)
    assert body["rule"] == "prp-spo2"
    assert len(body["premises"]) == 3
    assert main(["explain", "actor:mehmet-samsar"]) == 0
    assert "foaf:Person  [cax-sco]" in capsys.readouterr().out
    assert main(["explain", "actor:mehmet-samsar", "gcm:participatedIn", "event:idm"]) == 1
    assert main(["explain", "actor:mehmet-samsar", "nonsense"]) == 2
    assert "write it like actor:mehmet-samsar" in capsys.readouterr().err

"""Why a fact is inferred: the rules and premises behind it, down to triples that stand in files."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING

import pyoxigraph as ox

from gcmgraph.errors import DoesNotFollowError
from gcmgraph.namespaces import INFERRED, PREFIXES, curie
from gcmgraph.reasoning.rules import EQUALITY, LIST_RULES, MEMBER, RULES, Rule, list_rules, parse_rule

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from gcmgraph.reasoning.rules import Part

    Term = ox.NamedNode | ox.BlankNode | ox.Literal
    Fact = tuple[Term, Term, Term]
    Bindings = Mapping[Part, Term]

DEFAULT = ox.DefaultGraph()
DEEPEST = 24
RDF, RDFS, OWL = (PREFIXES[name] for name in ("rdf", "rdfs", "owl"))
REFLEXIVE = (ox.NamedNode(RDFS + "subClassOf"), ox.NamedNode(RDFS + "subPropertyOf"))
LISTS = ("propertyChainAxiom", "hasKey", "intersectionOf", "unionOf", "oneOf", "members")


@dataclass(frozen=True)
class Proof:
    """A fact and why it holds.

    Attributes:
        fact: subject, predicate and object.
        rule: what the standard calls the rule that concludes it; empty if it is asserted.
        premises: the facts that the rule needs, each with its own proof.
        graphs: the IRIs of the graphs that assert it.
        members: what the list holds, if the object is the list of an axiom.
    """

    fact: Fact
    rule: str
    premises: tuple[Proof, ...]
    graphs: tuple[str, ...]
    members: tuple[Term, ...] = ()

    def depth(self) -> int:
        """Count the steps from the fact down to the farthest assertion."""
        return 1 + max((premise.depth() for premise in self.premises), default=0) if self.rule else 0


def explain(
    store: ox.Store, facts: Sequence[Fact], *, progress: Callable[[int, int], None] = lambda *_: None
) -> list[Proof]:
    """Find the shortest explanation of each of some facts.

    Args:
        store: holds what is asserted in named graphs, what is inferred in the graph of that name, and the union of both
            as its default graph.
        facts: subject, predicate and object of each.
        progress: called with the number of facts explained and their total.

    Returns:
        For each fact a proof, with as few steps from it to its farthest assertion as there can be.

    Raises:
        DoesNotFollowError: a fact is neither asserted nor inferred, or needs more than DEEPEST steps.

    Source:
        OWL 2 Profiles, section 4.3; the rules are those of `gcmgraph.reasoning.rules`.
    """
    prover, proofs = _Prover(store), []
    for number, fact in enumerate(facts, 1):
        proofs.append(_explanation(prover, fact))
        progress(number, len(facts))
    return proofs


def _explanation(prover: _Prover, fact: Fact) -> Proof:
    """Look for a proof of no step, of one, of two, and so on."""
    shown = " ".join(curie(term.value) if isinstance(term, ox.NamedNode) else str(term) for term in fact)
    if not prover.holds(fact):
        raise DoesNotFollowError(shown, "is neither asserted nor inferred", "ask 'gcmgraph explain IRI' what is")
    for depth in range(DEEPEST + 1):
        proof = prover.prove(fact, depth)
        if proof is not None:
            return proof
    raise DoesNotFollowError(shown, f"is not explained in {DEEPEST} steps", "explain what it rests on")


def inferred_about(store: ox.Store, iri: str) -> list[Fact]:
    """List the inferred facts that have an IRI as their subject or object, sorted."""
    node, graph = ox.NamedNode(iri), ox.NamedNode(INFERRED)
    quads = chain(store.quads_for_pattern(node, None, None, graph), store.quads_for_pattern(None, None, node, graph))
    return [tuple(triple) for triple in sorted({quad.triple for quad in quads}, key=str)]


class _Prover:
    """Searches backwards from a fact through a closed graph."""

    def __init__(self, store: ox.Store) -> None:
        self._store = store
        self._proved: dict[Fact, Proof] = {}
        self._failed: dict[Fact, int] = {}

    def holds(self, fact: Fact) -> bool:
        """Tell whether a fact is asserted or inferred."""
        return any(True for _ in self._lookup(*fact))

    def prove(self, fact: Fact, depth: int) -> Proof | None:
        """Find a proof of at most a number of steps."""
        if fact in self._proved and self._proved[fact].depth() <= depth:
            return self._proved[fact]
        graphs = self._asserting(fact)
        proof = Proof(fact, "", (), graphs, tuple(self._lists.get(fact[2], ()))) if graphs else None
        if proof is None and depth > self._failed.get(fact, 0):
            proof = next(self._steps(fact, depth), None)
            if proof is None:
                self._failed[fact] = depth
        if proof is not None:
            self._proved[fact] = proof
        return proof

    def _steps(self, fact: Fact, depth: int) -> Iterator[Proof]:
        """Find the rules that conclude a fact from what can be proved in one step less."""
        for rule in self._rules:
            start = _unified(rule.head or (), fact, {})
            if start is None:
                continue
            for bindings in self._solutions(rule, list(rule.body), start):
                facts = [_put(atom, bindings) for atom in rule.body if atom[1] != MEMBER]
                if fact not in facts:
                    premises = _all(self.prove(premise, depth - 1) for premise in facts)
                    if premises is not None:
                        yield Proof(fact, rule.name, premises, ())

    def _solutions(self, rule: Rule, atoms: list[tuple[Part, Part, Part]], bindings: Bindings) -> Iterator[Bindings]:
        """Find the bindings that fulfil some atoms."""
        if not atoms:
            if all(bindings.get(one) != bindings.get(other) for one, other in rule.unequal):
                yield bindings
            return
        atom = max(atoms, key=lambda atom: sum(_value(part, bindings) is not None for part in atom))
        rest = [other for other in atoms if other is not atom]
        for fact in self._matches(atom, bindings):
            more = _unified(atom, fact, bindings)
            if more is not None:
                yield from self._solutions(rule, rest, more)

    def _matches(self, atom: tuple[Part, Part, Part], bindings: Bindings) -> Iterator[Fact]:
        """Look up the facts that an atom could mean."""
        subject, predicate, value = (_value(part, bindings) for part in atom)
        if atom[1] == MEMBER:
            heads = [subject] if subject is not None else list(self._lists)
            yield from ((head, ox.NamedNode(MEMBER), member) for head in heads for member in self._lists.get(head, ()))
        elif isinstance(atom[2], str) and atom[2].isdigit():
            found = self._lookup(subject, predicate, None)
            yield from (fact for fact in found if getattr(fact[2], "value", "").lstrip("0") == atom[2].lstrip("0"))
        else:
            yield from self._lookup(subject, predicate, value)

    def _lookup(self, subject: Term | None, predicate: Term | None, value: Term | None) -> Iterator[Fact]:
        """Look up facts; every class and property is below itself, which no graph says."""
        if not isinstance(subject, ox.Literal) and not isinstance(predicate, ox.BlankNode | ox.Literal):
            for quad in self._store.quads_for_pattern(subject, predicate, value, DEFAULT):
                yield quad.subject, quad.predicate, quad.object  # type: ignore[misc]
        same = subject if subject is not None else value
        if predicate in REFLEXIVE and same is not None and value in (None, same):
            yield same, predicate, same

    def _asserting(self, fact: Fact) -> tuple[str, ...]:
        """List the graphs that assert a fact."""
        subject, predicate, value = fact
        if isinstance(subject, ox.Literal) or not isinstance(predicate, ox.NamedNode):
            return ()
        graphs = [quad.graph_name for quad in self._store.quads_for_pattern(subject, predicate, value)]
        names = {graph.value for graph in graphs if isinstance(graph, ox.NamedNode)}
        return tuple(sorted(names - {INFERRED}))

    @cached_property
    def _rules(self) -> list[Rule]:
        """Read the rules, those of equality last: they apply to everything."""
        fixed = [parse_rule(name, text) for name, text in RULES.items() if name not in EQUALITY]
        equality = [parse_rule(name, RULES[name]) for name in EQUALITY if name in RULES]
        rules = [rule for rule in (*fixed, *self._list_rules(), *equality) if rule.head is not None]
        return sorted(rules, key=lambda rule: rule.name in EQUALITY)

    def _list_rules(self) -> Iterator[Rule]:
        """Write the rules of lists, each with the axiom that names its list as a premise."""
        for axiom, _ in LIST_RULES.values():
            for owner, _, head in self._lookup(None, ox.NamedNode(axiom), None):
                members = [_name(member) for member in self._lists[head]]
                for rule in list_rules({axiom: [(_name(owner), members)]}):
                    body = ((_name(owner), axiom, _name(head)), *rule.body)
                    yield Rule(rule.name, body, rule.head, rule.unequal)

    @cached_property
    def _lists(self) -> dict[Term, list[Term]]:
        """Read the lists that axioms name."""
        first, rest = ox.NamedNode(RDF + "first"), ox.NamedNode(RDF + "rest")
        found: dict[Term, list[Term]] = {}
        for name in LISTS:
            for _, _, head in self._lookup(None, ox.NamedNode(OWL + name), None):
                node, members, seen = head, [], set()
                while node not in seen:
                    seen.add(node)
                    members += [value for _, _, value in self._lookup(node, first, None)]
                    node = next((value for _, _, value in self._lookup(node, rest, None)), node)
                found[head] = members
        return found


def _all(proofs: Iterator[Proof | None]) -> tuple[Proof, ...] | None:
    """Gather proofs, or give up at the first that is missing."""
    found: list[Proof] = []
    for proof in proofs:
        if proof is None:
            return None
        found.append(proof)
    return tuple(found)


def _value(part: Part, bindings: Bindings) -> Term | None:
    """Give the term that a part stands for, if it is known."""
    name = str(part)
    if name.startswith("?") or name.isdigit():
        return bindings.get(part)
    return ox.BlankNode(name[2:]) if name.startswith("_:") else ox.NamedNode(name)


def _name(term: Term) -> Part:
    """Name an IRI or blank node as rules do."""
    return term.value if isinstance(term, ox.NamedNode) else str(term)


def _put(atom: tuple[Part, Part, Part], bindings: Bindings) -> Fact:
    """Put terms in the place of variables."""
    return tuple(_value(part, bindings) for part in atom)  # type: ignore[return-value]


def _unified(atom: tuple[Part, ...], fact: Fact, bindings: Bindings) -> Bindings | None:
    """Bind the variables of an atom so that it means a fact; None if it cannot."""
    found = dict(bindings)
    for part, term in zip(atom, fact, strict=True):
        name = str(part)
        is_open = name.startswith("?") or name.isdigit()
        if (found.setdefault(part, term) if is_open else _value(part, {})) != term:
            return None
    return found

"""The SPARQL of shapes, run by Oxigraph on the part of the data that it asks about.

Source:
    SHACL, sections 5 and 6, and appendix A (pre-binding).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import pyoxigraph as ox

from gcmgraph.errors import ReadError, cut
from gcmgraph.namespaces import PREFIXES
from gcmgraph.reasoning.columns import among, distinct
from gcmgraph.shacl.custom import Sparql, local_name
from gcmgraph.shacl.graph import BLANK
from gcmgraph.shacl.model import Custom
from gcmgraph.shacl.paths import predicate
from gcmgraph.shacl.query_paths import paths_of, with_path
from gcmgraph.shacl.violations import Nodes, Told, Violations

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from gcmgraph.reasoning.columns import Numbers
    from gcmgraph.shacl.graph import DataGraph
    from gcmgraph.shacl.index import Index, Term
    from gcmgraph.shacl.model import Constraint, Shape

RDF = PREFIXES["rdf"]
SHAPES_GRAPH = ox.NamedNode("urn:gcmgraph:shapes")
BOUND_GRAPH = ox.NamedNode("urn:gcmgraph:bound")
HERE = ox.NamedNode("urn:gcmgraph:here")
FEW = 500
PART = 5000
_PIECES = re.compile(
    r"""(?P<iri><[^<>\s]*>)|\#[^\n]*|"{3}.*?"{3}|'{3}.*?'{3}|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|(?P<brace>\{(?!\s*SELECT\b))""",
    re.DOTALL | re.IGNORECASE | re.VERBOSE,
)
_STEPWISE = re.compile(
    r"\b(?:OPTIONAL|UNION|BIND|GROUP|HAVING|LIMIT|OFFSET|GRAPH|FROM|COUNT|MAX|MIN|SUM|SAMPLE|BOUND)\b"
    r"|\{\s*SELECT\b|\{\s*\{|[?$](?:shapesGraph|currentShape|value\s+AS)\b",
    re.IGNORECASE,
)
_MAY_STAY = re.compile(r"[)>\w]\s*(?:\*|\?(?!\w))")
_DECLARED = re.compile(r"PREFIX\s+([\w.-]*):\s*<([^<>\s]*)>", re.IGNORECASE)
_TOKENS = re.compile(
    r"(?P<variable>[?$]\w+)|(?P<iri><[^<>\s]*>)|(?P<name>[\w.-]*:[\w.-]*\w|[\w-]*:)|(?P<word>\w+)|(?P<mark>[^\s\w])"
)


class Queries:
    """Runs the queries of shapes over one graph."""

    def __init__(self, graph: DataGraph, shapes: Index, others: Sequence[str] = ()) -> None:
        self._graph = graph
        self._shapes = shapes
        self._stores: dict[bool, ox.Store] = {}
        self._names: set[str] = set()
        self._others = others

    def check(self, shape: Shape, constraint: Constraint, nodes: Nodes) -> list[Violations]:
        """Check a SPARQL constraint, or a constraint of a component that is defined by SPARQL."""
        rows = [row for part in _parts(nodes) for row in self._rows(shape, constraint, *part)]
        if not rows:
            return []
        owner = np.array([row[0] for row in rows])
        values = np.array([row[1] for row in rows])
        told = tuple(row[2] for row in rows)
        return [Violations(shape, constraint, owner, nodes.focus[owner], values, None, told)]

    def _rows(self, shape: Shape, constraint: Constraint, first: int, nodes: Nodes) -> Iterator[tuple[int, int, Told]]:
        """Find the violations: the focus node's position, counted from the first, the value node and what is told."""
        yield from ((first + place, value, told) for place, value, told in self._violating(shape, constraint, nodes))

    def _violating(self, shape: Shape, constraint: Constraint, nodes: Nodes) -> Iterator[tuple[int, int, Told]]:
        """Find the same, counted from 0."""
        parameter = constraint.parameter
        if isinstance(parameter, Sparql):
            yield from self._selected(shape, parameter, nodes, {}, constraint=parameter.node)
        elif isinstance(parameter, Custom):
            query = parameter.component.validator(is_property=shape.path is not None)
            values = {local_name(name): term for name, term in parameter.values}
            if query is not None and query.is_ask:
                yield from self._denied(shape, query, nodes, values)
            elif query is not None:
                yield from self._selected(shape, query, nodes, values, constraint=None)

    def _denied(
        self, shape: Shape, query: Sparql, nodes: Nodes, values: Mapping[str, Term]
    ) -> Iterator[tuple[int, int, Told]]:
        """Ask for each value node whether it conforms."""
        text = with_path(shape, query)
        store = self._near(shape, query, nodes) or self._store(text)
        for place, number in zip(nodes.place.tolist(), nodes.value.tolist(), strict=True):
            term, this = self._graph.terms[number], self._graph.terms[int(nodes.focus[place])]
            given = {**values, "this": this, "value": term, **self._context(shape)}
            if not _answer(store, text, given):
                yield place, number, Told(_filled(query.messages or shape.messages, given), query.severity)

    def _selected(
        self, shape: Shape, query: Sparql, nodes: Nodes, values: Mapping[str, Term], *, constraint: Term | None
    ) -> Iterator[tuple[int, int, Told]]:
        """Select what violates, for all focus nodes at once where that means the same."""
        text = with_path(shape, query)
        store = self._near(shape, query, nodes) or self._store(text)
        for place, row in self._solutions(shape, (text, store), nodes, values):
            focus = self._graph.terms[int(nodes.focus[place])]
            value = row.get("value") or (focus if shape.path is None else None)
            path = row.get("path")
            own = predicate(path.value) if isinstance(path, ox.NamedNode) else None
            messages = tuple(m for m in [row.get("message")] if isinstance(m, ox.Literal))
            given = {**values, **row, "this": focus, **({"value": value} if value is not None else {})}
            told = _filled(messages or query.messages or shape.messages, given)
            number = self._graph.terms.find(value) if value is not None else -1
            yield place, number, Told(told, query.severity, own, value if number < 0 else None, constraint)

    def _solutions(
        self, shape: Shape, query: tuple[str, ox.Store], nodes: Nodes, values: Mapping[str, Term]
    ) -> Iterator[tuple[int, dict[str, Term]]]:
        """Run a query on a store: the position of the focus node, and the other variables, for each solution."""
        terms, (text, store) = self._graph.terms, query
        # a path of no steps leads to a node itself only where the store has met the node
        if _MAY_STAY.search(_plain(text)) and _named(text) is not None:
            store.extend(ox.Quad(HERE, HERE, terms[number]) for number in nodes.focus.tolist())
        is_joined = re.search(r"[?$]this\s+[<^(]", text) is not None
        has_blank = bool((self._graph.kinds()[nodes.focus] == BLANK).any())
        if values or (has_blank and not is_joined) or _STEPWISE.search(_plain(text).partition("{")[2]):
            for place, number in enumerate(nodes.focus.tolist()):
                given = {"this": terms[number], **values, **self._context(shape)}
                for row in _run(store, text, given):
                    yield place, row
            return
        wanted = nodes.focus
        if not has_blank and (len(wanted) <= FEW or not is_joined):
            named = " ".join(str(terms[number]) for number in wanted.tolist())
            head, brace, rest = text.partition("{")
            text = f"{head}{brace} VALUES ?this {{ {named} }} {rest}"
        found = list(_run(store, text, {}))
        if any("this" not in row for row in found):
            raise ReadError("shapes", "a query does not select $this", "add $this to its SELECT")
        numbers = np.array([terms.find(row["this"]) for row in found], np.int64)
        inside = among(np.sort(wanted), numbers)
        order = np.argsort(wanted, kind="stable")
        for row, number, is_focus in zip(found, numbers.tolist(), inside.tolist(), strict=True):
            if is_focus:
                yield int(order[np.searchsorted(wanted, number, sorter=order)]), row

    def _context(self, shape: Shape) -> dict[str, Term]:
        """Give the values of the variables that name the shapes graph and the shape."""
        return {"shapesGraph": SHAPES_GRAPH, "currentShape": shape.node}

    def _near(self, shape: Shape, query: Sparql, nodes: Nodes) -> ox.Store | None:
        """Hold in a store what a query reads about some nodes; None if that is not known."""
        paths = paths_of(shape, query)
        if paths is None:
            return None
        store = ox.Store()
        store.extend(self._quads_of(self._graph.along(paths, nodes.focus)))
        return store

    def _store(self, text: str) -> ox.Store:
        """Hold in a store what a query can ask about: what all queries that name their predicates name, or all."""
        names = _named(text)
        if names is not None and not names <= self._names:
            self._names |= names.union(*filter(None, map(_named, self._others)))
            self._stores.pop(True, None)
        is_part = names is not None
        if is_part not in self._stores:
            store = ox.Store()
            store.bulk_extend(self._quads(self._names if is_part else None))
            store.extend(ox.Quad(t.subject, t.predicate, t.object, SHAPES_GRAPH) for t in self._shapes.triples)
            self._stores[is_part] = store
        return self._stores[is_part]

    def _quads(self, names: Iterable[str] | None) -> Iterable[ox.Quad]:
        """Give the triples of some predicates and the members of some classes, or all."""
        rows, terms = self._graph.rows, self._graph.terms
        if names is not None:
            wanted = [terms.find(ox.NamedNode(name)) for name in names]
            types = rows[:, 1] == terms.find(ox.NamedNode(RDF + "type"))
            rows = rows[np.isin(rows[:, 1], wanted) | (types & np.isin(rows[:, 2], wanted))]
        return self._quads_of(rows)

    def _quads_of(self, rows: Numbers) -> Iterable[ox.Quad]:
        """Give some rows as triples of the default graph."""
        each = distinct(rows.ravel())
        listed = self._graph.terms.listed()
        known = {number: listed[number] for number in each.tolist()}
        for subject, name, value in rows.tolist():
            yield ox.Quad(known[subject], known[name], known[value])


def _parts(nodes: Nodes) -> Iterator[tuple[int, Nodes]]:
    """Take focus nodes some at a time, each time with the position of the first."""
    for first in range(0, len(nodes.focus), PART):
        focus = nodes.focus[first : first + PART]
        own = slice(*np.searchsorted(nodes.place, [first, first + len(focus)]))
        yield first, Nodes(focus, nodes.place[own] - first, nodes.value[own])


def _plain(text: str) -> str:
    """Leave out comments and the insides of strings."""
    return _PIECES.sub(lambda match: match.group() if match["iri"] or match["brace"] else '""', text)


def _prebound(text: str, given: Mapping[str, Term]) -> str:
    """Give variables their values in every group of a query, so that filters and other groups see them too."""
    used = [name for name in given if re.search(rf"[?$]{name}\b", text)]
    bound = "".join(f" {_binding(name, given[name])} " for name in used)
    return _PIECES.sub(lambda match: match.group() + (bound if match["brace"] else ""), text)


def _binding(name: str, term: Term) -> str:
    """Write the pattern that gives a variable its value; a blank node, which has no name, is looked up."""
    if isinstance(term, ox.BlankNode):
        return f"GRAPH {BOUND_GRAPH} {{ {BOUND_GRAPH} <urn:gcmgraph:{name}> ?{name} }}"
    return f"VALUES ?{name} {{ {term} }}"


def _answer(store: ox.Store, text: str, given: Mapping[str, Term]) -> ox.QueryBoolean | ox.QuerySolutions:
    """Run a query with some variables bound beforehand."""
    blank = {name: term for name, term in given.items() if isinstance(term, ox.BlankNode)}
    store.remove_graph(BOUND_GRAPH)
    for name, term in blank.items():
        store.add(ox.Quad(BOUND_GRAPH, ox.NamedNode(f"urn:gcmgraph:{name}"), term, BOUND_GRAPH))
    try:
        return store.query(_prebound(text, given))  # type: ignore[return-value]
    except (SyntaxError, ValueError, OSError, RuntimeError) as error:
        raise ReadError("shapes", f"a query cannot be run ({cut(str(error))})", "mend the query") from error


def _run(store: ox.Store, text: str, given: Mapping[str, Term]) -> Iterator[dict[str, Term]]:
    """Give the solutions of a query, each with the variables that it binds."""
    found = _answer(store, text, given)
    if isinstance(found, ox.QueryBoolean):
        raise ReadError("shapes", "sh:select holds a query that selects nothing", "write SELECT")
    names = [variable.value for variable in found.variables]
    for row in found:
        yield {name: row[name] for name in names if row[name] is not None}


def _filled(messages: Iterable[ox.Literal], given: Mapping[str, Term]) -> tuple[ox.Literal, ...]:
    """Put the values of variables into messages."""

    def value(match: re.Match[str]) -> str:
        term = given.get(match.group(1))
        return term.value if term is not None else match.group()

    texts = [(message, re.sub(r"\{[?$](\w+)\}", value, message.value)) for message in messages]
    return tuple(ox.Literal(text, language=m.language) if m.language else ox.Literal(text) for m, text in texts)


@lru_cache
def _named(text: str) -> frozenset[str] | None:
    """List what a query names, its predicates among them; None if a predicate may be any.

    rdf:type is only among them if more is asked than whether a node is of a class that is named.
    """
    prefixes = dict(_DECLARED.findall(text))
    names: set[str] = set()
    matches = list(_TOKENS.finditer(_DECLARED.sub(" ", _plain(text)).partition("{")[2]))
    words = ["{", "{", *(match.group() for match in matches), ""]
    for before, last, match, after in zip(words, words[1:], matches, words[3:], strict=False):
        kind, word = match.lastgroup, match.group()
        is_open = last in ";[]" or (before in ".{})" and last not in ".{}(),")
        is_negated = word == "!" and after != "=" and (after in ("a", "(", "^") or not after.isalpha())
        if is_negated or (kind == "variable" and is_open):
            return None
        if kind == "iri":
            names.add(word[1:-1])
        elif kind == "name":
            prefix, _, local = word.partition(":")
            names |= {prefixes[prefix] + local} if prefix in prefixes else set()
        elif word == "a" and not (":" in after or after.startswith("<")):
            names.add(RDF + "type")
    return frozenset(names)

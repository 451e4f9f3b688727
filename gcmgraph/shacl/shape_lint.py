"""Find what is wrong with shapes themselves: what SHACL does not define, what nothing can satisfy, what hangs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import pyoxigraph as ox

from gcmgraph.errors import ReadError, nearest
from gcmgraph.namespaces import PREFIXES, curie
from gcmgraph.shacl.custom import SKIPPED, components, prologue, read_sparql
from gcmgraph.shacl.form_lint import ill_formed
from gcmgraph.shacl.index import Index
from gcmgraph.shacl.shapes import PARAMETERS, SHAPE_LISTS, SHAPES, TARGETS, TERM_LISTS
from gcmgraph.shacl.slowness import compiles, slow_part
from gcmgraph.shacl.vocabulary import TERMS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from gcmgraph.shacl.index import Term

SH, RDF = PREFIXES["sh"], PREFIXES["rdf"]
LISTS = (*SHAPE_LISTS, *TERM_LISTS, "ignoredProperties", "alternativePath")
ORDERED = (
    ("minCount", "maxCount"), ("minLength", "maxLength"), ("qualifiedMinCount", "qualifiedMaxCount"),
    ("minInclusive", "maxInclusive"), ("minInclusive", "maxExclusive"), ("minExclusive", "maxInclusive"),
    ("minExclusive", "maxExclusive"),
)  # fmt: skip
NAMING = ("targetClass", "targetSubjectsOf", "targetObjectsOf", "class", "path")
QUERIES = ("select", "ask")
_DECLARED = re.compile(r"\bPREFIX\s+([\w.-]*):", re.IGNORECASE)
_USED = re.compile(r"(?<![\w:?$@^-])([A-Za-z][\w-]*)?:(?=[\w%\\]|(?=\s))")
_PREFIX_LINE = re.compile(r"\bPREFIX\s+[\w.-]*:\s*", re.IGNORECASE)


class Fault(NamedTuple):
    """What is wrong with a shape, at the triple that says it."""

    rule: str
    problem: str
    advice: str
    subject: Term
    predicate: str
    object: Term
    severity: str = "violation"


def lint_shapes(
    triples: Iterable[ox.Triple], vocabulary: Collection[str] = (), namespaces: tuple[str, ...] = ()
) -> Iterator[Fault]:
    """Find what is wrong with shapes.

    Args:
        triples: the shapes.
        vocabulary: the classes and properties that exist.
        namespaces: those whose terms have to be in the vocabulary.
    """
    index = Index(triples)
    for check in (
        _unknown_terms,
        _lists,
        _severities,
        _patterns,
        _impossible,
        _empty,
        _queries,
        _recursive,
    ):
        yield from check(index)
    yield from (Fault(*flaw) for flaw in ill_formed(index))
    yield from _unknown_names(index, set(vocabulary), namespaces)


def _stated(index: Index, names: Iterable[str]) -> Iterator[tuple[Term, str, Term]]:
    """Go through the triples of some of SHACL's properties: subject, name, object."""
    for name in names:
        for node, values in index.subjects(SH + name).items():
            yield from ((node, name, value) for value in values)


def _unknown_terms(index: Index) -> Iterator[Fault]:
    """Find terms in SHACL's namespace that it does not define."""
    for triple in index.triples:
        for term in (triple.predicate, triple.object):
            if isinstance(term, ox.NamedNode) and term.value.startswith(SH) and term.value[len(SH) :] not in TERMS:
                advice = nearest(curie(term.value), sorted(f"sh:{name}" for name in TERMS))
                problem = f"{curie(term.value)} is no term of SHACL"
                yield Fault(
                    "unknown-shape-term", problem, advice, triple.subject, triple.predicate.value, triple.object  # type: ignore[arg-type]
                )  # fmt: skip


def _lists(index: Index) -> Iterator[Fault]:
    """Find what should be a list and is not."""
    for node, name, value in _stated(index, LISTS):
        if _items(index, value) is None:
            problem = f"the value of sh:{name} is not a well-formed list"
            yield Fault("list-not-well-formed", problem, "write it in round brackets", node, SH + name, value)


def _items(index: Index, head: Term) -> list[Term] | None:
    """Read a list; None if it is not well-formed."""
    try:
        return index.items(head)
    except ReadError:
        return None


def _severities(index: Index) -> Iterator[Fault]:
    """Find severities that neither SHACL nor the shapes graph defines."""
    known = {ox.NamedNode(SH + name) for name in ("Info", "Warning", "Violation")}
    known |= {node for node in index.instances(SH + "Severity") if isinstance(node, ox.NamedNode)}
    for node, name, value in _stated(index, ["severity"]):
        if value not in known:
            problem, advice = f"{value} is no severity", nearest(str(value), sorted(curie(one.value) for one in known))
            yield Fault("unknown-severity", problem, advice, node, SH + name, value)


def _patterns(index: Index) -> Iterator[Fault]:
    """Find patterns that are none, and those that can hang."""
    for node, name, value in _stated(index, ["pattern"]):
        flags = index.value(node, SH + "flags")
        if not compiles(value.value, flags.value if flags else ""):
            advice = "write it as XPath's regular expressions are written"
            yield Fault("bad-pattern", f"'{value.value}' is no regular expression", advice, node, SH + name, value)
        elif slow := slow_part(value.value):
            problem = f"the pattern holds {slow}, on which an engine can hang"
            advice = "write it so that each character can be taken in one way only"
            yield Fault("slow-pattern", problem, advice, node, SH + name, value, "warning")


def _impossible(index: Index) -> Iterator[Fault]:
    """Find counts, lengths and ranges that nothing can keep within."""
    for least, most in ORDERED:
        for node, name, value in _stated(index, [least]):
            for other in index.values(node, SH + most):
                sign = ">=" if "Exclusive" in least + most else ">"
                if _holds(f"{value} {sign} {other}"):
                    problem = f"sh:{least} {value.value} leaves nothing under sh:{most} {other.value}"
                    yield Fault("impossible-count", problem, "mend one of the two", node, SH + name, value)


def _holds(expression: str) -> bool:
    """Evaluate a comparison as SPARQL does."""
    return bool(ox.Store().query(f"ASK {{ FILTER ( {expression} ) }}"))


def _empty(index: Index) -> Iterator[Fault]:
    """Find shapes that constrain nothing."""
    own = {name for component in _own_parameters(index) for name in component}
    named = {SH + name for name in PARAMETERS} | own
    typed = dict.fromkeys(index.instances(SH + "NodeShape", SH + "PropertyShape"), SH + "type")
    nodes = {**typed, **{node: SH + kind for kind in TARGETS for node in index.subjects(SH + kind)}}
    for node in nodes:
        if named.isdisjoint(index.properties(node)):
            name, values = next(iter(index.properties(node).items()))
            yield Fault("shape-without-constraint", "constrains nothing", "say what it asks for", node, name, values[0])


def _own_parameters(index: Index) -> list[tuple[str, ...]]:
    """List the parameters of each component that the shapes graph defines; none if one is not well-formed."""
    try:
        return [component.parameters for component in components(index)]
    except ReadError:
        return []


def _queries(index: Index) -> Iterator[Fault]:
    """Find queries that are not SPARQL, that use a prefix nobody declared, or hold what SHACL refuses."""
    for node, name, value in _stated(index, QUERIES):
        text = prologue(index, node) + value.value
        plain = SKIPPED.sub(" <> ", text)
        used = {prefix or "" for prefix in _USED.findall(_PREFIX_LINE.sub(" ", plain))}
        missing = sorted(used - set(_DECLARED.findall(plain)))
        if missing:
            problem = f"the query uses the prefix {', '.join(f'{p}:' for p in missing)} that nothing declares"
            advice = "declare it with sh:declare at what sh:prefixes names"
            yield Fault("undeclared-prefix", problem, advice, node, SH + name, value)
        elif problem := _query_problem(index, node, text):
            yield Fault("bad-query", problem, "mend the query", node, SH + name, value)


def _query_problem(index: Index, node: Term, text: str) -> str:
    """Say what is wrong with a query; empty if nothing is."""
    try:
        read_sparql(index, node)
        ox.Store().query(text)
    except ReadError as error:
        return error.problem
    except SyntaxError as error:
        return f"the query is not valid SPARQL ({error.msg})"
    return ""


def _recursive(index: Index) -> Iterator[Fault]:
    """Find shapes that lead back to themselves; each circle is told once, at the last step of it."""
    told: set[Term] = set()
    for start in list(_leading(index)):
        path: list[tuple[Term, Iterator[tuple[str, Term, Term]]]] = [(start, iter(_steps(index, start)))]
        while path and start not in told:
            name, value, node = next(path[-1][1], ("", start, start))
            above = [one for one, _ in path]
            if not name:
                told.add(path.pop()[0])
            elif node in above:
                circle = [*above[above.index(node) :], node]
                shown = " -> ".join(curie(one.value) if isinstance(one, ox.NamedNode) else "[ ]" for one in circle)
                advice = "break the circle; SHACL leaves open what it means"
                yield Fault("recursive-shape", f"leads back to itself: {shown}", advice, above[-1], SH + name, value)
            elif node not in told:
                path.append((node, iter(_steps(index, node))))


def _leading(index: Index) -> Iterator[Term]:
    """Go through the nodes that name shapes, those with a name first."""
    names = (*SHAPES, *SHAPE_LISTS, "qualifiedValueShape")
    found = {node for name in names for node in index.subjects(SH + name)}
    yield from sorted(found, key=lambda node: (isinstance(node, ox.BlankNode), str(node)))


def _steps(index: Index, node: Term) -> list[tuple[str, Term, Term]]:
    """List the shapes that a shape names: the property, its value, the shape."""
    found = [(name, one, one) for name in (*SHAPES, "qualifiedValueShape") for one in index.values(node, SH + name)]
    for name in SHAPE_LISTS:
        found += [(name, h, one) for h in index.values(node, SH + name) for one in _items(index, h) or ()]
    return found


def _unknown_names(index: Index, vocabulary: set[str], namespaces: tuple[str, ...]) -> Iterator[Fault]:
    """Find classes and properties that shapes name and the vocabulary does not hold."""
    for node, name, value in _stated(index, NAMING):
        if isinstance(value, ox.NamedNode) and value.value.startswith(namespaces) and value.value not in vocabulary:
            advice = nearest(curie(value.value), sorted(curie(iri) for iri in vocabulary))
            problem = f"sh:{name} names {curie(value.value)}, which does not exist"
            yield Fault("unknown-target", problem, advice, node, SH + name, value)

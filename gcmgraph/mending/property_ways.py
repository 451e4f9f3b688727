"""Ways out where a record has too few or too many values, the wrong property, or values that do not go together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyoxigraph as ox

from gcmgraph.mending.aid import Remedy, languages
from gcmgraph.mending.nearby import Near
from gcmgraph.mending.pen import words
from gcmgraph.namespaces import PREFIXES
from gcmgraph.shacl.custom import local_name
from gcmgraph.shacl.meant import LANG, example
from gcmgraph.shacl.values import compare

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from gcmgraph.findings import Edit
    from gcmgraph.mending.aid import Aid, Case
    from gcmgraph.shacl.index import Term
    from gcmgraph.shacl.model import Shape
    from gcmgraph.shacl.paths import Path

TYPE = PREFIXES["rdf"] + "type"
RELATED = {"LessThan": "less than", "LessThanOrEquals": "at most"}
_ORDERED = {"LessThan": (-1,), "LessThanOrEquals": (-1, 0)}


def _min_count(aid: Aid, case: Case) -> Remedy:
    """Name the property misspelt, or the line to paste."""
    return _misspelt(aid, case) or _line(aid, case, _example(aid, case, case.shape), verb="add a value, as in")


def _has_value(aid: Aid, case: Case) -> Remedy:
    """Name the property misspelt, or the line with the value."""
    wanted: Term = case.constraint.parameter  # type: ignore[assignment]
    return _misspelt(aid, case) or _line(aid, case, aid.pen.term(wanted, case.focus))


def _line(aid: Aid, case: Case, value: str, verb: str = "add") -> Remedy:
    """Give the line to paste; where a path is no property, say what leads where."""
    if case.path:
        return Remedy(f"{verb} {aid.pen.line(case.focus, case.path, value)}")
    path = case.shape.path
    if path is None:
        return Remedy(f"put {value} in its place, which is what the shape asks for")
    lines = [_stated(aid, case, part, value) for part in (path.parts if path.kind == "alternative" else (path,))]
    if all(lines):
        return Remedy(words(lines))
    return Remedy(f"state what leads by {path} to a value such as {value}")


def _stated(aid: Aid, case: Case, path: Path, value: str) -> str:
    """Give the line that states a property, here or on the other record; empty if the path is longer."""
    if path.kind == "predicate":
        return f"add {aid.pen.line(case.focus, path.iri, _used(aid, case, path.iri) or value)}"
    if path.kind == "inverse" and path.parts[0].kind == "predicate":
        name = aid.pen.term(ox.NamedNode(path.parts[0].iri), case.focus)
        return f"state on another record: {name} {aid.pen.term(case.focus, case.focus)} ;"
    return ""


def _used(aid: Aid, case: Case, path: str) -> str:
    """Write a value that a record has of a property; empty if there is none with a name."""
    found = aid.example(case.focus, path)
    return "" if found is None or isinstance(found, ox.BlankNode) else aid.pen.term(found, case.focus)


def _misspelt(aid: Aid, case: Case) -> Remedy | None:
    """Find a property of the record that nobody knows, and whose name is nearly that which is missing."""
    path = case.shape.path
    if path is not None and TYPE in path.predicates():
        return _misspelt_class(aid, case)
    if not case.path:
        return None
    for own in _properties(aid, case.focus):
        if own != case.path and local_name(own) == local_name(case.path):
            return renamed(
                aid, case, own, Near((case.path,), sure=case.path.partition(":")[2] == own.partition(":")[2])
            )
        near = aid.near_property(own, [case.path])
        if near.names and not aid.is_known(own):
            sure = near.sure and (not aid.uses(case.path) or aid.uses(own) <= aid.uses(case.path))
            return renamed(aid, case, own, near._replace(sure=sure))
    return None


def _misspelt_class(aid: Aid, case: Case) -> Remedy | None:
    """Find a class of the record that nobody knows, and whose name is nearly that of one that exists."""
    graph = aid.data.graph
    for number in graph.relation(TYPE).objects(graph.numbers([case.focus]))[1].tolist():
        own = graph.terms[number]
        near = aid.near_class(own.value) if isinstance(own, ox.NamedNode) and not aid.describes(own.value) else None
        if near and near.names:
            shown = words([aid.pen.term(ox.NamedNode(name), case.focus) for name in near.names])
            meant = ox.NamedNode(near.names[0])
            edits = aid.pen.revalued(case.focus, TYPE, own, meant) if near.sure else ()
            return Remedy(f"for {aid.pen.term(own, case.focus)}, did you mean {shown}?", edits=edits)
    return None


def renamed(aid: Aid, case: Case, own: str, near: Near) -> Remedy:
    """Ask whether another property was meant."""
    shown = words([aid.pen.term(ox.NamedNode(name), case.focus) for name in near.names])
    edits: tuple[Edit, ...] = aid.pen.renamed(case.focus, own, near.names[0]) if near.sure else ()
    return Remedy(f"for {aid.pen.term(ox.NamedNode(own), case.focus)}, did you mean {shown}?", edits=edits)


def _properties(aid: Aid, focus: Term) -> list[str]:
    """List the properties of a node."""
    data = aid.data
    numbers = dict.fromkeys(data.graph.rows[data.rows_with(focus), 1].tolist())
    return [data.graph.terms[number].value for number in numbers]


def _example(aid: Aid, case: Case, shape: Shape) -> str:
    """Write a value that a shape takes."""
    return next(_examples(aid, case, shape), "") or (case.path and _used(aid, case, case.path)) or '"..."'


def _examples(aid: Aid, case: Case, shape: Shape) -> Iterator[str]:
    """Go through the values that the constraints of a shape call for, the most telling first."""
    given = {c.kind: c.parameter for c in shape.constraints}
    if "HasValue" in given:
        yield aid.pen.term(given["HasValue"], case.focus)  # type: ignore[arg-type]
    if given.get("In"):
        yield aid.pen.term(given["In"][0], case.focus)  # type: ignore[index]
    if "Class" in given:
        found = aid.instances(given["Class"].value)  # type: ignore[union-attr]
        yield aid.pen.term(ox.NamedNode(found[0]), case.focus) if found else "<...>"
    tags = languages(shape)
    if tags or getattr(given.get("Datatype"), "value", "") == LANG:
        yield f'"..."@{next(iter(tags), "en")}'
    if "Datatype" in given:
        yield aid.pen.term(example(given["Datatype"].value), case.focus)  # type: ignore[union-attr]
    if "IRI" in getattr(given.get("NodeKind"), "value", ""):
        yield "<...>"
    if "Node" in given or "Property" in given:
        yield "[ ... ]"
    for kind in ("Or", "Xone", "And"):
        for node in given.get(kind, ()):  # type: ignore[union-attr]
            yield from _examples(aid, case, aid.shapes.shape(node))


def _max_count(aid: Aid, case: Case) -> Remedy:
    """Name all values with their places."""
    most, values = case.constraint.parameter, values_of(aid, case)
    if case.path and most == 0:
        return Remedy(f"take out {placed(aid, case, values)}")
    return Remedy(f"keep {most} of {placed(aid, case, values)}")


def values_of(aid: Aid, case: Case) -> list[Term]:
    """List the value nodes of a focus node."""
    graph = aid.data.graph
    number = graph.terms.find(case.focus)
    path = case.shape.path or case.result.path
    if path is None or number < 0:
        return [case.focus]
    _, found = graph.walk(path, graph.numbers([case.focus]))
    return [graph.terms[value] for value in found.tolist()]


def placed(aid: Aid, case: Case, values: Sequence[Term], path: str = "") -> str:
    """Write values with their places."""
    name = path or case.path
    places = [aid.pen.where(case.focus, name, value) if name else "" for value in values[:8]]
    texts = [aid.pen.term(value, case.focus) for value in values]
    return words([f"{t} ({p})" if p else t for t, p in zip(texts, places, strict=False)]) or "its values"


def _unique_lang(aid: Aid, case: Case) -> Remedy:
    """Name the values that share a language, with their places."""
    by_tag: dict[str, list[Term]] = {}
    for value in values_of(aid, case):
        if isinstance(value, ox.Literal) and value.language:
            by_tag.setdefault(value.language.lower(), []).append(value)
    double = [placed(aid, case, values) for values in by_tag.values() if len(values) > 1]
    return Remedy("; ".join(f"keep one of {text}" for text in double) or "keep one text a language")


def _closed(aid: Aid, case: Case) -> Remedy:
    """Name the nearest property that is allowed."""
    allowed = [term.value for term in case.constraint.parameter]  # type: ignore[union-attr]
    near = aid.near_property(case.path, allowed)
    if near.names and not aid.is_known(case.path):
        return renamed(aid, case, case.path, near)
    name = aid.pen.term(ox.NamedNode(case.path), case.focus)
    shown = words([aid.pen.term(ox.NamedNode(iri), case.focus) for iri in allowed])
    return Remedy(f"take {name} out" + (f"; allowed are {shown}" if shown else ""), concrete=False)


def _pair(aid: Aid, case: Case) -> Remedy:
    """Name the values of the other property, with their places."""
    other: str = case.constraint.parameter.value  # type: ignore[union-attr]
    name = aid.pen.term(ox.NamedNode(other), case.focus)
    graph = aid.data.graph
    numbers = graph.relation(other).objects(graph.numbers([case.focus]))[1].tolist()
    return _TOGETHER[case.constraint.kind](aid, case, (other, name), [graph.terms[n] for n in numbers])


def _equals(aid: Aid, case: Case, other: tuple[str, str], values: list[Term]) -> Remedy:
    """Give the line that one of the two lacks."""
    value = aid.pen.term(case.value, case.focus) if case.value is not None else "the value"
    if case.value in values and case.path:
        return Remedy(f"add {aid.pen.line(case.focus, case.path, value)}, or take it from {other[1]}")
    return Remedy(f"add {aid.pen.line(case.focus, other[0], value)}, or take {value} out")


def _disjoint(aid: Aid, case: Case, other: tuple[str, str], _: list[Term]) -> Remedy:
    """Name the place of the other."""
    place = aid.pen.where(case.focus, other[0], case.value)
    return Remedy(f"take it out here, or from {other[1]}" + (f" ({place})" if place else ""))


def _less_than(aid: Aid, case: Case, other: tuple[str, str], values: list[Term]) -> Remedy:
    """Name the values that are not greater."""
    allowed = _ORDERED[case.constraint.kind]
    bad = [value for value in values if case.value is None or compare(case.value, value) not in allowed]
    shown = placed(aid, case, bad or values, other[0])
    if case.value is not None and any(compare(case.value, value) is None for value in bad):
        return Remedy(f"write both in one datatype, so that they can be compared; {other[1]} is {shown}")
    return Remedy(f"write a value {RELATED[case.constraint.kind]} that of {other[1]}, {shown}, or change that")


_TOGETHER: dict[str, Callable[[Aid, Case, tuple[str, str], list[Term]], Remedy]] = {
    "Equals": _equals,
    "Disjoint": _disjoint,
    "LessThan": _less_than,
    "LessThanOrEquals": _less_than,
}
WAYS: dict[str, Callable[[Aid, Case], Remedy]] = {
    "MinCount": _min_count,
    "HasValue": _has_value,
    "MaxCount": _max_count,
    "UniqueLang": _unique_lang,
    "Closed": _closed,
    **dict.fromkeys(_TOGETHER, _pair),
}

"""SPARQL in shapes: constraints and components that are queries, with the rules on what they may hold.

Source:
    SHACL, sections 5 and 6, and appendix A (pre-binding).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyoxigraph as ox

from gcmgraph.errors import ReadError
from gcmgraph.namespaces import PREFIXES

if TYPE_CHECKING:
    from gcmgraph.shacl.index import Index, Term

SH, OWL = PREFIXES["sh"], PREFIXES["owl"]
BOUND = ("this", "shapesGraph", "currentShape", "PATH")
SKIPPED = re.compile(
    r"""#[^\n]*|"{3}.*?"{3}|'{3}.*?'{3}|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|<[^<>\s]*>""", re.DOTALL
)
_INNER = re.compile(r"\{\s*SELECT\b(?P<head>[^{]*)", re.IGNORECASE)
_SELECT = re.compile(r"\bSELECT\b(?P<head>[^{]*)\{", re.IGNORECASE)
_TO = re.compile(r"\bAS\s*[?$](\w+)", re.IGNORECASE)


@dataclass(frozen=True)
class Sparql:
    """A query of a constraint or a validator.

    Attributes:
        node: its node in the shapes graph.
        text: the query, with its prefixes.
        is_ask: whether it asks for conformance in place of selecting what violates.
        messages: as given with the query; they may name variables.
        severity: as given with the query; empty if not.
    """

    node: Term
    text: str
    is_ask: bool
    messages: tuple[ox.Literal, ...]
    severity: str = ""


@dataclass(frozen=True)
class Component:
    """A constraint component that the shapes graph defines.

    Attributes:
        iri: its name.
        parameters: the properties of its parameters; what follows the last "/" or "#" is the name of the variable.
        optional: those that may be missing.
        validators: the queries, as sh:nodeValidator, sh:propertyValidator and sh:validator name them.
        messages: as given with the component.
    """

    iri: str
    parameters: tuple[str, ...]
    optional: frozenset[str]
    validators: tuple[tuple[str, Sparql], ...]

    def validator(self, *, is_property: bool) -> Sparql | None:
        """Give the query to use on a node shape or a property shape."""
        found = dict(self.validators)
        return found.get("propertyValidator" if is_property else "nodeValidator", found.get("validator"))


def components(index: Index) -> list[Component]:
    """Read the components that a shapes graph defines."""
    found = []
    for node in index.instances(SH + "ConstraintComponent"):
        if not isinstance(node, ox.NamedNode) or node.value.startswith(SH):
            continue
        own = [(index.value(p, SH + "path"), p) for p in index.values(node, SH + "parameter")]
        named = sorted((path.value, p) for path, p in own if isinstance(path, ox.NamedNode))
        optional = frozenset(name for name, p in named if index.value(p, SH + "optional") == ox.Literal(True))
        names = sorted((name for name, _ in named), key=lambda name: (name in optional, name))
        bound = tuple(local_name(name) for name in names)
        kinds = ("nodeValidator", "propertyValidator", "validator")
        validators = [(k, read_sparql(index, v, bound)) for k in kinds for v in index.values(node, SH + k)]
        if names:
            found.append(Component(node.value, tuple(names), optional, tuple(validators)))
    return found


def local_name(iri: str) -> str:
    """Give what follows the last "/" or "#" of an IRI."""
    return re.split(r"[/#]", iri)[-1]


def read_sparql(index: Index, node: Term, bound: tuple[str, ...] = ()) -> Sparql:
    """Read a query of a shapes graph.

    Raises:
        ReadError: it is missing, or holds what a query of a shape must not hold.
    """
    ask, select = index.value(node, SH + "ask"), index.value(node, SH + "select")
    text = select or ask
    if text is None:
        raise ReadError("shapes", "a SPARQL constraint has no query", "add sh:select")
    _check(text.value, (*BOUND, *bound, *(("value",) if select is None else ())))
    if select is not None:
        _require_this(select.value)
    messages = tuple(m for m in index.values(node, SH + "message") if isinstance(m, ox.Literal))
    severity = index.value(node, SH + "severity")
    return Sparql(
        node,
        prologue(index, node) + text.value,
        select is None,
        messages,
        severity.value if isinstance(severity, ox.NamedNode) else "",
    )


def _check(text: str, bound: tuple[str, ...]) -> None:
    """Refuse what pre-binding leaves without a meaning, and what would ask another server."""
    plain = SKIPPED.sub(" ", text)
    for word in ("MINUS", "VALUES", "SERVICE", "FROM"):
        if re.search(rf"(?<![\w?$:]){word}\b(?!:)", plain, re.IGNORECASE):
            raise ReadError("shapes", f"a query holds {word}, which SHACL does not allow", "say it in another way")
    for name in _TO.findall(plain):
        if name in bound:
            raise ReadError("shapes", f"a query gives ${name} a value, which SHACL sets", "use another variable")
    for match in _INNER.finditer(plain):
        if not re.search(r"[?$]this\b", match["head"]):
            raise ReadError("shapes", "a query inside a query does not hand on $this", "add $this to its SELECT")


def _require_this(text: str) -> None:
    """Refuse a SELECT query that does not say which focus node violates."""
    found = _SELECT.search(SKIPPED.sub(" ", text))
    if found and not re.search(r"[?$]this\b|\*", found["head"]):
        raise ReadError("shapes", "a query does not select $this", "add $this to its SELECT")


def prologue(index: Index, node: Term) -> str:
    """Write the prefixes that a query declares by sh:prefixes."""
    waiting = index.values(node, SH + "prefixes")
    seen: list[Term] = []
    while waiting:
        one, *waiting = waiting
        if one not in seen:
            seen.append(one)
            waiting += index.values(one, OWL + "imports")
    lines = []
    for declared in (d for one in seen for d in index.values(one, SH + "declare")):
        prefix, namespace = index.value(declared, SH + "prefix"), index.value(declared, SH + "namespace")
        if prefix and namespace:
            lines.append(f"PREFIX {prefix.value}: <{namespace.value}>\n")
    return "".join(dict.fromkeys(lines))

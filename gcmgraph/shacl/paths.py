"""Property paths: read from a shapes graph, written as SPARQL and as RDF.

Source:
    SHACL, section 2.3.1 (SHACL property paths).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyoxigraph as ox

from gcmgraph.errors import ReadError
from gcmgraph.namespaces import PREFIXES, curie

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gcmgraph.shacl.index import Index, Term

SH, RDF = PREFIXES["sh"], PREFIXES["rdf"]
SUFFIXES = {"zeroOrMore": "*", "oneOrMore": "+", "zeroOrOne": "?"}


@dataclass(frozen=True)
class Path:
    """A property path.

    Attributes:
        kind: "predicate", "inverse", "sequence", "alternative", "zeroOrMore", "oneOrMore" or "zeroOrOne".
        iri: the predicate, if it is one.
        parts: the paths that it is made of.
    """

    kind: str
    iri: str = ""
    parts: tuple[Path, ...] = ()

    def to_sparql(self) -> str:
        """Write the path in SPARQL's syntax."""
        return self._written(lambda iri: f"<{iri}>")

    def __str__(self) -> str:
        return self._written(curie)

    def _written(self, name: Namer) -> str:
        """Write the path with its predicates as the function writes them."""
        inner = [part._written(name) for part in self.parts]  # noqa: SLF001
        if self.kind == "predicate":
            return name(self.iri)
        if self.kind == "inverse":
            return f"^{_grouped(self.parts[0], inner[0])}"
        if self.kind in SUFFIXES:
            return _grouped(self.parts[0], inner[0]) + SUFFIXES[self.kind]
        mark = " / " if self.kind == "sequence" else " | "
        return mark.join(_grouped(part, text) for part, text in zip(self.parts, inner, strict=True))

    def predicates(self) -> Iterator[str]:
        """Go through the predicates of the path."""
        if self.kind == "predicate":
            yield self.iri
        for part in self.parts:
            yield from part.predicates()

    def inverted(self) -> Path:
        """Give the path that leads back."""
        if self.kind == "predicate":
            return Path("inverse", parts=(self,))
        if self.kind == "inverse":
            return self.parts[0]
        turned = tuple(part.inverted() for part in self.parts)
        return Path(self.kind, parts=turned[::-1] if self.kind == "sequence" else turned)

    def to_triples(self) -> tuple[Term, list[ox.Triple]]:
        """Write the path as RDF: its node, and the triples that describe it."""
        if self.kind == "predicate":
            return ox.NamedNode(self.iri), []
        node = ox.BlankNode()
        written = [part.to_triples() for part in self.parts]
        triples = [triple for _, own in written for triple in own]
        heads = [head for head, _ in written]
        if self.kind == "sequence":
            listed, own = to_list(heads)
            return listed, triples + own
        value, own = to_list(heads) if self.kind == "alternative" else (heads[0], [])
        return node, [ox.Triple(node, ox.NamedNode(f"{SH}{self.kind}Path"), value), *triples, *own]


if TYPE_CHECKING:
    from collections.abc import Callable

    Namer = Callable[[str], str]


def predicate(iri: str) -> Path:
    """Make the path of one predicate."""
    return Path("predicate", iri)


def to_list(items: list[Term]) -> tuple[Term, list[ox.Triple]]:
    """Write terms as an RDF list: its head, and its triples."""
    nodes: list[Term] = [ox.BlankNode() for _ in items]
    rests = [*nodes[1:], ox.NamedNode(RDF + "nil")]
    triples = []
    for node, item, rest in zip(nodes, items, rests, strict=True):
        triples.append(ox.Triple(node, ox.NamedNode(RDF + "first"), item))  # type: ignore[arg-type]
        triples.append(ox.Triple(node, ox.NamedNode(RDF + "rest"), rest))  # type: ignore[arg-type]
    return (nodes or rests[-1:])[0], triples


def read_path(index: Index, node: Term, _above: tuple[Term, ...] = ()) -> Path:
    """Read a path from a graph.

    Raises:
        ReadError: the node is no well-formed path.
    """
    if isinstance(node, ox.NamedNode):
        return predicate(node.value)
    if node in _above or isinstance(node, ox.Literal):
        raise ReadError("shapes", "a path is not well-formed", "write a predicate, a list or one of SHACL's paths")
    above = (*_above, node)
    if index.value(node, RDF + "first") is not None:
        return Path("sequence", parts=tuple(read_path(index, part, above) for part in index.items(node)))
    for kind in ("inverse", "alternative", *SUFFIXES):
        value = index.value(node, f"{SH}{kind}Path")
        if value is not None:
            parts = index.items(value) if kind == "alternative" else [value]
            return Path(kind, parts=tuple(read_path(index, part, above) for part in parts))
    raise ReadError("shapes", "a path is not well-formed", "write a predicate, a list or one of SHACL's paths")


def _grouped(path: Path, text: str) -> str:
    """Put brackets around a path that is made of others."""
    return text if path.kind == "predicate" else f"({text})"

"""The instances of classes, as patterns of SPARQL.

Source:
    SHACL, section 1.1 (SHACL instances).
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import pyoxigraph as ox

from gcmgraph.namespaces import PREFIXES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gcmgraph.shacl.index import Term

RDF, RDFS = PREFIXES["rdf"], PREFIXES["rdfs"]
MOST = 200


class Classes:
    """The tree of classes, as the store has it."""

    def __init__(self, pairs: Iterable[tuple[Term, Term]] = ()) -> None:
        """Take each class with one above it."""
        self._lower: defaultdict[Term, list[Term]] = defaultdict(list)
        for lower, upper in pairs:
            self._lower[upper].append(lower)

    def below(self, name: Term) -> list[Term]:
        """List a class and those below it."""
        found = {name: None}
        waiting = [name]
        while waiting:
            new = [one for one in self._lower.get(waiting.pop(), ()) if one not in found]
            found |= dict.fromkeys(new)
            waiting += new
        return list(found)

    def instances(self, var: str, name: Term, typed: str) -> str:
        """Write the pattern of a class's instances; typed is a variable for the class of each.

        Where the classes can be named they are, since a path of no step finds no class in Virtuoso that is below none.
        """
        names = self.below(name)
        if len(names) > MOST or any(isinstance(one, ox.BlankNode) for one in names):
            return f"{var} <{RDF}type>/<{RDFS}subClassOf>* {name} ."
        if len(names) == 1:
            return f"{var} <{RDF}type> {name} ."
        return f"{var} <{RDF}type> {typed} FILTER({typed} IN ({', '.join(map(str, names))}))"

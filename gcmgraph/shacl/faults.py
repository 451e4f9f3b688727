"""What a store answers wrong, found by asking it: such questions are left out aloud, not believed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pyoxigraph as ox

from gcmgraph.namespaces import PREFIXES
from gcmgraph.shacl.conditions import left_out
from gcmgraph.shacl.lexical import is_derived
from gcmgraph.shacl.repeats import is_negated

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from gcmgraph.errors import FailureError
    from gcmgraph.shacl.compile import Select
    from gcmgraph.shacl.index import Term

    Ask = Callable[[str], Iterable[Mapping[str, Term]]]

RDF, RDFS, XSD = PREFIXES["rdf"], PREFIXES["rdfs"], PREFIXES["xsd"]
TYPED = f'SELECT (DATATYPE("1"^^<{XSD}byte>) AS ?kept) WHERE {{}}'
ONCE, OFTEN = f"<{RDF}type>/<{RDFS}subClassOf>", f"<{RDF}type>/<{RDFS}subClassOf>+"
REPEATED = (
    f"SELECT ?node WHERE {{ {{ SELECT ?node ?class WHERE {{ ?node {ONCE} ?class }} LIMIT 100 }} "
    f"FILTER NOT EXISTS {{ ?node {OFTEN} ?class }} }}"
)
_TYPES = re.compile(r"DATATYPE\([^)]*\) = <([^<>]*)>")


def answerable(selects: list[Select], ask: Ask, note: Callable[[FailureError], None]) -> Iterator[Select]:
    """Leave out what a store would answer wrong; each fault is looked for once, if any query could meet it.

    Args:
        selects: the queries.
        ask: asks the store.
        note: called for each query that is left out.
    """
    faults = (
        ("sh:datatype of a derived integer", _is_derived, _turns_integers),
        ("a repeated path in a negation", _is_own_negation, _errs_on_paths),
    )
    wrong: dict[int, str] = {}
    for construct, meets, is_wrong in faults:
        met = [id(select) for select in selects if meets(select)]
        if met and is_wrong(ask):
            wrong |= dict.fromkeys(met, construct)
    for select in selects:
        if id(select) in wrong:
            note(left_out(select.shape, wrong[id(select)]))
        else:
            yield select


def _is_derived(select: Select) -> bool:
    """Tell whether a query asks for a datatype that a store may not keep."""
    return any(is_derived(name) for name in _TYPES.findall(select.body))


def _is_own_negation(select: Select) -> bool:
    """Tell whether the query of a shape's author negates a repeated path; those that are written here are steadied."""
    return select.query is not None and is_negated(select.body)


def _turns_integers(ask: Ask) -> bool:
    """Tell whether a store turns derived integers into others."""
    (row,) = ask(TYPED)
    return row["kept"] != ox.NamedNode(XSD + "byte")


def _errs_on_paths(ask: Ask) -> bool:
    """Tell whether a store denies that one step is a path of one step or more."""
    return any(True for _ in ask(REPEATED))

"""The engine `sparql`: shapes compiled to SPARQL 1.1, asked of any store, embedded or remote.

Source:
    SHACL, sections 3.4 (validation) and 3.6.2 (validation results).
"""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, cast

import pyoxigraph as ox

from gcmgraph.errors import EndpointError
from gcmgraph.namespaces import PREFIXES
from gcmgraph.remote import RemoteStore
from gcmgraph.shacl.classes import Classes
from gcmgraph.shacl.compile import Compiler, Select, targets
from gcmgraph.shacl.custom import Sparql, local_name
from gcmgraph.shacl.faults import answerable
from gcmgraph.shacl.model import Custom
from gcmgraph.shacl.paths import predicate
from gcmgraph.shacl.results import Result

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from gcmgraph.errors import FailureError
    from gcmgraph.shacl.index import Term
    from gcmgraph.shacl.model import Shape
    from gcmgraph.shacl.shapes import Shapes

    Row = Mapping[str, Term]
    Ask = Callable[[str], Iterable[Row]]

RDFS = PREFIXES["rdfs"]
TREE = f"SELECT ?lower ?upper WHERE {{ ?lower <{RDFS}subClassOf> ?upper }}"
LONGEST = 8_000
PAUSE = 1.0
MANY = 1_000  # servers cut answers at some such number, or above
FORM = ox.QueryResultsFormat.JSON
_SELECT = re.compile("^SELECT", re.MULTILINE)
_NAMED = re.compile(r"\{[?$](\w+)\}")


def refuse(error: FailureError) -> None:
    """Raise what does not compile."""
    raise error


def evaluate(
    shapes: Shapes, ask: Ask, *, note: Callable[[FailureError], None] = refuse
) -> tuple[list[Result], dict[Term, int]]:
    """Evaluate shapes by asking a store.

    Args:
        shapes: what to evaluate.
        ask: answers a SELECT query about the data, with the classes' tree; all of it is in the default graph.
        note: called with what does not compile (`conditions.LEFT_OUT`) before a shape is asked about; by default it
            raises. If it returns, the construct is passed over.

    Returns:
        The results, in the order of the shapes; and for each shape with a target how many nodes it looked at. Values
        are as the store holds them.

    Raises:
        FailureError: a shape holds what does not compile; or as `ask` raises it.
    """
    classes = Classes((row["lower"], row["upper"]) for row in ask(TREE))
    compiler = Compiler(shapes, classes, note)
    selects = [select for shape in shapes.targeted for select in compiler.selects(shape)]
    selects = list(answerable(selects, ask, note))
    found: list[tuple[int, Result]] = []
    for batch in _batches(selects):
        text = "\nUNION\n".join(select.text(number) for number, select in batch)
        by_number = dict(batch)
        for row in ask(f"{batch[0][1].prologue}\nSELECT * WHERE {{\n{text}\n}}"):
            number = int(row["k"].value)
            found.append((number, _result(by_number[number], row)))
    return [result for _, result in sorted(found, key=lambda one: one[0])], _looked_at(shapes.targeted, classes, ask)


def ask_store(store: ox.Store) -> Ask:
    """Give what asks an embedded store."""

    def ask(text: str) -> list[Row]:
        return _rows(cast("ox.QuerySolutions", store.query(text)))

    return ask


def ask_endpoint(url: str, *, timeout: int = 60) -> Ask:
    """Give what asks an endpoint; a question that fails is asked once more, and a long answer counted.

    Args:
        url: the address of its query service.
        timeout: how many seconds to wait for an answer.

    Returns:
        What gives the rows of a SELECT query; it raises an EndpointError where the server fails or leaves rows out.
    """
    remote = RemoteStore(url, timeout=timeout)

    def ask(text: str) -> list[Row]:
        try:
            results = remote.query(text)
        except EndpointError:
            time.sleep(PAUSE)
            results = remote.query(text)
        return _rows(cast("ox.QuerySolutions", ox.parse_query_results(results.payload, format=FORM)))

    def ask_whole(text: str) -> list[Row]:
        rows = ask(text)
        if len(rows) >= MANY:
            (row,) = ask(_SELECT.sub("SELECT (COUNT(*) AS ?n) WHERE {\nSELECT", text, count=1) + "\n}")
            if (count := int(row["n"].value)) > len(rows):
                problem = f"gives {len(rows)} of {count} rows"
                raise EndpointError(remote.shown, problem, "raise the server's limit, or take fewer shapes")
        return rows

    return ask_whole


def _rows(solutions: ox.QuerySolutions) -> list[Row]:
    """Read solutions as rows without what is not bound."""
    names = [(variable.value, variable) for variable in solutions.variables]
    return [{name: row[var] for name, var in names if row[var] is not None} for row in solutions]


def _batches(selects: list[Select]) -> Iterator[list[tuple[int, Select]]]:
    """Put queries together that have the same prefixes, as long as the text does not grow too long."""
    batch: list[tuple[int, Select]] = []
    length = 0
    for number, select in sorted(enumerate(selects), key=lambda one: one[1].prologue):
        size = len(select.body)
        if batch and (batch[0][1].prologue != select.prologue or length + size > LONGEST):
            yield batch
            batch, length = [], 0
        batch.append((number, select))
        length += size
    if batch:
        yield batch


def _result(select: Select, row: Row) -> Result:
    """Read a row as a result."""
    shape, path = select.shape, row.get("path")
    named = predicate(path.value) if isinstance(path, ox.NamedNode) else shape.path
    value = row.get("value")
    if value is None and select.query and shape.path is None:
        value = row["this"]
    constraint = select.query.node if select.query and isinstance(select.constraint.parameter, Sparql) else None
    severity = select.query.severity if select.query else ""
    component, messages = select.constraint.component, _messages(select, row)
    return Result(row["this"], named, value, shape.node, component, severity or shape.severity, messages, constraint)


def _messages(select: Select, row: Row) -> tuple[ox.Literal, ...]:
    """Give the messages of a result: that of the row, else of the query, else of the shape."""
    own, parameter = row.get("message"), select.constraint.parameter
    if isinstance(own, ox.Literal):
        return (own,)
    texts = select.query.messages if select.query else ()
    values = {**_parameters(parameter), **row}
    return tuple(_told(text, values) for text in texts) or select.shape.messages


def _parameters(parameter: object) -> Row:
    """Give the values of a component's parameters by the names of their variables."""
    return {local_name(name): value for name, value in parameter.values} if isinstance(parameter, Custom) else {}


def _told(text: ox.Literal, values: Row) -> ox.Literal:
    """Put values in the places that a message has for them."""
    told = _NAMED.sub(lambda match: values[match[1]].value if match[1] in values else match[0], text.value)
    return ox.Literal(told, language=text.language) if text.language else ox.Literal(told)


def _looked_at(shapes: list[Shape], classes: Classes, ask: Ask) -> dict[Term, int]:
    """Count the target nodes of shapes."""
    found: dict[Term, int] = {}
    for start in range(0, len(shapes), 40):
        batch = shapes[start : start + 40]
        groups = [
            f"{{ SELECT ({number} AS ?k) (COUNT(?f0) AS ?n) WHERE {{ {targets(shape, classes).text} }} }}"
            for number, shape in enumerate(batch)
        ]
        text = "\nUNION\n".join(groups)
        found |= {batch[int(row["k"].value)].node: int(row["n"].value) for row in ask(f"SELECT * WHERE {{\n{text}\n}}")}
    return found

"""Stored queries: a file is valid SPARQL, its header is its documentation, and its parameters are VALUES lines."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Protocol

import pyoxigraph as ox

from gcmgraph.errors import ParameterError, ReadError, UnknownNameError, UsageError, nearest
from gcmgraph.namespaces import PREFIXES, expand
from gcmgraph.reading import read_bytes

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from gcmgraph.project import Project

XSD = PREFIXES["xsd"]
KEYS = ("summary", "description", "question", "group", "parameter", "source", "view")
TYPES = ("iri", "string", "integer", "date")
# the roles that columns play in each view: those it must have, and those it may
VIEWS = {
    "bar": (("label",), ("value", "group")),
    "map": (("state",), ("value",)),
    "matrix": (("row", "column"), ("value",)),
    "network": (("source", "target"), ("value",)),
    "table": ((), ()),
    "timeline": (("label", "start"), ("end", "group")),
}
_HEADER = re.compile(r"^#\+ (\w+): (.+)$")
_PARAMETER = re.compile(r"(?P<name>\w+), (?P<type>\w+)(?: gcm:(?P<class>\w+))?, (?P<meaning>.+)")


class Described(Protocol):
    """What can list the members of a class: a corpus or a store."""

    def members(self, record_class: str) -> set[str]:
        """Find the IRIs of the members of one of the project's classes."""
        ...


@dataclass(frozen=True)
class Parameter:
    """A parameter of a stored query.

    Attributes:
        name: the variable, without its question mark.
        type: "iri", "string", "integer" or "date".
        record_class: for an IRI, the local name of the class that the value must belong to; else empty.
        meaning: what the value says.
        example: the term that stands in the file, as SPARQL writes it.
    """

    name: str
    type: str
    record_class: str
    meaning: str
    example: str


@dataclass(frozen=True)
class View:
    """How an answer is best drawn.

    Attributes:
        kind: one of VIEWS.
        roles: the column that plays each role, by role.
    """

    kind: str
    roles: Mapping[str, str]


@dataclass(frozen=True)
class StoredQuery:
    """A query with its documentation.

    Attributes:
        name: the file's stem.
        text: the file, which runs as it stands.
        header: the documentation, by key; `parameter` is kept apart.
        parameters: the parameters, in the order of the header.
        view: how the answer is drawn; a table unless the header names another view.
    """

    name: str
    text: str
    header: Mapping[str, str]
    parameters: tuple[Parameter, ...]
    view: View = View("table", {})

    def bind(self, values: Mapping[str, str], *, corpus: Described | None = None) -> str:
        """Put values in the place of the examples.

        Args:
            values: what the user wrote, by parameter name.
            corpus: the corpus, or a store that holds it: where an IRI must be described as a member of the parameter's
                class; None leaves that unchecked.

        Returns:
            The query text, each VALUES line holding the serialised term.

        Raises:
            ParameterError: a parameter is unknown, or a value has the wrong type.
        """
        known = {parameter.name: parameter for parameter in self.parameters}
        text = self.text
        for name, value in values.items():
            if name not in known:
                hint = nearest(name, known) if known else "it takes none"
                raise ParameterError(self.name, f"no parameter '{name}'", hint)
            term = _term(self.name, known[name], value, corpus)
            line = f"VALUES ?{name} {{ {term} }}"
            text = _values_line(name).sub(lambda match, line=line: match.group("indent") + line, text)  # type: ignore[misc]
        return text


def read_query(path: Path) -> StoredQuery:
    """Read a query file.

    Raises:
        ReadError: the file cannot be read, or its header breaks the rules; the error holds the line.
    """
    return parse_query(path.stem, read_bytes(path).decode(), where=str(path))


def parse_query(name: str, text: str, *, where: str) -> StoredQuery:
    """Take a query text apart.

    Args:
        name: what the query is called.
        text: valid SPARQL, with or without header lines.
        where: the file or other place that messages name.

    Raises:
        ReadError: the header breaks the rules; the error holds the line.
    """
    header: dict[str, str] = {}
    parameters: list[Parameter] = []
    view = View("table", {})
    for number, line in enumerate(text.splitlines(), 1):
        if not line.startswith("#+"):
            continue
        match = _HEADER.match(line)
        if not match or match.group(1) not in KEYS:
            advice = f"write '#+ key: value' with one of {', '.join(KEYS)}"
            raise ReadError(where, f"header line '{line}'", advice, line=number)
        if match.group(1) == "parameter":
            parameters.append(_parameter((where, number), match.group(2), text))
            continue
        header[match.group(1)] = match.group(2)
        if match.group(1) == "view":
            view = _view((where, number), match.group(2))
    return StoredQuery(name, text, header, tuple(parameters), view)


def stored_queries(project: Project) -> dict[str, Path]:
    """List the stored queries of a project, by name."""
    return {path.stem: path for path in project.query_files()}


def find_query(project: Project, name: str) -> StoredQuery:
    """Read the stored query of that name.

    Raises:
        UnknownNameError: there is none.
    """
    known = stored_queries(project)
    if name not in known:
        raise UnknownNameError("query", name, known)
    return read_query(known[name])


def _parameter(where: tuple[str, int], value: str, text: str) -> Parameter:
    """Read one parameter line, and the example from its VALUES line."""
    match = _PARAMETER.fullmatch(value)
    if not match or match.group("type") not in TYPES:
        form = f"write 'name, type, meaning' with type one of {', '.join(TYPES)}, or 'iri gcm:Class'"
        raise ReadError(where[0], f"parameter '{value}'", form, line=where[1])
    lines = list(_values_line(match.group("name")).finditer(text))
    if len(lines) != 1:
        problem = f"parameter '{match.group('name')}' has {len(lines)} VALUES lines"
        advice = f"write one line 'VALUES ?{match.group('name')} {{ example }}'"
        raise ReadError(where[0], problem, advice, line=where[1])
    example = lines[0].group("example").strip()
    return Parameter(
        match.group("name"), match.group("type"), match.group("class") or "", match.group("meaning"), example
    )


def _view(where: tuple[str, int], value: str) -> View:
    """Read a view line: its kind, then role=column for each role."""
    kind, *words = (word.strip() for word in value.split(","))
    if kind not in VIEWS:
        raise ReadError(where[0], f"no view '{kind}'", nearest(kind, VIEWS), line=where[1])
    needed, optional = VIEWS[kind]
    roles = dict(word.partition("=")[::2] for word in words)
    if not set(needed) <= roles.keys() <= {*needed, *optional} or not all(roles.values()):
        form = ", ".join([kind, *(f"{role}=column" for role in (*needed, *optional))])
        advice = f"write '{form}'" + (f"; {' and '.join(optional)} may be left out" if optional else "")
        raise ReadError(where[0], f"view '{value}'", advice, line=where[1])
    return View(kind, roles)


def _values_line(name: str) -> re.Pattern[str]:
    """Match the one line that holds a parameter's example."""
    return re.compile(rf"^(?P<indent> *)VALUES \?{name} \{{(?P<example>[^\n]*)\}} *(?=\r?$)", re.MULTILINE)


def _term(query: str, parameter: Parameter, value: str, corpus: Described | None) -> str:
    """Serialise a value as a term of the parameter's type."""
    try:
        if parameter.type == "iri":
            return str(_iri(parameter, value, corpus))
        if parameter.type == "integer":
            return str(ox.Literal(_matched(r"[+-]?[0-9]+", value), datatype=ox.NamedNode(XSD + "integer")))
        if parameter.type == "date":
            day = date.fromisoformat(_matched(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value))
            return str(ox.Literal(day.isoformat(), datatype=ox.NamedNode(XSD + "date")))
    except UsageError as error:
        raise ParameterError(f"{query}: parameter '{parameter.name}'", error.problem, error.advice) from error
    except ValueError as error:
        example = {"integer": "2012", "date": "2017-04-06"}.get(parameter.type, parameter.example)
        where = f"{query}: parameter '{parameter.name}'"
        raise ParameterError(where, f"'{value}' is not of type {parameter.type}", f"write it like {example}") from error
    return _string(query, parameter, value)


def _string(query: str, parameter: Parameter, value: str) -> str:
    """Serialise a string."""
    try:
        return str(ox.Literal(value))
    except ValueError as error:
        raise ParameterError(f"{query}: parameter '{parameter.name}'", "not UTF-8", "write it in UTF-8") from error


def _matched(pattern: str, value: str) -> str:
    """Give a value back if it has the form of its datatype."""
    if not re.fullmatch(pattern, value):
        raise ValueError(value)
    return value


def _iri(parameter: Parameter, value: str, corpus: Described | None) -> ox.NamedNode:
    """Turn a CURIE, an IRI or a slug into an IRI, and check its class."""
    kind = parameter.example.partition(":")[0]
    iri = ox.NamedNode(expand(value, kind if kind in PREFIXES else ""))
    if corpus is not None and parameter.record_class:
        known = corpus.members(parameter.record_class)
        if iri.value not in known:
            slugs = sorted(other.rpartition("/")[2] for other in known)
            problem = f"'{value}' is no {parameter.record_class.lower()} of the graph"
            raise UsageError("", problem, nearest(value.rpartition(":")[2].rpartition("/")[2], slugs))
    return iri

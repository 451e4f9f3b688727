"""Queries of shapes, joined with the nodes that they are about in place of being asked for each node.

Source:
    SHACL, sections 5.3 (SPARQL-based constraints) and 6.3 (validators), and appendix A (pre-binding).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pyoxigraph as ox

from gcmgraph.shacl.conditions import left_out, written
from gcmgraph.shacl.custom import local_name

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gcmgraph.shacl.index import Term
    from gcmgraph.shacl.model import Custom, Shape

_TOKEN = re.compile(
    r"""\#[^\n]*|"{3}.*?"{3}|'{3}.*?'{3}|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|<[^<>\s]*>
        |[?$]\w+|[\w.-]*:[\w.:-]*|\w+|\s+|.""",
    re.DOTALL | re.VERBOSE,
)
_PREFIX = re.compile(r"\s*(?:PREFIX\s+[\w.-]*:\s*<[^<>]*>|BASE\s*<[^<>]*>|#[^\n]*\n)", re.IGNORECASE)
_BOUND = r"\bbound\s*\(\s*[?$]{name}\s*\)"


def split_prologue(text: str) -> tuple[str, str]:
    """Part the prefixes of a query from the rest, each prefix once."""
    found: dict[str, None] = {}
    at = 0
    while match := _PREFIX.match(text, at):
        if not match.group().lstrip().startswith("#"):
            found[match.group().strip()] = None
        at = match.end()
    return "\n".join(found), text[at:]


def tokens(text: str) -> list[str]:
    """Cut a query into strings, IRIs, names, words and single characters; comments become blanks."""
    return [" " if token.startswith("#") else token for token in _TOKEN.findall(text)]


def fill(shape: Shape, text: str, custom: Custom | None = None) -> str:
    """Put the path and the values of the parameters in their places.

    Raises:
        FailureError: the query asks for the shapes graph, or a value is a blank node.
    """
    values: dict[str, Term] = {"currentShape": shape.node} if isinstance(shape.node, ox.NamedNode) else {}
    for name in custom.component.parameters if custom else ():
        value = dict(custom.values).get(name) if custom else None
        own = local_name(name)
        text = re.sub(_BOUND.format(name=own), "true" if value is not None else "false", text, flags=re.IGNORECASE)
        if value is not None:
            values[own] = value
    marks = tokens(text)
    if any(mark[1:] == "shapesGraph" and mark[0] in "?$" for mark in marks):
        raise left_out(shape, "$shapesGraph")
    return _filled(marks, lambda name: _value(shape, values, name))


def _value(shape: Shape, values: Mapping[str, Term], name: str) -> str:
    """Write what stands for a variable that SHACL sets; empty if it is another."""
    if name == "PATH" and shape.path:
        return f"({shape.path.to_sparql()})" if shape.path.kind != "predicate" else shape.path.to_sparql()
    return written(shape, values[name]) if name in values else ""


def _filled(marks: list[str], value: Callable[[str], str]) -> str:
    """Write a query with terms in place of variables; one that is selected keeps its name."""
    found, is_head = [], False
    for mark in marks:
        is_head = mark.upper() == "SELECT" or (is_head and mark != "{" and mark.upper() != "WHERE")
        term = value(mark[1:]) if mark[0] in "?$" and len(mark) > 1 else ""
        found.append((f"({term} AS {mark})" if is_head else term) if term else mark)
    return "".join(found)


def joined(shape: Shape, select: str, focus: str) -> str:
    """Join a SELECT query with the pattern of its focus nodes, in each group that uses $this.

    Within EXISTS, $this is bound from outside.

    Raises:
        FailureError: the query cannot be asked for all nodes together.
    """
    marks = tokens(select)
    words = [mark.upper() for mark in marks]
    if "LIMIT" in words or "OFFSET" in words:
        raise left_out(shape, "LIMIT or OFFSET")
    if next((word for word in words if not word.isspace()), "") != "SELECT":
        raise left_out(shape, "a query of an unknown form")
    ends = _ends(marks)
    inside = [(start, ends[start]) for start in ends if _word_before(words, start) == "EXISTS"]
    first = min(ends, default=0)
    for start in sorted(ends, reverse=True):
        body = marks[start + 1 : ends[start]]
        is_select = next((word for word in words[start + 1 : ends[start]] if not word.isspace()), "") == "SELECT"
        is_inside = any(begin <= start <= end for begin, end in inside)
        uses = any(mark in ("$this", "?this") for mark in body)
        if start == first or (uses and not is_select and not is_inside):
            marks[start] = f"{{ {focus} "
    return "".join(marks)


def ask_body(shape: Shape, ask: str) -> str:
    """Give the group of an ASK query.

    Raises:
        FailureError: it is no ASK query.
    """
    marks = tokens(ask)
    if next((mark.upper() for mark in marks if not mark.isspace()), "") != "ASK":
        raise left_out(shape, "a query of an unknown form")
    ends = _ends(marks)
    start = min(ends)
    return "".join(marks[start + 1 : ends[start]])


def selected(select: str) -> list[str]:
    """List the variables of a SELECT query's first line, without marks."""
    found = []
    for mark in tokens(select):
        if mark == "{" or mark.upper() == "WHERE":
            break
        if mark[0] in "?$" and len(mark) > 1:
            found.append(mark[1:])
    return list(dict.fromkeys(found))


def _ends(marks: list[str]) -> dict[int, int]:
    """Find the closing bracket of each group."""
    found, waiting = {}, []
    for place, mark in enumerate(marks):
        if mark == "{":
            waiting.append(place)
        elif mark == "}" and waiting:
            found[waiting.pop()] = place
    return found


def _word_before(words: list[str], place: int) -> str:
    """Give the word before a place, blanks left out."""
    return next((words[at] for at in range(place - 1, -1, -1) if not words[at].isspace()), "")

"""What a query reads of a graph, as paths that lead from a node which is given: found by reading its patterns.

Source:
    SPARQL 1.1 Query Language, section 19.8 (grammar).
"""

from __future__ import annotations

import re
from collections import deque
from functools import lru_cache
from typing import TYPE_CHECKING

from gcmgraph.namespaces import PREFIXES
from gcmgraph.shacl.paths import SUFFIXES, Path, predicate

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gcmgraph.shacl.custom import Sparql
    from gcmgraph.shacl.model import Shape

    Known = dict[str, Path]
    Tokens = deque[tuple[str | None, str]]

RDF_TYPE = PREFIXES["rdf"] + "type"
ITSELF = Path("sequence")
_MARKS = {mark: kind for kind, mark in SUFFIXES.items()}
_TOKEN = re.compile(
    r"""\s+|\#[^\n]*|(?P<text>"{3}.*?"{3}|'{3}.*?'{3}|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')|(?P<iri><[^<>"{}|^`\\\s]*>)
    |(?P<variable>[?$]\w+)|(?P<blank>_:\w+)|(?P<name>[\w.-]*:(?:[\w-](?:[\w.-]*[\w-])?)?)|(?P<number>[+-]?(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?)
    |(?P<tag>@[\w-]+)|(?P<word>\w+)|(?P<mark>\^\^|&&|\|\||!=|<=|>=|.)""",
    re.DOTALL | re.VERBOSE,
)
_PREFIX = re.compile(r"PREFIX\s+([\w.-]*):\s*<([^<>\s]*)>", re.IGNORECASE)
_ENDS = {"optional", "filter", "bind", "graph", "minus", "values", "service", "union"}


class UnclearError(Exception):
    """A query holds what is not followed."""


def with_path(shape: Shape, query: Sparql) -> str:
    """Put a shape's path into a query."""
    path = f" {shape.path.to_sparql()} " if shape.path else "$PATH"
    return re.sub(r"[?$]PATH\b", lambda _: path, query.text)


def paths_of(shape: Shape, query: Sparql) -> tuple[Path, ...] | None:
    """List paths that lead from a focus node to whatever a query of a shape reads, as `query_paths` does."""
    value = (("?value", shape.path or ITSELF),) if query.is_ask else ()
    return query_paths(with_path(shape, query), (("?this", ITSELF), *value))


@lru_cache(maxsize=1000)
def query_paths(text: str, given: tuple[tuple[str, Path], ...]) -> tuple[Path, ...] | None:
    """List paths that reach whatever a query reads.

    A query that is asked of a node gives another answer after a change only if the change adds or takes away a triple
    on one of these paths from that node.

    Args:
        text: a SELECT or ASK query with its prefixes.
        given: the variables that have a value beforehand, each with the path that leads to it from the node.

    Returns:
        The paths, each once; None if the query may read triples that no path from the node leads to, or is not
        understood.
    """
    try:
        reader = _Reader(text)
        reader.whole(dict(given))
    except (UnclearError, IndexError, KeyError):
        return None
    return tuple(dict.fromkeys(reader.found))


class _Reader:
    """Reads the groups of a query, one token after the other."""

    def __init__(self, text: str) -> None:
        self.found: list[Path] = []
        self._prefixes: Mapping[str, str] = dict(_PREFIX.findall(text))
        matches = _TOKEN.finditer(_PREFIX.sub(" ", text))
        self._tokens: Tokens = deque((m.lastgroup, m.group()) for m in matches if m.lastgroup)
        self._fresh = 0
        while self._next() != "{":
            self._tokens.popleft()

    def whole(self, known: Known) -> None:
        """Read a query, which must not have further groups beside its pattern."""
        self.group(known)
        if "{" in {word for _, word in self._tokens}:
            raise UnclearError

    def group(self, known: Known) -> None:
        """Read a group graph pattern.

        Args:
            known: the variables that have a value before it, with their paths; those that any solution of the group
                binds are added.
        """
        self._take("{")
        if self._next() == "select":
            raise UnclearError
        waiting: list[tuple[str, Path, str]] = []
        later: list[Tokens] = []
        while self._next() != "}":
            word = self._next()
            if word in ("optional", "{"):
                self._join(waiting, known)
                self._inner(known, is_optional=word == "optional")
            elif word in ("filter", "bind"):
                later += self._expression()
            elif word in _ENDS:
                raise UnclearError
            elif word == ".":
                self._take(".")
            else:
                self._triples(waiting)
        self._take("}")
        self._join(waiting, known)
        rest = self._tokens
        for self._tokens in later:
            self.group(dict(known))
        self._tokens = rest

    def _inner(self, known: Known, *, is_optional: bool) -> None:
        """Read an optional group, or groups of which one has to fit; what they bind need not be bound after them."""
        if is_optional:
            self._tokens.popleft()
        start = len(self._tokens)
        tokens = list(self._tokens)
        self.group(dict(known))
        read = {word.lower() for kind, word in tokens[: start - len(self._tokens)] if kind == "word"}
        if not is_optional and "optional" in read:
            raise UnclearError
        if self._next() == "union":
            self._tokens.popleft()
            self._inner(known, is_optional=False)

    def _expression(self) -> list[Tokens]:
        """Pass over what stands after FILTER or BIND, and give the groups in it."""
        groups = []
        self._tokens.popleft()
        while self._next() not in ("(", "{"):
            self._tokens.popleft()
        if self._next() == "{":
            return [self._balanced()]
        depth = 0
        while True:
            word = self._next()
            if word == "{":
                groups.append(self._balanced())
                continue
            depth += (word == "(") - (word == ")")
            self._tokens.popleft()
            if not depth:
                return groups

    def _balanced(self) -> Tokens:
        """Take a group whole."""
        taken: Tokens = deque()
        depth = 0
        while True:
            token = self._tokens.popleft()
            taken.append(token)
            depth += (token[1] == "{") - (token[1] == "}")
            if not depth:
                return taken

    def _join(self, waiting: list[tuple[str, Path, str]], known: Known) -> None:
        """Order patterns so that each begins at what is known, and note the path that each reads."""
        while waiting:
            number = next((n for n, (one, _, other) in enumerate(waiting) if {one, other} & known.keys()), None)
            if number is None:
                raise UnclearError
            subject, path, value = waiting.pop(number)
            start, step, end = (subject, path, value) if subject in known else (value, path.inverted(), subject)
            whole = joined(known[start], step)
            self.found.append(whole)
            if end.startswith("?"):
                known.setdefault(end, whole)

    def _triples(self, waiting: list[tuple[str, Path, str]]) -> None:
        """Read the triples of one subject."""
        subject = self._node(waiting)
        if self._next() not in (".", "}") and self._next() not in _ENDS:
            self._properties(subject, waiting)

    def _properties(self, subject: str, waiting: list[tuple[str, Path, str]]) -> None:
        """Read predicates and objects."""
        while True:
            path = self._path()
            while True:
                waiting.append((subject, path, self._node(waiting)))
                if self._next() != ",":
                    break
                self._take(",")
            if self._next() != ";":
                return
            while self._next() == ";":
                self._take(";")
            if self._next() in (".", "}", "]"):
                return

    def _node(self, waiting: list[tuple[str, Path, str]]) -> str:
        """Read a subject or an object: a variable goes by its name, any other by what it is."""
        kind, word = self._tokens.popleft()
        if word == "[":
            self._fresh += 1
            own = f"?[{self._fresh}"
            if self._next() != "]":
                self._properties(own, waiting)
            self._take("]")
            return own
        if kind == "variable":
            return f"?{word[1:]}"
        if kind == "blank":
            return f"?{word}"
        if kind == "text":
            self._datatype()
        elif kind not in ("iri", "name", "number") and word.lower() not in ("true", "false"):
            raise UnclearError
        return word

    def _datatype(self) -> None:
        """Pass over a language tag or a datatype."""
        if self._next() == "^^":
            self._tokens.popleft()
            self._tokens.popleft()
        elif self._tokens[0][0] == "tag":
            self._tokens.popleft()

    def _path(self) -> Path:
        """Read a property path."""
        return self._several("|", "alternative", lambda: self._several("/", "sequence", self._step))

    def _several(self, mark: str, kind: str, part: Callable[[], Path]) -> Path:
        """Read paths with a mark between them."""
        parts = [part()]
        while self._next() == mark:
            self._take(mark)
            parts.append(part())
        return parts[0] if len(parts) == 1 else Path(kind, parts=tuple(parts))

    def _step(self) -> Path:
        """Read a step of a path."""
        if self._next() == "^":
            self._take("^")
            return self._step().inverted()
        kind, word = self._tokens.popleft()
        if word == "(":
            path = self._path()
            self._take(")")
        elif kind == "iri":
            path = predicate(word[1:-1])
        elif kind == "name":
            prefix, _, local = word.partition(":")
            path = predicate(self._prefixes[prefix] + local)
        elif word == "a":
            path = predicate(RDF_TYPE)
        else:
            raise UnclearError
        mark = _MARKS.get(self._next())
        if mark:
            self._tokens.popleft()
            path = Path(mark, parts=(path,))
        return path

    def _next(self) -> str:
        """Look at the next token, words in small letters."""
        kind, word = self._tokens[0]
        return word.lower() if kind == "word" else word

    def _take(self, mark: str) -> None:
        """Take a token that has to be there."""
        if self._tokens.popleft()[1] != mark:
            raise UnclearError


def joined(*paths: Path) -> Path:
    """Put paths one after the other; `ITSELF`, the path of no steps, adds nothing."""
    parts: list[Path] = []
    for path in paths:
        parts += path.parts if path.kind == "sequence" else (path,)
    return parts[0] if len(parts) == 1 else Path("sequence", parts=tuple(parts))

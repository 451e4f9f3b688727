"""What can go wrong, as one tree.

GcmgraphError
├── UsageError          exit status 2: the call is wrong
│   ├── UnknownNameError    a query, format, document or other name that does not exist
│   └── ParameterError      a query parameter that is unknown or has a value of the wrong type
├── DoesNotConformError exit status 1: the graph has findings, so nothing was done
├── DoesNotFollowError  exit status 1: a fact that was to be explained does not hold
└── FailureError        exit status 3: could not do
    ├── ReadError           a file that is missing, unreadable or malformed
    ├── WriteError          an output that could not be written
    ├── QueryError          a query text that is not valid SPARQL 1.1, or is refused
    ├── EndpointError       a remote store that cannot be reached or does not answer as it should
    └── LimitError          work that took too long or too much memory, or brought its process down
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


class GcmgraphError(Exception):
    """An error with a place, a problem and a way out.

    Attributes:
        where: the file, name or address concerned.
        problem: what is wrong, with the value.
        advice: what to do.
    """

    status = 3

    def __init__(self, where: str, problem: str, advice: str = "") -> None:
        super().__init__(where, problem, advice)
        self.where = where
        self.problem = problem
        self.advice = advice

    def __reduce__(self) -> tuple[Callable[..., GcmgraphError], tuple[type[GcmgraphError], dict[str, object]]]:
        return _restored, (type(self), self.__dict__)

    def __str__(self) -> str:
        sentence = f"{self.where}: {self.problem}" if self.where else self.problem
        return folded(f"{sentence}; {self.advice}" if self.advice else sentence)


def _restored(kind: type[GcmgraphError], facts: dict[str, object]) -> GcmgraphError:
    """Make an error again in another process."""
    error = kind.__new__(kind)
    error.__dict__.update(facts)
    return error


class UsageError(GcmgraphError):
    """The call is wrong."""

    status = 2


class UnknownNameError(UsageError):
    """A name that does not exist, with the nearest that does."""

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        self.name = name
        self.known = sorted(known)
        super().__init__("", f"no {kind} '{name}'", nearest(name, self.known))


class ParameterError(UsageError):
    """A query parameter that is unknown or has a value of the wrong type."""


class DoesNotConformError(GcmgraphError):
    """The graph has findings, so nothing was done."""

    status = 1


class DoesNotFollowError(GcmgraphError):
    """A fact that was to be explained does not hold."""

    status = 1


class FailureError(GcmgraphError):
    """The work could not be done."""


class ReadError(FailureError):
    """A file that is missing, unreadable or malformed.

    Attributes:
        line: where a malformed file goes wrong, from 1; 0 if the place is not known.
        column: the same, in characters from 1.
        more: further errors of the same file.
    """

    more: tuple[ReadError, ...] = ()

    def __init__(self, where: str, problem: str, advice: str = "", *, line: int = 0, column: int = 0) -> None:
        super().__init__(where, problem, advice)
        self.line = line
        self.column = column

    def __str__(self) -> str:
        place = "".join(f":{number}" for number in (self.line, self.column) if number)
        sentence = f"{self.where}{place}: {self.problem}"
        return folded(f"{sentence}; {self.advice}" if self.advice else sentence)


class WriteError(FailureError):
    """An output that could not be written."""


class QueryError(FailureError):
    """A query text that is not valid SPARQL 1.1, or is refused."""


class EndpointError(FailureError):
    """A remote store that cannot be reached or does not answer as it should."""


class LimitError(FailureError):
    """Work that took too long or too much memory, or brought its process down."""


def folded(text: str, *, longest: int = 1000) -> str:
    r"""Put a text on one line that no terminal acts on, and cut it if it is very long.

    >>> folded("a\nb\x1bc")
    'a b?c'
    """
    line = "".join(character if character.isprintable() else "?" for character in " ".join(text.split()))
    return line if len(line) <= longest else f"{line[:longest]}..."


def cut(text: str, *, longest: int = 200) -> str:
    """Cut a text that stands for a value in a message.

    >>> cut("abcdef", longest=3)
    'abc...'
    """
    return text if len(text) <= longest else f"{text[:longest]}..."


def reading_problem(error: OSError) -> str:
    """Put an operating system's error in lower-case words."""
    return (error.strerror or str(error)).lower()


def nearest(name: str, known: Iterable[str]) -> str:
    """Say which known names come nearest to a name.

    >>> nearest("recommendation-by-theme", ["recommendations-by-theme", "chairs"])
    "did you mean 'recommendations-by-theme'?"
    """
    options = list(known)
    close = get_close_matches(name, options, n=3, cutoff=0.6) or [k for k in options if name and name in k][:3]
    if close:
        return "did you mean " + " or ".join(f"'{c}'" for c in close) + "?"
    more = f", ... ({len(options)} in all)" if len(options) > 12 else ""
    return f"use one of {', '.join(options[:12])}{more}" if options else ""

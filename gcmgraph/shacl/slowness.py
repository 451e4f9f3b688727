"""Regular expressions of shapes: which are none, and which an engine that backtracks can hang on."""

from __future__ import annotations

import re
import warnings
from functools import cache
from re import _constants, _parser  # type: ignore[attr-defined]
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

REPEATS = (_constants.MAX_REPEAT, _constants.MIN_REPEAT)
SAMPLES = (*map(chr, range(32, 127)), "\n", "\t", "é", "中", "٣")
MANY = 10


@cache
def compiles(pattern: str, flags: str = "") -> bool:
    """Tell whether SPARQL's REGEX takes a pattern.

    Source:
        SPARQL 1.1, section 17.4.3.14 (REGEX); XPath Functions, section 5.6.1 (regular expression syntax).
    """
    store = ox.Store()
    text, marks = ox.Literal(pattern), ox.Literal(flags)
    found = store.query(f"SELECT (REGEX('', {text}, {marks}) AS ?found) {{}}")
    return all(row["found"] is not None for row in found)  # type: ignore[union-attr]


@cache
def slow_part(pattern: str) -> str:
    """Say what makes a pattern slow in an engine that backtracks; empty if nothing does, or if Python cannot read it.

    >>> slow_part("^(a+)+$")
    'a repetition inside a repetition that can share its text in many ways'
    >>> slow_part("^a+(-a+)*$")
    ''
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = _parser.parse(pattern)
    except (re.error, OverflowError, RecursionError):
        return ""
    return next(_slow(list(tree)), "")


def _slow(items: list[Any]) -> Iterator[str]:
    """Go through what is slow in a sequence, and in what it holds."""
    for number, (kind, given) in enumerate(items):
        if kind in REPEATS and given[1] > MANY:
            body = _flat(given[2])
            if _is_ambiguous(body):
                yield "a repetition inside a repetition that can share its text in many ways"
            if _has_twins(body):
                yield "alternatives in a repetition that begin alike"
            if _follows(items, number):
                yield "repetitions in a row that take the same characters"
        for inner in _inside(given):
            yield from _slow(_flat(inner))


def _flat(items: Iterable[Any]) -> list[Any]:
    """Open the groups of a sequence."""
    found: list[Any] = []
    for kind, given in items:
        found += _flat(given[-1]) if kind == _constants.SUBPATTERN else [(kind, given)]
    return found


def _inside(given: Any) -> Iterator[Any]:
    """Go through the sequences that an item holds."""
    if isinstance(given, _parser.SubPattern):
        yield given
    elif isinstance(given, tuple | list):
        for one in given:
            yield from _inside(one)


def _is_ambiguous(body: list[Any]) -> bool:
    """Tell whether a body that is repeated can end in a repetition and go on with what that takes."""
    for number, (kind, given) in enumerate(body):
        around = body[number + 1 :] + body[:number]
        if _is_loose(kind, given) and (around or (kind in REPEATS and given[1] > 1)):
            taken = _characters([(kind, given)])
            if all(_may_be_empty([one]) or _characters([one]) & taken == _characters([one]) for one in around):
                return True
    return False


def _is_loose(kind: Any, given: Any) -> bool:
    """Tell whether an item can take more or less."""
    if kind == _constants.BRANCH:
        return any(not branch for branch in given[1])
    return bool(kind in REPEATS and given[0] != given[1])


def _has_twins(body: list[Any]) -> bool:
    """Tell whether a repeated choice has two branches that begin alike."""
    for kind, given in body if len(body) == 1 else ():
        if kind == _constants.BRANCH:
            first = [_characters(_flat(branch)) for branch in given[1]]
            return any(a & b for number, a in enumerate(first) for b in first[number + 1 :])
    return False


def _follows(items: list[Any], number: int) -> bool:
    """Tell whether two further open repetitions in a row take what one takes: the time grows with the cube."""
    taken, count = _characters(_flat(items[number][1][2])), 0
    for kind, given in items[number + 1 :]:
        same = bool(_characters([(kind, given)]) & taken)
        if kind in REPEATS and given[1] > MANY and same:
            count += 1
        elif not _may_be_empty([(kind, given)]):
            break
    return count > 1


def _may_be_empty(items: list[Any]) -> bool:
    """Tell whether a sequence can match nothing."""
    return all(_is_optional(kind, given) for kind, given in items)


def _is_optional(kind: Any, given: Any) -> bool:
    """Tell whether an item can match nothing."""
    if kind == _constants.BRANCH:
        return any(_may_be_empty(_flat(branch)) for branch in given[1])
    return bool(kind == _constants.AT or (kind in REPEATS and (given[0] == 0 or _may_be_empty(_flat(given[2])))))


def _characters(items: list[Any]) -> frozenset[str]:
    """List the sample characters with which a sequence can begin."""
    found: set[str] = set()
    for kind, given in items:
        if kind in REPEATS:
            found |= _characters(_flat(given[2]))
        elif kind == _constants.BRANCH:
            found |= {c for branch in given[1] for c in _characters(_flat(branch))}
        else:
            found |= {c for c in SAMPLES if _takes(kind, given, c)}
        if not _may_be_empty([(kind, given)]):
            break
    return frozenset(found)


def _takes(kind: Any, given: Any, character: str) -> bool:
    """Tell whether one item takes a character."""
    if kind == _constants.LITERAL:
        return bool(chr(given) == character)
    if kind == _constants.NOT_LITERAL:
        return bool(chr(given) != character)
    if kind == _constants.ANY:
        return character != "\n"
    if kind != _constants.IN:
        return False
    negated = any(one == _constants.NEGATE for one, _ in given)
    return negated != any(_in_class(one, value, character) for one, value in given)


def _in_class(kind: Any, given: Any, character: str) -> bool:
    """Tell whether a part of a character class holds a character."""
    if kind == _constants.RANGE:
        return bool(given[0] <= ord(character) <= given[1])
    if kind == _constants.CATEGORY:
        name = str(given).removeprefix("CATEGORY_")
        tests = {
            "DIGIT": character.isdecimal(),
            "SPACE": character.isspace(),
            "WORD": character.isalnum() or character == "_",
        }
        return tests.get(name.removeprefix("NOT_"), False) != name.startswith("NOT_")
    return bool(kind == _constants.LITERAL and chr(given) == character)

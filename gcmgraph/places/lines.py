"""Tell the lines and columns of a file by byte."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from operator import itemgetter

from gcmgraph.places.scanner import BOM

_STEP = 1 << 15
_LONGEST = 8000
_CONTINUED = bytes(range(0x80, 0xC0))


@dataclass(frozen=True)
class Span:
    """A stretch of a file.

    Attributes:
        line: the line where it begins, from 1.
        column: the column where it begins, from 1, in characters.
        end_line: the line where it ends.
        end_column: the column after its last character.
        start: its first byte in the file.
        end: the byte after its last.
    """

    line: int
    column: int
    end_line: int
    end_column: int
    start: int
    end: int


class Lines:
    """Tells lines and columns by byte, in steps that are counted ahead."""

    def __init__(self, data: bytes) -> None:
        self._data = re.sub(rb"\r(?!\n)", b"\n", data) if b"\r" in data else data
        self._first = len(BOM) if data.startswith(BOM) else 0

    def span(self, start: int, end: int) -> Span:
        """Give the lines and columns of a stretch."""
        return Span(*self._line_and_column(start), *self._line_and_column(end), start, end)

    def text(self, line: int) -> str:
        """Give the text of a line, without its end; empty if there is no such line, or it is too long to be shown."""
        if line < 1:
            return ""
        step = max(bisect_right(self._steps, line - 2, key=itemgetter(0)) - 1, 0)
        at = step * _STEP or self._first
        for _ in range(line - 1 - self._steps[step][0]):
            at = self._data.find(b"\n", at) + 1 or len(self._data)
        end = self._data.find(b"\n", at, at + _LONGEST)
        if end < 0 and at + _LONGEST < len(self._data):
            return ""
        return self._data[at : end if end >= 0 else None].removesuffix(b"\r").decode(errors="replace")

    def _line_and_column(self, at: int) -> tuple[int, int]:
        """Tell the line and the column of a byte, both from 1."""
        step = at // _STEP * _STEP
        lines, _, begin = self._steps[at // _STEP]
        begin = max(self._data.rfind(b"\n", step, at) + 1, begin)
        line = lines + self._data.count(b"\n", step, at) + 1
        return line, self._characters(at) - self._characters(begin) + 1

    def _characters(self, at: int) -> int:
        """Tell how many characters begin before a byte."""
        _, characters, _ = self._steps[at // _STEP]
        return characters + len(self._data[at // _STEP * _STEP : at].translate(None, _CONTINUED))

    @cached_property
    def _steps(self) -> list[tuple[int, int, int]]:
        """How many lines end, how many characters begin, and where the line begins that goes on, before each step."""
        found = [(0, 0, self._first)]
        for at in range(0, len(self._data), _STEP):
            part = self._data[at : at + _STEP]
            lines, characters, begin = found[-1]
            last = part.rfind(b"\n")
            begin = begin if last < 0 else at + last + 1
            found.append((lines + part.count(b"\n"), characters + len(part.translate(None, _CONTINUED)), begin))
        return found

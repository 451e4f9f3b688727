"""Tell the lines and columns of a file by byte."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from operator import itemgetter

from gcmgraph.scanner import BOM

_STEP = 1 << 15
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
        """Give the text of a line, without its end; empty if there is no such line."""
        if line < 1:
            return ""
        step = max(bisect_right(self._steps, line - 2, key=itemgetter(0)) - 1, 0)
        at = step * _STEP or self._first
        for _ in range(line - 1 - self._steps[step][0]):
            at = self._data.find(b"\n", at) + 1 or len(self._data)
        end = self._data.find(b"\n", at)
        return self._data[at : end if end >= 0 else None].removesuffix(b"\r").decode(errors="replace")

    def _line_and_column(self, at: int) -> tuple[int, int]:
        """Tell the line and the column of a byte, both from 1."""
        begin = max(self._data.rfind(b"\n", 0, at) + 1, self._first)
        lines, _ = self._steps[at // _STEP]
        line = lines + self._data.count(b"\n", at // _STEP * _STEP, at) + 1
        return line, self._characters(at) - self._characters(begin) + 1

    def _characters(self, at: int) -> int:
        """Tell how many characters begin before a byte."""
        _, characters = self._steps[at // _STEP]
        return characters + len(self._data[at // _STEP * _STEP : at].translate(None, _CONTINUED))

    @cached_property
    def _steps(self) -> list[tuple[int, int]]:
        """How many lines end, and how many characters begin, before each step."""
        parts = (self._data[at : at + _STEP] for at in range(0, len(self._data), _STEP))
        counted = ((part.count(b"\n"), len(part.translate(None, _CONTINUED))) for part in parts)
        return list(accumulate(counted, lambda one, two: (one[0] + two[0], one[1] + two[1]), initial=(0, 0)))

"""Find where triples stand in Turtle, TriG, N-Triples or N-Quads files that have been parsed before."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate
from typing import TYPE_CHECKING

from gcmgraph.places.lines import Lines, Span
from gcmgraph.places.rough import Rough
from gcmgraph.places.scanner import BLANK, Names, count, statements
from gcmgraph.places.walker import REST, Block, Reader, Told, block, plain
from gcmgraph.reading import CHECKS, FORMATS, read_whole

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    import pyoxigraph as ox

    from gcmgraph.places.walker import Place

HELD = 20_000_000
_LIST = ord("(")


@dataclass(frozen=True)
class Wanted:
    """A triple to find, or a part of it; terms as N-Triples writes them.

    Attributes:
        subject: the subject; if empty, the first place is wanted where the object stands as one.
        predicate: the predicate; if empty, the subject is wanted at the head of its block.
        object: the object; if empty, that of the last triple with the property is wanted.
        row: the number of the triple in the order in which pyoxigraph gives the triples of the file, from 0; it
            decides where a blank node stands, whose name says nothing; -1 if not known.
    """

    subject: str
    predicate: str = ""
    object: str = ""
    row: int = -1

    @property
    def is_blank(self) -> bool:
        """Whether a blank node must be found."""
        return self.subject.startswith(BLANK) or self.object.startswith(BLANK)


def locate(data: bytes, wanted: Sequence[Wanted]) -> list[Span | None]:
    """Find where triples stand in a file.

    A node in brackets stands at its opening bracket. A blank node that no row decides goes by the first that has the
    property and object that are wanted.

    Args:
        data: the bytes of a well-formed file.
        wanted: what to find.

    Returns:
        For each wanted its stretch: of the object if there is a property, else of the subject; None if it is not there.
    """
    return Located(data).spans(wanted)


class Located:
    """The statements of one file by subject, each read when it is asked for; its bytes and its prefixes."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.names = Names()
        self._ranges: list[Place] = []
        self._own: dict[str, list[int]] = {}
        for number, (subject, start, end) in enumerate(statements(data, self.names)):
            self._ranges.append((start, end))
            self._own.setdefault(subject, []).append(number)
        self._blocks: dict[str, Block | None] = {}
        self._known: dict[int, list[Told]] = {}
        self._lines = Lines(data)

    def spans(self, wanted: Iterable[Wanted]) -> list[Span | None]:
        """Find where triples stand."""
        return [self._lines.span(*place) if place else None for place in map(self._place, wanted)]

    def span(self, place: Place) -> Span:
        """Give the lines and columns of a stretch of bytes."""
        return self._lines.span(*place)

    def excerpt(self, line: int) -> str:
        """Give the text of a line."""
        return self._lines.text(line)

    def told(self, wanted: Wanted) -> Told | None:
        """Give the triple of a row with its bytes, if it is the one that is wanted; no other will do."""
        triple, _ = self._at(wanted.row)
        terms = (wanted.subject, wanted.predicate, wanted.object)
        return triple if triple and [*map(plain, triple[:3])] == [*map(plain, terms)] else None

    def _place(self, wanted: Wanted) -> Place | None:
        """Find the bytes of what is wanted."""
        place = self._by_row(wanted) if wanted.is_blank and wanted.row >= 0 else None
        if place:
            return place
        if not wanted.subject:
            return self._first_object(wanted.object)
        found = self._block(wanted.subject)
        if found is None:
            return None
        if not wanted.predicate:
            return found.head
        if not wanted.object:
            return found.last.get(wanted.predicate)
        return found.objects.get((wanted.predicate, plain(wanted.object)))

    def _block(self, subject: str) -> Block | None:
        """Gather what is said of a subject, once; blank nodes whose label is not in the file go as one."""
        if subject not in self._blocks:
            known = subject in self._own or not subject.startswith(BLANK)
            self._blocks[subject] = self._gather(subject) if known else self._gather_blank()
        return self._blocks[subject]

    def _gather(self, subject: str) -> Block | None:
        """Gather what is said of a subject that has a name or a label."""
        told = (triple for number in self._own.get(subject, ()) for triple in self._triples(number))
        return block(triple for triple in told if triple.subject == subject)

    def _gather_blank(self) -> Block | None:
        """Gather what is said of blank nodes; those that begin a statement go first."""
        if BLANK not in self._blocks:
            numbers = sorted({*self._nested, *(n for s, own in self._own.items() if s.startswith(BLANK) for n in own)})
            told = [t for number in numbers for t in self._triples(number) if t.subject.startswith(BLANK)]
            starts = {self._ranges[number][0] for number in numbers}
            self._blocks[BLANK] = block(sorted(told, key=lambda triple: triple.head[0] not in starts))
        return self._blocks[BLANK]

    def _by_row(self, wanted: Wanted) -> Place | None:
        """Find what is wanted by the number of its triple, unless that triple says something else."""
        triple, told = self._at(wanted.row)
        if triple is None or (wanted.subject and plain(triple.subject) != plain(wanted.subject)):
            return None
        if wanted.object:
            same = plain(triple.object) == plain(wanted.object) and wanted.predicate in {triple.predicate, ""}
            return triple.place if same else None
        labelled = triple.subject in self._own
        found = self._block(triple.subject) if labelled else block(t for t in told if t.subject == triple.subject)
        if found is None:
            return None
        return found.last.get(wanted.predicate) if wanted.predicate else found.head

    def _at(self, row: int) -> tuple[Told | None, list[Told]]:
        """Find the triple of a row, and all of its statement."""
        number = bisect_right(self._rows, row) - 1
        told = self._triples(number) if number < len(self._ranges) else []
        return next(iter(told[row - self._rows[number] :]), None), told

    def _first_object(self, term: str) -> Place | None:
        """Find where a term stands first as object."""
        forms = self.names.forms(term)
        if not all(forms):
            return self._objects.get(plain(term))
        places = (self._objects_of(number).get(plain(term)) for number in self._holding(forms))
        return next((place for place in places if place), None)

    def _holding(self, forms: list[str]) -> Iterator[int]:
        """Go through the statements that hold one of the forms of a term, or an escape."""
        pattern = re.compile("|".join([*map(re.escape, forms), r"\\"]).encode())
        at = 0
        while match := pattern.search(self.data, at):
            number = bisect_right(self._ranges, (match.start(), len(self.data))) - 1
            at = match.end()
            if number >= 0 and match.start() < self._ranges[number][1]:
                yield number
                at = max(at, self._ranges[number][1])

    @cached_property
    def _objects(self) -> dict[str, Place]:
        """Where each object of the file stands first."""
        found: dict[str, Place] = {}
        for number in range(len(self._ranges)):
            for term, place in self._objects_of(number).items():
                found.setdefault(term, place)
        return found

    def _objects_of(self, number: int) -> dict[str, Place]:
        """Tell where each object of a statement stands first; the rest of a list stands nowhere."""
        found: dict[str, Place] = {}
        for triple in self._read(number):
            if triple.predicate != REST or self.data[triple.head[0]] != _LIST:
                term = plain(triple.object)
                found[term] = min(triple.place, found.get(term, triple.place))
        return found

    @cached_property
    def _counts(self) -> list[int | None]:
        """How many triples each statement holds that has no brackets."""
        return [count(self.data, start, end) for start, end in self._ranges]

    @cached_property
    def _nested(self) -> list[int]:
        """The statements with brackets."""
        return [number for number, rows in enumerate(self._counts) if rows is None]

    @cached_property
    def _rows(self) -> list[int]:
        """The row of the first triple of each statement, and the number of all."""
        rows = (len(self._read(n)) if known is None else known for n, known in enumerate(self._counts))
        return [0, *accumulate(rows)]

    def _triples(self, number: int) -> list[Told]:
        """Read the triples of a statement, once."""
        if number not in self._known:
            self._known[number] = self._read(number)
        return self._known[number]

    def _read(self, number: int) -> list[Told]:
        """Read the triples of a statement."""
        return Reader(self.names).read(self.data, *self._ranges[number])


@dataclass(frozen=True)
class Places:
    """Finds the places of triples in files.

    Attributes:
        files: the files to look in; the first that describes a record is where it is placed.
        shown: how a path is shown to the user.
        owners: the file of each blank node.
    """

    files: Sequence[Path]
    shown: Callable[[Path], str]
    owners: Mapping[str, Path] = field(default_factory=dict)
    _located: dict[Path, Located | Rough] = field(default_factory=dict, repr=False)
    _found: dict[tuple[str, str, str], tuple[str, int]] = field(default_factory=dict, repr=False)

    def find(self, focus: str, path: str, value: str) -> tuple[str, int]:
        """Find where a triple stands: else the last with the same property, else the head of the subject's block.

        Args:
            focus: the subject's IRI; a blank node, whose name says nothing, goes by the first of its file.
            path: the predicate's IRI, or empty.
            value: the object as N-Triples writes it, or empty.

        Returns:
            The file as shown and the line; ("", 0) if no file describes the subject.
        """
        if (focus, path, value) not in self._found:
            subject = f"{BLANK}{focus}" if focus in self.owners else f"<{focus}>"
            exact = Wanted(subject, f"<{path}>", value) if path else Wanted(subject)
            place = self._first(focus, exact) or self._first(focus, Wanted(subject)) or ("", 0)
            self._found[focus, path, value] = place
        return self._found[focus, path, value]

    def find_exactly(self, triple: ox.Triple) -> tuple[str, int]:
        """Find where a triple stands; ("", 0) if no file says it."""
        focus = str(getattr(triple.subject, "value", ""))
        return self._first(focus, Wanted(str(triple.subject), str(triple.predicate), str(triple.object))) or ("", 0)

    def span(self, file: Path, wanted: Wanted) -> Span | None:
        """Find where a triple stands in a file, as `locate` does."""
        return self.spans(file, [wanted])[0]

    def spans(self, file: Path, wanted: Iterable[Wanted]) -> list[Span | None]:
        """Find where triples stand in a file, as `locate` does, but read the file only once."""
        return self.of(file).spans(wanted)

    def excerpt(self, file: Path, line: int) -> str:
        """Give the text of a line of a file, counted from 1; empty if there is none."""
        return self.of(file).excerpt(line)

    def _first(self, focus: str, wanted: Wanted) -> tuple[str, int] | None:
        """Find the first file that says what is wanted, and the line."""
        owner = self.owners.get(focus)
        for file in [owner] if owner else self.files:
            span = self.span(file, wanted)
            if span:
                return self.shown(file), span.line
        return None

    def of(self, file: Path) -> Located | Rough:
        """Read a file when asked; those that were not asked for lately are forgotten, so that memory stays bounded."""
        found = self._located.pop(file, None)
        if found is None:
            found = Rough(file) if FORMATS.get(file.suffix) in CHECKS else Located(read_whole(file))
            held = len(found.data) + sum(len(one.data) for one in self._located.values())
            while self._located and held > HELD:
                held -= len(self._located.pop(next(iter(self._located))).data)
        self._located[file] = found
        return found

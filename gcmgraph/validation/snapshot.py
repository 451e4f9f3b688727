"""Files as columns on disk, read back without parsing what has not changed."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from hashlib import blake2b
from itertools import chain, count
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast, overload

import numpy as np
import pyoxigraph as ox

from gcmgraph.reasoning.columns import NONE, Relation, Terms, columns, rows_among, turned
from gcmgraph.shacl.graph import BLANK, IRI, LITERAL, DataGraph
from gcmgraph.validation.loading import Loaded, load

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from typing import IO

    from numpy.typing import NDArray

    from gcmgraph.reasoning.columns import Numbers
    from gcmgraph.shacl.index import Term

SIDES = ("pairs", "turned", "predicates", "ends")
_PART = 50_000


@dataclass(frozen=True)
class Restored:
    """Files as they are now, and what was known of them before.

    Attributes:
        data: the columns of all files as they are now.
        before: for each file that may have changed or is gone, the rows it had.
        asserted: the pairs of each predicate before.
        closed: the pairs of each predicate that held before by OWL 2 RL; None if that is not known.
    """

    data: Loaded
    before: dict[Path, Numbers]
    asserted: Mapping[int, Relation]
    closed: Mapping[int, Relation] | None


def save(folder: Path, data: Loaded, closed: Mapping[int, Relation] | None = None) -> None:
    """Write columns into an empty folder; the manifest comes last.

    Args:
        folder: where to write.
        data: the columns.
        closed: the pairs of each predicate that hold by OWL 2 RL, if that is known.

    Raises:
        OSError: the folder cannot be written to.
    """
    terms, graph = data.graph.terms.listed(), data.graph
    with (folder / "texts").open("wb") as file:
        sizes, hashes = _write_terms(file, terms)
    order = np.argsort(hashes, kind="stable")
    asserted = {predicate: Relation(pairs) for predicate, pairs in columns(graph.rows)}
    arrays: dict[str, NDArray[Any]] = {
        "rows": graph.rows,
        "text_ends": np.cumsum(sizes, dtype=np.int64),
        "kinds": graph.kinds(),
        "hashes": hashes[order],
        "hashed": order,
        **_packed("asserted", asserted),
        **_packed("closed", closed or {}),
    }
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", array, allow_pickle=False)
    files = [(str(path), int(end)) for path, end in zip(data.paths, data.ends, strict=True)]
    written = {path.name: path.stat().st_size for path in folder.iterdir()}
    told = {"files": files, "written": written, "is_closed": closed is not None}
    (folder / "columns.json").write_text(json.dumps(told), encoding="utf-8")


def _packed(name: str, relations: Mapping[int, Relation]) -> dict[str, Numbers]:
    """Put the pairs of all predicates one after the other, as they are and turned."""
    own = [relation.pairs() for relation in relations.values()]
    arrays = (
        np.concatenate([NONE, *own]),
        np.concatenate([NONE, *(np.sort(turned(pairs)) for pairs in own)]),
        np.fromiter(relations, np.int64),
        np.cumsum([len(pairs) for pairs in own], dtype=np.int64),
    )
    return {f"{name}_{side}": array for side, array in zip(SIDES, arrays, strict=True)}


def _unpacked(folder: Path, name: str) -> dict[int, Relation]:
    """Take them apart again, read when they are needed."""
    pairs, other_way, names, ends = (_read(folder, f"{name}_{side}") for side in SIDES)
    found = {}
    for predicate, start, end in zip(names.tolist(), [0, *ends.tolist()], ends.tolist(), strict=False):
        found[predicate] = Relation.stored(pairs[start:end], other_way[start:end])
    return found


def _read(folder: Path, name: str) -> NDArray[Any]:
    """Map an array into memory."""
    return np.asarray(np.load(folder / f"{name}.npy", mmap_mode="r"))


def _write_terms(file: IO[bytes], terms: Sequence[Term]) -> tuple[list[int], NDArray[np.uint64]]:
    """Write terms one after the other: the size and the hash of each."""
    sizes: list[int] = []
    hashes = bytearray()
    for start in range(0, len(terms), _PART):
        texts = [_encoded(term) for term in terms[start : start + _PART]]
        file.write(b"".join(texts))
        sizes += map(len, texts)
        hashes += b"".join(map(_hash, texts))
    return sizes, np.frombuffer(bytes(hashes), np.uint64)


def _encoded(term: Term) -> bytes:
    """Write a term so that no two look alike."""
    if isinstance(term, ox.Literal):
        tag = f"@{term.language}{f'--{term.direction}' if term.direction else ''}"
        return f"{tag if term.language else term.datatype.value} {term.value}".encode()
    return f"{'<' if isinstance(term, ox.NamedNode) else '_'}{term.value}".encode()


def _decoded(kind: int, text: str) -> Term:
    """Read a term that was written so."""
    if kind == IRI:
        return ox.NamedNode(text[1:])
    if kind == BLANK:
        return ox.BlankNode(text[1:])
    datatype, _, value = text.partition(" ")
    if datatype.startswith("@"):
        language, _, direction = datatype[1:].partition("--")
        return ox.Literal(value, language=language, direction=cast("Any", direction or None))
    return ox.Literal(value, datatype=ox.NamedNode(datatype))


def _hash(text: bytes) -> bytes:
    """Hash a term as written."""
    return blake2b(text, digest_size=8).digest()


class StoredTerms(Terms):
    """Numbers for terms that lie on disk, and for those that are met besides.

    Attributes:
        kinds: what each of those on disk is.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._texts = np.asarray(np.memmap(folder / "texts", np.uint8, "r"))
        self._ends, self._hashes, self._hashed = (_read(folder, name) for name in ("text_ends", "hashes", "hashed"))
        self.kinds = _read(folder, "kinds")
        self._known = len(self._ends)
        self._numbers = defaultdict(count(self._known).__next__)
        self._literal = self.kinds == LITERAL
        self._stored: dict[int, Term] = {}
        self._found: dict[Term, int] = {}

    def __len__(self) -> int:
        return self._known + len(self._numbers)

    def __getitem__(self, number: int) -> Term:
        """Give the term of a number."""
        if number >= self._known:
            self._catch_up()
            return self._terms[number - self._known]
        if number not in self._stored:
            start = int(self._ends[number - 1]) if number else 0
            text = self._texts[start : int(self._ends[number])].tobytes().decode()
            self._stored[number] = _decoded(int(self.kinds[number]), text)
        return self._stored[number]

    def listed(self) -> Sequence[Term]:
        """List the terms by number, each read when it is asked for."""
        return cast("Sequence[Term]", _Listed(self))

    def number(self, term: Term) -> int:
        """Give a term's number; a new term gets the next."""
        found = self.find(term)
        return self._numbers[term] if found < 0 else found

    def find(self, term: Term) -> int:
        """Give a term's number, or -1 if it has none."""
        self._look_up([term])
        return self._found.get(term, self._numbers.get(term, -1))

    def encode(self, triples: Iterable[ox.Triple]) -> Numbers:
        """Number the terms of triples, as `Terms.encode` does."""
        flat: list[Term] = list(chain.from_iterable(triples))
        self._look_up(dict.fromkeys(flat))
        found, numbers = self._found, self._numbers
        return np.array([found[t] if t in found else numbers[t] for t in flat], np.int64).reshape(-1, 3)

    def _look_up(self, terms: Iterable[Term]) -> None:
        """Find those of some terms that lie on disk."""
        new = [term for term in terms if term not in self._found and term not in self._numbers]
        if not new:
            return
        hashes = np.frombuffer(b"".join(_hash(_encoded(term)) for term in new), np.uint64)
        low = np.searchsorted(self._hashes, hashes)
        high = np.searchsorted(self._hashes, hashes, side="right")
        for row in np.flatnonzero(high > low).tolist():
            for place in range(int(low[row]), int(high[row])):
                number = int(self._hashed[place])
                if self[number] == new[row]:
                    self._found[new[row]] = number


class _Listed:
    """The terms as a sequence."""

    def __init__(self, terms: Terms) -> None:
        self._terms = terms

    def __len__(self) -> int:
        return len(self._terms)

    @overload
    def __getitem__(self, place: int) -> Term: ...
    @overload
    def __getitem__(self, place: slice) -> list[Term]: ...
    def __getitem__(self, place: int | slice) -> Term | list[Term]:
        """Give one term, or some."""
        if isinstance(place, slice):
            return [self._terms[number] for number in range(*place.indices(len(self)))]
        return self._terms[place]

    def __iter__(self) -> Iterator[Term]:
        return map(self._terms.__getitem__, range(len(self)))


def restore(
    folder: Path, paths: Sequence[Path], touched: Iterable[Path], *, note: Callable[[str], None] | None = None
) -> Restored:
    """Read columns back, and the files that have changed.

    Args:
        folder: where `save` wrote them.
        paths: the files that there are now.
        touched: those that may have changed.
        note: called with the name of each file before it is read.

    Returns:
        The files as they are now, and what was known before.

    Raises:
        ReadError: a file that has changed cannot be read.
        OSError, ValueError, KeyError: what lies there is not whole.
    """
    told = json.loads((folder / "columns.json").read_text(encoding="utf-8"))
    if any((folder / name).stat().st_size != size for name, size in told["written"].items()):
        raise ValueError(folder)
    rows, terms = _read(folder, "rows"), StoredTerms(folder)
    starts = [0, *(end for _, end in told["files"])]
    stored = {Path(name): rows[start:end] for start, (name, end) in zip(starts, told["files"], strict=False)}
    wanted, again = [path.resolve() for path in paths], {path.resolve() for path in touched}
    fresh = load([path for path in wanted if path in again or path not in stored], note=note, terms=terms)
    before = {path: rows for path, rows in stored.items() if path in again or path not in wanted}
    before |= {path: np.empty((0, 3), np.int64) for path in fresh.paths if path not in before}
    kept = {path: own for path, own in stored.items() if path not in before}
    rows = np.concatenate([np.empty((0, 3), np.int64), *kept.values()])
    asserted = _unpacked(folder, "asserted")
    graph = DataGraph(terms, rows, _without(asserted, before, rows), terms.kinds).extended(fresh.graph.rows)
    parts = {path: kept[path] if path in kept else fresh.rows_of(path) for path in wanted}
    graph.rows = np.concatenate([np.empty((0, 3), np.int64), *parts.values()])
    data = Loaded(wanted, np.cumsum([*map(len, parts.values())]).tolist(), graph, fresh.broken)
    return Restored(data, before, asserted, _unpacked(folder, "closed") if told["is_closed"] else None)


def _without(asserted: Mapping[int, Relation], before: Mapping[Path, Numbers], rows: Numbers) -> dict[int, Relation]:
    """Leave out of relations what no file holds any more."""
    old = np.concatenate([np.empty((0, 3), np.int64), *before.values()])
    near = rows[np.isin(rows[:, 0], old[:, 0])]
    gone = columns(old[~rows_among(near, old)])
    return {**asserted, **{name: asserted[name].without(pairs) for name, pairs in gone}}

"""The embedded store on disk: built once for each state of its inputs, put in place whole, not trusted when damaged."""

from __future__ import annotations

import json
import os
import re
import shutil
import time
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import pyoxigraph as ox

from gcmgraph.answers import write_whole
from gcmgraph.corpus import write_lines
from gcmgraph.errors import reading_problem
from gcmgraph.namespaces import INFERRED

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from gcmgraph.project import Project

VARIABLE = "GCMGRAPH_CACHE"
CODE = ("cache.py", "corpus.py", "reading.py", "syntax/*.py", "reasoning/*.py")
KEPT = 4
SETTLED = 2_000_000_000
_OURS = re.compile(r"[0-9a-f]{64}|state-[0-9a-f]{16}|building-.*|\.?index-[0-9a-f]{16}\.json.*")


@dataclass(frozen=True)
class Entry:
    """A store on disk that is whole.

    Attributes:
        path: its folder.
        digest: the SHA-256 of all that it was built from.
        triples: how many triples are asserted and how many inferred.
        forms: for each literal that the store writes in another form than the files do, the form of the files.
    """

    path: Path
    digest: str
    triples: tuple[int, int]
    forms: dict[str, str]

    def store(self) -> ox.Store:
        """Open it; nothing can be written to it."""
        return ox.Store.read_only(str(self.path / "store"))

    @property
    def size(self) -> int:
        """How many bytes it takes on disk."""
        return sum(path.stat().st_size for path in self.path.rglob("*") if path.is_file())


@dataclass(frozen=True)
class Cache:
    """The folder that holds stores.

    Attributes:
        folder: where they lie; None if there is no folder that can be used.
        note: told why not.
        progress: called with the number of files read and their total while a store is built.
    """

    folder: Path | None
    note: Callable[[str], None] = lambda _: None
    progress: Callable[[int, int], None] = lambda *_: None

    @classmethod
    def find(
        cls, note: Callable[[str], None] = lambda _: None, progress: Callable[[int, int], None] = lambda *_: None
    ) -> Cache:
        """Find the user's own cache folder, and make it if it is not there.

        It is not used if somebody else could write to it.
        """
        folder = cache_folder()
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            state = folder.stat()
        except OSError as error:
            return cls._none(note, f"{folder}: {reading_problem(error)}")
        if hasattr(os, "geteuid") and state.st_uid != os.geteuid():
            return cls._none(note, f"{folder}: belongs to another user")
        if os.name == "posix" and state.st_mode & 0o022:
            return cls._none(note, f"{folder}: others can write to it")
        usable = os.access(folder, os.W_OK | os.X_OK)
        return cls(folder, note, progress) if usable else cls._none(note, f"{folder}: cannot be written to")

    @classmethod
    def _none(cls, note: Callable[[str], None], problem: str) -> Cache:
        """Do without a folder, and say why."""
        note(f"{problem}; the store is built in memory, which takes longer. Name another folder in {VARIABLE}")
        return cls(None, note)

    def entry(self, project: Project, *, named: bool = False, fresh: bool = False) -> Entry | None:
        """Find the store of a project as it is now, or build it.

        Args:
            project: where the ontology and the data lie.
            named: whether the store keeps named graphs beside their union.
            fresh: build it anew, whatever is there.

        Returns:
            The entry; None if it can be neither found nor written.

        Raises:
            ReadError: a file of the project is missing, unreadable or malformed.
        """
        if self.folder is None:
            return None
        digest = self._digest(project, named=named)
        found = None if fresh else read_entry(self.folder / digest, digest)
        return found or self._build(project, digest, named=named, fresh=fresh)

    def entries(self) -> list[Entry]:
        """List the stores that are whole, the newest first."""
        folders = [path for path in self.folder.iterdir() if len(path.name) == 64] if self.folder else []
        found = [read_entry(path, path.name) for path in sorted(folders, key=lambda path: -path.stat().st_mtime)]
        return [entry for entry in found if entry]

    def clear(self) -> int:
        """Remove all that was ever kept here, and nothing else; tell how many stores there were."""
        count = len(self.entries())
        for path in list(self.folder.iterdir()) if self.folder else ():
            if _OURS.fullmatch(path.name):
                _remove(path)
        return count

    def _digest(self, project: Project, *, named: bool) -> str:
        """Digest all that decides what is in a store."""
        digest = self._digest_of_inputs(project)
        return digest_with_graphs(digest) if named else digest

    def _digest_of_inputs(self, project: Project) -> str:
        """Digest all inputs, or remember their digest if no file has been touched since it was taken."""
        assert self.folder is not None  # noqa: S101
        index = self.folder / f"index-{sha256(str(project.root.resolve()).encode()).hexdigest()[:16]}.json"
        inputs = _inputs(project)
        states = [path.stat() for path in inputs]
        told = [(s.st_size, s.st_mtime_ns, s.st_ctime_ns, s.st_ino) for s in states]
        signature = sha256(repr((ox.__version__, str(Path.cwd()), list(map(str, inputs)), told)).encode()).hexdigest()
        known = _read_json(index)
        if known.get("signature") == signature and isinstance(known.get("digest"), str):
            return str(known["digest"])
        digest = sha256(f"{ox.__version__}\n".encode())
        for path in inputs:
            digest.update(f"{project.graph_name(path)} {sha256(path.read_bytes()).hexdigest()}\n".encode())
        if time.time_ns() - max(max(state.st_mtime_ns, state.st_ctime_ns) for state in states) > SETTLED:
            _write_json(index, {"signature": signature, "digest": digest.hexdigest()})
        return digest.hexdigest()

    def _build(self, project: Project, digest: str, *, named: bool, fresh: bool) -> Entry | None:
        """Build a store beside the others and put it in its place; whoever comes second finds the first one's."""
        assert self.folder is not None  # noqa: S101
        self._tidy()
        place, building = self.folder / digest, self.folder / f"building-{os.getpid()}-{time.monotonic_ns()}"
        try:
            building.mkdir(mode=0o700)
            self._fill(project, building, digest, named=named)
            if self._digest(project, named=named) != digest:
                return None  # a file was changed while it was read; nobody can tell which state the store holds
            self._put(building, place, digest, fresh=fresh)
        except (OSError, RuntimeError) as error:
            problem = reading_problem(error) if isinstance(error, OSError) else str(error)
            self.note(f"{self.folder}: {problem}; the store is built in memory, which takes longer")
            return None
        finally:
            _remove(building)
            _remove(building.with_suffix(".old"))
        return read_entry(place, digest)

    def _fill(self, project: Project, folder: Path, digest: str, *, named: bool) -> None:
        """Fill a folder with a store and, when all of it is written, its manifest."""
        from gcmgraph.reading import read_triples, require_memory
        from gcmgraph.reasoning.closure import Closure
        from gcmgraph.reasoning.literals import written_forms

        paths = (*project.ontology_files(), *project.data_files())
        require_memory(paths)
        closure = Closure()
        lines = folder / "lines.nq"
        with lines.open("wb") as file:
            for number, path in enumerate(paths):
                self.progress(number, len(paths))
                triples = read_triples(path)
                closure.extend(triples)
                write_lines(file, project.graph_name(path), triples, named=named)
            write_lines(file, INFERRED, closure.triples(), named=named)
        self.progress(len(paths), len(paths))
        store = ox.Store(str(folder / "store"))
        store.bulk_load(path=str(lines), format=ox.RdfFormat.N_QUADS, lenient=True)
        store.flush()
        del store
        lines.unlink()
        names = [path for path in (folder / "store").iterdir() if path.name not in ("LOCK", "LOG")]
        manifest = {
            "digest": digest,
            "files": {path.name: path.stat().st_size for path in names},
            "asserted": closure.asserted,
            "inferred": len(closure),
            "forms": written_forms(closure.literals()),
        }
        _write_json(folder / "manifest.json", manifest)

    def _put(self, building: Path, place: Path, digest: str, *, fresh: bool) -> None:
        """Put a store in its place, unless somebody else has put a whole one there meanwhile."""
        if not fresh and read_entry(place, digest):
            return
        try:
            if place.exists():
                place.rename(building.with_suffix(".old"))
            building.rename(place)
        except OSError:
            if read_entry(place, digest) is None:
                raise

    def _tidy(self) -> None:
        """Remove what was left half-built, and all but the newest stores."""
        assert self.folder is not None  # noqa: S101
        for path in self.folder.glob("building-*"):
            process = path.name.split("-")[1]
            if not (process.isdecimal() and _is_running(int(process))):
                _remove(path)
        for entry in self.entries()[KEPT - 1 :]:
            _remove(entry.path)


def cache_folder() -> Path:
    """Name the user's cache folder: that of GCMGRAPH_CACHE, else the system's usual place."""
    named = os.environ.get(VARIABLE)
    if named:
        return Path(named)
    if os.name == "nt":
        return Path(os.environ.get("LOCALAPPDATA", Path.home())) / "gcmgraph"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "gcmgraph"


def digest_with_graphs(digest: str) -> str:
    """Give the digest of the store that keeps named graphs too, from that of the one that does not."""
    return sha256(f"{digest} with named graphs".encode()).hexdigest()


def read_entry(path: Path, digest: str) -> Entry | None:
    """Read an entry, if it is whole: its manifest was written last, and each file is as long as it says."""
    manifest = _read_json(path / "manifest.json")
    try:
        sizes = {name: (path / "store" / name).stat().st_size for name in manifest["files"]}
        whole = manifest["digest"] == digest and sizes == manifest["files"]
        entry = Entry(path, digest, (manifest["asserted"], manifest["inferred"]), dict(manifest["forms"]))
    except (KeyError, TypeError, ValueError, OSError):
        return None
    return entry if whole else None


def _inputs(project: Project) -> list[Path]:
    """List the files that decide what is in a store: the project's, and the code that reads and closes them."""
    code = [path for pattern in CODE for path in sorted(Path(__file__).parent.glob(pattern))]
    return [*project.ontology_files(), *project.data_files(), *code]


def _read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object; one that cannot be read is empty."""
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _write_json(path: Path, body: dict[str, Any]) -> None:
    """Write a JSON object whole."""
    write_whole(path, json.dumps(body, ensure_ascii=False).encode())


def _remove(path: Path) -> None:
    """Remove a file or folder, if it is there and can be removed."""
    shutil.rmtree(path, ignore_errors=True)
    if path.is_file():
        path.unlink(missing_ok=True)


def _is_running(process: int) -> bool:
    """Tell whether a process is there."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        pass
    return True

"""The last valid state of files, kept between calls, so that a later call looks only at what has changed since."""

from __future__ import annotations

import json
import os
import shutil
import time
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyoxigraph as ox

from gcmgraph.cache import SETTLED, Cache
from gcmgraph.validation.snapshot import restore, save

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from gcmgraph.reasoning.columns import Relation
    from gcmgraph.validation.loading import Loaded
    from gcmgraph.validation.snapshot import Restored

MANIFEST = "state.json"


class Kept:
    """The place where the last valid state of some files under some shapes is kept.

    Attributes:
        folder: where it lies, if there is one; None if there is no folder that can be used.
    """

    def __init__(self, name: str, paths: Iterable[Path], shapes: Sequence[Path]) -> None:
        """Find the place.

        Args:
            name: what tells sets of files apart, such as the folder of a project.
            paths: the files as they are now.
            shapes: the files of the shapes.
        """
        digest = sha256("\0".join([name, *(str(path.resolve()) for path in shapes)]).encode(errors="surrogateescape"))
        cache = Cache.find()
        self.folder = cache.folder / f"state-{digest.hexdigest()[:16]}" if cache.folder else None
        self._paths = [path.resolve() for path in paths]
        self._began = time.time_ns()
        self._states = {path: _state(path) for path in self._paths}
        self._rules = sha256(repr((_code(), [sha256(path.read_bytes()).hexdigest() for path in shapes])).encode())

    def restore(self, note: Callable[[str], None] | None = None) -> Restored | None:
        """Read the state back, and what has changed since, as `gcmgraph.validation.snapshot.restore` does.

        Returns:
            None if there is no state, it is damaged, or the shapes or the program have changed since.
        """
        known = self._manifest()
        if self.folder is None or known.get("rules") != self._rules.hexdigest():
            return None
        files, saved = known["files"], known["began"]
        touched = [path for path in self._paths if not self._is_same(path, files.get(str(path)), saved)]
        try:
            return restore(self.folder, self._paths, touched, note=note)
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def record(self, data: Loaded, closed: Mapping[int, Relation] | None) -> bool:
        """Keep a state that was found valid; tell whether that could be done.

        Args:
            data: all files.
            closed: the pairs of each predicate that hold by OWL 2 RL, if that is known.

        It is not kept if a file has been touched since the place was looked up: nobody could tell what was read.
        """
        if self.folder is None:
            return False
        building = self.folder.parent / f"building-{os.getpid()}-{time.monotonic_ns()}"
        try:
            building.mkdir(mode=0o700)
            save(building, data, closed)
            files = {str(path): [*state, _digest(path)] for path, state in self._states.items()}
            manifest = {"rules": self._rules.hexdigest(), "began": self._began, "files": files}
            (building / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
            if {path: _state(path) for path in self._paths} != self._states:
                return False
            if self.folder.exists():
                self.folder.rename(building.with_suffix(".old"))
            building.rename(self.folder)
        except OSError:
            return False
        finally:
            shutil.rmtree(building, ignore_errors=True)
            shutil.rmtree(building.with_suffix(".old"), ignore_errors=True)
        return True

    def _manifest(self) -> dict[str, Any]:
        """Read what is known of the state; nothing if it is damaged."""
        try:
            known = json.loads((self.folder / MANIFEST).read_bytes()) if self.folder else {}
            return {"rules": str(known["rules"]), "began": int(known["began"]), "files": dict(known["files"])}
        except (OSError, ValueError, KeyError, TypeError):
            return {}

    def _is_same(self, path: Path, known: list[Any] | None, saved: int) -> bool:
        """Tell whether a file is as it was; one that was touched close to when it was read is read again."""
        if known is None:
            return False
        state = self._states[path]
        is_settled = saved - max(state[1], state[2]) > SETTLED
        return (state == known[:-1] and is_settled) or (state[0] == known[0] and _digest(path) == known[-1])


def _state(path: Path) -> list[int]:
    """Tell what changes when a file is touched."""
    told = path.stat()
    return [told.st_size, told.st_mtime_ns, told.st_ctime_ns, told.st_ino]


def _digest(path: Path) -> str:
    """Digest a file."""
    return sha256(path.read_bytes()).hexdigest()


def _code() -> list[Any]:
    """Tell which program this is: another may find another state valid."""
    own = sorted(Path(__file__).parents[1].rglob("*.py"))
    return [np.__version__, ox.__version__, *((path.name, *_state(path)[:2]) for path in own)]

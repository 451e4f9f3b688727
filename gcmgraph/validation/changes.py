"""What has changed in files since a revision, and which nodes that can affect."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from hashlib import sha1, sha256
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from gcmgraph.errors import ReadError, reading_problem
from gcmgraph.reading import FORMATS, instead, read_triples
from gcmgraph.reasoning.columns import distinct, rows_among
from gcmgraph.shacl.dependencies import Affected, Dependencies

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import pyoxigraph as ox

    from gcmgraph.reasoning.columns import Numbers
    from gcmgraph.shacl.index import Term
    from gcmgraph.shacl.shapes import Shapes
    from gcmgraph.validation.loading import Loaded


@dataclass(frozen=True)
class Change:
    """How the triples of some files differ from an earlier state.

    Attributes:
        files: those that have changed and are still there.
        added: the triples that are in a file that did not hold them, one row each.
        removed: those that a file held and no longer holds.
    """

    files: tuple[Path, ...]
    added: Numbers
    removed: Numbers

    def __bool__(self) -> bool:
        return bool(len(self.added) or len(self.removed))

    def share(self, data: Loaded) -> float:
        """Tell how much has changed, as a share of all triples."""
        return (len(self.added) + len(self.removed)) / max(len(data.graph.rows), 1)

    def gone(self, data: Loaded) -> Numbers:
        """Find what was described and no longer is."""
        before = distinct(self.removed[:, 0])
        return before[~np.isin(before, data.graph.rows[:, 0])]

    def affected(self, shapes: Shapes, data: Loaded) -> Mapping[Term, Numbers | None]:
        """Find the nodes about which a shape's results can differ from before.

        Args:
            shapes: the shapes, which have not changed.
            data: all files as they are now.

        Returns:
            For each shape with a target the nodes, sorted; None if it may be any.
        """
        dependencies = Dependencies(shapes)
        affected = Affected(data.graph.extended(self.removed), np.concatenate([self.added, self.removed]))
        found: dict[Term, Numbers | None] = {}
        for shape in shapes.targeted:
            paths = dependencies.of(shape)
            found[shape.node] = None if paths is None else affected.by(paths)
        return found


def change_of(data: Loaded, before: Mapping[Path, Numbers]) -> Change:
    """Compare files with what they held before.

    Args:
        data: all files as they are now.
        before: for each file that may have changed the rows it had; also for files that are no longer there.
    """
    known = [path for path in data.paths if path in before]
    added, removed = [np.empty((0, 3), np.int64)], [np.empty((0, 3), np.int64)]
    for path, old in before.items():
        new = data.rows_of(path) if path in known else old[:0]
        added.append(new[~rows_among(old, new)])
        removed.append(old[~rows_among(new, old)])
    return Change(tuple(known), np.concatenate(added), np.concatenate(removed))


class Revision:
    """A state of files that git keeps.

    Attributes:
        name: the revision, as the user named it.
    """

    def __init__(self, name: str, folder: Path) -> None:
        """Look the revision up in the repository that a folder lies in.

        Raises:
            ReadError: there is no git, no repository, or no such revision.
        """
        self.name = name
        self._folder = folder
        top = self._git("rev-parse", "--show-toplevel", advice="name a folder that git keeps")
        self._root = Path(os.fsdecode(top.removesuffix(b"\n"))).resolve()
        advice = "name a commit, a branch or a tag that this repository has"
        commit = self._git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}", advice=advice)
        self._commit = commit.decode().strip()

    def changed(self, paths: Iterable[Path], folders: Sequence[Path] = ()) -> dict[Path, bytes]:
        """Find the files that differ from the revision, with what they held then; a new file held nothing.

        Args:
            paths: the files to look at.
            folders: where RDF files count too that are no longer there.
        """
        blobs, now = self._blobs(), [path.resolve() for path in paths]
        touched = {path: blobs.get(path, "") for path in now if not _is_blob(path, blobs.get(path, ""))}
        gone = {path: blob for path, blob in blobs.items() if path.suffix in FORMATS and not path.exists()}
        inside = [folder.resolve() for folder in folders]
        touched |= {path: blob for path, blob in gone.items() if any(map(path.is_relative_to, inside))}
        return {path: self._git("cat-file", "blob", blob) if blob else b"" for path, blob in touched.items()}

    def _blobs(self) -> dict[Path, str]:
        """List the files of the revision, with the names of their contents."""
        found = {}
        listed = self._git("ls-tree", "-r", "-z", "--full-tree", self._commit)
        for line in listed.split(b"\0"):
            told, _, name = line.partition(b"\t")
            if b" blob " in told:
                found[self._root / os.fsdecode(name)] = told.split()[2].decode()
        return found

    def _git(self, *words: str, advice: str = "check the repository with git fsck") -> bytes:
        """Ask git."""
        try:
            run = subprocess.run(["git", *words], cwd=self._folder, capture_output=True, check=False)
        except OSError as error:
            raise ReadError("git", reading_problem(error), "install git, or validate without a revision") from error
        if run.returncode:
            told = run.stderr.decode(errors="replace").strip().splitlines()
            problem = told[0].removeprefix("fatal: ") if told else "there is no such revision"
            raise ReadError(self.name, problem, advice)
        return run.stdout


def _is_blob(path: Path, name: str) -> bool:
    """Tell whether a file holds what git keeps under a name."""
    data = path.read_bytes()
    digest = sha256 if len(name) == 64 else sha1
    return digest(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest() == name


def parsed(path: Path, data: bytes) -> list[ox.Triple]:
    """Read what a file held before; if it was not well-formed, it held nothing that was validated."""
    if not data:
        return []
    try:
        with instead({path.resolve(): data}):
            return read_triples(path)
    except ReadError:
        return []

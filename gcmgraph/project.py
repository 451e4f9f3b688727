"""Where the ontology, the data, the shapes and the queries lie."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from gcmgraph.errors import ReadError, reading_problem
from gcmgraph.namespaces import GRAPH

FOLDERS = ("ontology", "data", "shapes", "queries")


@dataclass(frozen=True)
class Project:
    """A folder that holds ontology/, data/, shapes/ and queries/.

    Attributes:
        root: the folder.
    """

    root: Path

    @classmethod
    def find(cls, directory: Path | None = None) -> Project:
        """Find the project to work on.

        Args:
            directory: the folder that the user named; else the checkout around the working directory,
                else the files that were installed with the package.

        Returns:
            A project whose four folders exist.

        Raises:
            ReadError: the named folder is not a project.
        """
        if directory is not None:
            if not _is_project(directory):
                missing = ", ".join(f"{name}/" for name in FOLDERS if not (directory / name).is_dir())
                raise ReadError(str(directory), f"not a project (no {missing})", "name a folder that holds all four")
            return cls(directory)
        here = Path.cwd()
        package = Path(__file__).resolve().parent
        for candidate in (here, *here.parents, package / "project", package.parent):
            if _is_project(candidate):
                return cls(candidate)
        raise ReadError(str(here), "no project here or above", "pass --project DIR")

    def ontology_files(self) -> list[Path]:
        """List the ontology's Turtle files, sorted."""
        return _files(self.root / "ontology", ".ttl")

    def data_files(self) -> list[Path]:
        """List the data's Turtle files, sorted."""
        return _files(self.root / "data", ".ttl")

    def shape_files(self) -> list[Path]:
        """List the shapes' Turtle files, sorted."""
        return _files(self.root / "shapes", ".ttl")

    def query_files(self) -> list[Path]:
        """List the stored queries, sorted."""
        return _files(self.root / "queries", ".rq")

    def shown(self, path: Path) -> str:
        """Give a path as findings and messages show it: relative to the working directory if it lies below it."""
        return shown(path)

    def graph_name(self, path: Path) -> str:
        """Give the IRI of the named graph that a file fills; a file outside the project goes by its own address."""
        full, root = path.resolve(), self.root.resolve()
        if not full.is_relative_to(root):
            return full.as_uri()
        return GRAPH + quote(full.relative_to(root).with_suffix("").as_posix())


def shown(path: Path) -> str:
    """Give a path as findings and messages show it: relative to the working directory if it lies below it."""
    full, here = path.resolve(), Path.cwd()
    return full.relative_to(here).as_posix() if full.is_relative_to(here) else str(full)


def _files(folder: Path, ending: str) -> list[Path]:
    """List the files of one ending in a folder and below, sorted; hidden files are none of the project's."""
    found: list[Path] = []
    for parent, _, names in os.walk(folder, onerror=_refuse):
        found += [Path(parent, name) for name in names if name.endswith(ending) and not name.startswith(".")]
    if not found:
        raise ReadError(str(folder), f"no {ending} files", "add one, or name another project with --project DIR")
    return sorted(found)


def _refuse(error: OSError) -> None:
    """Stop at a folder that cannot be read; to pass over it would leave a part of the graph out."""
    raise ReadError(str(error.filename), reading_problem(error), "check its permissions") from error


def _is_project(directory: Path) -> bool:
    """Tell whether a folder holds all four folders."""
    return all((directory / name).is_dir() for name in FOLDERS)

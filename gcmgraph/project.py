"""Where the ontology, the data, the shapes and the queries lie."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from gcmgraph.errors import ReadError
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
        return sorted((self.root / "ontology").rglob("*.ttl"))

    def data_files(self) -> list[Path]:
        """List the data's Turtle files, sorted."""
        return sorted((self.root / "data").rglob("*.ttl"))

    def shape_files(self) -> list[Path]:
        """List the shapes' Turtle files, sorted."""
        return sorted((self.root / "shapes").rglob("*.ttl"))

    def query_files(self) -> list[Path]:
        """List the stored queries, sorted."""
        return sorted((self.root / "queries").rglob("*.rq"))

    def shown(self, path: Path) -> str:
        """Give a path as findings and messages show it: relative to the working directory if it lies below it."""
        for base in (Path.cwd(), self.root):
            if path.resolve().is_relative_to(base.resolve()):
                return path.resolve().relative_to(base.resolve()).as_posix()
        return str(path)

    def graph_name(self, path: Path) -> str:
        """Give the IRI of the named graph that a file fills; a file outside the project goes by its own address."""
        full, root = path.resolve(), self.root.resolve()
        if not full.is_relative_to(root):
            return full.as_uri()
        return GRAPH + quote(full.relative_to(root).with_suffix("").as_posix())


def _is_project(directory: Path) -> bool:
    """Tell whether a folder holds all four folders."""
    return all((directory / name).is_dir() for name in FOLDERS)

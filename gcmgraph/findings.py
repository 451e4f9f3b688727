"""What a check found, and the forms it is given in."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from gcmgraph.errors import folded
from gcmgraph.namespaces import curie

if TYPE_CHECKING:
    import pyoxigraph as ox
    from rdflib import Graph

SEVERITIES = ("error", "violation", "warning", "info")
LINTS = (
    "unknown-term", "unknown-record", "ill-typed", "unused-prefix", "double-prefix", "label-missing", "label-double",
    "unknown-shape-term", "list-not-well-formed", "unknown-severity", "bad-pattern", "slow-pattern", "impossible-count",
    "shape-without-constraint", "undeclared-prefix", "bad-query", "recursive-shape", "unknown-target",
    "shape-without-path", "bad-count", "unknown-shape", "shape-without-target",
)  # fmt: skip
REMARKS = ("unused-prefix", "double-prefix", "label-missing", "label-double")


@dataclass(frozen=True, order=True)
class Edit:
    """A replacement of a stretch of a file.

    Attributes:
        file: the file, as an absolute path.
        start: the byte at which the stretch begins.
        end: the byte after its last.
        text: what to write in its place.
    """

    file: str
    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Looked:
    """How many nodes a shape looked at.

    Attributes:
        shape: the shape's IRI.
        nodes: the number of its target nodes.
        findings: the number of findings about them.
    """

    shape: str
    nodes: int
    findings: int = 0


@dataclass(frozen=True, order=True)
class Finding:
    """One thing that is wrong, with its place and a way out.

    Attributes:
        file: the file as shown to the user; empty if the place is not in a file.
        line: the line, from 1; 0 if there is none.
        column: the column, from 1; 0 if only the line is known.
        severity: "error" (not well-formed or contradictory), "violation", "warning" or "info".
        rule: the shape's local name, or the name of the check.
        problem: what is wrong.
        advice: what to do.
        focus: the IRI of the record concerned, the name of a blank node, or a literal as N-Triples writes it; empty if
            none.
        path: the IRI of the property concerned; empty if none.
        value: the offending value as N-Triples writes it; empty if none.
        end_line: the line where the offending term ends; 0 if not known.
        end_column: the column after its last character; 0 if not known.
        excerpt: the text of the line; empty if it is not known.
        shape: the IRI of the shape, if it has one.
        component: the IRI of the SHACL constraint component, if a shape found it.
        shape_file: the file of the shape as shown to the user; empty if not known.
        shape_line: the line of the shape; 0 if not known.
        help: why it matters, as the shape's description tells.
        edits: a safe mend, if there is one.
    """

    file: str
    line: int
    column: int
    severity: str
    rule: str
    problem: str
    advice: str = ""
    focus: str = ""
    path: str = ""
    value: str = ""
    end_line: int = 0
    end_column: int = 0
    excerpt: str = ""
    shape: str = ""
    component: str = ""
    shape_file: str = ""
    shape_line: int = 0
    help: str = ""
    edits: tuple[Edit, ...] = ()

    def __str__(self) -> str:
        numbers = "".join(f":{number}" for number in (self.line, self.column) if number)
        place = f"{self.file}{numbers}: " if self.file else ""
        name = self.focus if self.focus.startswith('"') else curie(self.focus) if ":" in self.focus else "a blank node"
        subject = f"{name}: " if self.focus else ""
        advice = f"; {self.advice}" if self.advice else ""
        return folded(f"{place}{self.severity} {self.rule}: {subject}{self.problem}{advice}")


@dataclass(frozen=True)
class Report:
    """The findings of a run, with what was looked at.

    Attributes:
        findings: sorted by place.
        checked: how many records, stretches or files were looked at.
        triples: the W3C validation report behind the findings; empty if SHACL was not run.
        looked: how many nodes each shape with a target looked at, sorted by shape.
        cut: how many further findings were left out on demand.
        valid: whether the whole report conforms, if this one is a part of it; None if it is the whole.
        unchecked: what was not looked for, and why; empty if all was.
    """

    findings: tuple[Finding, ...]
    checked: int
    triples: tuple[ox.Triple, ...] = ()
    looked: tuple[Looked, ...] = ()
    cut: int = 0
    valid: bool | None = None
    unchecked: str = ""

    @property
    def conforms(self) -> bool:
        """Whether nothing was found but remarks of severity "info"."""
        return all(finding.severity == "info" for finding in self.findings) if self.valid is None else self.valid

    def graph(self) -> Graph:
        """Give the W3C validation report as an rdflib graph."""
        from gcmgraph.terms import to_graph

        return to_graph(self.triples)

    def to_text(self, noun: str) -> str:
        """Write one finding a line and a closing line that says how much was looked at."""
        count = len(self.findings)
        last = f"{count} finding{'s' * (count != 1)} in {self.checked} {noun}"
        return (
            "".join(f"{finding}\n" for finding in self.findings)
            + (last if count else f"{self.checked} {noun}: no findings")
            + "\n"
        )

    def to_json(self) -> str:
        """Write the findings as one JSON object: conforms, checked, findings."""
        body = {"conforms": self.conforms, "checked": self.checked, "findings": [asdict(f) for f in self.findings]}
        return json.dumps(body, indent=2, ensure_ascii=False) + "\n"

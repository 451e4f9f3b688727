"""How queries, anchors, counts and progress are shown on a terminal, in a pipe or in a file."""

from __future__ import annotations

import json
import sys
import textwrap
from dataclasses import asdict
from typing import TYPE_CHECKING

from gcmgraph.errors import WriteError, reading_problem
from gcmgraph.namespaces import curie

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from tqdm import tqdm

    from gcmgraph.echoes import Candidate
    from gcmgraph.evidence import Anchor
    from gcmgraph.queries import StoredQuery


def write(text: str, output: Path | None = None) -> None:
    """Write to standard output, or to a file that is replaced whole."""
    if output is None:
        try:
            sys.stdout.write(text)
            sys.stdout.flush()
        except BrokenPipeError:
            raise
        except OSError as error:
            problem = f"cannot write ({reading_problem(error)})"
            raise WriteError("standard output", problem, "make room and run it again") from error
        return
    from gcmgraph.dumps import write_all

    write_all({output: text.encode()})


def tell(text: str) -> None:
    """Tell something beside the answer."""
    print(f"gcmgraph: note: {text}", file=sys.stderr)


def explain(query: StoredQuery) -> str:
    """Tell what a query asks and takes."""
    lines = [query.name, *(f"  {key}: {value}" for key, value in query.header.items())]
    for parameter in query.parameters:
        kind = f"{parameter.type} gcm:{parameter.record_class}" if parameter.record_class else parameter.type
        lines.append(f"  -p {parameter.name}=...  {parameter.meaning} ({kind}; example {parameter.example})")
    return "\n".join(lines) + "\n"


def list_queries(found: Sequence[StoredQuery]) -> str:
    """List queries by group."""
    width = max((len(query.name) for query in found), default=0)
    lines: list[str] = []
    for group in sorted({query.header.get("group", "") for query in found}):
        lines += [
            group,
            *(
                f"  {q.name:{width}}  {q.header.get('summary', '')}"
                for q in found
                if q.header.get("group", "") == group
            ),
        ]
    return "\n".join(lines) + "\n"


def query_json(found: Sequence[StoredQuery]) -> str:
    """Write queries as JSON."""
    body = [
        {"name": q.name, **q.header, "parameters": [asdict(p) for p in q.parameters], "text": q.text} for q in found
    ]
    return json.dumps(body, indent=2, ensure_ascii=False) + "\n"


def show_anchor(anchor: Anchor) -> str:
    """Show one anchor, with its text if the source is at hand."""
    place = f"{curie(anchor.document)}, {anchor.passage}, characters {anchor.start} to {anchor.end} of {anchor.file}"
    text = (
        ""
        if anchor.text is None
        else "".join(f"    {line.strip()}\n" for line in anchor.text.splitlines() if line.strip())
    )
    return f"{curie(anchor.record)} rests on {place}\n{text}"


def write_candidates(found: Sequence[Candidate], candidate_format: str) -> str:
    """Write candidates for echoes as text, CSV or JSON."""
    rows = [
        {**asdict(c), "statement": curie(c.statement), "other": curie(c.other), "themes": [curie(t) for t in c.themes]}
        for c in found
    ]
    if candidate_format == "json":
        return json.dumps(rows, indent=2, ensure_ascii=False) + "\n"
    if candidate_format == "csv":
        names = ["score", "statement", "other", "gist", "other_gist"]
        return _csv([names, *([row[name] for name in names] for row in rows)])
    lines = []
    for row in rows:
        lines += [f"{row['score']:.3f}  {' '.join(row['themes'])}"]
        for name, text in ((row["statement"], row["gist"]), (row["other"], row["other_gist"])):
            lines += [f"  {name}", *textwrap.wrap(text, 112, initial_indent="      ", subsequent_indent="      ")]
    return "\n".join([*lines, f"({len(rows)} candidates; none is in the graph until you accept it)", ""])


def write_rows(names: list[str], rows: Sequence[tuple[str, str, str, int]], row_format: str) -> str:
    """Write rows as a table, CSV or JSON."""
    if row_format == "json":
        return json.dumps([dict(zip(names, row, strict=True)) for row in rows], indent=2, ensure_ascii=False) + "\n"
    if row_format == "csv":
        return _csv([names, *rows])
    from tabulate import tabulate

    return str(tabulate(rows, headers=names, maxcolwidths=[None, None, 60, None])) + "\n"


def _csv(rows: Iterable[Sequence[object]]) -> str:
    """Write rows as CSV."""
    import csv
    import io

    buffer = io.StringIO()
    csv.writer(buffer).writerows(rows)
    return buffer.getvalue()


class Progress:
    """A progress bar on a terminal, once the work has taken a second; nothing in a pipe."""

    def __init__(self, title: str, *, unit: str = "record") -> None:
        self._title = title
        self._unit = unit
        self._bar: tqdm[None] | None = None

    def __enter__(self) -> Callable[[int, int], None] | None:
        return self._advance if sys.stderr.isatty() else None

    def __exit__(self, *_: object) -> None:
        self._close()

    def _advance(self, done: int, total: int) -> None:
        """Move the bar, which is made when there is something to tell."""
        if self._bar is None:
            from tqdm import tqdm

            self._bar = tqdm(desc=self._title, delay=1, leave=False, unit=self._unit)
        self._bar.total = total
        self._bar.update(done - self._bar.n)
        if done == total:
            self._close()

    def _close(self) -> None:
        """Take the bar away; work that begins later has a bar of its own."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None

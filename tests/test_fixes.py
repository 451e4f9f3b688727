"""Edits are made whole or not at all, and never break a file."""

from __future__ import annotations

import subprocess
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gcmgraph.errors import UsageError, WriteError
from gcmgraph.findings import Edit
from gcmgraph.mending.fixes import apply, diff, edited
from gcmgraph.mending.pen import without_prefix

TURTLE = b"@prefix e: <http://e/> .\r\ne:a e:b e:c .\r\n"


@given(st.text(max_size=20), st.sets(st.integers(0, 20)), st.text(max_size=3))
def test_edits_are_made_where_they_say(text, cuts, new):
    """Replacing every other stretch gives what putting the stretches together by hand gives."""
    data = text.encode()
    ends = [0, *sorted(cut for cut in cuts if 0 < cut < len(data)), len(data)]
    stretches = list(pairwise(ends)) if data else []
    expected = b"".join(new.encode() if n % 2 else data[a:b] for n, (a, b) in enumerate(stretches))
    edits = [Edit("x", a, b, new) for a, b in stretches[1::2]]
    assert edited(data, [*reversed(edits), *edits]) == expected


@pytest.mark.parametrize(
    "spans",
    [[(0, 9)], [(-1, 1)], [(2, 1)], [(0, 2), (1, 3)], [(1, 1), (1, 2)], [(0, 3), (1, 1)]],
    ids=["too long", "before the file", "backwards", "overlap", "one place", "inside another"],
)
def test_edits_that_cannot_be_made_are_refused(spans):
    """An edit outside the file, or two that meet, are errors."""
    with pytest.raises(UsageError):
        edited(b"abcd", [Edit("x", start, end, str(start + end)) for start, end in spans])


def test_a_diff_can_be_applied_by_other_tools(tmp_path):
    """What `diff` writes, git applies, and the result is what `apply` writes."""
    path = tmp_path / "x.ttl"
    path.write_bytes(TURTLE)
    edits, read = [Edit(str(path), 34, 37, "e:d")], {path: TURTLE}
    text = diff(edits, read=read, shown=lambda file: file.name)
    assert text.startswith("--- a/x.ttl\n+++ b/x.ttl\n")
    subprocess.run(["git", "apply", "-"], input=text.encode(), cwd=tmp_path, check=True)
    by_git = path.read_bytes()
    path.write_bytes(TURTLE)
    assert apply(edits, read=read) == [path]
    assert path.read_bytes() == by_git == TURTLE.replace(b"e:c", b"e:d")


@pytest.mark.parametrize(
    ("text", "now", "error"),
    [("", TURTLE, UsageError), ("e:d", TURTLE + b"# more", WriteError)],
    ids=["breaks the syntax", "changed meanwhile"],
)
def test_nothing_is_written_if_one_file_cannot_be(tmp_path, text, now, error):
    """A file that an edit would break, or that has changed, keeps the others from being written too."""
    first, second = tmp_path / "a.ttl", tmp_path / "b.ttl"
    first.write_bytes(TURTLE)
    second.write_bytes(now)
    edits = [Edit(str(first), 34, 37, "e:d"), Edit(str(second), 34, 37, text)]
    with pytest.raises(error, match="nothing was written"):
        apply(edits, read={first: TURTLE, second: TURTLE})
    assert (first.read_bytes(), second.read_bytes()) == (TURTLE, now)


@pytest.mark.parametrize(
    ("data", "line", "rest"),
    [
        (TURTLE, 1, b"e:a e:b e:c .\r\n"),
        (b"\xef\xbb\xbfPREFIX e: <http://e/>\n# x\n", 1, b"\xef\xbb\xbf# x\n"),
        (b"# x\n  @prefix : <http://e/>  .", 2, b"# x\n"),
        (b"@prefix e: <http://e/> . # why\n", 1, None),
        (b"@prefix e: <http://e/> . @prefix f: <http://f/> .\n", 1, None),
    ],
    ids=["CRLF", "byte-order mark", "last line", "comment", "two"],
)
def test_a_prefix_is_taken_out_with_its_line(data, line, rest):
    """The line goes, the byte-order mark stays; a line that holds more is left."""
    edit = without_prefix(Path("/x.ttl"), data, line)
    assert (edited(data, [edit]) if edit else None) == rest

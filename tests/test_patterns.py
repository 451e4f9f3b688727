"""Patterns give the same whichever way they are run, and none takes time that grows faster than the text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gcmgraph.shacl import patterns
from gcmgraph.shacl.model import Pattern

PIECES = [
    "a",
    "-",
    "/",
    r"\.",
    "[a-z]",
    "[a-z]+",
    "[a-z0-9]{2,3}",
    "[^/]+",
    "(a|bc)",
    "[a-z]+(-[a-z]+)*",
    "[0-9]{2}(/[0-9]+)*",
    " ",
]


@given(
    st.booleans(),
    st.lists(st.sampled_from(PIECES), max_size=4),
    st.booleans(),
    st.lists(st.text("ab-/.0 \n\u00e9Z", max_size=9), max_size=5),
)
def test_a_pattern_gives_the_same_either_way(anchored, pieces, closed, texts):
    """Where Python's own engine is used, Oxigraph's gives the same."""
    pattern = Pattern(("^" if anchored else "") + "".join(pieces) + ("$" if closed else ""))
    assert patterns.matching(pattern, texts) == patterns._asked(pattern, texts)


@pytest.mark.parametrize(
    "text",
    [
        "(a+)+$",
        "[a-z]+(-[a-z]+)*$",
        "^[a-z]+[a-z]+$",
        "^[a-z-]+(-[a-z-]+)*$",
        "^(a|ab)*c",
        "^[a-z]*[a-z]",
        "^[a-z]+a+$",
    ],
)
def test_what_backtracks_is_not_run_by_python(text):
    """Repetitions that can share their text go to an engine whose time grows with the text alone."""
    assert not patterns._PLAIN.fullmatch(text)


@pytest.mark.parametrize(
    "text", ["^https://e\\.example/id/[a-z0-9]+(-[a-z0-9]+)*$", "^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$", "^[^/]+$"]
)
def test_what_is_common_is_run_fast(text):
    """Patterns of names and language tags need no query."""
    assert patterns._PLAIN.fullmatch(text)

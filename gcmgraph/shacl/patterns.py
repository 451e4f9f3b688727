"""Regular expressions as SPARQL has them: run by Oxigraph, whose time grows with the text alone.

Source:
    SPARQL 1.1, section 17.4.3.14 (REGEX); XQuery and XPath Functions 3.1, section 5.6 (syntax and flags).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pyoxigraph as ox

from gcmgraph.errors import ReadError, cut

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gcmgraph.shacl.model import Pattern

PART = 5000
_CLASS = r"\[(?:[A-Za-z0-9]-[A-Za-z0-9]|[A-Za-z0-9])+\]"
_COUNT = r"(?:\{\d{1,3}(?:,\d{1,3})?\}|\+)"
_LETTER = r"(?:[\w/:@,;=&<>~!%#' -]|\\[.\-/]|\((?:\w+\|)*\w+\))"
_REPEATED = (
    rf"(?:{_CLASS}|\[\^/\]){_COUNT}(?:\([.:_/-]{_CLASS}{_COUNT}\)\*)?(?=[^\w\[(]|$)"  # ends where it can be no longer
)
_PLAIN = re.compile(rf"\^(?:{_LETTER}|{_CLASS}(?![+*?{{])|{_REPEATED})*\$?|(?:{_LETTER}|{_CLASS})*\$?", re.ASCII)


def matching(pattern: Pattern, texts: Sequence[str | None]) -> list[bool]:
    """Tell which texts a pattern matches; one that is None is matched by nothing.

    Raises:
        ReadError: the pattern does not compile.
    """
    if not pattern.flags and _PLAIN.fullmatch(pattern.text):
        found = re.compile(re.sub(r"\$$", r"\\Z", pattern.text), re.ASCII)
        return [text is not None and found.search(text) is not None for text in texts]
    return [one for start in range(0, len(texts), PART) for one in _asked(pattern, texts[start : start + PART])]


def _asked(pattern: Pattern, texts: Sequence[str | None]) -> list[bool]:
    """Ask Oxigraph which texts match."""
    given = [(number, text) for number, text in enumerate(texts) if text is not None]
    values = " ".join(f"({number} {ox.Literal(text)})" for number, text in [(-1, ""), *given])
    test = f"REGEX(?text, {ox.Literal(pattern.text)}, {ox.Literal(pattern.flags)})"
    query = f"SELECT ?n ?is {{ VALUES (?n ?text) {{ {values} }} BIND({test} AS ?is) }}"
    matched = [False] * len(texts)
    for row in ox.Store().query(query):  # type: ignore[union-attr]
        if row["is"] is None:
            name = f"'{cut(pattern.text)}'" + (f" with the flags '{pattern.flags}'" if pattern.flags else "")
            raise ReadError("shapes", f"the pattern {name} cannot be run", "mend the pattern")
        if row["n"].value != "-1":
            matched[int(row["n"].value)] = row["is"].value == "true"
    return matched

"""Paths of one step or more, written so that Virtuoso answers them right too.

Where many nodes lead to the same start of such a path, Virtuoso 7 finds it for the first of them alone if it is
negated; in the condition of an IF it finds it for all. And it does not find that a circle leads back to its start;
where the first step is written apart, it does.

Source:
    SPARQL 1.1, sections 8.1 (filtering with graph patterns) and 9.3 (cycles and arbitrary length paths).
"""

from __future__ import annotations

import re

_REPEATED = re.compile(r"[\w>)][+*](?=[\s/|)])")
_NEGATION = re.compile(r"\bNOT\s+EXISTS\b|\bMINUS\b|\bOPTIONAL\b|!", re.IGNORECASE)
_EXISTS = re.compile(r"(?P<filter>FILTER )?(?P<negated>NOT )?EXISTS \{")
_PIECE = re.compile(r"""[{}]|"(?:[^"\\]|\\.)*"|<[^<>\s]*>""")
_STEP = re.compile(r"(?P<step>\(\^<[^<>\s]*>\)|<[^<>\s]*>)\+")
_TEXT = re.compile(r'"(?:[^"\\]|\\.)*"')


def is_repeated(text: str) -> bool:
    """Tell whether a query may hold a path of any length.

    >>> is_repeated("?a <urn:p>+ ?b"), is_repeated("SELECT (COUNT(*) AS ?n) { ?a <urn:p> '+' }")
    (True, False)
    """
    return _REPEATED.search(_TEXT.sub('""', text).replace("(*)", "")) is not None


def is_negated(text: str) -> bool:
    """Tell whether a query may hold a path of any length where its absence matters."""
    return is_repeated(text) and _NEGATION.search(_TEXT.sub('""', text)) is not None


def steadied(text: str) -> str:
    """Write paths of one step or more so that any server finds them; the text is one that this package wrote.

    >>> steadied("?a ?b ?c FILTER NOT EXISTS { ?a <urn:p>* ?c }")
    '?a ?b ?c FILTER(IF(EXISTS { ?a <urn:p>* ?c }, false, true))'
    >>> steadied("?a <urn:p>+ ?b")
    '?a (<urn:p>|(<urn:p>/(<urn:p>+))) ?b'
    """
    return _within_if(_STEP.sub(r"(\g<step>|(\g<step>/(\g<step>+)))", text))


def _within_if(text: str) -> str:
    """Put each EXISTS with a path of any length into an IF."""
    match = _EXISTS.search(text)
    if match is None:
        return text
    end = _closed(text, match.end())
    group = text[match.end() : end - 1]
    inner, rest = _within_if(group), _within_if(text[end:])
    if not is_repeated(group):
        return f"{text[: match.end()]}{inner}}}{rest}"
    told = f"IF(EXISTS {{{inner}}}, {'false, true' if match['negated'] else 'true, false'})"
    return text[: match.start()] + (f"FILTER({told})" if match["filter"] else told) + rest


def _closed(text: str, start: int) -> int:
    """Find the end of a group whose opening brace stands before a place."""
    depth = 1
    for match in _PIECE.finditer(text, start):
        depth += {"{": 1, "}": -1}.get(match.group(), 0)
        if not depth:
            return match.end()
    return len(text)

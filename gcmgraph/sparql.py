"""SPARQL texts: what is refused before any engine sees it, and where a malformed one goes wrong."""

from __future__ import annotations

import re
from functools import lru_cache

from gcmgraph.errors import QueryError
from gcmgraph.namespaces import PREFIXES

DEEPEST = 200
OPENING, CLOSING = ("{", "(", "["), ("}", ")", "]")
FORMS = {"SELECT", "ASK", "CONSTRUCT", "DESCRIBE"}
UPDATES = {"ADD", "CLEAR", "COPY", "CREATE", "DELETE", "DROP", "INSERT", "LOAD", "MOVE", "WITH"}
_CODEPOINT = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})")
_TOKEN = re.compile(
    r"""(?P<skip>\#[^\r\n]*|<[^<>"{}|^`\\\s]*>|\"\"\"(?:[^"\\]|\\.|"(?!""))*\"\"\"|'''(?:[^'\\]|\\.|'(?!''))*'''
        |"(?:\\.|[^"\\\r\n])*"|'(?:\\.|[^'\\\r\n])*'|[?$]\w+|[\w.-]*:(?:[\w.:-]|%[0-9A-Fa-f]{2}|\\.)*|@[\w-]+)
        |(?P<word>[A-Za-z_]\w*)|.""",
    re.VERBOSE | re.DOTALL,
)
_PLACE = re.compile(r"error at (\d+):(\d+)")
_DECLARED = re.compile(r"\bPREFIX\s+([\w.-]*):", re.IGNORECASE)
_PROLOGUE = re.compile(r"^(?:#.*|PREFIX [\w.-]*: <[^<>\s]*>)$", re.MULTILINE)
_QUERY = re.compile(r"\s*(?:SELECT|ASK|CONSTRUCT|DESCRIBE)\b", re.IGNORECASE)
_GRAPH = re.compile(r"(?<![\w?$])(?:GRAPH|FROM)(?!\w)", re.IGNORECASE)
_USED = re.compile(r"(?<![\w?$:<-])([A-Za-z][\w.-]*):")


@lru_cache(maxsize=256)
def check_query(text: str) -> None:
    """Refuse a query that is no query, would fetch from elsewhere, or nests so deep that an engine could fall over.

    Raises:
        QueryError: the text is an update, is nested deeper than DEEPEST, or holds the keyword SERVICE outside strings,
            IRIs, names and comments.

    >>> check_query("SELECT * { ?service a <http://service> } # SERVICE")
    """
    unescaped = _CODEPOINT.sub(lambda match: chr(int(match.group(1) or match.group(2), 16)), text)
    for reading in dict.fromkeys((text, unescaped)):
        depth, form = 0, ""
        suspicious = "SERVICE" in reading.upper() or sum(map(reading.count, OPENING)) > DEEPEST
        if not suspicious and _QUERY.match(_PROLOGUE.sub("", reading)):
            continue
        for match in _TOKEN.finditer(reading):
            word, mark = (match.group("word") or "").upper(), match.group()
            form = form or (word if word in FORMS | UPDATES else "")
            if form and not suspicious:
                break
            depth += (mark in OPENING) - (mark in CLOSING)
            if word == "SERVICE" or depth > DEEPEST:
                line = reading.count("\n", 0, match.start()) + 1
                if word == "SERVICE":
                    raise QueryError("query", f"SERVICE on line {line} would fetch from elsewhere", "take it out")
                raise QueryError("query", f"is nested {depth} deep on line {line}", "write it flatter")
        if form not in FORMS:
            problem = f"{form} changes data" if form else "no SELECT, ASK, CONSTRUCT or DESCRIBE"
            raise QueryError("query", problem, "this command only asks")


@lru_cache(maxsize=256)
def names_graphs(text: str) -> bool:
    """Tell whether a query asks for named graphs.

    >>> names_graphs("SELECT * { GRAPH ?g { ?s ?p ?o } }"), names_graphs("SELECT ?graph { ?graph ?p 'from' }")
    (True, False)
    """
    unescaped = _CODEPOINT.sub(lambda match: chr(int(match.group(1) or match.group(2), 16)), text)
    if not _GRAPH.search(_PROLOGUE.sub("", unescaped)):
        return False
    return any((match.group("word") or "").upper() in ("GRAPH", "FROM") for match in _TOKEN.finditer(unescaped))


def without_comments(text: str) -> str:
    r"""Take the comments out of a query; SPARQLWrapper would look for keywords in them.

    >>> without_comments("# ask\nASK { ?s ?p '# no comment' } # end")
    "\nASK { ?s ?p '# no comment' } "
    """
    return _TOKEN.sub(lambda match: "" if match.group().startswith("#") else match.group(), text)


def syntax_error(text: str, message: str) -> QueryError:
    """Tell where a query goes wrong, and what stands there."""
    found = _PLACE.search(message)
    if not found:
        return QueryError("query", message, "mend the query")
    line, column = int(found.group(1)), int(found.group(2))
    rest = "".join(text.splitlines()[line - 1 : line])[column - 1 :]
    declared = {name.lower() for name in _DECLARED.findall(text)}
    used = next((name for name in _USED.findall(_plain(text)) if name.lower() not in declared), "")
    if used:
        advice = f"add PREFIX {used}: <{PREFIXES.get(used, '...')}>"
        return QueryError("query", f"error at {line}:{column}: prefix '{used}:' is not declared", advice)
    there = f"'{rest.strip()[:30]}'" if rest.strip() else "the end"
    return QueryError("query", f"error at {line}:{column}, before {there}", "mend the query there")


def _plain(text: str) -> str:
    """Leave out comments, strings and IRIs."""
    return _TOKEN.sub(lambda match: " " if match.group()[0] in "#\"'<" else match.group(), text)

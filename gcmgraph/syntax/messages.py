"""Tell each syntax error of a file in words, with what to do about it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gcmgraph.errors import ReadError, cut
from gcmgraph.syntax.mistaken import mistaken, named

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pyoxigraph as ox

MOST = 20
QUOTES = "\"'"
_PLACE = re.compile(r"^Parser error .*?: ")
_PREFIX = re.compile(r"The prefix (\S*?):? has not been declared")
_ESCAPE = re.compile(r"(?:Unexpected escape character|The escape sequence|Not enough|Invalid escape)")
_IN_IRI = re.compile(r"Unexpected escape character '\\[tbnrf\"'\\]'")
_ROLE = re.compile(r"(.+) is not a valid (RDF object|RDF subject|subject or graph name|subject|predicate|graph name)")
_STRANGE = re.compile(r"'(.)' is not allowed at the beginning of a prefix name", re.DOTALL)
_DIRECTIVE = re.compile(r"\s*@?(?:prefix|base)\b", re.IGNORECASE)
_TYPOGRAPHIC = "“”„‟‘’‚‛«»‹›"
_WORD = re.compile(r"(?:An?|The|Unexpected|Invalid|Line|Max|Trailing|Only|Not|No|Unknown|Error)\b")
_ROLES = {"RDF object": "an object", "RDF subject": "a subject", "predicate": "a predicate"}
_MEND = "mend the syntax here or just before"
_RULES = (
    (
        _PREFIX,
        "prefix '{0}:' is not declared",
        "add '@prefix {0}: <...> .' at the head of the file",
    ),
    (
        re.compile("Line jumps are not allowed"),
        "a string with single quotes goes on beyond its line",
        'close it, or put it in three quotes: """..."""',
    ),
    (
        re.compile("Invalid IRI code point ' '"),
        "an IRI holds a space",
        "write %20 for it, or close the IRI with '>'",
    ),
    (
        re.compile(r"Invalid IRI code point '\\"),
        "an IRI holds a backslash",
        "write / or %5C for it",
    ),
    (
        re.compile("Invalid IRI code point '(.)'", re.DOTALL),
        "an IRI holds {0}, which is not allowed there",
        "write it as % and two hexadecimal digits",
    ),
    (
        re.compile("No scheme found in an absolute IRI"),
        "an IRI is relative, and the file declares no base",
        "write it in full, or add '@base <...> .' at the head of the file",
    ),
    (
        re.compile(r"The escape sequence '(\S+)' is encoding (?i:d[89a-f]..) "),
        "'{0}' stands for half a character",
        r"write the character itself, or \U and its eight digits",
    ),
    (
        re.compile("A dot is expected at the end of statements"),
        "a dot is expected at the end of statements",
        "end the statement before with '.', or go on with ';' or ','",
    ),
    (
        re.compile(r"(?:True|False|TRUE|FALSE) is not a valid RDF object"),
        "a truth value is in capitals",
        "write true or false",
    ),
)


class Text:
    """The lines of a file, as the parser counts them."""

    def __init__(self, data: bytes) -> None:
        self._lines = re.split("\r\n?|\n", data.decode(errors="replace"))

    def __call__(self, line: int) -> str:
        """Give a line, from 1; empty if there is none."""
        return self._lines[line - 1] if 0 < line <= len(self._lines) else ""

    def before(self, line: int, column: int) -> str:
        """Give what stands before a place: of its line, or of the last that holds something."""
        head = self(line)[: column - 1].rstrip()
        while not head and line > 1:
            line -= 1
            head = self(line).rstrip()
        return head

    def opening(self, line: int, column: int) -> int:
        """Find the line of the long string that ends just before a place; 0 if none of several lines does."""
        head = self(line)[: column - 1]
        mark = head[-3:]
        if mark not in ('"""', "'''") or mark in head[:-3]:
            return 0
        return next((number for number in range(line - 1, 0, -1) if mark in self(number)), 0)

    def open_iri(self, line: int) -> int:
        """Find the last line up to one that opens an IRI and does not close it."""
        return next((n for n in range(line, 0, -1) if self(n).rfind("<") > self(n).rfind(">")), line)


def syntax_error(
    path: Path, data: bytes, rdf_format: ox.RdfFormat, parsed: tuple[ox.QuadParser, SyntaxError]
) -> ReadError:
    """Tell why a file cannot be parsed.

    Args:
        path: the file.
        data: its bytes, without a byte-order mark.
        rdf_format: one of the family of Turtle.
        parsed: the parser, which can go on, and the error that it gave.

    Returns:
        The first error; `more` holds others that are no mere consequences.
    """
    whole = mistaken(path, data, rdf_format)
    if whole:
        return whole
    text = Text(data)
    first, *rest = [told(path, text, error) for error in _independent(text, *parsed)]
    first.more = tuple(rest)
    return first


def told(path: Path, text: Text, error: SyntaxError) -> ReadError:
    """Put one error of the parser in words."""
    line, column = error.lineno or 0, error.offset or 0
    problem, advice = _words(text, _PLACE.sub("", error.msg), line, column)
    return ReadError(str(path), cut(problem), cut(advice), line=line, column=column)


def _words(text: Text, message: str, line: int, column: int) -> tuple[str, str]:
    """Say what is wrong and what to do."""
    if message.startswith("Unexpected end"):
        return _cut(text(line)[column - 1 : column])
    if message.startswith("Unexpected escape character"):
        return _escape(text, message, line, column)
    opening = text.opening(line, column)
    if opening:
        return "a long string ends here", f"close the one that begins in line {opening}, or escape its quotes"
    for pattern, problem, advice in _RULES:
        found = pattern.match(message)
        if found:
            return problem.format(*map(_visible, found.groups())), advice.format(*found.groups())
    return _misplaced(message)


def _misplaced(message: str) -> tuple[str, str]:
    """Say what stands where something else must."""
    strange = _STRANGE.match(message)
    found = _ROLE.match(message)
    character = strange.group(1) if strange else found.group(1) if found else ""
    if character[:1] and character[:1] in _TYPOGRAPHIC:
        return f"{named(character[0])} is a typographic quotation mark", 'write a straight one: "'
    if strange or (found and len(character) == 1 and not character.isprintable()):
        return f"{named(character)} stands where a term is expected", "take it out, or write the term"
    if found:
        role = _ROLES.get(found.group(2), "a subject")
        return f"'{character}' stands where {role} is expected", _MEND
    return message[:1].lower() + message[1:] if _WORD.match(message) else message, _MEND


def _cut(character: str) -> tuple[str, str]:
    """Say what the end of the file leaves open."""
    what = {"<": "an IRI", '"': "a string", "'": "a string"}.get(character)
    if what:
        return f"{what} that begins here is never closed", "close it; if the file is cut, fetch it whole"
    return "the file ends inside a statement", "end it with '.'; if the file is cut, fetch it whole"


def _escape(text: Text, message: str, line: int, column: int) -> tuple[str, str]:
    """Say which escape does not exist, and how to write a backslash; strings allow some that IRIs do not."""
    sign = message.removeprefix("Unexpected escape character ")[1:-1]
    head = text(line)[: column - 1]
    if head.rfind("<") > max(head.rfind(quote) for quote in QUOTES):
        return "an IRI holds a backslash", "write / or %5C for it"
    if _IN_IRI.match(message):
        return "an IRI that begins before is not closed", f"close the one that begins in line {text.open_iri(line)}"
    return f"'{sign}' is no escape", r"write \\ for a backslash"


def _visible(character: str) -> str:
    """Name a single character; leave words as they are."""
    return named(character) if len(character) == 1 and not character.isalnum() else character


def _independent(text: Text, parser: ox.QuadParser, first: SyntaxError) -> Iterator[SyntaxError]:
    """Go on parsing, and choose the errors that do not follow from those before.

    An error counts if a triple has been read since the last, and it is on another line; a prefix counts once. Nothing
    is looked for behind what may have confused the parser: an open string, a broken directive.
    """
    yield first
    missing = {_missing(first)}
    last, told_before, only_prefixes = first, 1, bool(_missing(first))
    while told_before < MOST and not _confuses(text, last):
        error, has_read = _next(parser)
        if error is None:
            return
        prefix = _missing(error)
        counts = has_read or (only_prefixes and bool(prefix))
        if counts and not (prefix and prefix in missing) and error.lineno != last.lineno:
            if _is_wide(error) and not only_prefixes:
                return
            yield error
            told_before += 1
        missing.add(prefix)
        only_prefixes = only_prefixes and bool(prefix)
        last = error


def _next(parser: ox.QuadParser) -> tuple[SyntaxError | None, bool]:
    """Find the next error, and whether a triple came before it."""
    has_read = False
    while True:
        try:
            next(parser)
        except StopIteration:
            return None, has_read
        except SyntaxError as error:
            return error, has_read
        has_read = True


def _confuses(text: Text, error: SyntaxError) -> bool:
    """Tell whether what follows an error may be taken for what it is not."""
    line, column = error.lineno or 0, error.offset or 0
    is_long = '"""' in text(line) or "'''" in text(line)
    after_quote = text.before(line, column)[-1:] in (*QUOTES, "")
    is_escape = bool(_ESCAPE.match(_PLACE.sub("", error.msg)))
    is_directive = bool(_DIRECTIVE.match(text(line)))
    return _is_wide(error) or is_directive or (is_long and (after_quote or is_escape))


def _is_wide(error: SyntaxError) -> bool:
    """Tell whether an error goes over several lines, or comes from an IRI that is left open."""
    return (error.end_lineno or 0) > (error.lineno or 0) or bool(_IN_IRI.search(error.msg))


def _missing(error: SyntaxError) -> str:
    """Name the prefix that an error misses."""
    found = _PREFIX.search(error.msg)
    return f"{found.group(1)}:" if found else ""

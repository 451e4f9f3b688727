"""Find what is untidy or ill-typed in data: prefixes, labels, literals."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_SKIPPED = re.compile(
    r"""<[^<>"\s]*>|#[^\n]*|"{3}.*?"{3}|'{3}.*?'{3}|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'""", re.DOTALL
)
_DECLARATION = re.compile(r"(?<![\w:])(?:@prefix|(?i:prefix))\s+(?P<name>[\w.-]*):\s*<(?P<iri>[^<>\s]*)>")
_LINE = re.compile(
    rb"(?:@prefix|(?i:prefix))[ \t]+(?P<name>[\w.-]*):[ \t]*<(?P<iri>[^<>\s]*)>[ \t]*\.?[ \t\r]*(?:\n|$)"
)
_QUOTED = re.compile(rb"""<[^<>"\s]*>|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'""")
_OPEN = frozenset(b"\"'#<")
_TRIES = 20
_USED = re.compile(r"(?<![\w:.%\\-])(?P<name>[^\W\d_](?:[\w.-]*[\w-])?)?:")


class Remark(NamedTuple):
    """What is untidy or ill-typed.

    Attributes:
        rule: the name of the check.
        problem: what is wrong.
        advice: what to do.
        severity: "violation", "warning" or "info".
        line: the line in the text, from 1; 0 if it is to be found by the subject.
        subject: the record concerned, as N-Triples writes it, or as its labels are filed; empty if none.
        predicate: the IRI of the property; empty if none.
        value: the value as N-Triples writes it; empty if none.
    """

    rule: str
    problem: str
    advice: str
    severity: str
    line: int = 0
    subject: str = ""
    predicate: str = ""
    value: str = ""


def lint_prefixes(text: str) -> Iterator[Remark]:
    """Find prefixes of a Turtle or TriG text that are declared twice or never used.

    >>> [remark.rule for remark in lint_prefixes("@prefix a: <http://a.example/> .")]
    ['unused-prefix']
    """
    plain = _SKIPPED.sub(_without_text, text.replace("\r\n", "\n").replace("\r", "\n"))
    found = list(_DECLARATION.finditer(plain))
    used = {match["name"] or "" for match in _USED.finditer(_SKIPPED.sub(_blank, _DECLARATION.sub(_blank, plain)))}
    names: dict[str, int] = {}
    namespaces: dict[str, str] = {}
    line, at = 1, 0
    for match in found:
        line, at = line + plain.count("\n", at, match.start()), match.start()
        name, iri = match["name"], match["iri"]
        if name in names:
            problem = f"the prefix {name}: is declared again after line {names[name]}"
            yield Remark("double-prefix", problem, "declare it once", "info", line)
        elif iri in namespaces:
            problem = f"the prefix {name}: stands for the same namespace as {namespaces[iri]}:"
            yield Remark("double-prefix", problem, "keep one of them", "info", line)
        elif name not in used:
            yield Remark("unused-prefix", f"the prefix {name}: is never used", "take it out", "info", line)
        names.setdefault(name, line)
        namespaces.setdefault(iri, name)


def uses_its_prefixes(data: bytes) -> bool:
    r"""Tell from a few lines of a file that there is nothing to find; False if that takes a look at all of them.

    >>> uses_its_prefixes(b"@prefix a: <http://a.example/> .\na:x a:y 'b' .")
    True
    """
    if b'"""' in data or b"'''" in data:
        return False
    names, namespaces = set(), set()
    end = count = 0
    for match in re.finditer(b"prefix", data.lower()):
        line = _LINE.match(data, data.rfind(b"\n", 0, match.start()) + 1)
        if line is None:
            return False
        names.add(line["name"] + b":")
        namespaces.add(line["iri"])
        end, count = line.end(), count + 1
    return len(names) == len(namespaces) == count and all(_is_used(data, name, end) for name in names)


def _is_used(data: bytes, mark: bytes, start: int) -> bool:
    """Tell whether one of the first places of a prefix is outside strings, comments and IRIs; no string is long."""
    for _ in range(_TRIES):
        at = data.find(mark, start)
        if at < 0:
            return False
        before = _QUOTED.sub(b"", data[data.rfind(b"\n", 0, at) + 1 : at])
        if data[at - 1] in b" \t\n([;,^" and not _OPEN.intersection(before):
            return True
        start = at + 1
    return False


def _without_text(match: re.Match[str]) -> str:
    """Keep an IRI, and the line ends of a string or a comment."""
    return match[0] if match[0].startswith("<") else _blank(match)


def _blank(match: re.Match[str]) -> str:
    """Keep the line ends of a stretch, and a space, so that what stands around it does not join."""
    return " " + "\n" * match[0].count("\n")


def lint_labels(labels: Mapping[str, Sequence[tuple[str, str]]], languages: Sequence[str] = ()) -> Iterator[Remark]:
    """Find records without a label, and those with two in one language.

    Args:
        labels: the labels of each record, each with its language; the language is empty if there is none.
        languages: those in which each record has to have a label; with none, any label will do.
    """
    for subject, own in labels.items():
        by_language: dict[str, list[str]] = {}
        for text, language in own:
            by_language.setdefault(language.lower(), []).append(text)
        if not own:
            yield Remark("label-missing", "has no label", "add one with its language tag", "info", subject=subject)
        for language in languages:
            if own and language.lower() not in by_language:
                problem, advice = f"has no label in {language}", f"add one that ends in @{language}"
                yield Remark("label-missing", problem, advice, "info", subject=subject)
        for language, texts in by_language.items():
            if len(set(texts)) > 1:
                shown = " and ".join(f"'{text}'" for text in dict.fromkeys(texts))
                where = f"in {language}" if language else "without a language"
                advice = "keep one, and make the other an alternative label"
                yield Remark("label-double", f"has two labels {where}: {shown}", advice, "info", subject=subject)

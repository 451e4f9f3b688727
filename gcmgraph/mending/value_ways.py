"""Ways out where one value is wrong: its datatype, its kind, its class, its form, its language."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING

import pyoxigraph as ox

from gcmgraph.mending.aid import Remedy, languages
from gcmgraph.mending.nearby import FAR, distance, nearest_of
from gcmgraph.mending.pen import words
from gcmgraph.namespaces import PREFIXES
from gcmgraph.shacl.checks import NODE_KINDS
from gcmgraph.shacl.meant import LANG, example, meant
from gcmgraph.shacl.model import Pattern
from gcmgraph.shacl.patterns import matching
from gcmgraph.shacl.wording import TERMS, term_in_words

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gcmgraph.mending.aid import Aid, Case
    from gcmgraph.mending.nearby import Near
    from gcmgraph.shacl.index import Term

SH, XSD = PREFIXES["sh"], PREFIXES["xsd"]


def replaced(aid: Aid, case: Case, term: Term, *, sure: bool = True) -> Remedy:
    """Propose a term in the place of the value, and mend it if there is no doubt."""
    edits = aid.pen.revalued(case.focus, case.path, case.value, term) if sure and case.path and case.value else ()
    return Remedy(f"write {aid.pen.term(term, case.focus)}", edits=edits, value=term)


def near_named(aid: Aid, case: Case, near: Near) -> Remedy | None:
    """Ask whether the nearest name was meant."""
    if not near.names:
        return None
    shown = " or ".join(aid.pen.term(ox.NamedNode(name), case.focus) for name in near.names)
    found = replaced(aid, case, ox.NamedNode(near.names[0]), sure=near.sure)
    return found._replace(words=f"did you mean {shown}?")


def retyped(aid: Aid, case: Case, datatype: str) -> Remedy:
    """Say what a literal was meant to be."""
    if not isinstance(case.value, ox.Literal):
        return Remedy(f"write a literal such as {aid.pen.term(example(datatype), case.focus)}", concrete=False)
    found = meant(case.value, datatype, languages(case.shape))
    if found.term is not None:
        return replaced(aid, case, found.term)
    if found.readings:
        texts = [f"{aid.pen.term(term, case.focus)} if {told} is meant" for term, told in found.readings]
        return Remedy(f"write {words(texts)}".replace(" if that is meant", " if that is what it says"))
    return Remedy(found.words)


def _datatype(aid: Aid, case: Case) -> Remedy:
    """Mend the datatype, or the form."""
    return retyped(aid, case, case.constraint.parameter.value)  # type: ignore[union-attr]


def _node_kind(aid: Aid, case: Case) -> Remedy:
    """Make an IRI of a text that is one, or say what is wanted."""
    kind = case.constraint.parameter.value.removeprefix(SH)  # type: ignore[union-attr]
    iri = _as_iri(aid, case) if "IRI" in kind else None
    if iri:
        return iri
    wanted = {"IRI": "an IRI, such as <https://example.org/name>", "Literal": 'a literal, such as "..."'}
    wanted["BlankNode"] = "a node in square brackets, [ ... ]"
    kinds = [text for name, text in wanted.items() if name in kind or name in _parts(kind)]
    return Remedy(f"write {words(kinds) or term_in_words(case.constraint.parameter)}", concrete=False)  # type: ignore[arg-type]


def _parts(kind: str) -> list[str]:
    """Part a kind of nodes that is two kinds."""
    return kind.split("Or") if kind in NODE_KINDS else []


def _as_iri(aid: Aid, case: Case) -> Remedy | None:
    """Read a literal as the IRI that it holds; only one that is described is sure."""
    if not isinstance(case.value, ox.Literal):
        return None
    iri = aid.pen.iri(case.value.value, case.focus)
    return replaced(aid, case, iri, sure=aid.describes(iri.value)) if iri else None


def _class(aid: Aid, case: Case) -> Remedy:
    """Name the instance that was meant, or say how the value becomes one."""
    one: str = case.constraint.parameter.value  # type: ignore[union-attr]
    value, name = case.value, aid.pen.term(case.constraint.parameter, case.focus)  # type: ignore[arg-type]
    if isinstance(value, ox.Literal):
        iri = aid.pen.iri(value.value, case.focus)
        if iri and aid.is_a(iri, one):
            return replaced(aid, case, iri)
        return Remedy(f"name {_an_instance(aid, case, one)} in place of the text")
    if isinstance(value, ox.NamedNode):
        is_described = aid.describes(value.value)
        near = aid.near_instance(value.value, one)
        near = near._replace(sure=near.sure and not is_described)
        found = near_named(aid, case, near) if value != case.focus else None
        if found:
            return found
        if not is_described:
            return Remedy(f"describe it as a {name}, or name {_an_instance(aid, case, one)}")
    return Remedy(f"state that it is a {name}, or name {_an_instance(aid, case, one)}", concrete=False)


def _an_instance(aid: Aid, case: Case, one: str) -> str:
    """Name an instance of a class, if there is any."""
    found = [iri for iri in islice(aid.instances(one), 2) if iri != case.focus.value]
    name = aid.pen.term(ox.NamedNode(one), case.focus)
    return f"one that is, such as {aid.pen.term(ox.NamedNode(found[0]), case.focus)}" if found else f"a {name}"


def _in(aid: Aid, case: Case) -> Remedy:
    """Name the nearest member of a list."""
    members: Sequence[Term] = case.constraint.parameter  # type: ignore[assignment]
    value = case.value
    same = [term for term in members if _text(term) == _text(value) and type(term) is type(value)]
    if len(same) == 1:
        return replaced(aid, case, same[0])
    iri = aid.pen.iri(value.value, case.focus) if isinstance(value, ox.Literal) else None
    if iri in members:
        return replaced(aid, case, iri)  # type: ignore[arg-type]
    texts = {_text(term): term for term in members}
    near = [(distance(_text(value), text), text) for text in texts]
    ranked = nearest_of([one for one in near if one[0] < FAR], _text(value).rpartition("/")[2])
    if ranked.names:
        best = [texts[name] for name in ranked.names]
        found = replaced(aid, case, best[0], sure=ranked.sure and type(best[0]) is type(value))
        return found._replace(words=f"did you mean {words([aid.pen.term(t, case.focus) for t in best])}?")
    return Remedy(f"write {words([aid.pen.term(term, case.focus) for term in members])}", concrete=len(members) < 9)


def _text(term: Term | None) -> str:
    """Give the text of a term without case and blanks."""
    return " ".join(term.value.casefold().split()) if term is not None else ""


def _language(aid: Aid, case: Case) -> Remedy:
    """Tag a text with the only language, or name those that are allowed."""
    tags = languages(case.shape)
    value = case.value
    if not tags:
        return Remedy("mend the shape, which names no language; a tag is written like en or en-GB")
    if isinstance(value, ox.Literal) and (value.language or value.datatype.value == XSD + "string"):
        found = meant(value, LANG, tags)
        if found.term is not None:
            return replaced(aid, case, found.term)
        texts = [aid.pen.term(term, case.focus) for term, _ in found.readings]
        return Remedy(f"write {words(texts)}, whichever its language is")
    return Remedy(f'write a text in {words(tags)}, such as "..."@{next(iter(tags), "en")}', concrete=False)


def _pattern(aid: Aid, case: Case) -> Remedy:
    """Find a small change after which the text matches."""
    pattern = case.constraint.parameter
    assert isinstance(pattern, Pattern)  # noqa: S101  (its kind says so)
    value = case.value
    if value is None or isinstance(value, ox.BlankNode):
        return Remedy(f"give it a name that matches the pattern {pattern.text}", concrete=False)
    fitting = [text for text in _changes(value) if matching(pattern, [text]) == [True]]
    if not fitting:
        return Remedy(f"write what matches the pattern {pattern.text}", concrete=False)
    term = _like(value, fitting[0])
    sure = isinstance(value, ox.Literal) and fitting[0] == value.value.strip()
    found = replaced(aid, case, term, sure=sure)
    return found._replace(words=found.words.replace("write", "rename it", 1)) if value == case.focus else found


def _changes(value: ox.NamedNode | ox.Literal) -> list[str]:
    """Change the text of a term a little."""
    if isinstance(value, ox.Literal):
        text = value.value.strip()
        changed = [text, text.lower(), text.upper(), text.capitalize(), " ".join(text.split())]
    else:
        at = max(value.value.rfind(mark) for mark in "/#") + 1
        local = value.value[at:]
        slug = re.sub(r"[^a-z0-9]+", "-", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", local).lower()).strip("-")
        changed = [value.value[:at] + text for text in (slug, local.lower())]
    return [text for text in dict.fromkeys(changed) if text != value.value]


def _like(value: ox.NamedNode | ox.Literal, text: str) -> ox.NamedNode | ox.Literal:
    """Make a term of another text, of the same kind."""
    if isinstance(value, ox.NamedNode):
        return ox.NamedNode(text)
    return ox.Literal(text, language=value.language) if value.language else ox.Literal(text, datatype=value.datatype)


def _length(aid: Aid, case: Case) -> Remedy:
    """Take blanks off, or say by how much a text is too short or too long."""
    bound: int = case.constraint.parameter  # type: ignore[assignment]
    value = case.value
    if value is None or isinstance(value, ox.BlankNode):
        return Remedy(f"write a text or an IRI; a node without a name has no length to hold to {bound}")
    size, most = len(value.value), case.constraint.kind == "MaxLength"
    if most and isinstance(value, ox.Literal) and len(value.value.strip()) <= bound:
        return replaced(aid, case, _like(value, value.value.strip()))
    change, limit = ("shorten", "at most") if most else ("lengthen", "at least")
    return Remedy(f"{change} it by {abs(size - bound)} to {limit} {bound} characters; it has {size}")


def _bound(aid: Aid, case: Case) -> Remedy:
    """Say what is allowed; a literal that cannot be compared needs the datatype of the bound."""
    bound: Term = case.constraint.parameter  # type: ignore[assignment]
    value = case.value
    if isinstance(bound, ox.Literal) and isinstance(value, ox.Literal):
        found = meant(value, bound.datatype.value)
        if value.datatype != bound.datatype and found.term is not None and not _both_numbers(value, bound):
            return replaced(aid, case, found.term)
    wanted = TERMS[case.constraint.kind].format(aid.pen.term(bound, case.focus))
    return Remedy(f"write a value that is {wanted}")


def _both_numbers(one: ox.Literal, other: ox.Literal) -> bool:
    """Tell whether two literals are of datatypes whose values are compared as numbers."""
    from gcmgraph.shacl.values import value

    first, second = value(one), value(other)
    return first is not None and second is not None and first[0] == second[0]


WAYS: dict[str, Callable[[Aid, Case], Remedy]] = {
    "Datatype": _datatype,
    "NodeKind": _node_kind,
    "Class": _class,
    "In": _in,
    "LanguageIn": _language,
    "Pattern": _pattern,
    "MinLength": _length,
    "MaxLength": _length,
    **dict.fromkeys(("MinExclusive", "MinInclusive", "MaxExclusive", "MaxInclusive"), _bound),
}

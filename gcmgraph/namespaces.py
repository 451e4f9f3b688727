"""The project's names: its base IRI, its prefixes, and the two ways between an IRI and a CURIE."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gcmgraph.errors import UnknownNameError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

BASE = "https://w3id.org/gcmgraph/"
GCM = BASE + "ontology#"
GSH = BASE + "shapes#"
ID = BASE + "id/"
GRAPH = BASE + "graph/"
INFERRED = GRAPH + "inferred"

KINDS = (
    "account", "actor", "agreement", "check", "citation", "document", "documentkind", "echo", "echokind", "event",
    "evidence", "figure", "instrument", "membership", "note", "participation", "passage", "place", "plan", "role",
    "scheme", "side", "stance", "statement", "theme",
)  # fmt: skip

PREFIXES = {
    **{kind: f"{ID}{kind}/" for kind in KINDS},
    "dcterms": "http://purl.org/dc/terms/",
    "eli": "http://data.europa.eu/eli/ontology#",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "gcm": GCM,
    "geoarea": "http://metadata.un.org/sdg/codes/geoArea/",
    "graph": GRAPH,
    "gsh": GSH,
    "oa": "http://www.w3.org/ns/oa#",
    "org": "http://www.w3.org/ns/org#",
    "owl": "http://www.w3.org/2002/07/owl#",
    "prov": "http://www.w3.org/ns/prov#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "schema": "https://schema.org/",
    "sdg": "http://metadata.un.org/sdg/",
    "sh": "http://www.w3.org/ns/shacl#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "unbis": "http://metadata.un.org/thesaurus/",
    "undo": "https://w3id.org/un/ontology/undo/",
    "wd": "http://www.wikidata.org/entity/",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}

PROLOGUE = "".join(f"PREFIX {name}: <{PREFIXES[name]}>\n" for name in ("dcterms", "gcm", "rdfs", "skos"))
_LOCAL = re.compile(r"[\w](?:[\w.-]*[\w-])?", re.ASCII)
_DECLARED = re.compile(r"^\s*@?(?i:prefix)\s+([A-Za-z][\w-]*):\s*<([^<>\s]+[/#])>", re.ASCII | re.MULTILINE)
_PREFIX_OF = {namespace: prefix for prefix, namespace in PREFIXES.items()}


def curie(iri: str) -> str:
    """Shorten an IRI to a CURIE, or to <IRI> where no prefix fits.

    >>> curie("https://w3id.org/gcmgraph/id/theme/firewalls")
    'theme:firewalls'
    >>> curie("http://example.org/x")
    '<http://example.org/x>'
    """
    cut = max(iri.rfind("/"), iri.rfind("#")) + 1
    prefix = _PREFIX_OF.get(iri[:cut])
    return f"{prefix}:{iri[cut:]}" if prefix and _LOCAL.fullmatch(iri, cut) else f"<{iri}>"


def learn_prefixes(texts: Iterable[str]) -> None:
    """Have names shortened by the prefixes of Turtle texts too, as long as this process lives.

    The project's own come first, and an earlier text's before a later one's.
    """
    for text in texts:
        for prefix, namespace in _DECLARED.findall(text):
            if prefix not in PREFIXES and prefix not in _PREFIX_OF.values():
                _PREFIX_OF.setdefault(namespace, prefix)


def expand(name: str, kind: str = "") -> str:
    """Expand a CURIE, an IRI with or without angle brackets, or a bare slug of a known kind.

    Args:
        name: what the user wrote.
        kind: the kind of record that a bare slug stands for, such as "theme".

    Raises:
        UnknownNameError: the prefix is not one of the project's.
        UsageError: the name is no IRI, CURIE or slug.

    >>> expand("theme:firewalls") == expand("firewalls", "theme")
    True
    """
    bare = name.removeprefix("<").removesuffix(">")
    if re.match(r"[a-z][a-z0-9+.-]*:(//|urn)", bare) or bare.startswith("urn:"):
        return bare
    prefix, colon, local = bare.partition(":")
    if not colon:
        if kind and _LOCAL.fullmatch(bare):
            return PREFIXES[kind] + bare
        raise UsageError(name, "not an IRI or a CURIE", "write it like theme:firewalls")
    if prefix not in PREFIXES:
        raise UnknownNameError("prefix", prefix, PREFIXES)
    return PREFIXES[prefix] + local

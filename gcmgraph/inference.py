"""The commands on what follows from the graph: infer, explain and cache."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from gcmgraph.errors import UnknownNameError, UsageError
from gcmgraph.namespaces import PREFIXES, curie, expand
from gcmgraph.printing import Progress, tell, write
from gcmgraph.project import Project

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from gcmgraph.places.positions import Places
    from gcmgraph.reasoning.explain import Fact, Proof

    Told = dict[str, object]

FORMATS = ("ttl", "nt", "jsonld")


def run_infer(options: Namespace) -> int:
    """Print what follows, and tell contradictions and what is not inferred."""
    from gcmgraph.reading import read_triples, require_memory
    from gcmgraph.reasoning.clashes import clashes
    from gcmgraph.reasoning.closure import Closure
    from gcmgraph.reasoning.profile import losses
    from gcmgraph.results import GRAPH_FORMATS, write_triples
    from gcmgraph.validation.telling import premises

    if options.format not in FORMATS:
        raise UnknownNameError("format", options.format, FORMATS)
    project = Project.find(options.project)
    paths = options.files or [*project.ontology_files(), *project.data_files()]
    require_memory(paths)
    triples = [triple for path in paths for triple in read_triples(path)]
    for loss in losses(triples):
        tell(f"{_shown(loss.subject)} {loss.axiom}: outside OWL 2 RL; {loss.lost}")
    closure = Closure(triples)
    found = sorted(closure.triples(), key=str)
    write(write_triples(found, GRAPH_FORMATS[options.format]).decode(), options.output)
    contradictions = clashes(closure)
    places = _places(project, paths)
    for clash in contradictions:
        print(f"gcmgraph: error {clash.rule}: cannot all hold: {premises(clash, places)}", file=sys.stderr)
    return int(bool(contradictions))


def run_explain(options: Namespace) -> int:
    """Tell why facts are inferred."""
    from gcmgraph.stores import open_store

    if options.format not in ("text", "json"):
        raise UnknownNameError("format", options.format, ("text", "json"))
    project = Project.find(options.project)
    store = open_store(project, note=tell)
    if len(options.words) == 1:
        iri = expand(options.words[0])
        facts = store.inferred_about(iri)
        if not facts:
            raise UnknownNameError("inferred fact about", curie(iri), ())
    else:
        facts = [_fact(options.words)]
    with Progress("explaining", unit="fact") as progress:
        proofs = store.explain(facts, progress or (lambda *_: None))
    places = _places(project, [*project.ontology_files(), *project.data_files()])
    if options.format == "json":
        write(json.dumps([_told(proof, places) for proof in proofs], indent=2, ensure_ascii=False) + "\n")
    else:
        write("".join("".join(f"{line}\n" for line in _lines(proof, places)) for proof in proofs))
    return 0


def run_cache(options: Namespace) -> int:
    """Show or clear the cache."""
    from gcmgraph.cache import Cache

    if options.format not in ("text", "json"):
        raise UnknownNameError("format", options.format, ("text", "json"))
    cache = Cache.find(tell)
    removed = cache.clear() if options.clear else 0
    rows = [(entry.digest, *entry.triples, entry.size) for entry in cache.entries()]
    if options.format == "json":
        stores = [dict(zip(("digest", "asserted", "inferred", "bytes"), row, strict=True)) for row in rows]
        write(json.dumps({"folder": str(cache.folder or ""), "removed": removed, "stores": stores}, indent=2) + "\n")
        return 0
    write(f"{cache.folder or 'no folder'}: {len(rows)} stores, {removed} removed\n")
    for digest, asserted, inferred, size in rows:
        write(f"  {digest[:12]}  {asserted:>10,} asserted  {inferred:>10,} inferred  {size:>13,} bytes\n")
    return 0


def _fact(words: Iterable[str]) -> Fact:
    """Read a triple as Turtle does, with the project's prefixes."""
    import pyoxigraph as ox

    text = "".join(f"@prefix {name}: <{iri}> . " for name, iri in PREFIXES.items()) + " ".join(words) + " ."
    try:
        found = [quad.triple for quad in ox.parse(text, format=ox.RdfFormat.TURTLE)]
    except SyntaxError as error:
        advice = "write it like actor:mehmet-samsar gcm:participatedIn event:gfmd-dialogue-2017-04"
        raise UsageError(" ".join(words), "is no triple", advice) from error
    if len(found) != 1:
        raise UsageError(" ".join(words), f"is {len(found)} triples", "name one")
    return tuple(found[0])


def _lines(proof: Proof, places: Places, indent: str = "") -> Iterable[str]:
    """Write a proof as an indented list."""
    reason = f"[{proof.rule}]" if proof.rule else _place(proof, places)
    yield f"{indent}{_words(proof)}  {reason}"
    for premise in proof.premises:
        yield from _lines(premise, places, indent + "  ")


def _told(proof: Proof, places: Places) -> Told:
    """Write a proof as JSON: triple, rule, place, premises."""
    return {
        "triple": [str(term) for term in proof.fact],
        "rule": proof.rule,
        "place": "" if proof.rule else _place(proof, places),
        "premises": [_told(premise, places) for premise in proof.premises],
    }


def _words(proof: Proof) -> str:
    """Write a fact with CURIEs, and a list by what it holds."""
    *parts, value = (_shown(str(term)) for term in proof.fact)
    held = " ".join(_shown(str(member)) for member in proof.members)
    return " ".join([*parts, f"( {held} )" if held else value])


def _shown(term: str) -> str:
    """Shorten a term that N-Triples writes in angle brackets."""
    return curie(term[1:-1]) if term.startswith("<") else term


def _place(proof: Proof, places: Places) -> str:
    """Tell where an asserted fact stands."""
    import pyoxigraph as ox

    subject, predicate, value = proof.fact
    file, line = places.find_exactly(ox.Triple(subject, predicate, value))  # type: ignore[arg-type]
    return f"{file}:{line}" if file else ", ".join(curie(graph) for graph in proof.graphs)


def _places(project: Project, paths: Sequence[Path]) -> Places:
    """Find places in files."""
    from gcmgraph.places.positions import Places

    return Places(paths, project.shown)

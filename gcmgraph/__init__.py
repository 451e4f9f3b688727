"""gcmgraph: a knowledge graph of the meetings that led to the Global Compact for Migration.

Public names are loaded when they are first used, so that importing the package costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gcmgraph.corpus import Corpus, read_corpus
    from gcmgraph.coverage import Coverage, cover
    from gcmgraph.dumps import dump
    from gcmgraph.echoes import Candidate, candidates, echo_block
    from gcmgraph.errors import GcmgraphError
    from gcmgraph.evidence import Anchor, anchors, check_evidence, make_anchor
    from gcmgraph.findings import Finding, Report
    from gcmgraph.places.positions import Places
    from gcmgraph.project import Project
    from gcmgraph.queries import StoredQuery, find_query, read_query, stored_queries
    from gcmgraph.reasoning.closure import close
    from gcmgraph.remote import RemoteStore
    from gcmgraph.results import Results
    from gcmgraph.stats import count
    from gcmgraph.stores import EmbeddedStore, RdflibStore, open_store
    from gcmgraph.validation.remote import validate_endpoint
    from gcmgraph.validation.validator import validate, validate_files
    from gcmgraph.views import chart, framed, release, render

_MODULES = {
    "Anchor": "evidence",
    "Candidate": "echoes",
    "Corpus": "corpus",
    "Coverage": "coverage",
    "EmbeddedStore": "stores",
    "Finding": "findings",
    "GcmgraphError": "errors",
    "Places": "places.positions",
    "Project": "project",
    "RdflibStore": "stores",
    "RemoteStore": "remote",
    "Report": "findings",
    "Results": "results",
    "StoredQuery": "queries",
    "anchors": "evidence",
    "candidates": "echoes",
    "chart": "views",
    "check_evidence": "evidence",
    "close": "reasoning.closure",
    "count": "stats",
    "cover": "coverage",
    "dump": "dumps",
    "echo_block": "echoes",
    "find_query": "queries",
    "framed": "views",
    "make_anchor": "evidence",
    "open_store": "stores",
    "read_corpus": "corpus",
    "read_query": "queries",
    "release": "views",
    "render": "views",
    "stored_queries": "queries",
    "validate": "validation.validator",
    "validate_endpoint": "validation.remote",
    "validate_files": "validation.validator",
}

__all__ = [
    "Anchor", "Candidate", "Corpus", "Coverage", "EmbeddedStore", "Finding", "GcmgraphError", "Places", "Project",
    "RdflibStore", "RemoteStore", "Report", "Results", "StoredQuery", "anchors", "candidates", "chart",
    "check_evidence", "close", "count", "cover", "dump", "echo_block", "find_query", "framed", "make_anchor",
    "open_store", "read_corpus", "read_query", "release", "render", "stored_queries", "validate", "validate_endpoint",
    "validate_files",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(name)
    return getattr(import_module(f"gcmgraph.{_MODULES[name]}"), name)

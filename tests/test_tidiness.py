"""What is untidy in files is told at its place beside what shapes find, fails nothing, and can be chosen."""

from __future__ import annotations

import json
import re

import pytest
from conftest import ROOT

from gcmgraph import validate
from gcmgraph.cli import main
from gcmgraph.findings import LINTS
from gcmgraph.validation.data_lint import lint_prefixes, uses_its_prefixes

HEAD = """@prefix e: <http://e.example/> .
@prefix x: <http://x.example/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
SHAPES = "@prefix sh: <http://www.w3.org/ns/shacl#> .\n@prefix e: <http://e.example/> .\ne:S sh:targetClass e:T ; sh:nodeKind sh:IRI .\n"
RECORDS = "".join(f'e:r{number} a e:T ; rdfs:label "r{number}"@en .\n' for number in range(12))
DOUBLE = 'e:r0 rdfs:label "other"@EN , "autre"@fr .\n'


@pytest.fixture
def told(tmp_path, capsys):
    """Validate a text, and give the status and its findings: line, severity and rule."""
    (tmp_path / "shapes.ttl").write_text(SHAPES)

    def run(text, *words):
        (tmp_path / "data.ttl").write_text(HEAD + text)
        paths = ["--shapes", str(tmp_path / "shapes.ttl"), str(tmp_path / "data.ttl")]
        status = main(["validate", *paths, "--format", "json", *words])
        found = json.loads(capsys.readouterr().out)["findings"]
        return status, [(f["line"], f["severity"], f["rule"]) for f in found]

    return run


def test_untidy_prefixes_and_labels_are_remarks(told):
    """They stand at their lines, and the run does not fail."""
    used = 'e:r0 x:p "1"^^xsd:integer .\n'
    assert told(RECORDS + used) == (0, [])
    assert told(RECORDS + used + DOUBLE) == (0, [(18, "info", "label-double")])
    assert told(RECORDS + "e:r0 e:p 'x:y' .\n") == (0, [(2, "info", "unused-prefix"), (4, "info", "unused-prefix")])
    again = "@prefix again: <http://e.example/> .\n"
    assert told(again + RECORDS + used) == (0, [(5, "info", "double-prefix")])


def test_a_label_is_missing_where_it_is_the_custom(told):
    """It is told of a record whose like have one, and not of terms of another namespace, or where many lack one."""
    used = 'e:r0 x:p "1"^^xsd:integer .\n'
    bare = "e:bare a e:T .\n"
    assert told(RECORDS + used + bare) == (0, [(18, "info", "label-missing")])
    assert told(RECORDS + used + "x:bare a e:T .\n_:b a e:Other .\n") == (0, [])
    assert told(RECORDS + used + bare + "e:bare2 a e:T .\n") == (0, [])
    assert told(RECORDS.partition("e:r8")[0] + used + bare) == (0, [])


def test_what_is_told_beside_shacl_can_be_chosen(told):
    """All of it, none of it, or some; a text that is no integer remains a contradiction."""
    text = RECORDS + DOUBLE + 'e:r0 e:p "x"^^xsd:integer .\n'
    assert told(text, "--no-lint") == (1, [(18, "error", "dt-not-type")])
    assert told(text, "--lint", "ill-typed") == (1, [(18, "violation", "ill-typed")])
    assert told(text, "--lint", "label-double", "--lint", "unused-prefix")[1] == [
        (2, "info", "unused-prefix"),
        (17, "info", "label-double"),
        (18, "error", "dt-not-type"),
    ]
    assert {rule for _, _, rule in told(text)[1]} == {"ill-typed", "label-double", "unused-prefix"}


def test_what_was_not_looked_for_is_not_kept_as_valid(told):
    """A state that was found valid without the lints does not stand for one that was found valid with them."""
    text = RECORDS + 'e:r0 e:p <https://w3id.org/gcmgraph/ontology#Nothing> ; x:p "1"^^xsd:integer .\n'
    assert told(text, "--changed", "--no-lint") == (0, [])
    assert told(text, "--changed") == (1, [(17, "violation", "unknown-term")])


def test_remarks_hide_no_contradiction(told):
    """A prefix that nothing uses does not keep the closure from being looked at."""
    owl = "@prefix owl: <http://www.w3.org/2002/07/owl#> .\n"
    text = f"{owl}e:T owl:disjointWith e:U .\ne:r0 a e:T , e:U .\n"
    status, found = told(text)
    assert status == 1
    assert {severity for _, severity, _ in found} == {"error", "info"}


@pytest.mark.parametrize("words", [["--lint", "nothing"], ["--no-lint", "--lint", "ill-typed"]], ids=" ".join)
def test_a_wrong_choice_is_refused(words, capsys):
    """An unknown code, or all and some of them at once."""
    assert main(["validate", *words]) == 2
    assert "lint" in capsys.readouterr().err


def test_the_report_of_the_w3c_holds_no_remark(tmp_path, capsys):
    """A graph with an unused prefix conforms."""
    (tmp_path / "shapes.ttl").write_text(SHAPES)
    (tmp_path / "data.ttl").write_text(HEAD + RECORDS)
    paths = ["--shapes", str(tmp_path / "shapes.ttl"), str(tmp_path / "data.ttl")]
    assert main(["validate", *paths, "--format", "ttl"]) == 0
    assert re.search(r"sh:conforms true", capsys.readouterr().out)


def test_the_project_is_tidy(project):
    """No remark is to be made of the ontology and the data."""
    assert validate(project, lints=["unused-prefix", "double-prefix", "label-missing", "label-double"]).findings == ()


def test_every_code_is_listed():
    """Each rule that a lint gives can be chosen by its name."""
    texts = "".join(
        (ROOT / "gcmgraph" / name).read_text()
        for name in ("shacl/shape_lint.py", "shacl/form_lint.py", "validation/data_lint.py", "validation/lint.py")
    )
    named = re.findall(r'(?:Fault\(|Remark\(|yield)\s*"([a-z-]+)"', texts) + re.findall(
        r'(?:GCM|ID), "([a-z-]+)"', texts
    )
    assert {*named, "ill-typed"} == set(LINTS)


def test_large_files_are_looked_through():
    """Where no short look will do, five megabytes are looked through whole."""
    text = HEAD + RECORDS * 10_000 + 'e:x e:p """long""" .\n'
    assert not uses_its_prefixes(text.encode())
    assert [remark.rule for remark in lint_prefixes(text)] == ["unused-prefix"] * 2

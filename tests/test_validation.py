"""The graph conforms; each defect is found by its own shape, at its line; broken files are findings."""

from __future__ import annotations

import json
import tomllib

import pyoxigraph as ox
import pytest
from conftest import ROOT

from gcmgraph import validate
from gcmgraph.cli import main
from gcmgraph.errors import ReadError
from gcmgraph.namespaces import GSH, PREFIXES
from gcmgraph.reading import read_triples

VALID = ROOT / "tests/shapes/valid.ttl"
MUTATIONS = tomllib.loads((ROOT / "tests/shapes/mutations.toml").read_text())["mutation"]
SH = PREFIXES["sh"]
TEXTS = ("name", "message", "description", "severity")


def mutated(mutation) -> tuple[str, int]:
    """Apply a mutation to the valid file, and give the line where the defect is."""
    text = VALID.read_text()
    assert text.count(mutation["old"]) == 1, mutation["old"]
    changed = text.replace(mutation["old"], mutation["new"])
    assert changed.count(mutation["at"]) == 1, mutation["at"]
    return changed, changed.count("\n", 0, changed.index(mutation["at"])) + 1


def shapes() -> list[ox.Triple]:
    """Read all shapes."""
    return [triple for path in sorted((ROOT / "shapes").glob("*.ttl")) for triple in read_triples(path)]


def test_the_whole_graph_conforms(project):
    """Nothing is wrong with the data, and every record was looked at."""
    report = validate(project)
    assert report.findings == ()
    assert report.checked > 1500


def test_the_valid_file_conforms(project):
    """The sample from which the mutations start is valid in the context of the graph."""
    assert validate(project, files=[VALID]).findings == ()


@pytest.mark.parametrize("mutation", MUTATIONS, ids=[f"{n:03} {m['shape']}" for n, m in enumerate(MUTATIONS)])
def test_a_defect_fires_its_shape_and_nothing_else_at_its_line(small, tmp_path, mutation):
    """One defect, one shape, one line."""
    text, line = mutated(mutation)
    (tmp_path / "mutated.ttl").write_text(text)
    report = validate(small, files=[tmp_path / "mutated.ttl"])
    assert {finding.rule for finding in report.findings} == {mutation["shape"]}
    assert not report.conforms
    assert line in {finding.line for finding in report.findings}
    assert all(finding.file.endswith("mutated.ttl") for finding in report.findings)
    assert all(finding.problem and finding.advice for finding in report.findings)


def test_every_shape_has_a_mutation():
    """No shape with a constraint goes untested."""
    constraining = {SH + name for name in CONSTRAINTS}
    named = {t.subject.value for t in shapes() if t.predicate.value in constraining and t.subject.value.startswith(GSH)}
    assert sorted(iri.removeprefix(GSH) for iri in named) == sorted({mutation["shape"] for mutation in MUTATIONS})


CONSTRAINTS = (
    "class", "closed", "datatype", "equals", "disjoint", "hasValue", "in", "languageIn", "lessThan", "lessThanOrEquals",
    "maxCount", "maxLength", "minCount", "minInclusive", "minLength", "nodeKind", "not", "or", "and", "pattern", "qualifiedMaxCount",
    "qualifiedMinCount", "sparql", "uniqueLang", "xone", "node",
)  # fmt: skip


def test_every_shape_explains_itself():
    """A shape that can fire has a name, a message, a description with the fix, and a severity; a property shape a reference."""
    told = {}
    for triple in shapes():
        told.setdefault(triple.subject.value, {}).setdefault(triple.predicate.value, triple.object.value)
    firing = {mutation["shape"] for mutation in MUTATIONS}
    for name in sorted(firing):
        own = told[GSH + name]
        assert [text for text in TEXTS if SH + text not in own] == [], name
        assert "Fix: " in own[SH + "description"], name
        assert SH + "path" not in own or PREFIXES["rdfs"] + "seeAlso" in own, name


def test_one_file_a_class():
    """Each shape stands in the file of its class."""
    for path in (ROOT / "shapes").glob("*.ttl"):
        triples = read_triples(path)
        helpers = {t.subject for t in triples if t.predicate.value == SH + "prefix"}
        own = {t.subject.value for t in triples if isinstance(t.subject, ox.NamedNode) and t.subject not in helpers}
        own = {iri for iri in own if iri.startswith(GSH)}
        assert {iri.removeprefix(GSH).partition("-")[0] for iri in own} == {path.stem}


def test_the_command_line_tells_file_line_shape_and_fix(tmp_path, capsys):
    """A finding reads as a compiler's, and the status is 1."""
    mutation = next(m for m in MUTATIONS if m["shape"] == "Statement-gist")
    text, line = mutated(mutation)
    path = tmp_path / "mutated.ttl"
    path.write_text(text)
    assert main(["--project", str(ROOT), "validate", str(path)]) == 1
    first = capsys.readouterr().out.splitlines()[0]
    assert first.startswith(f"{path}:{line}:")
    assert ": violation Statement-gist: statement:sample-" in first
    assert "; " in first
    assert main(["--project", str(ROOT), "validate", "--format", "json", str(path)]) == 1
    body = json.loads(capsys.readouterr().out)
    assert (body["conforms"], body["findings"][0]["line"], body["findings"][0]["rule"]) == (
        False,
        line,
        "Statement-gist",
    )
    assert main(["--project", str(ROOT), "validate", "--format", "ttl", str(path)]) == 1
    report = ox.parse(capsys.readouterr().out.encode(), format=ox.RdfFormat.TURTLE)
    assert any(quad.triple.object == ox.NamedNode(SH + "ValidationResult") for quad in report)


@pytest.mark.parametrize(
    ("text", "line", "column", "problem"),
    [
        ("@prefix e: <http://e/> .\ne:a e:b e:c\n\ne:d e:e e:f .", 4, 1, "a dot is expected"),
        ("e:a e:b e:c .", 1, 1, "prefix 'e:' is not declared"),
        ('@prefix e: <http://e/> .\ne:a e:b "open .\n', 2, 9, ""),
        ("<html><body>Not found</body></html>", 1, 1, ""),
    ],
    ids=["missing dot", "prefix", "open string", "html"],
)
def test_a_syntax_error_is_a_finding_with_line_and_column(project, tmp_path, text, line, column, problem):
    """A file that is not well-formed is reported, not raised."""
    path = tmp_path / "broken.ttl"
    path.write_text(text)
    report = validate(project, files=[path])
    (finding,) = report.findings
    assert (finding.rule, finding.severity, finding.line, finding.column) == ("syntax", "error", line, column)
    assert problem in finding.problem
    assert finding.advice


def test_a_file_of_the_project_stands_for_itself(copy):
    """A changed file of the project is validated in place of the old one, with the rest as its context."""
    path = copy.root / "data/reference/places.ttl"
    assert validate(copy, files=[path]).findings == ()
    path.write_text(path.read_text().replace("gcm:isPartOf place:vienna", "gcm:isPartOf place:nowhere"))
    (finding,) = {f.line: f for f in validate(copy, files=[path]).findings}.values()
    assert path.read_text().splitlines()[finding.line - 1].strip().startswith("gcm:isPartOf place:nowhere")


def test_a_contradiction_is_an_error(copy):
    """What OWL 2 RL shows to be impossible is found with the rule's name and the record's line."""
    path = copy.root / "ontology/actors.ttl"
    path.write_text(path.read_text() + "\ngcm:State owl:disjointWith gcm:Body .\n")
    data = copy.root / "data/reference/actors.ttl"
    found = validate(copy, files=[data]).findings
    assert {(f.rule, f.severity) for f in found} == {("cax-dw", "error")}
    lines = data.read_text().splitlines()
    assert all("a gcm:State" in lines[f.line - 1] for f in found)
    assert len(found) == sum("a gcm:State" in line for line in lines)


def test_a_record_without_a_name_is_looked_at_too(project, tmp_path):
    """A blank node is no way round the shapes, and is placed in its file."""
    path = tmp_path / "anonymous.ttl"
    path.write_text(f"@prefix gcm: <{PREFIXES['gcm']}> .\n\n[] a gcm:Person .\n")
    found = validate(project, files=[path]).findings
    assert {(f.rule, f.line) for f in found} == {("Actor-iri", 3), ("Person-label", 3)}
    assert all("a blank node" in str(f) for f in found)


def test_a_blank_node_of_the_project_is_placed_in_its_own_file(copy):
    """In the whole graph, too, a blank node is looked for in the file that holds it."""
    path = copy.root / "data/links/anonymous.ttl"
    path.write_text(f"@prefix gcm: <{PREFIXES['gcm']}> .\n\n\n[] a gcm:Person .\n")
    assert {(f.file.rpartition("/")[2], f.line) for f in validate(copy).findings} == {("anonymous.ttl", 4)}


@pytest.mark.parametrize(
    ("text", "rule", "advice"),
    [
        ("statement:x-p1-y a gcm:Statment .", "unknown-term", "did you mean 'gcm:Statement'"),
        ("actor:x gcm:affiliatedWit actor:canada .", "unknown-term", "did you mean 'gcm:affiliatedWith'"),
        ("actor:x gcm:affiliatedWith actor:canadas .", "unknown-record", "did you mean 'actor:canada'"),
    ],
    ids=["class", "property", "record"],
)
def test_a_name_that_means_nothing_is_found(project, tmp_path, text, rule, advice):
    """A misspelt class, which no shape looks at, a misspelt property and a dangling reference are violations."""
    path = tmp_path / "misspelt.ttl"
    prefixes = "".join(f"@prefix {n}: <{PREFIXES[n]}> .\n" for n in ("actor", "gcm", "statement"))
    path.write_text(f"{prefixes}\n{text}\n")
    found = [f for f in validate(project, files=[path]).findings if f.rule == rule]
    assert [(f.line, f.severity) for f in found] == [(5, "violation")]
    assert advice in found[0].advice


def test_the_validation_report_is_one(copy, capsys):
    """The W3C report has one report node, whatever the number of runs, and holds what other checks found."""
    path = copy.root / "data/reference/places.ttl"
    path.write_text(path.read_text().replace("gcm:isPartOf place:vienna", "gcm:isPartOf place:nowhere"))
    for words, status in (([], 1), ([str(ROOT / "data/reference/themes.ttl")], 1)):
        assert main(["--project", str(copy.root), "validate", "--format", "ttl", *words]) in (status, 0)
        quads = list(ox.parse(capsys.readouterr().out.encode(), format=ox.RdfFormat.TURTLE))
        reports = [q.subject for q in quads if str(q.object) == f"<{SH}ValidationReport>"]
        results = [q for q in quads if q.predicate.value == SH + "result"]
        conforms = [q.object.value for q in quads if q.predicate.value == SH + "conforms"]
        assert (len(reports), conforms) == (1, ["false" if results else "true"])


def test_a_shape_that_cannot_run_is_an_error(copy):
    """A pattern that does not compile stops the run; it is not taken for conformance."""
    path = copy.root / "shapes/Theme.ttl"
    path.write_text(path.read_text() + '\ngsh:Theme-bad a sh:NodeShape ; sh:targetClass gcm:Theme ; sh:pattern "(" .\n')
    with pytest.raises(ReadError, match="cannot be run"):
        validate(copy, files=[copy.root / "data/reference/themes.ttl"])


@pytest.mark.parametrize(
    "content",
    [b"\xef\xbb\xbf<http://e/a> <http://e/b> <http://e/c> .\r\n", b'<http://e/a> <http://e/b> "x\ty"@en .'],
    ids=["byte-order mark and CRLF", "plain"],
)
def test_harmless_oddities_are_read(tmp_path, content):
    """A byte-order mark and Windows line ends do not make a file malformed."""
    (tmp_path / "x.ttl").write_bytes(content)
    assert len(read_triples(tmp_path / "x.ttl")) == 1


def test_blank_nodes_of_two_files_stay_apart(tmp_path):
    """The same label in two files is two nodes."""
    for name in ("a.ttl", "b.ttl"):
        (tmp_path / name).write_text("_:x <http://e/b> <http://e/c> .")
    first, second = (read_triples(tmp_path / name)[0].subject for name in ("a.ttl", "b.ttl"))
    assert first != second


def test_triple_terms_are_refused(tmp_path):
    """RDF 1.2's triple terms are told, not met with a traceback."""
    (tmp_path / "x.ttl").write_text("<http://e/a> <http://e/b> <<( <http://e/a> <http://e/b> <http://e/c> )>> .")
    with pytest.raises(ReadError, match="triple term"):
        read_triples(tmp_path / "x.ttl")


def test_files_of_one_name_are_told_apart(project, tmp_path):
    """Two files outside the project that have the same name are both validated."""
    for folder, person in (("a", "one"), ("b", "two")):
        (tmp_path / folder).mkdir()
        prefixes = f"@prefix gcm: <{PREFIXES['gcm']}> .\n@prefix actor: <{PREFIXES['actor']}> .\n"
        (tmp_path / folder / "x.ttl").write_text(f"{prefixes}actor:{person} a gcm:Person .\n")
    found = validate(project, files=[tmp_path / "a/x.ttl", tmp_path / "b/x.ttl"]).findings
    assert {f.focus.rpartition("/")[2] for f in found} == {"one", "two"}


def test_missing_shapes_are_told(copy):
    """Without shapes nothing is called valid."""
    for path in copy.shape_files():
        path.unlink()
    with pytest.raises(ReadError, match=r"shapes: no \.ttl files"):
        validate(copy)

"""Each finding tells a way out, and an edit mends its finding, makes no other, and leaves all else as it was."""

from __future__ import annotations

import json
import tomllib

import pyoxigraph as ox
import pytest
from conftest import ROOT
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gcmgraph import validate
from gcmgraph.cli import main
from gcmgraph.errors import WriteError
from gcmgraph.mending.nearby import Budget, Nearby
from gcmgraph.mending.rounds import mend
from gcmgraph.shacl.checks import CHECKS
from gcmgraph.shacl.meant import XSD, meant
from gcmgraph.validation.validator import validate_files

BESIDE = ("unknown-term", "unknown-record", "ill-typed")
LINT = [word for code in BESIDE for word in ("--lint", code)]
VALID = ROOT / "tests/shapes/valid.ttl"
MUTATIONS = tomllib.loads((ROOT / "tests/shapes/mutations.toml").read_text())["mutation"]
HEAD = "".join(
    f"@prefix {name}: <{iri}> .\n"
    for name, iri in (
        ("e", "http://e.example/"),
        ("rdf", "http://www.w3.org/1999/02/22-rdf-syntax-ns#"),
        ("sh", "http://www.w3.org/ns/shacl#"),
        ("xsd", XSD),
    )
)
P = "sh:property [ sh:path e:p ; {} ]"
OTHERS = "e:geneva a e:Place . e:vienna a e:Place . e:x e:y e:z ."
CASES = [
    ("Datatype", P.format("sh:datatype xsd:date"), 'e:p "2017-04-03"', "write", 'e:p "2017-04-03"^^xsd:date'),
    ("Datatype", P.format("sh:datatype xsd:date"), 'e:p "3 April 2017"', "2017-04-03", 'e:p "2017-04-03"^^xsd:date'),
    ("Datatype", P.format("sh:datatype xsd:date"), 'e:p "2017-4-3"^^xsd:date', "", 'e:p "2017-04-03"^^xsd:date'),
    ("Datatype", P.format("sh:datatype xsd:date"), 'e:p "03/04/2017"', "3 April 2017 is meant or", None),
    ("Datatype", P.format("sh:datatype xsd:decimal"), "e:p 5", "", 'e:p "5"^^xsd:decimal'),
    ("Datatype", P.format("sh:datatype xsd:boolean"), 'e:p "yes"', "true", 'e:p "true"^^xsd:boolean'),
    ("Datatype", P.format("sh:datatype xsd:integer"), 'e:p "1,234"', '"1234"^^xsd:integer if thousands', None),
    ("Datatype", P.format("sh:datatype rdf:langString"), 'e:p "text"', '"text"@en if the language en', None),
    (
        "Datatype",
        P.format('sh:datatype rdf:langString ; sh:languageIn ( "fr" )'),
        "e:p '''texte'''",
        "",
        "e:p '''texte'''@fr",
    ),
    ("Datatype", P.format("sh:datatype xsd:string"), "e:p 5", "", 'e:p "5"'),
    ("Datatype", P.format("sh:datatype xsd:string"), 'e:p "x"@en', "a text without a language", None),
    ("Datatype", P.format("sh:datatype xsd:date"), "e:p e:x", "literal such as", None),
    ("NodeKind", P.format("sh:nodeKind sh:IRI"), 'e:p "http://e.example/x"', "write e:x", "e:p e:x"),
    ("NodeKind", P.format("sh:nodeKind sh:IRI"), 'e:p "http://e.example/no"', "write e:no", None),
    ("NodeKind", P.format("sh:nodeKind sh:Literal"), "e:p e:x", "a literal", None),
    ("Class", P.format("sh:class e:Place"), "e:p e:gneva", "did you mean e:geneva?", "e:p e:geneva"),
    ("Class", P.format("sh:class e:Place"), 'e:p "e:geneva"', "write e:geneva", "e:p e:geneva"),
    ("Class", P.format("sh:class e:Place"), "e:p e:paris", "describe it as a e:Place", None),
    ("Class", P.format("sh:class e:Place"), "e:p e:x", "state that it is a e:Place", None),
    ("In", P.format('sh:in ( "open" "closed" )'), 'e:p "Open "', "", 'e:p "open"'),
    ("In", P.format('sh:in ( "open" "closed" )'), 'e:p "cloesd"', 'did you mean "closed"?', 'e:p "closed"'),
    ("In", P.format('sh:in ( "open" "closed" )'), 'e:p "other"', '"open" or "closed"', None),
    ("In", P.format("sh:in ( e:red e:blue )"), "e:p e:read", "did you mean e:red?", "e:p e:red"),
    ("HasValue", P.format("sh:hasValue e:x"), "e:q e:y", "add e:p e:x ;", None),
    ("MinCount", P.format("sh:minCount 1 ; sh:datatype xsd:date"), "e:q e:y", 'add a value, as in e:p "2017-04-03"^^xsd:date ;', None),
    ("MinCount", "sh:property [ sh:path e:heldOn ; sh:minCount 1 ]", "e:hledOn 1 , 2", "did you mean e:heldOn?", "e:heldOn 1 , 2"),
    ("MinCount", "sh:property [ sh:path [ sh:inversePath e:p ] ; sh:minCount 1 ]", "e:q 1", "on another record: e:p e:a ;", None),
    ("MaxCount", P.format("sh:maxCount 1"), "e:p 1 ,\n 2", ":5)", None),
    ("MinExclusive", P.format("sh:minExclusive 3"), "e:p 3", "more than", None),
    ("MinInclusive", P.format("sh:minInclusive 3"), 'e:p "5"', "", 'e:p "5"^^xsd:integer'),
    ("MinInclusive", P.format("sh:minInclusive 3"), 'e:p "1"', "", None),
    ("MaxExclusive", P.format("sh:maxExclusive 3"), "e:p 3", "less than", None),
    ("MaxInclusive", P.format("sh:maxInclusive 3"), "e:p 4", "at most", None),
    ("MinLength", P.format("sh:minLength 3"), 'e:p "ab"', "lengthen it by 1", None),
    ("MaxLength", P.format("sh:maxLength 3"), 'e:p " abc "@en', "", 'e:p "abc"@en'),
    ("MaxLength", P.format("sh:maxLength 3"), 'e:p "abcd"', "shorten it by 1", None),
    ("Pattern", P.format('sh:pattern "^[a-z]+$"'), 'e:p " ab"', "", 'e:p "ab"'),
    ("Pattern", P.format('sh:pattern "^[a-z]+$"'), 'e:p "AB"', 'write "ab"', None),
    ("Pattern", 'sh:pattern "/[A-Z][a-z]+$"', "e:q 1", "matches the pattern", None),
    ("LanguageIn", P.format('sh:languageIn ( "en" )'), 'e:p "x"', "", 'e:p "x"@en'),
    ("LanguageIn", P.format('sh:languageIn ( "en" "fr" )'), 'e:p "x"@de', '"x"@en or "x"@fr', None),
    ("UniqueLang", P.format("sh:uniqueLang true"), 'e:p "x"@en , "y"@en', 'keep one of "x"@en', None),
    ("Equals", P.format("sh:equals e:q"), "e:p 1", "add e:q ", None),
    ("Disjoint", P.format("sh:disjoint e:q"), "e:p e:x ; e:q e:x", "or from e:q (", None),
    ("LessThan", P.format("sh:lessThan e:q"), "e:p 2 ; e:q 1", "less than that of e:q", None),
    ("LessThanOrEquals", P.format("sh:lessThanOrEquals e:q"), 'e:p 2 ; e:q "x"', "in one datatype", None),
    ("Closed", "sh:closed true ; sh:ignoredProperties ( rdf:type ) ; sh:property [ sh:path e:heldOn ]", "e:hldOn 1", "did you mean e:heldOn?", "e:heldOn 1"),
    ("Closed", "sh:closed true ; sh:ignoredProperties ( rdf:type )", "e:other 1", "take e:other out", None),
    ("Node", P.format("sh:node [ sh:property [ sh:path e:y ; sh:minCount 1 ] ]"), "e:p e:geneva", "e:y has no value", None),
    ("Node", P.format("sh:node [ sh:datatype xsd:date ]"), 'e:p "2017-04-03"', "", 'e:p "2017-04-03"^^xsd:date'),
    ("Not", P.format("sh:not [ sh:class e:Place ]"), "e:p e:geneva", "not an instance of", None),
    ("And", P.format("sh:and ( [ sh:nodeKind sh:Literal ] [ sh:datatype xsd:date ] )"), 'e:p "2017-04-03"', "", 'e:p "2017-04-03"^^xsd:date'),
    ("Or", P.format("sh:or ( [ sh:datatype xsd:date ] [ sh:class e:Place ] )"), "e:p e:vena", "either", None),
    ("Or", P.format("sh:or ( [ sh:datatype xsd:date ] [ sh:datatype xsd:gYear ] )"), 'e:p "2017"', "", 'e:p "2017"^^xsd:gYear'),
    ("Xone", P.format("sh:xone ( [ sh:nodeKind sh:IRI ] [ sh:class e:Place ] )"), "e:p e:geneva", "meets 2 of them", None),
    ("QualifiedMinCount", P.format("sh:qualifiedValueShape [ sh:class e:Place ] ; sh:qualifiedMinCount 2"), "e:p e:geneva", "state 1 more", None),
    ("QualifiedMaxCount", P.format("sh:qualifiedValueShape [ sh:class e:Place ] ; sh:qualifiedMaxCount 1"), "e:p e:geneva , e:vienna", "take out 1 of e:geneva", None),
    ("SPARQL", 'sh:sparql [ sh:select "SELECT $this WHERE { $this <http://e.example/p> 1 }" ]', "e:p 1", "query", None),
]  # fmt: skip


def written(folder, shape, data, ending="ttl"):
    """Write shapes and data, and give a function that checks them."""
    shapes, path = folder / "shapes.ttl", folder / f"data.{ending}"
    shapes.write_text(f"{HEAD}e:S a sh:NodeShape ; sh:targetClass e:T ; {shape} .\n")
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path, lambda engine="default": validate_files([path], [shapes], engine=engine, lints=BESIDE)


@pytest.mark.parametrize(
    ("component", "shape", "data", "advice", "mended"), CASES, ids=[f"{n:02} {case[0]}" for n, case in enumerate(CASES)]
)
def test_each_component_has_a_way_out(tmp_path, component, shape, data, advice, mended):
    """The advice names what is meant; a safe edit leaves no finding, and what is not certain is left alone."""
    before, after = f"{HEAD}e:a a e:T ; ", f" . # {data!r}\n{OTHERS}\n"
    path, check = written(tmp_path, shape, before + data + after)
    found = [f for f in check().findings if f.component.endswith(f"#{component}ConstraintComponent")]
    assert found
    assert all(advice in f.advice and f.advice for f in found), found[0].advice
    result = mend(check)
    if mended is None:
        assert not result.new
        assert not any(f.edits for f in found)
    else:
        assert result.new[path].decode() == before + mended + after
        assert result.after.findings == ()


def test_every_component_is_tried():
    """The table holds all of SHACL's core components."""
    assert {case[0] for case in CASES} >= CHECKS.keys()


@pytest.mark.parametrize("mutation", MUTATIONS, ids=[f"{n:03} {m['shape']}" for n, m in enumerate(MUTATIONS)])
def test_an_edit_mends_what_it_is_for_and_breaks_nothing(small, tmp_path, mutation):
    """Of each planted defect the finding has advice; with its edits made, the finding is gone and no other is there."""
    path = tmp_path / "mutated.ttl"
    path.write_text(VALID.read_text().replace(mutation["old"], mutation["new"]))
    result = mend(lambda: validate(small, files=[path]))
    assert all(finding.advice for finding in result.before.findings)
    if any(finding.edits for finding in result.before.findings):
        assert len(result.after.findings) < len(result.before.findings)
        assert {f.rule for f in result.after.findings} <= {f.rule for f in result.before.findings}


DATE = "sh:property [ sh:path e:p ; sh:datatype xsd:date ]"
NAMES = {"e": "http://e.example/", "xsd": XSD, "type": "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"}
TRIPLES = '<{e}a> <{type}> <{e}T> .\n<{e}a> <{e}p> "3 April 2017" . # ü "3 April 2017"\n'.format(**NAMES)


@pytest.mark.parametrize(
    ("ending", "data"),
    [
        ("ttl", b"\xef\xbb\xbf" + f'{HEAD}e:a a e:T ;\n\te:p "3 April 2017" . # "ü"'.encode()),
        ("ttl", f"{HEAD}# «ü»\ne:a a e:T;e:p'3 April 2017'.e:b a e:T .\n".replace("\n", "\r\n").encode()),
        ("ttl", f'{HEAD}[] a e:T ; e:p "3 April 2017" . e:b e:q [ a e:T ; e:p ( 1 ) , "4 April 2017" ] .'.encode()),
        ("trig", f'{HEAD}e:g {{ e:a a e:T ; e:p "3 April 2017" }} # end'.encode()),
        ("nt", TRIPLES.encode()),
        ("nq", TRIPLES.replace(" .", " <http://e.example/g> .").encode()),
    ],
    ids=["byte-order mark", "CRLF, no blanks", "blank nodes", "TriG", "N-Triples", "N-Quads"],
)
def test_only_the_span_changes(tmp_path, ending, data):
    """Comments, line ends, blanks and marks are as they were, in each format."""
    path, check = written(tmp_path, DATE, data, ending)
    result = mend(check)
    datatype = "^^xsd:date" if ending in {"ttl", "trig"} else f"^^<{XSD}date>"
    new = data
    for number in (3, 4):
        for quote in ("'", '"'):
            text = f"{quote}{number} April 2017{quote}".encode()
            apart = " " if text + b".e:b" in data else ""
            new = new.replace(text, f'"2017-04-0{number}"{datatype}{apart}'.encode(), 1)
    assert result.new[path] == new
    assert [f.component.partition("#")[2] for f in result.after.findings if "( 1 )" not in f.excerpt] == []


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(["\n", "\r\n", " ", "\t", " # é ; .\n", "#'\"\n"]), st.integers(1, 28)), min_size=1, max_size=8), st.booleans())  # fmt: skip
def test_whatever_the_layout_only_the_values_change(tmp_path, parts, mark):
    """Between the terms, every byte stays."""

    def body(form):
        return "".join(
            f"{gap}e:n{n}{gap}a{gap}e:T{gap};{gap}e:p{gap}{form(day)}{gap}.{gap}" for n, (gap, day) in enumerate(parts)
        )

    start = "\ufeff" * mark + HEAD
    path, check = written(
        tmp_path, DATE, start + body(lambda day: f'"{day}.4.2017"^^xsd:date' if day > 12 else f'"{day} Apr 2017"')
    )
    assert mend(check).new[path].decode() == start + body(lambda day: f'"2017-04-{day:02}"^^xsd:date')


def test_an_edit_that_makes_a_new_finding_is_not_made(tmp_path):
    """What another shape would refuse is left, and the other edits are made."""
    shape = f'{DATE} , [ sh:path e:p ; sh:nodeKind sh:Literal ; sh:not [ sh:datatype xsd:date ; sh:minInclusive "2018-01-01"^^xsd:date ] ]'
    data = f'{HEAD}e:a a e:T ; e:p "3 April 2018" .\ne:b a e:T ; e:p "3 April 2017" .\n'
    path, check = written(tmp_path, shape, data)
    result = mend(check)
    assert result.new[path].decode() == data.replace('"3 April 2017"', '"2017-04-03"^^xsd:date')
    assert result.summary() == "mended 1 of 2 findings in 1 file"


@pytest.mark.parametrize("engine", ["default", "pyshacl", "sparql"])
def test_any_engine_mends(tmp_path, engine):
    """The edits are the same, whichever engine finds what is wrong."""
    path, check = written(tmp_path, DATE, f'{HEAD}e:a a e:T ; e:p "3 April 2017" .\n')
    assert b'"2017-04-03"^^xsd:date' in mend(lambda: check(engine)).new[path]


DATA = f'{HEAD}e:a a e:T ; e:p "3 April 2017" , "soon" .\n'


def run(folder, *words):
    """Validate data with two findings, of which one can be mended."""
    path, _ = written(folder, DATE, DATA)
    return path, main(["validate", "--shapes", str(folder / "shapes.ttl"), str(path), *LINT, *words])


def test_a_diff_changes_nothing(tmp_path, capsys):
    """--diff prints what --fix would do, with the status of the findings."""
    path, status = run(tmp_path, "--diff")
    out = capsys.readouterr().out
    assert (status, path.read_text()) == (1, DATA)
    assert '+e:a a e:T ; e:p "2017-04-03"^^xsd:date , "soon" .' in out
    assert "violation" not in out


def test_fix_shows_the_diff_first(tmp_path, capsys):
    """--fix prints the diff, mends, and tells what is left and how much was mended."""
    path, status = run(tmp_path, "--fix")
    out = capsys.readouterr().out
    assert status == 1
    assert path.read_text() == DATA.replace('"3 April 2017"', '"2017-04-03"^^xsd:date')
    assert out.index("+++ b/") < out.index("violation")
    assert out.endswith("1 finding in 1 records\nmended 1 of 2 findings in 1 file\n")


def test_fix_keeps_a_report_for_machines_clean(tmp_path, capsys):
    """In other forms the diff goes to standard error, and the report is of what is left."""
    run(tmp_path, "--fix", "--format", "csv")
    out, err = capsys.readouterr()
    assert out.startswith("file,line")
    assert "soon" in out
    assert "April" not in out
    assert "+++ b/" in err
    assert "mended 1 of 2" in err


def test_what_cannot_be_written_is_left_whole(tmp_path, capsys):
    """A read-only file is told and stays."""
    path, _ = run(tmp_path, "--diff")
    path.chmod(0o444)
    capsys.readouterr()
    assert main(["validate", "--shapes", str(tmp_path / "shapes.ttl"), str(path), *LINT, "--fix"]) == 3
    assert "is read-only; make it writable, or leave it out; nothing was written" in capsys.readouterr().err
    assert path.read_text() == DATA


@pytest.mark.parametrize("words", [("--fix", "--diff"), ("--fix", "--since", "HEAD"), ("--diff", "--since", "HEAD")])
def test_what_does_not_go_together_is_refused(tmp_path, words):
    """A diff and a fix, and a mend that would be held to a part of the shapes only."""
    assert run(tmp_path, *words)[1] == 2


def test_what_was_only_tried_is_not_kept_as_valid(tmp_path, capsys):
    """After a diff under --changed, the files are looked at as they are."""
    path, check = written(tmp_path, DATE, f'{HEAD}e:a a e:T ; e:p "3 April 2017" .\n')
    words = ["validate", "--shapes", str(tmp_path / "shapes.ttl"), str(path), *LINT, "--changed"]
    assert len(check().findings) == 1
    assert [main([*words, *more]) for more in (["--diff"], [], ["--fix"], [], ["--diff"])] == [1, 1, 0, 0, 0]
    assert "mended 1 of 1" in capsys.readouterr().out


def test_files_of_the_context_are_not_mended(copy, tmp_path):
    """A file that was not named is only read."""
    path = copy.root / "data/reference/places.ttl"
    path.write_text(path.read_text().replace("gcm:isPartOf place:vienna", "gcm:isPartOf place:viena"))
    other = tmp_path / "x.ttl"
    other.write_text(VALID.read_text())
    assert mend(lambda: validate(copy, files=[other])).new == {}
    assert list(mend(lambda: validate(copy, files=[path])).new) == [path]


def test_many_findings_cost_little():
    """Names are compared within a budget."""
    budget = Budget(1000)
    known = Nearby([f"http://e.example/record-{n}-of-many" for n in range(3000)], budget)
    for n in range(3000):
        known.near(f"http://e.example/recrod-{n}-of-many")
    assert budget.left >= -100


def test_numbers_are_no_typing_errors():
    """Another year is another record."""
    near = Nearby(["http://e.example/meeting-2016"], Budget()).near("http://e.example/meeting-2017")
    assert near.names
    assert not near.sure


@pytest.mark.parametrize(
    ("datatype", "texts", "form"),
    [
        ("date", ("2017-4-3", "2017/04/03", "03 Apr 2017 ", "April 3rd, 2017", "Monday, 3 April 2017", "20170403", "2017-Apr-3", "2017\u201304\u201303", "2017-04-03T00:00:00"), "2017-04-03"),
        ("date", ("13/04/2017", "4/13/2017", "13.4.2017"), "2017-04-13"),
        ("date", ("03/04/2017", "2017-02-30", "31 April 2017", "2017", "soon", "3 April 17", "2017-04-03T10:00:00"), None),
        ("dateTime", ("2017-04-03 10:00", "2017-04-03T10:00", "2017-04-03 10:00:00"), "2017-04-03T10:00:00"),
        ("dateTime", ("2017-04-03", "3 April 2017"), None),
        ("time", ("10:30", "10.30", "10h30"), "10:30:00"),
        ("gYearMonth", ("April 2017", " 2017-04"), "2017-04"),
        ("gYear", ("2017-04-03", "next year"), None),
        ("boolean", ("yes", "TRUE", "True", " true"), "true"),
        ("boolean", ("maybe", ""), None),
        ("integer", ("1000.0", "1e3", "1000 "), "1000"),
        ("integer", ("1,000", "1 000", "10.5", "ten"), None),
        ("decimal", ("1,5", "1.000.000"), None),
        ("byte", ("300",), None),
        ("anyURI", ("anything",), None),
    ],
)  # fmt: skip
def test_what_was_meant(datatype, texts, form):
    """What is certain is told as one literal; what may be two, or loses something, is not."""
    for text in texts:
        found = meant(ox.Literal(text), XSD + datatype)
        assert (found.term and found.term.value) == form, text
        assert found.term is not None or found.readings or found.words


def test_what_has_changed_meanwhile_is_not_overwritten(tmp_path):
    """The edits are those of the bytes that were checked, and of no others."""
    path, check = written(tmp_path, DATE, DATA)
    result = mend(check)
    path.write_text(DATA + "# more")
    with pytest.raises(WriteError, match="has changed since it was read"):
        result.write()
    assert path.read_text() == DATA + "# more"


def test_machines_get_the_edits(tmp_path, capsys):
    """JSON has the bytes, SARIF has them as a fix, and text has a line that says what to write."""
    run(tmp_path, "--format", "json")
    (edit,) = json.loads(capsys.readouterr().out)["findings"][0]["edits"]
    assert DATA.encode()[edit["start"] : edit["end"]] == b'"3 April 2017"'
    run(tmp_path, "--format", "sarif")
    (fix,) = json.loads(capsys.readouterr().out)["runs"][0]["results"][0]["fixes"]
    (replacement,) = fix["artifactChanges"][0]["replacements"]
    assert replacement["insertedContent"] == {"text": edit["text"]}
    run(tmp_path)
    assert f"\n  help: write {edit['text']}\n" in capsys.readouterr().out


def test_a_link_is_followed_and_a_file_named_twice_is_mended_once(tmp_path):
    """The file behind a symbolic link is mended, and the link stays."""
    path, _ = written(tmp_path, DATE, DATA)
    (tmp_path / "link.ttl").symlink_to(path)
    words = [
        "validate",
        "--shapes",
        str(tmp_path / "shapes.ttl"),
        str(tmp_path / "link.ttl"),
        str(path),
        *LINT,
        "--fix",
    ]
    assert main(words) == 1
    assert (tmp_path / "link.ttl").is_symlink()
    assert "2017-04-03" in path.read_text()


def test_a_limit_leaves_the_files_as_they_are(tmp_path, capsys):
    """What does not end in time has written nothing."""
    path, status = run(tmp_path, "--fix", "--timeout", "0.001")
    assert (status, path.read_text()) == (3, DATA)
    assert "not done after" in capsys.readouterr().err
    assert sorted(one.name for one in tmp_path.iterdir()) == ["data.ttl", "shapes.ttl"]


def test_a_prefix_that_is_never_used_is_taken_out(tmp_path):
    """Its line goes, and nothing else."""
    data = "@prefix e: <http://e.example/> .\n@prefix f: <http://f.example/> .\n\ne:a a e:T .\n"
    path, _ = written(tmp_path, DATE, data)
    result = mend(lambda: validate_files([path], [tmp_path / "shapes.ttl"], lints=("unused-prefix",)))
    assert result.new[path].decode() == data.replace("@prefix f: <http://f.example/> .\n", "")
    assert result.after.findings == ()

"""RDF/XML and JSON-LD are read as written, placed by line, and refused where they point outside or lose something."""

from __future__ import annotations

import json

import pyoxigraph as ox
import pytest

from gcmgraph.cli import main
from gcmgraph.errors import ReadError
from gcmgraph.places.positions import Places, Wanted
from gcmgraph.reading import read_triples

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
ROOT = f'<rdf:RDF xmlns:rdf="{RDF}" xmlns:e="http://e/">\n'
ENTITY = '<!DOCTYPE rdf:RDF [\n<!ENTITY b "http://e/">\n<!ENTITY x "&b;x#">\n]>\n'
NODE = '<rdf:Description rdf:about="http://e/x">'
END = "</rdf:Description></rdf:RDF>"
CONTEXT = '{"@context": {"p": "http://e/p"},\n'
XSD = "http://www.w3.org/2001/XMLSchema#"

READ = {
    "datatype.rdf": (f'{ROOT}{NODE}<e:p rdf:datatype="{XSD}date">2017-2-1 </e:p>{END}', f'"2017-2-1 "^^<{XSD}date>'),
    "entity.owl": (f"{ENTITY}{ROOT}{NODE}<e:p>&x;</e:p>{END}", '"http://e/x#"'),
    "references.xml": (f"{ROOT}{NODE}<e:p>a&lt;&#233;</e:p>{END}", '"a<é"'),
    "typed.jsonld": (f'{{"@id": "http://e/x", "http://e/p": {{"@value": "01", "@type": "{XSD}integer"}}}}', f'"01"^^<{XSD}integer>'),
    "context.json": (CONTEXT + '"@id": "http://e/x", "p": {"@value": "x", "@language": "en"}}', '"x"@en'),
    "late.jsonld": ('{"@id": "http://e/x", "p": "x", "@context": {"p": "http://e/p"}}', '"x"'),
    "vocabulary.jsonld": ('{"@context": {"@vocab": "http://e/"}, "@id": "http://e/x", "p": "x"}', '"x"'),
    "base.jsonld": ('{"@context": {"@base": "http://e/", "p": "http://e/p"}, "@id": "x", "p": "x"}', '"x"'),
}  # fmt: skip

REFUSED = {
    "bomb.rdf": (
        ENTITY.replace("]>", "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10 if n else "lol"}">\n' for n in range(9)) + "]>")
        + ROOT + NODE + f"<e:p>&a8;</e:p>{END}", "7:", "the entity 'a3' stands for"),
    "many.rdf": (
        ENTITY.replace("http://e/", "e" * 900) + ROOT + NODE + f"<e:p>{'&b;' * 20_000}</e:p>{END}", "5:", "its entities stand for"),
    "order.rdf": (ENTITY.replace("ENTITY b", "ENTITY c") + ROOT + NODE + END, "3:", "'x' uses 'b', which is not declared before it"),
    "itself.rdf": (ENTITY.replace("&b;", "&x;") + ROOT + NODE + END, "3:", "'x' uses 'x', which is not declared"),
    "outside.rdf": (ENTITY.replace('"http', 'SYSTEM "http') + ROOT + NODE + END, "2:", "'b' lies outside, in 'http://e/', which is not fetched"),
    "parameter.rdf": (ENTITY.replace("ENTITY b", "ENTITY % b") + ROOT + NODE + END, "2:", "'b' is a parameter entity"),
    "type.rdf": (f'<!DOCTYPE rdf:RDF SYSTEM "http://e/x.dtd">{ROOT}{NODE}{END}', "1:", "in 'http://e/x.dtd', which is not fetched"),
    "deep.rdf": (ROOT + "<rdf:Description><e:p>" * 50_000, "2:", "nested deeper than 300"),
    "cut.rdf": (ROOT + NODE + "<e:p>x</e:p>", "2:", "the file ends inside an element"),
    "tag.rdf": (ROOT + NODE + "<e:p>x</e:", "2:", "a tag that begins here is never closed"),
    "mismatch.rdf": (ROOT + NODE + "\n<e:p>x</e:q>" + END, "3:9", "does not close the last"),
    "prefix.rdf": (ROOT + NODE + "\n<f:p>x</f:p>" + END, "3:1", "the prefix of this name is not declared"),
    "undeclared.rdf": (ROOT + NODE + "\n<e:p>&nbsp;</e:p>" + END, "3:6", "this entity is not declared"),
    "space.rdf": (ROOT + "\n" + NODE.replace("e/x", "e/x y") + END, "3", "'http://e/x y' holds U+0020 (SPACE)"),
    "relative.rdf": (ROOT + NODE + "\n<e:p\n rdf:resource='x'/>" + END, "4", "'x' is relative"),
    "latin.rdf": ('<?xml version="1.0" encoding="ISO-8859-1"?>' + ROOT + NODE + END, "1", "only UTF-8"),
    "turtle.owl": ("<http://e/x> <http://e/p> 1 .", "1:1", "is Turtle, and not what '.owl' stands for"),
    "page.rdf": ('<?xml version="1.0"?>\n<!DOCTYPE html PUBLIC "x" "http://e/x"><html xmlns="http://e/"/>', "1:1", "is an HTML page"),
    "sheet.xml": ("<a><b>1</b></a>", "1", "XML namespaces are required"),
    "remote.jsonld": ('{"@id": "http://e/x",\n"@context": ["http://e/c"], "p": 1}', "2", "its context points to 'http://e/c', which is not fetched"),
    "import.jsonld": ('{"@context": {"@version": 1.1,\n"@import": "http://e/c"}, "p": 1}', "2", "its context points to 'http://e/c'"),
    "scoped.jsonld": ('{"@context": {"p": {"@id": "http://e/p",\n"@context": "c.json"}}, "p": 1}', "2", "its context points to 'c.json'"),
    "deep.jsonld": ("[" * 50_000, "1", "nested deeper than 300"),
    "objects.json": ('{"http://e/p":' * 50_000, "1", "nested deeper than 300"),
    "cut.jsonld": (CONTEXT + '"p":', "2:5", "unexpected end of file"),
    "comma.jsonld": (CONTEXT + '"p": 1,}', "2:8", "trailing commas"),
    "half.jsonld": (CONTEXT + '"p": "\\ud800"}', "2:", "'\\ud800' is half a character"),
    "space.jsonld": (CONTEXT + '"@id": "http://e/x y", "p": 1}', "2", "'http://e/x y' is no IRI, and would be dropped"),
    "relative.jsonld": (CONTEXT + '"@id": "x", "p": 1}', "2", "the IRI 'x' is relative"),
    "datatype.jsonld": (CONTEXT + '"p": {"@value": "1", "@type": "y"}}', "2", "the IRI 'y' is relative"),
    "key.jsonld": (CONTEXT + '"@id": "http://e/x",\n"q": 1}', "3", "the key 'q' is not in the context"),
    "turtle.json": ("<http://e/x> <http://e/p> 1 .", "1:1", "is Turtle, and not what '.json' stands for"),
    "triple.rdf": (
        ROOT.replace(">\n", ' rdf:version="1.2">\n') + f'{NODE}<e:p rdf:parseType="Triple">{NODE}<e:p>1</e:p></rdf:Description></e:p>{END}',
        "", "triple term"),
}  # fmt: skip


@pytest.mark.parametrize("name", READ)
def test_literals_are_read_as_written(tmp_path, name):
    """Every ending is read, and each value keeps its form."""
    text, value = READ[name]
    (tmp_path / name).write_text(text)
    (triple,) = read_triples(tmp_path / name)
    assert str(triple) == f"<http://e/x> <http://e/p> {value}"


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_is_told_with_its_line(tmp_path, name):
    """Nothing is fetched, nothing expands without end, and nothing is dropped in silence."""
    text, place, problem = REFUSED[name]
    (tmp_path / name).write_text(text)
    with pytest.raises(ReadError) as told:
        read_triples(tmp_path / name)
    error = told.value
    assert f"{error.line or ''}:{error.column or ''}".startswith(place)
    assert problem in str(error)
    assert error.advice


DATA = {
    "data.rdf": '<?xml version="1.0"?>\n<!DOCTYPE rdf:RDF [<!ENTITY e "http://e/">]>\n' + ROOT
    + '<e:T rdf:about="http://e/whole"/>\n<e:T rdf:about="&e;entity"/>\n<e:T\n  rdf:about="http://e/more"><e:q rdf:resource="http://e/late"/></e:T>\n'
    + "<rdf:Description rdf:about='http://e/late'><rdf:type rdf:resource='http://e/T'/></rdf:Description><e:T/></rdf:RDF>\n",
    "data.jsonld": '{"@context": {"e": "http://e/"},\n"@graph": [\n{"@type": "e:T"},\n{"@id": "http://e/whole", "@type": "e:T"},\n{"@id": "e:entity", "@type": "e:T"},\n{\n'
    '"@id": "http://e/more", "@type": "e:T", "e:q": {"@id": "e:last"}},\n{"@type": "e:T", "@id": "e:late"}]}\n',
}  # fmt: skip
SHAPES = {
    "shapes.ttl": f"@prefix sh: <http://www.w3.org/ns/shacl#> . <http://e/S> sh:targetClass <http://e/T> ; sh:property [ sh:path <{RDF}type> ; sh:maxCount 0 ] .",
    "shapes.rdf": ROOT.replace("xmlns:e", 'xmlns:sh="http://www.w3.org/ns/shacl#" xmlns:e') + '<rdf:Description rdf:about="http://e/S"><sh:targetClass rdf:resource="http://e/T"/>'
    f'<sh:property><rdf:Description><sh:path rdf:resource="{RDF}type"/><sh:maxCount rdf:datatype="{XSD}integer">0</sh:maxCount></rdf:Description></sh:property>{END}',
    "shapes.jsonld": '{"@context": {"sh": "http://www.w3.org/ns/shacl#"}, "@id": "http://e/S", "sh:targetClass": {"@id": "http://e/T"}, '
    f'"sh:property": {{"sh:path": {{"@id": "{RDF}type"}}, "sh:maxCount": 0}}}}',
}  # fmt: skip


@pytest.mark.parametrize("data", DATA)
@pytest.mark.parametrize("shapes", SHAPES)
def test_findings_stand_at_the_line_of_the_subject(tmp_path, capsys, data, shapes):
    """Data and shapes of any format are validated; a finding names the file and the line where its subject stands."""
    for name, text in ((data, DATA[data]), (shapes, SHAPES[shapes])):
        (tmp_path / name).write_text(text)
    assert main(["validate", "--shapes", str(tmp_path / shapes), str(tmp_path / data), "--format", "json"]) == 1
    found = json.loads(capsys.readouterr().out)["findings"]
    lines = {f["focus"].rpartition("/")[2]: f["line"] for f in found if f["focus"].startswith("http")}
    assert lines == {"whole": 4, "entity": 5, "more": 7, "late": 8}
    assert {f["file"].rpartition("/")[2] for f in found} == {data}
    assert [f["line"] for f in found if not f["focus"].startswith("http")] == [0]


def test_what_a_file_does_not_say_has_no_place(tmp_path):
    """A triple is not placed where only its subject stands; the place of a term must not be edited."""
    path = tmp_path / "data.rdf"
    path.write_text(DATA[path.name])
    places = Places([path], str)
    kind = ox.NamedNode(RDF + "type")
    good = ox.Triple(ox.NamedNode("http://e/whole"), kind, ox.NamedNode("http://e/T"))
    bad = ox.Triple(ox.NamedNode("http://e/whole"), kind, ox.NamedNode("http://e/U"))
    assert places.find_exactly(good) == (str(path), 4)
    assert places.find_exactly(bad) == ("", 0)
    span = places.span(path, Wanted("<http://e/whole>"))
    assert (span.start, span.end) == (-1, -1)
    assert places.excerpt(path, 4) == '<e:T rdf:about="http://e/whole"/>'
    assert places.span(path, Wanted("", "", "<http://e/late>")).line == 8

"""Each way in which a file can be broken is told in words, where it is, and without errors that are none."""

from __future__ import annotations

import bz2
import gzip
import random
import re

import pytest
from conftest import ROOT

from gcmgraph.syntax.messages import MOST
from gcmgraph.validation.loading import load
from gcmgraph.validation.validator import validate_files

PREFIX = "@prefix e: <http://e.example/> .\n"
GOOD = "e:a e:b e:c .\n"
CONFLICT = "<<<<<<< HEAD\ne:d e:e e:f .\n=======\ne:d e:e e:g .\n>>>>>>> other\n"

TOLD = {
    "no dot": (PREFIX + "e:a e:b e:c\n\n" + GOOD, "4:1", "a dot is expected", "end the statement before"),
    "no prefix": (PREFIX + "x:a e:b e:c .\n", "2:1", "prefix 'x:' is not declared", "@prefix x: <...>"),
    "no object": (PREFIX + "e:a e:b .\n", "2:9", "'.' stands where an object is expected", ""),
    "literal as subject": (PREFIX + '"x" e:b e:c .\n', "2:1", "'\"x\"' stands where a subject is expected", ""),
    "open bracket": (PREFIX + "e:a e:b [ e:c e:d .\n", "2:19", "should end with a ']'", ""),
    "cut in a statement": (PREFIX + "e:a e:b [ e:c e:d ;", "2:20", "the file ends inside a statement", "fetch it whole"),
    "cut in a string": (PREFIX + 'e:a e:b "abc', "2:9", "a string that begins here is never closed", "fetch it whole"),
    "cut in an IRI": (PREFIX + "e:a e:b <http://x", "2:9", "an IRI that begins here is never closed", ""),
    "cut in a character": ((PREFIX + 'e:a e:b "é').encode()[:-1], "2:10", "ends inside a character", "fetch it whole"),
    "string over lines": (PREFIX + 'e:a e:b "a\nb" .\n', "2:11", "goes on beyond its line", '"""..."""'),
    "open long string": (PREFIX + 'e:a e:b """a\nb .\ne:c e:d """x""" .\n', "4:12", "a long string ends here", "in line 2"),
    "typographic quotes": (PREFIX + "e:a e:b “x” .\n", "2:9", "'“' is a typographic quotation mark", "straight"),
    "no-break space": (PREFIX + "e:a e:b\u00a0e:c .\n", "2:8", "U+00A0 (NO-BREAK SPACE)", "take it out"),
    "mark in the middle": (PREFIX + GOOD + "\ufeff" + PREFIX, "3:1", "U+FEFF (ZERO WIDTH NO-BREAK SPACE)", "take it out"),
    "space in an IRI": (PREFIX + "e:a e:b <http://x y> .\n", "2:9", "an IRI holds a space", "%20"),
    "backslash in an IRI": (PREFIX + "e:a e:b <C:\\dir> .\n", "2:12", "an IRI holds a backslash", "%5C"),
    "brace in an IRI": (PREFIX + "e:a e:b <http://x/{y}> .\n", "2:9", "an IRI holds '{'", "%"),
    "open IRI": (PREFIX + 'e:a e:b <http://x .\ne:c e:d "say \\"x\\"" .\n', "3:14", "an IRI that begins before is not closed", "line 2"),
    "relative IRI": ("<a> <b> <c> .\n", "1:1", "an IRI is relative", "@base"),
    "escape": (PREFIX + 'e:a e:b "C:\\dir" .\n', "2:12", "'\\d' is no escape", "write \\\\"),
    "half a character": (PREFIX + 'e:a e:b "\\uD800" .\n', "2:10", "'\\uD800' stands for half a character", "eight digits"),
    "capitals": (PREFIX + "e:a e:b True .\n", "2:9", "a truth value is in capitals", "true or false"),
    "language": (PREFIX + 'e:a e:b "x"@ .\n', "2:13", "a language code", ""),
    "merge": (PREFIX + GOOD + CONFLICT, "3:1", "a merge conflict is not resolved ('<<<<<<< HEAD')", "choose"),
    "two merges": (PREFIX + CONFLICT + CONFLICT, "2:1", "2 merge conflicts are not resolved", "choose"),
    "NUL": (PREFIX + "e:a\0\0 e:b e:c .\n", "2:4", "holds 2 NUL bytes", "restore"),
    "HTML": ("<!DOCTYPE html>\n<html><title>404 Not\nfound</title></html>", "1:1", "is an HTML page ('404 Not found'), not RDF", "fetch"),
    "HTML after a comment": ("\n<!-- x --><html lang='en'>", "1:1", "is an HTML page", "fetch"),
    "JSON-LD": ('{"@context": {}, "@id": "http://x/y"}', "1:1", "is JSON-LD, and not what '.ttl' stands for", "x.jsonld"),
    "JSON": ('[{"a": 1}]', "1:1", "is JSON, and not", ""),
    "RDF/XML": ('<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/>', "1:1", "is RDF/XML", "x.rdf"),
    "XML": ('<?xml version="1.0"?><a/>', "1:1", "is XML, and not", ""),
    "N-Quads": ("<a:a> <a:b> <a:c> <a:g> .\n", "1:1", "is N-Quads", "x.nq"),
    "TriG": (PREFIX + "e:g { e:a e:b e:c }\n", "1:1", "is TriG", "x.trig"),
    "functional syntax": ("Prefix(:=<http://x/>)\nOntology(<http://x>)", "1:1", "is OWL in functional syntax", "convert"),
    "Git LFS": ("version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "1:1", "is a pointer of Git LFS", "git lfs pull"),
    "gzip": (gzip.compress(b"x"), "1:1", "is gzip data", "unpack"),
    "bzip2": (bz2.compress(b"x"), "1:1", "is bzip2 data", "unpack"),
    "ZIP": (b"PK\x03\x04x", "1:1", "is a ZIP archive", "unpack"),
    "UTF-16": (PREFIX.encode("utf-16"), "1:1", "is in UTF-16", "UTF-8"),
    "UTF-16 without a mark": (PREFIX.encode("utf-16-be"), "1:1", "is in UTF-16", "UTF-8"),
    "UTF-32 without a mark": (PREFIX.encode("utf-32-le"), "1:1", "is in UTF-32", "UTF-8"),
    "Latin-1": ((PREFIX + 'e:a e:b "é" .').encode("latin-1"), "2:10", "byte 0xe9 is not UTF-8", "UTF-8"),
}  # fmt: skip

SEVERAL = {
    "none": (GOOD * 2, []),
    "two": ("e:a e:b 1 2 .\n" + GOOD + "e:a e:b True .\n" + GOOD, [2, 4]),
    "two in a line": ("e:a e:b . e:a e:b e:c . e:a e:b .\n", [2]),
    "no statement between": ("e:a e:b .\ne:a e:b .\n" + GOOD, [2]),
    "one prefix often": ("x:a e:b e:c .\n" + GOOD + "x:a e:b e:c .\n" + GOOD, [2]),
    "prefixes": ("x:a e:b e:c .\ny:a e:b e:c .\n" + GOOD + "x:a e:b e:c .\n" + GOOD + "e:a e:b .\n", [2, 3, 7]),
    "a broken directive": ("@prefix x: http://x/ .\n" + GOOD + "x:a e:b e:c .\n", [2]),
    "an open string": ('e:a e:b "open .\n' + GOOD + 'e:a e:b "x" .\n' + GOOD + 'e:a e:b "x" .\n', [2]),
    "a last open string": ("e:a e:b .\n" + GOOD + 'e:a e:b "open .\n', [2]),
    "an open long string": ('e:a e:b """open .\n' + GOOD + 'e:a e:b """x""" .\n' + GOOD + 'e:a e:b """x""" .\n', [4]),
    "an open IRI": ("e:a e:b <http://x .\n" + GOOD + "e:a e:b <http://x> .\n" + GOOD + "e:a e:b .\n", [2]),
    "quotes inside": ('e:a e:b "say "hi" now" .\n' + GOOD, [2]),
    "an escape in a long string": ('e:a e:b """C:\\dir . e:a e:b e:c .\nx """ .\n' + GOOD + 'e:a e:b """x""" .\n', [2]),
    "endless": (("e:a e:b True .\n" + GOOD) * 99, [*range(2, 2 + 2 * MOST, 2)]),
}


@pytest.mark.parametrize("name", TOLD)
def test_what_is_wrong_is_told(tmp_path, name):
    """The first error says where it is, what is wrong and what to do."""
    content, place, problem, advice = TOLD[name]
    path = tmp_path / "x.ttl"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    error = load([path]).broken[0][1]
    assert f"{error.line}:{error.column}" == place
    assert problem in str(error)
    assert advice in error.advice
    assert error.advice


@pytest.mark.parametrize("name", SEVERAL)
def test_independent_errors_are_told_together(tmp_path, name):
    """Errors that stand on their own are all told; those that follow from another are not."""
    text, lines = SEVERAL[name]
    path = tmp_path / "x.ttl"
    path.write_text(PREFIX + text)
    assert [error.line for _, error in load([path]).broken] == lines
    report = validate_files([path], [])
    assert [f.line for f in report.findings if f.rule == "syntax"] == lines


def test_typing_errors_do_not_multiply(tmp_path):
    """Of typing errors strewn over a real file, none is told twice, and nothing is told that is none."""
    own = (ROOT / "data/reference/places.ttl").read_text().splitlines()
    choices = [n for n, line in enumerate(own) if re.search(r"\bgcm:|\brdfs:", line) and not line.startswith("@")]
    some = random.Random(5)  # noqa: S311  (the same at each run)
    path = tmp_path / "x.ttl"
    for _ in range(50):
        lines, wrong = list(own), set(some.sample(choices, 4))
        for number in wrong:
            lines[number] = re.sub(r"\b(?:gcm|rdfs):", some.choice([f"x{number}:", '"', ""]), lines[number], count=1)
        path.write_text("\n".join(lines))
        found = [error.line - 1 for _, error in load([path]).broken]
        assert found
        assert len(found) == len(set(found))
        near = {n for number in wrong for n in range(number, number + 12)}
        assert set(found) <= near

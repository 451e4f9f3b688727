"""What must never be confused in the graph: persons, the two meanings of three letters, plans and events, figures."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from decimal import Decimal

import pytest
from conftest import ROOT

from gcmgraph.corpus import fill_store, select
from gcmgraph.namespaces import PREFIXES, PROLOGUE
from gcmgraph.reasoning.closure import infer
from gcmgraph.sources import documents, read_source

ACTOR, INSTRUMENT = PREFIXES["actor"], PREFIXES["instrument"]
COALITION, COMPACT = ACTOR + "global-coalition-on-migration", INSTRUMENT + "gcm"
WORDS = {
    word: number
    for number, words in enumerate(
        "zero;one;two twin;three;four;five;six;seven;eight;nine;ten;eleven;twelve".replace(";", "|").split("|")
    )
    for word in words.split()
}
SCALES = {"thousand": 10**3, "million": 10**6, "billion": 10**9}


@pytest.fixture(scope="session")
def closed(corpus):
    """The graph with what follows from it."""
    return fill_store({**corpus.graphs, "urn:inferred": tuple(infer(corpus))})


def plain(name: str) -> str:
    """Reduce a name to letters, without accents or case."""
    letters = unicodedata.normalize("NFKD", name.lower())
    return " ".join(re.findall(r"[a-z]+", "".join(c for c in letters if not unicodedata.combining(c))))


def test_a_person_is_one_node(corpus):
    """No two persons share a name, however it is accented, shortened to first and last word, or introduced."""
    text = f"{PROLOGUE}SELECT ?p ?name WHERE {{ ?p a gcm:Person ; rdfs:label|skos:altLabel ?name }}"
    owners = defaultdict(set)
    for row in select(corpus.store, text):
        words = plain(row["name"].value).split()
        for form in (" ".join(words), f"{words[0]} {words[-1]}"):
            owners[form].add(row["p"].value)
    assert {name: sorted(persons) for name, persons in owners.items() if len(persons) > 1} == {}


@pytest.mark.parametrize(
    ("slug", "least"), [("monami-maulik", 3), ("william-gois", 2), ("jille-belisario", 3), ("ahmed-hussen", 1)]
)
def test_a_person_named_in_several_documents_is_found_in_each(closed, slug, least):
    """The records of one node lead to every document that names the person, misspellings included."""
    person = f"<{ACTOR}{slug}>"
    link = "gcm:member|gcm:participant|gcm:attributedTo|gcm:about|gcm:issuedBy|gcm:plannedParticipant"
    text = f"{PROLOGUE}SELECT DISTINCT ?d WHERE {{ ?record {link} {person} ; gcm:recordedIn ?d }}"
    assert len(select(closed, text)) >= least


def test_the_three_letters_are_never_confused(corpus, sources):
    """Where a Coalition page prints GCM it means the Coalition, elsewhere the compact, and the records say so."""
    about = defaultdict(set)
    pattern = "?record gcm:about|gcm:attributedTo|gcm:hasCitation/gcm:citedInstrument|gcm:membershipIn ?thing"
    for row in select(corpus.store, f"{PROLOGUE}SELECT ?record ?thing WHERE {{ {pattern} }}"):
        about[row["record"].value].add(row["thing"].value)
    checked = 0
    for document in documents(corpus):
        text = read_source(document, sources)
        is_page = document.slug.startswith("coalition-")
        wrong, spelt = (COMPACT, r"[Cc]ompact|negotiations") if is_page else (COALITION, r"Coalition")
        for stretch in document.evidence:
            words = text[stretch.start : stretch.end]
            if re.search(r"\bGCM\b", words) and not re.search(spelt, words):
                checked += 1
                others = [s for s in document.evidence if s != stretch]
                own = {r for r in stretch.records if not any(r in s.records for s in others)}
                assert [record for record in own if wrong in about[record]] == []
    assert checked > 40


def test_what_is_printed_gcm_cites_no_coalition(corpus):
    """No citation is printed GCM in a page of the Coalition, and none is printed GCM and means another instrument."""
    text = f"""{PROLOGUE}SELECT ?c ?i ?d WHERE {{ ?c gcm:asPrinted ?printed ; gcm:citedInstrument ?i ;
    gcm:restsOn/gcm:within/gcm:passageOf ?d FILTER(STR(?printed) = "GCM") }}"""
    found = [(row["i"].value, row["d"].value) for row in select(corpus.store, text)]
    assert [pair for pair in found if pair[0] != COMPACT or "/coalition-" in pair[1]] == []


def test_a_plan_is_never_an_event(closed, corpus):
    """Nothing is both, nobody took part in a plan, nothing was said at one, and no account is given of one."""
    plans = {row["p"].value for row in select(corpus.store, PROLOGUE + "SELECT ?p WHERE { ?p gcm:plannedIn ?d }")}
    text = PROLOGUE + "SELECT ?e WHERE { ?e a ?c . ?c rdfs:subClassOf* gcm:Event }"
    assert {row["e"].value for row in select(closed, text)} & plans == set()
    used = "gcm:atEvent|gcm:madeAt|gcm:outcomeOf|gcm:putTo|gcm:accountOf|gcm:madeWithin|gcm:participatedIn"
    text = f"{PROLOGUE}SELECT DISTINCT ?e WHERE {{ ?x {used} ?e }}"
    assert {row["e"].value for row in select(closed, text)} & plans == set()
    assert len(plans) > 50


def test_no_query_counts_a_plan_as_held():
    """In the reviewed rows of the queries, no column named event or meeting holds a plan."""
    for path in sorted((ROOT / "tests/queries").glob("*.csv")):
        head, *rows = (line.split(",") for line in path.read_text().splitlines())
        columns = [n for n, name in enumerate(head) if name in ("event", "meeting", "series", "heldAs")]
        assert [row for row in rows for n in columns if n < len(row) and "/id/plan/" in row[n]] == [], path.stem


def test_what_was_held_has_a_date_or_an_account(closed):
    """An event that a plan was held as is known from elsewhere than the plan."""
    text = f"""{PROLOGUE}SELECT ?e WHERE {{ ?plan gcm:heldAs ?e
    FILTER NOT EXISTS {{ ?a gcm:accountOf ?e }} FILTER NOT EXISTS {{ ?check gcm:checkOf ?e }} }}"""
    assert [row["e"].value for row in select(closed, text)] == []


def numbers(printed: str) -> set[Decimal]:
    """Read the numbers in a printed figure, in digits or words, with their scale."""
    found = set()
    for match in re.finditer(r"(\d[\d,]*(?:\.\d+)?|[A-Za-z]+)(?:\s+(thousand|million|billion))?", printed):
        word, scale = match.groups()
        if word[0].isdigit():
            found.add(Decimal(word.replace(",", "")) * SCALES.get(scale, 1))
        elif word.lower() in WORDS:
            found.add(Decimal(WORDS[word.lower()]) * SCALES.get(scale, 1))
    return found


def test_a_figure_is_the_number_that_is_printed(corpus):
    """The value of each figure stands in its printed form, and its stretch of text holds that form."""
    text = PROLOGUE + "SELECT ?f ?v ?p WHERE { ?f gcm:value ?v ; gcm:figureAsPrinted ?p }"
    rows = select(corpus.store, text)
    assert [row["f"].value for row in rows if Decimal(row["v"].value) not in numbers(row["p"].value)] == []
    assert len(rows) > 30


def test_a_figure_stands_where_it_says(corpus, sources):
    """The words of each figure stand in the stretch that it rests on, whatever the line breaks."""
    printed = {
        row["f"].value: " ".join(row["p"].value.split())
        for row in select(corpus.store, PROLOGUE + "SELECT ?f ?p WHERE { ?f gcm:figureAsPrinted ?p }")
    }
    missing = set(printed)
    for document in documents(corpus):
        text = read_source(document, sources)
        for stretch in document.evidence:
            words = " ".join(text[stretch.start : stretch.end].split())
            missing -= {record for record in stretch.records if printed.get(record, "\0") in words}
    assert sorted(missing) == []


@pytest.mark.parametrize(
    ("figure", "value", "thing"),
    [
        ("idm-2017-summary-attendance", 400, "event/idm-2017-workshop-2"),
        ("idm-2017-summary-forty-speakers", 40, "event/idm-2017-workshop-2"),
        ("idm-2017-summary-women-speakers", 22, "event/idm-2017-workshop-2"),
        ("idm-2017-summary-p11-health-week-beneficiaries", 240_000, "instrument/mexico-binational-health-week"),
        ("coalition-2017-faq-declaration-193", 193, "actor/un-member-states"),
        ("coalition-solidarity-statement-entry-ban-days", 90, "instrument/us-executive-orders-2017"),
        ("coalition-solidarity-statement-marchers", 3_000_000, "actor/womens-marches-marchers"),
        ("coalition-tax-day-post-latino-taxes", 86_000_000_000, "actor/latino-immigrants"),
        ("coalition-tax-day-post-undocumented-taxes", 11_700_000_000, "actor/undocumented-latino-immigrants"),
    ],
)
def test_a_figure_is_on_its_own_body(corpus, figure, value, thing):
    """The figures that would mislead most on another body are on their own, and on nothing else."""
    iri = f"<{PREFIXES['figure']}{figure}>"
    text = f"{PROLOGUE}SELECT ?v ?on WHERE {{ {iri} gcm:value ?v ; gcm:figureOn ?on }}"
    found = [(int(row["v"].value), row["on"].value.partition("/id/")[2]) for row in select(corpus.store, text)]
    assert found == [(value, thing)]


def test_a_figure_has_the_document_of_its_statement(closed):
    """The statement that gives a figure is of the same document as the figure."""
    text = f"""{PROLOGUE}SELECT ?f WHERE {{ ?f gcm:figureAsPrinted ?p ; gcm:givenIn ?s ; gcm:recordedIn ?d
    FILTER NOT EXISTS {{ ?s gcm:recordedIn ?d }} }}"""
    assert [row["f"].value for row in select(closed, text)] == []

"""Make synthetic corpora of the project's shape and of any size: words drawn from a list, with no document behind them.

The same size, seed and number of planted violations give the same bytes. Memory holds one document at a time. Themes,
instruments and some groups are those of `data/reference/`; all else is made, under IRIs that begin with "synthetic-".
"""

from __future__ import annotations

import argparse
import csv
import random
import shutil
import sys
from collections import deque
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TextIO

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

ROOT = Path(__file__).resolve().parents[2]
COPIED = ("ontology", "shapes", "queries", "data/reference")
BASE = "https://w3id.org/gcmgraph/"
GRAPH = f"{BASE}graph/"
ECHOES = "data/links/echoes"
XSD = "http://www.w3.org/2001/XMLSchema#"
RDF_TYPE = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
KINDS = (
    "account", "actor", "agreement", "citation", "document", "documentkind", "echo", "echokind", "event", "evidence",
    "figure", "instrument", "membership", "note", "participation", "passage", "place", "plan", "role", "stance",
    "statement", "theme",
)  # fmt: skip
NAMESPACES = {
    **{kind: f"{BASE}id/{kind}/" for kind in KINDS},
    "dcterms": "http://purl.org/dc/terms/",
    "gcm": f"{BASE}ontology#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "xsd": XSD,
}
ECHO_PREFIXES = ("echo", "echokind", "gcm", "rdfs", "statement")

FIRST = "synthetic-document-000000"
SMALLEST, SPREAD, CYCLE, MOST_FILES = 1000, 2000, 10_000, 100
PERSONS, ORGANIZATIONS, STATES, YEARS, PLACES = 4, 2, 24, 8, 6
REPORT, NOTE, PAPER = range(3)
_WORDS = """
alder amber anchor apron arrow aspen badge barley basil basket beacon birch bonnet bottle bridge brook bucket button cabin
candle canvas carpet cedar chalk cherry clover cobalt copper coral cotton cradle cricket crystal curtain daisy delta drawer
dune easel elder ember falcon feather fern fiddle flint forest garnet ginger glacier goose granite harbour hazel heron hinge
honey indigo ivory jasper kettle ladder lagoon lantern laurel lemon linen lintel lobster magnet maple marble meadow mirror
mortar mosaic needle nettle nutmeg ochre olive onyx orchard otter paddle pebble pepper pillow pine plum pocket poplar prairie
quarry quartz quill rafter raven ribbon ripple rowan saddle saffron sandal satin shovel silver slate sparrow spindle spruce
stone sulphur swallow teapot thimble thistle timber tulip turnip valley velvet violet walnut wicker willow zinc
"""
_THEMES = """
human-rights firewalls data child-detention labour-migration diaspora detention children local-authorities
access-to-justice access-to-services border-management capacity-building civil-society consular-protection education
empowerment families financial-services follow-up-and-review gcm-process governance health international-cooperation
irregular-migration media mobility non-discrimination private-sector recruitment regular-pathways regularization
remittances skills social-inclusion social-protection women-and-gender youth
"""
_INSTRUMENTS = """
gcm 2030-agenda cmw new-york-declaration sdgs cedaw udhr refugee-convention-1951 paris-agreement migof micic
palermo-protocol sendai-framework addis-ababa-action-agenda gcr
"""
WORDS = tuple(_WORDS.split())
THEMES = tuple(f"theme:{slug}" for slug in _THEMES.split())
INSTRUMENTS = tuple(f"instrument:{slug}" for slug in _INSTRUMENTS.split())
GROUPS = ("actor:participants", "actor:some-participants", "actor:many-speakers")
ROLES = ("chair", "rapporteur", "speaker", "presenter", "moderator", "discussant", "speaker", "thematic-rapporteur")
PAPERS = ("background-paper", "press-release", "reflections", "faq", "blog-post", "solidarity-statement")
BODIES = (
    "gcm:CivilSocietyOrganization", "gcm:GovernmentBody", "gcm:IntergovernmentalOrganization",
    "gcm:CivilSocietyOrganization", "gcm:AcademicInstitution", "gcm:Business",
)  # fmt: skip
PLANS = ("gcm:PlannedMeeting", "gcm:PlannedStep")
AGREEMENTS = ("consensus", "shared", "many", "several", "some", "one", "majority", "strong-consensus")
ECHO_KINDS = ("restates", "narrows", "broadens", "restates", "narrows", "contradicts", "demands-commitment")
SHARES = {
    "View": 41, "Call": 31, "Observation": 30, "Challenge": 8, "GoodPractice": 6, "Commitment": 5, "KeyElement": 4,
    "Recommendation": 4, "PracticalRecommendation": 3, "Proposal": 2, "Concern": 2, "PoliticalRecommendation": 2,
    "Question": 1, "Convergence": 1, "Endorsement": 1,
}  # fmt: skip
CLASSES = tuple(f"gcm:{name}" for name, share in SHARES.items() for _ in range(share))
ECHOING = frozenset({"gcm:Call", "gcm:Commitment", "gcm:Recommendation", "gcm:PracticalRecommendation"})
OUTCOMES = frozenset({*ECHOING, "gcm:PoliticalRecommendation", "gcm:Convergence", "gcm:Challenge"}) - {"gcm:Call"}
STATEMENTS = frozenset({*CLASSES, "gcm:GuidingQuestion"})

Pair = tuple[str, str]


class Record(NamedTuple):
    """A subject with its class and properties, as Turtle writes them, in the graph where they stand.

    Attributes:
        graph: the path of the graph's file, without ending.
        subject: the subject, as a CURIE.
        kind: its class, as a CURIE.
        properties: predicates and objects; those of one predicate follow one another.
        flaw: the violation that was planted in it, if any.
    """

    graph: str
    subject: str
    kind: str
    properties: Sequence[Pair]
    flaw: Flaw | None = None


@dataclass(frozen=True)
class Flaw:
    """A way to spoil a record so that exactly one finding comes of it.

    Attributes:
        rule: the rule of the finding.
        kinds: the classes of record that can be spoilt.
        predicate: what is changed; "a" for the class.
        term: the value put in its place, or a function that makes it from the record; empty to leave the property out.
        needs: another predicate that a record must have to be spoilt.
        at: the predicate at whose line the finding stands, if not at the changed value or, where there is none, the head.
    """

    rule: str
    kinds: frozenset[str]
    predicate: str
    term: str | Callable[[Record], str] = ""
    needs: str = ""
    at: str | None = None

    @property
    def place(self) -> str:
        """The predicate at whose line the finding stands; empty for the head of the record."""
        return self.at if self.at is not None else self.predicate if self.term else ""

    def suits(self, record: Record) -> bool:
        """Tell whether a record can be spoilt this way."""
        return record.kind in self.kinds and _has(record, self.needs or self.predicate)


class Planted(NamedTuple):
    """A planted violation and where its finding is to stand."""

    kind: str
    focus: str
    file: str
    line: int


@dataclass
class Draft:
    """A document in the making: what it holds so far, and what its next records can refer to."""

    number: int
    chance: random.Random
    phrases: Sequence[str]
    recent: Sequence[str]
    records: list[Record] = field(default_factory=list)
    size: int = 0
    position: int = 0
    passages: int = 0
    sessions: list[str] = field(default_factory=list)
    speakers: list[tuple[str, str]] = field(default_factory=list)
    questions: list[str] = field(default_factory=list)
    echoing: list[str] = field(default_factory=list)
    call: str = ""
    whole: str = ""

    @property
    def slug(self) -> str:
        """The slug of the document."""
        return f"synthetic-document-{self.number:06}"

    @property
    def form(self) -> int:
        """Whether it is a report, a note or a paper: of three documents, the first two tell of one meeting."""
        return self.number % 3

    @property
    def meeting(self) -> str:
        """The meeting that a report or note tells of."""
        return f"event:synthetic-meeting-{self.number // 3:06}"

    @property
    def day(self) -> date:
        """The day of the meeting."""
        return date.fromordinal(date(2016, 1, 4).toordinal() + self.number // 3 * 5 % 900)

    def add(self, subject: str, kind: str, *properties: Pair) -> None:
        """Take in a record."""
        graph = ECHOES if kind == "gcm:Echo" else f"data/documents/{self.slug}"
        self.records.append(Record(graph, subject, kind, properties))
        self.size += 1 + len(properties)

    def often(self, share: float) -> bool:
        """Draw whether something happens that happens in a share of cases."""
        return self.chance.random() < share

    def pick(self, options: Sequence[str]) -> str:
        """Draw one of several."""
        return options[int(self.chance.random() * len(options))]

    def favour(self, options: Sequence[str]) -> str:
        """Draw one of several, the first ones more often."""
        return options[int(self.chance.random() ** 2 * len(options))]

    def text(self, phrases: int) -> str:
        """Draw a text of so many phrases of four words, and write it as Turtle does."""
        return f'"{" ".join([self.pick(self.phrases) for _ in range(phrases)]).capitalize()}"@en'

    def state(self) -> str:
        """Draw a State."""
        return f"actor:synthetic-state-{int(self.chance.random() * STATES):02}"

    def person(self) -> str:
        """Draw a person of this document or an earlier one."""
        return f"actor:synthetic-person-{int(self.chance.random() * PERSONS * (self.number + 1)):06}"

    def organization(self) -> str:
        """Draw an organisation of this document or an earlier one."""
        return f"actor:synthetic-organization-{int(self.chance.random() * ORGANIZATIONS * (self.number + 1)):06}"


def generate(size: int, seed: int, *, planted: int = 0) -> Iterator[Record]:
    """Make the records of a corpus lazily, one document after the other.

    Args:
        size: how many triples to make, from 1,000; the result is within 2 % from 10,000.
        seed: what decides all that is drawn.
        planted: how many violations to plant, each kind of `FLAWS` in turn; at most one for 500 triples.

    Returns:
        The records of the documents, and of the echoes between them; with `data/reference/` and the ontology they
        conform, but for what was planted.

    Raises:
        ValueError: the size is too small, for itself or for what is to be planted.
    """
    if size < SMALLEST or planted * 500 > size:
        raise ValueError(f"{size}: too small; make {max(SMALLEST, planted * 500)} triples or more, or plant less")
    records = _corpus(size, random.Random(seed))  # noqa: S311 - what is drawn is no secret
    return _plant(records, size=size, count=planted) if planted else records


def _corpus(size: int, chance: random.Random) -> Iterator[Record]:
    """Make documents until the size is reached."""
    phrases = [" ".join(chance.choices(WORDS, k=4)) for _ in range(600)]
    recent: deque[str] = deque(maxlen=400)
    label = ("rdfs:label", '"echoes between synthetic statements"@en')
    yield Record(ECHOES, f"<{GRAPH}{ECHOES}>", "gcm:Reading", (label,))
    made, number = 2, 0
    while size - made > SMALLEST // 10:
        budget = SMALLEST + int(chance.random() * SPREAD)
        if size - made - budget < SMALLEST:
            budget = size - made
        draft = Draft(number, chance, phrases, tuple(recent))
        _write(draft, budget)
        yield from draft.records
        recent.extend(draft.echoing)
        made, number = made + draft.size, number + 1


def _write(draft: Draft, budget: int) -> None:
    """Write a document of so many triples."""
    if draft.number == 0:
        _world(draft)
    _actors(draft)
    if draft.form == REPORT:
        _events(draft)
    if draft.form != PAPER:
        draft.sessions = [f"{draft.meeting}-session-{n + 1}" for n in range(_session_count(draft))]
    _title(draft)
    _people(draft)
    _questions(draft)
    while draft.size < budget - 40:
        _passage(draft, budget - 40)
    _document(draft)


def _world(draft: Draft) -> None:
    """Describe what all documents share."""
    series = "event:synthetic-series"
    draft.add(series, "gcm:MeetingSeries", ("rdfs:label", '"series of synthetic meetings"@en'))
    for n in range(YEARS):
        label = ("rdfs:label", f'"synthetic year {n}"@en')
        draft.add(f"event:synthetic-year-{n}", "gcm:ForumYear", label, ("gcm:isPartOf", series))
    for n in range(STATES):
        draft.add(f"actor:synthetic-state-{n:02}", "gcm:State", ("rdfs:label", f'"State {n}"@en'))
    for n in range(PLACES):
        country = ("gcm:country", f"actor:synthetic-state-{n:02}")
        draft.add(f"place:synthetic-place-{n}", "gcm:Place", ("rdfs:label", f'"place {n}"@en'), country)


def _actors(draft: Draft) -> None:
    """Describe the persons and organisations that the document is the first to name."""
    for n in range(PERSONS * draft.number, PERSONS * (draft.number + 1)):
        draft.add(f"actor:synthetic-person-{n:06}", "gcm:Person", ("rdfs:label", f'"person {n}"@en'))
    for n in range(ORGANIZATIONS * draft.number, ORGANIZATIONS * (draft.number + 1)):
        kind, label = BODIES[n % len(BODIES)], ("rdfs:label", f'"organisation {n}"@en')
        tie = "gcm:organOf" if kind == "gcm:GovernmentBody" else "gcm:country"
        draft.add(f"actor:synthetic-organization-{n:06}", kind, label, (tie, draft.state()))


def _session_count(draft: Draft) -> int:
    """Count the sessions of the meeting."""
    return 1 + draft.number // 3 % 3


def _events(draft: Draft) -> None:
    """Describe the meeting and its sessions, all held in one place on one day."""
    number, day = draft.number // 3, f'"{draft.day}"^^xsd:date'
    held = ("gcm:heldIn", f"place:synthetic-place-{number % PLACES}")
    shared = (("gcm:startDate", day), ("gcm:endDate", day), held)
    whole = ("gcm:isPartOf", f"event:synthetic-year-{number % YEARS}")
    draft.add(draft.meeting, "gcm:Meeting", ("rdfs:label", f'"meeting {number}"@en'), whole, *shared)
    for n in range(_session_count(draft)):
        label = ("rdfs:label", f'"meeting {number}, session {n + 1}"@en')
        hours = {"gcm:startTime": 9 + 3 * n, "gcm:endTime": 11 + 3 * n}
        times = [(end, f'"{hour:02}:00:00"^^xsd:time') for end, hour in hours.items()]
        own = (("gcm:isPartOf", draft.meeting), *shared, *times, ("gcm:onTheme", draft.favour(THEMES)))
        draft.add(f"{draft.meeting}-session-{n + 1}", "gcm:Session", label, *own)


def _digest(draft: Draft) -> Pair:
    """Draw a digest."""
    return "gcm:digest", f'"{draft.chance.getrandbits(256):064x}"'


def _evidence(draft: Draft, passage: str, *, start: int, end: int) -> Pair:
    """Describe a stretch of evidence, and give the property that rests on it."""
    name = f"evidence:{draft.slug}-{start}-{end}"
    bounds = (("gcm:start", str(start)), ("gcm:end", str(end)))
    draft.add(name, "gcm:Evidence", ("gcm:within", passage), *bounds, _digest(draft))
    return "gcm:restsOn", name


def _stretch(draft: Draft, passage: str) -> Pair:
    """Describe the next stretch of the document as evidence."""
    start = draft.position
    draft.position += 20 + int(draft.chance.random() * 200)
    return _evidence(draft, passage, start=start, end=draft.position - 1)


def _close(draft: Draft, passage: str, *, label: str, start: int, before: int) -> None:
    """Describe a passage that ends here; it is silent if the document is as large as before it."""
    bounds = (("gcm:start", str(start)), ("gcm:end", str(draft.position - 1)))
    silence = () if draft.size > before else (("gcm:yieldsNothing", '"Heading; nothing stands in it."@en'),)
    of = ("gcm:passageOf", f"document:{draft.slug}")
    draft.add(passage, "gcm:Passage", ("rdfs:label", f'"{label}"@en'), of, *bounds, _digest(draft), *silence)


def _title(draft: Draft) -> None:
    """Describe the title, and the accounts that rest on it."""
    passage, size = f"passage:{draft.slug}-title", draft.size
    for n, session in enumerate(draft.sessions):
        printed = (("gcm:whenAsPrinted", f'"day {draft.day}"@en'), ("gcm:whereAsPrinted", draft.text(1)))
        of = (("gcm:accountIn", f"document:{draft.slug}"), ("gcm:accountOf", session))
        draft.add(f"account:{draft.slug}-session-{n + 1}", "gcm:Account", *of, *printed, _stretch(draft, passage))
    draft.position += 30
    _close(draft, passage, label="title", start=0, before=size)


def _people(draft: Draft) -> None:
    """Describe who is named: the persons of the document and some of earlier ones."""
    passage, start, size = f"passage:{draft.slug}-people", draft.position, draft.size
    own = [f"actor:synthetic-person-{PERSONS * draft.number + n:06}" for n in range(PERSONS)]
    for n, actor in enumerate(dict.fromkeys([*own, draft.person(), draft.person(), draft.person()])):
        rests = _stretch(draft, passage)
        _membership(draft, actor, rests)
        if draft.sessions:
            _participation(draft, actor, role=ROLES[n], rests=rests)
    if draft.sessions:
        _participation(draft, draft.organization(), role="organizer", rests=_stretch(draft, passage))
    _close(draft, passage, label="people", start=start, before=size)


def _membership(draft: Draft, actor: str, rests: Pair) -> None:
    """Describe the membership of a person in a State or organisation."""
    body = draft.state() if draft.often(0.5) else draft.organization()
    office = ("gcm:officeAsPrinted", draft.text(1))
    day = ("gcm:asAt", f'"{draft.day}"^^xsd:date')
    name = f"membership:{draft.slug}-{actor[6:]}"
    draft.add(name, "gcm:Membership", ("gcm:member", actor), ("gcm:membershipIn", body), office, day, rests)


def _participation(draft: Draft, actor: str, *, role: str, rests: Pair) -> None:
    """Describe the participation of an actor in a session."""
    name, session = f"participation:{draft.slug}-{actor[6:]}-{role}", draft.pick(draft.sessions)
    behalf = (("gcm:onBehalfOf", draft.state()),) if draft.often(0.1) else ()
    sort, _, number = actor[16:].partition("-")
    printed = (("gcm:nameAsPrinted", f'"{sort} {int(number)}"@en'), ("gcm:capacityAsPrinted", draft.text(1)))
    held = (("gcm:participant", actor), ("gcm:atEvent", session), ("gcm:role", f"role:{role}"))
    draft.add(name, "gcm:Participation", *held, *behalf, *printed, rests)
    if role != "organizer":
        draft.speakers.append((actor, name))


def _questions(draft: Draft) -> None:
    """Describe the questions on the agenda: two for each session, one in a paper."""
    for n in range(2 * len(draft.sessions) or 1):
        passage, start, size = f"passage:{draft.slug}-question-{n + 1}", draft.position, draft.size
        name = f"statement:{draft.slug}-question-{n + 1}"
        kind = "gcm:GuidingQuestion" if draft.sessions else "gcm:Question"
        put = "gcm:madeAt" if draft.form == REPORT else "gcm:putTo"
        at = ((put, draft.sessions[n // 2]),) if draft.sessions else ()
        told = (*_words(draft), ("gcm:toldBy", f"document:{draft.slug}"), *at)
        draft.add(name, kind, *told, *_themes(draft), _stretch(draft, passage))
        draft.questions.append(name)
        _close(draft, passage, label=f"question {n + 1}", start=start, before=size)


def _passage(draft: Draft, budget: int) -> None:
    """Write a paragraph: an opening, and one to four statements that rest on it and on words of their own."""
    draft.passages += 1
    passage, start, size = f"passage:{draft.slug}-p{draft.passages}", draft.position, draft.size
    if draft.often(0.05):
        draft.position += 20
        _close(draft, passage, label=f"heading {draft.passages}", start=start, before=size)
        return
    opening = (_stretch(draft, passage),) if draft.often(0.6) else ()
    for n in range(1 + int(draft.chance.random() * 4)):
        if n == 0 or draft.size < budget:
            _statement(draft, passage, name=f"statement:{draft.slug}-p{draft.passages}-{n + 1}", opening=opening)
    if draft.often(0.4):
        _note(draft, passage)
    _close(draft, passage, label=f"paragraph {draft.passages}", start=start, before=size)


def _statement(draft: Draft, passage: str, *, name: str, opening: Iterable[Pair]) -> None:
    """Describe a statement, with what it cites, counts, plans and echoes."""
    kind, start = draft.pick(CLASSES), draft.position
    rests = _stretch(draft, passage)
    cited = _citation(draft, passage, name=name, start=start) if draft.often(0.2) else ()
    said = (*_words(draft), *_voice(draft, kind), *_bearing(draft, kind), *_themes(draft))
    draft.add(name, kind, *said, *_about(draft), *_ties(draft, kind), *cited, *opening, rests)
    if kind == "gcm:Observation":
        _numbers_and_plans(draft, name, rests)
    if kind in ECHOING:
        _echo(draft, name)
        draft.echoing.append(name)
    draft.call = name if kind == "gcm:Call" else draft.call
    draft.whole = name if kind == "gcm:Recommendation" else draft.whole


def _words(draft: Draft) -> tuple[Pair, Pair]:
    """Draw a label and a gist."""
    gist = draft.text(3 + int(draft.chance.random() * 4))
    return ("rdfs:label", draft.text(2)), ("gcm:gist", f'{gist[:-4]}."@en')


def _voice(draft: Draft, kind: str) -> Iterator[Pair]:
    """Draw who says it, and where."""
    told = ("gcm:toldBy", f"document:{draft.slug}")
    if draft.form == NOTE:
        yield from (told, ("gcm:putTo", draft.pick(draft.sessions)))
    elif draft.form == PAPER:
        yield told if draft.often(0.6) else ("gcm:attributedTo", draft.person())
    else:
        yield from _spoken(draft) if draft.often(0.65) else (told,)
        outcome = kind in OUTCOMES and draft.often(0.3)
        yield "gcm:outcomeOf" if outcome else "gcm:madeAt", draft.pick(draft.sessions)


def _spoken(draft: Draft) -> Iterator[Pair]:
    """Draw a speaker in a role, or another actor whose words may be passed on."""
    if draft.often(0.5):
        actor, participation = draft.speakers[int(draft.chance.random() * len(draft.speakers))]
        yield from (("gcm:attributedTo", actor), ("gcm:madeAs", participation))
        return
    yield "gcm:attributedTo", draft.organization() if draft.often(0.5) else draft.pick(GROUPS)
    if draft.often(0.1):
        yield "gcm:reportedBy", draft.person()


def _bearing(draft: Draft, kind: str) -> Iterator[Pair]:
    """Draw how widely it is shared, what attitude it takes, and to whom it is put."""
    if draft.form == REPORT and draft.often(0.08):
        yield "gcm:agreement", f"agreement:{draft.pick(AGREEMENTS)}"
    if kind == "gcm:View" and draft.call and draft.often(0.04):
        yield from (("gcm:stance", "stance:reservation"), ("gcm:reservesOn", draft.call))
    elif draft.often(0.05):
        yield "gcm:stance", "stance:support"
    if kind == "gcm:Call" and draft.often(0.4):
        yield "gcm:addressedTo", "actor:states"


def _themes(draft: Draft) -> Iterator[Pair]:
    """Draw one to three themes, no two the same."""
    first = int(draft.chance.random() ** 2 * len(THEMES))
    for n in range(1 + int(draft.chance.random() ** 2 * 3)):
        yield "gcm:onTheme", THEMES[(first + n * 5) % len(THEMES)]


def _about(draft: Draft) -> Iterator[Pair]:
    """Draw what it is about, if anything that has a record."""
    if draft.often(0.5):
        yield "gcm:about", draft.favour(INSTRUMENTS)
    if draft.often(0.3):
        yield "gcm:about", draft.state() if draft.often(0.5) else draft.organization()


def _ties(draft: Draft, kind: str) -> Iterator[Pair]:
    """Draw what ties a statement of a class to other records."""
    if kind == "gcm:GoodPractice":
        yield "gcm:practiceOf", draft.state()
    elif kind == "gcm:Endorsement":
        yield "gcm:endorses", draft.favour(INSTRUMENTS)
    elif kind == "gcm:Commitment":
        yield "gcm:setOutIn", draft.favour(INSTRUMENTS)
    elif kind == "gcm:PoliticalRecommendation":
        yield "gcm:goesBackTo", f"event:synthetic-year-{int(draft.chance.random() * YEARS)}"
    elif kind == "gcm:PracticalRecommendation" and draft.whole:
        yield "gcm:isPartOf", draft.whole
    if draft.often(0.12):
        yield "gcm:answers", draft.pick(draft.questions)


def _citation(draft: Draft, passage: str, *, name: str, start: int) -> tuple[Pair]:
    """Describe a citation within the stretch of a statement, and give the property that leads to it."""
    citation = f"citation:{name[10:]}"
    rests = _evidence(draft, passage, start=start + 2, end=start + 15)
    named = (("gcm:citedInstrument", draft.favour(INSTRUMENTS)), ("gcm:asPrinted", draft.text(1)))
    provision = (("gcm:provisionAsPrinted", '"paragraph 7"@en'),) if draft.often(0.1) else ()
    draft.add(citation, "gcm:Citation", *named, *provision, rests)
    return (("gcm:hasCitation", citation),)


def _numbers_and_plans(draft: Draft, name: str, rests: Pair) -> None:
    """Describe a figure or a plan that is given in an observation, in some of them."""
    slug, given = name[10:], ("gcm:givenIn", name)
    if draft.often(0.2):
        number = int(draft.chance.random() * 5000)
        printed = (("gcm:value", str(number)), ("gcm:figureAsPrinted", f'"about {number} {draft.pick(WORDS)}"@en'))
        draft.add(f"figure:{slug}", "gcm:Figure", ("gcm:figureOn", draft.state()), *printed, given, rests)
    if draft.often(0.25):
        year = draft.day.year + 1
        days = (("gcm:plannedStart", f'"{year}-03-01"^^xsd:date'), ("gcm:plannedEnd", f'"{year}-03-04"^^xsd:date'))
        told = (("rdfs:label", draft.text(2)), ("gcm:plannedIn", f"document:{draft.slug}"))
        by = ("gcm:plannedOrganizer", draft.organization())
        draft.add(f"plan:{slug}", draft.pick(PLANS), *told, *days, by, given, *_themes(draft), rests)


def _echo(draft: Draft, name: str) -> None:
    """Describe an echo of a statement of an earlier document, in about half of the cases."""
    if draft.recent and draft.often(0.55):
        other, kind = draft.pick(draft.recent), draft.pick(ECHO_KINDS)
        ends = (("gcm:echoFrom", name), ("gcm:echoTo", other))
        reading = (("gcm:echoKind", f"echokind:{kind}"), ("gcm:reason", draft.text(4)))
        draft.add(f"echo:{name[10:]}-{kind}-{other[10:]}", "gcm:Echo", *ends, *reading)


def _note(draft: Draft, passage: str) -> None:
    """Describe a quirk of the text."""
    remark = (("gcm:noteOn", f"document:{draft.slug}"), ("gcm:remark", draft.text(4)))
    about = (("gcm:about", draft.favour(INSTRUMENTS)),) if draft.often(0.3) else ()
    draft.add(f"note:{draft.slug}-p{draft.passages}", "gcm:SourceNote", *remark, *about, _stretch(draft, passage))


def _document(draft: Draft) -> None:
    """Describe the document itself, now that its length is known, before all else."""
    kind = ("meeting-report", "concept-note", draft.pick(PAPERS))[draft.form]
    issuer = f"actor:synthetic-organization-{ORGANIZATIONS * draft.number:06}"
    by = (("gcm:issuedBy", issuer),) if draft.form == PAPER else ()
    title = (("dcterms:title", f'"Synthetic document {draft.number}"@en'), ("dcterms:language", '"en"'))
    sort = (("gcm:documentKind", f"documentkind:{kind}"), ("gcm:onTheme", draft.favour(THEMES)))
    file = (("gcm:sourceFile", f'"{draft.slug}.txt"'), _digest(draft), ("gcm:characterCount", str(draft.position)))
    draft.add(f"document:{draft.slug}", "gcm:Document", *title, *by, *sort, *file)
    draft.records.insert(0, draft.records.pop())


def _has(record: Record, predicate: str) -> bool:
    """Tell whether a record has a property."""
    return any(name == predicate for name, _ in record.properties)


def _value(record: Record, predicate: str) -> str:
    """Give the first value of a property."""
    return next(term for name, term in record.properties if name == predicate)


def _before_its_start(record: Record) -> str:
    """Give the position before the start."""
    return str(max(int(_value(record, "gcm:start")) - 1, 0))


def _in_its_own_document(record: Record) -> str:
    """Give a statement of the document in which an echo begins."""
    return f"{_value(record, 'gcm:echoFrom')[:35]}-question-1"


EVIDENCE, ECHO = frozenset({"gcm:Evidence"}), frozenset({"gcm:Echo"})
FLAWS = (
    Flaw("Statement-gist", STATEMENTS, "gcm:gist"),
    Flaw("Statement-label", STATEMENTS, "rdfs:label", f'"{"alder amber " * 9}"@en'),
    Flaw("Evidence-startOrder", EVIDENCE, "gcm:end", _before_its_start, at="gcm:start"),
    Flaw("Evidence-digest", EVIDENCE, "gcm:digest", '"0123456789abcdef"'),
    Flaw("Statement-oneVoice", STATEMENTS, "gcm:attributedTo", "actor:participants", needs="gcm:toldBy", at=""),
    Flaw("Statement-onTheme", STATEMENTS, "gcm:onTheme", "theme:synthetic-nowhere"),
    Flaw("Echo-twoDocuments", ECHO, "gcm:echoTo", _in_its_own_document),
    Flaw("Resource-type", frozenset({"gcm:View"}), "a", "gcm:Veiw", needs="gcm:gist", at=""),
    Flaw("unknown-term", ECHO, "a", "gcm:Ecko", needs="gcm:echoTo", at=""),
    Flaw("Statement-occasion", frozenset({"gcm:Call", "gcm:View"}), "gcm:madeAt", needs="gcm:madeAs"),
    Flaw("Person-label", frozenset({"gcm:Person"}), "rdfs:label"),
    Flaw("Participation-role", frozenset({"gcm:Participation"}), "gcm:role", "stance:support"),
    Flaw("Citation-asPrinted", frozenset({"gcm:Citation"}), "gcm:asPrinted", '"amber"'),
    Flaw("Figure-value", frozenset({"gcm:Figure"}), "gcm:value"),
    Flaw("Plan-plannedOrder", frozenset(PLANS), "gcm:plannedStart", '"2031-01-01"^^xsd:date'),
    Flaw("Statement-ownDocument", STATEMENTS, "gcm:toldBy", f"document:{FIRST}", needs="gcm:putTo"),
    Flaw("Membership-asAt", frozenset({"gcm:Membership"}), "gcm:asAt", '"a day"@en'),
)


def _plant(records: Iterable[Record], *, size: int, count: int) -> Iterator[Record]:
    """Spoil records on their way, at even distances, but early enough that each kind finds a record."""
    due: list[Flaw] = []
    called = made = 0
    distance = max(size - CYCLE, size // 3) / count
    for record in records:
        while called < count and made >= called * distance:
            due.append(FLAWS[called % len(FLAWS)])
            called += 1
        made += 1 + len(record.properties)
        flaw = next((flaw for flaw in due if flaw.suits(record)), None)
        if flaw:
            due.remove(flaw)
        yield _spoilt(record, flaw) if flaw else record


def _spoilt(record: Record, flaw: Flaw) -> Record:
    """Spoil a record."""
    term = flaw.term if isinstance(flaw.term, str) else flaw.term(record)
    if flaw.predicate == "a":
        return record._replace(kind=term, flaw=flaw)
    names = [name for name, _ in record.properties]
    first = names.index(flaw.predicate) if flaw.predicate in names else len(names)
    rest = record.properties[first + 1 :]
    own = ((flaw.predicate, term),) if term else ()
    return record._replace(properties=(*record.properties[:first], *own, *rest), flaw=flaw)


def turtle(record: Record) -> str:
    """Write a record as a block of Turtle, in the project's layout."""
    lines, last = [f"{record.subject} a {record.kind}"], ""
    for predicate, term in record.properties:
        if predicate == last:
            lines[-1] += f" , {term}"
        else:
            lines.append(f"    {predicate} {term}")
            last = predicate
    return " ;\n".join(lines) + "\n.\n\n"


def ntriples(record: Record, end: str = " .\n") -> str:
    """Write a record as N-Triples."""
    subject = _full(record.subject)
    rows = [f"{subject} {_name(predicate)} {_full(term)}{end}" for predicate, term in record.properties]
    return f"{subject} {RDF_TYPE} {_name(record.kind)}{end}{''.join(rows)}"


def nquads(record: Record) -> str:
    """Write a record as N-Quads."""
    return ntriples(record, f" <{GRAPH}{record.graph}> .\n")


FORMATS: dict[str, Callable[[Record], str]] = {"ttl": turtle, "nt": ntriples, "nq": nquads}


def _full(term: str) -> str:
    """Write a term of Turtle as N-Triples does."""
    mark = term[0]
    if mark == '"':
        value, typed, datatype = term.partition("^^xsd:")
        return f"{value}^^<{XSD}{datatype}>" if typed else term
    if mark.isdigit():
        return f'"{term}"^^<{XSD}integer>'
    prefix, _, local = term.partition(":")
    return term if mark == "<" else f"<{NAMESPACES[prefix]}{local}>"


@lru_cache(maxsize=256)
def _name(curie: str) -> str:
    """Write the name of a property or class as N-Triples does."""
    return _full(curie)


@dataclass
class Sheet:
    """A file being written, with the number of lines that it has so far."""

    file: TextIO
    name: str
    form: str
    lines: int = 0

    def put(self, text: str) -> None:
        """Write a text."""
        self.file.write(text)
        self.lines += text.count("\n")

    def place(self, record: Record, flaw: Flaw) -> Planted:
        """Tell where the finding on a record that is written next is to stand."""
        names = [predicate for predicate, _ in record.properties]
        lines = [name for name, _ in groupby(names)] if self.form == "ttl" else names
        line = self.lines + 1 + (1 + lines.index(flaw.place) if flaw.place else 0)
        return Planted(flaw.rule, _full(record.subject)[1:-1], self.name, line)


def _head(title: str, prefixes: Iterable[str]) -> str:
    """Write the head of a Turtle file."""
    lines = "".join(f"@prefix {prefix}: <{NAMESPACES[prefix]}> .\n" for prefix in sorted(prefixes))
    made = "Made by tests/benchmarks/generator.py from a list of words; no document says any of it."
    return f"# {title}\n# {made}\n# Licence: CC BY 4.0.\n\n{lines}\n"


def write(records: Iterable[Record], sheet_of: Callable[[str], Sheet]) -> list[Planted]:
    """Write records, each into the file that its graph goes to, and tell what was planted where."""
    planted = []
    for graph, own in groupby(records, key=lambda record: record.graph):
        sheet = sheet_of(graph)
        writer = FORMATS[sheet.form]
        for record in own:
            if record.flaw:
                planted.append(sheet.place(record, record.flaw))
            sheet.put(writer(record))
    return planted


def write_file(records: Iterable[Record], output: Path, *, form: str) -> list[Planted]:
    """Write records into one file, and what was planted beside it."""
    with output.open("w", encoding="utf-8", newline="\n") as file:
        sheet = Sheet(file, output.name, form)
        if form == "ttl":
            sheet.put(_head("A synthetic corpus.", NAMESPACES))
        planted = write(records, lambda _: sheet)
    _list(planted, output)
    return planted


def write_project(records: Iterable[Record], directory: Path, *, size: int) -> list[Planted]:
    """Write a project folder: what the checkout shares, and synthetic documents in at most a hundred files."""
    for folder in COPIED:
        shutil.copytree(ROOT / folder, directory / folder)
    for folder in ("data/documents", "data/links"):
        (directory / folder).mkdir()
    shelf = Shelf(directory, -(-size // (SMALLEST * MOST_FILES)))
    try:
        planted = write(records, shelf.sheet)
    finally:
        shelf.close()
    _list(planted, directory)
    return planted


@dataclass
class Shelf:
    """The files of a project being written: one for echoes, and one for so many documents in a row.

    Attributes:
        directory: the project's folder.
        documents: how many documents a file holds; the file is named after the first.
    """

    directory: Path
    documents: int
    _open: dict[str, Sheet] = field(default_factory=dict)

    def sheet(self, graph: str) -> Sheet:
        """Give the file that a graph goes to, and begin it if it is new."""
        name = graph if graph == ECHOES else f"{graph[:-6]}{int(graph[-6:]) // self.documents * self.documents:06}"
        if name not in self._open:
            self.close(keep=ECHOES)
            self._begin(name)
        return self._open[name]

    def _begin(self, name: str) -> None:
        """Begin a file."""
        file = (self.directory / f"{name}.ttl").open("w", encoding="utf-8", newline="\n")
        self._open[name] = Sheet(file, f"{name}.ttl", "ttl")
        echoes = name == ECHOES
        title = "Echoes between synthetic statements." if echoes else f"Synthetic documents from {name[15:]} on."
        prefixes = ECHO_PREFIXES if echoes else [kind for kind in NAMESPACES if kind not in {"echo", "echokind"}]
        self._open[name].put(_head(title, prefixes))

    def close(self, keep: str = "") -> None:
        """Close all files but one."""
        for name in [name for name in self._open if name != keep]:
            self._open.pop(name).file.close()


def _list(planted: Sequence[Planted], output: Path) -> None:
    """Write what was planted into a CSV file beside the output; if nothing was, leave no older one there."""
    path = output.with_name(f"{output.name}.planted.csv")
    path.unlink(missing_ok=True)
    if planted:
        with path.open("w", encoding="utf-8", newline="") as file:
            rows = csv.writer(file, lineterminator="\n")
            rows.writerow(Planted._fields)
            rows.writerows(planted)


def main(arguments: Sequence[str] | None = None) -> int:
    """Make a corpus from the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("size", type=int, help="how many triples to make, from 1000")
    parser.add_argument("--seed", type=int, default=7, help="what decides all that is drawn (7)")
    parser.add_argument(
        "--planted",
        type=int,
        default=0,
        metavar="N",
        help="how many violations to plant, at most one for 500 triples (0)",
    )
    parser.add_argument("--format", choices=FORMATS, default="nq", help="the form of the file (nq)")
    target = parser.add_mutually_exclusive_group(required=True)
    target.add_argument("--output", type=Path, metavar="FILE", help="write one file")
    target.add_argument("--project", type=Path, metavar="DIR", help="write a new project folder, in Turtle")
    options = parser.parse_args(arguments)
    try:
        planted = _make(options)
    except (ValueError, OSError) as error:
        print(f"generator: {error}", file=sys.stderr)
        return 2
    if len(planted) < options.planted:
        print(f"generator: only {len(planted)} of {options.planted} violations found a place", file=sys.stderr)
        return 3
    return 0


def _make(options: argparse.Namespace) -> list[Planted]:
    """Make what the command line asks for."""
    records = generate(options.size, options.seed, planted=options.planted)
    if options.project:
        return write_project(records, options.project, size=options.size)
    return write_file(records, options.output, form=options.format)


if __name__ == "__main__":
    sys.exit(main())

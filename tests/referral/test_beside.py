"""What stands beside pictures comes back from every form as it went in: listed files, leads, sites alike, and entries
that were taken back. Each form is read as its own public library reads it, where there is one.
"""

import csv
import json
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from hashlib import sha256
from io import BytesIO, StringIO
from urllib.parse import unquote
from xml.etree.ElementTree import fromstring

import pymisp
import pytest
from bs4 import BeautifulSoup
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rdflib import Graph, Namespace
from rdflib.namespace import RDF
from rdflib.term import Node

from matcher.identifiers import VALUE_BYTES, IdentifierKind
from reports.canonical import canonical, plain_form
from reports.formats import FORMS
from reports.formats.annexes import URNS, every_line
from reports.referral.annex_model import LeadReport, MirrorReport
from reports.referral.model import Referral
from reports.schemas import REFERRAL, departure
from reports.sighting import LeadKind
from tests.referral.opened import opened_referral

CORE = Namespace("https://ontology.unifiedcyberontology.org/uco/core/")
OBSERVABLE = Namespace("https://ontology.unifiedcyberontology.org/uco/observable/")


@pytest.fixture(scope="module")
def referral(tmp_path_factory: pytest.TempPathFactory) -> Referral:
    return opened_referral(tmp_path_factory.mktemp("desk"))


@dataclass(frozen=True)
class Named:
    """What a form tells beside pictures: values of listed files (hex), leads, groups of sites, entries taken back."""

    files: frozenset[str]
    leads: frozenset[str]
    groups: frozenset[frozenset[str]]
    entries: frozenset[str]


def went_in(referral: Referral) -> Named:
    return Named(
        frozenset(one.value.hex() for one in referral.identifiers),
        frozenset(one.value for one in referral.leads),
        frozenset(frozenset(one.addresses) for one in referral.mirrors),
        frozenset(one.entry_id for one in referral.amendments),
    )


def onion(number: int) -> str:
    return sha256(str(number).encode()).hexdigest()[:56].translate(str.maketrans("01", "23")) + ".onion"


ONIONS = st.integers(0, 2**32).map(onion)
HOSTS = st.one_of(
    st.from_regex(r"[a-z0-9]{1,12}(-[a-z0-9]{1,9})?\.[a-z]{2,9}", fullmatch=True),
    st.ip_addresses().map(str),
    st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="'[]:"), min_size=1, max_size=20),
)


@st.composite
def files(draw: st.DrawFn) -> tuple[IdentifierKind, bytes]:
    kind = draw(st.sampled_from(IdentifierKind))
    size = VALUE_BYTES[kind]
    return kind, draw(st.binary(min_size=size, max_size=size))


def two_groups(sites: list[str]) -> list[list[str]]:
    """A site is in one group at most."""
    half = len(sites) // 2
    return [group for group in (sites[:half], sites[half:]) if len(group) > 1]


Beside = tuple[list[tuple[IdentifierKind, bytes]], list[tuple[LeadKind, str]], list[list[str]], list[str]]
LEADS = st.lists(
    st.one_of(
        st.tuples(st.just(LeadKind.ONION), ONIONS),
        st.tuples(st.just(LeadKind.HOST), HOSTS),
        st.tuples(st.just(LeadKind.FILE), files().map(lambda one: f"{one[0]}: {one[1].hex()}")),
    ),
    max_size=5,
)
BESIDE: st.SearchStrategy[Beside] = st.tuples(
    st.lists(files(), min_size=1, max_size=3),
    LEADS,
    st.lists(ONIONS, max_size=8, unique=True).map(two_groups),
    st.lists(st.from_regex(r"[A-Za-z0-9]{1,20}", fullmatch=True), min_size=1, max_size=3),
)


def named(referral: Referral, beside: Beside) -> Referral:
    """The same referral, with other things beside its pictures."""
    listed, leads, groups, entries = beside
    page = referral.identifiers[0].sightings[0]
    where = ((page.page_url,), (page.record_id,))
    (amendment,) = referral.amendments
    return replace(
        referral,
        identifiers=tuple(replace(referral.identifiers[0], kind=kind, value=value) for kind, value in listed),
        leads=tuple(LeadReport(kind, value, *where) for kind, value in dict.fromkeys(leads)),
        mirrors=tuple(MirrorReport(tuple(sorted(group)), 2, 3, "2 of 3 pictures are on each") for group in groups),
        amendments=tuple(replace(amendment, entry_id=entry) for entry in entries),
    )


def hex_of(urn: str) -> str:
    """The value of a URN of a peer-to-peer network."""
    begin = max((f"urn:{one}" for one in URNS.values() if urn.startswith(f"urn:{one}")), key=len)
    return urn.removeprefix(begin)


def lead_of(value: str, said: str) -> str:
    """A lead by the value that a form has of it, and the words beside it, which tell a file's kind."""
    if value.startswith("urn:sightline:lead:"):
        return unquote(value.removeprefix("urn:sightline:lead:"))
    if value.startswith("urn:"):
        kind = next(one for one in IdentifierKind if f": {one}: " in said)
        return f"{kind}: {hex_of(value)}"
    return value


def from_stix(form: bytes) -> Named:
    objects = {one["id"]: one for one in json.loads(form)["objects"]}
    notes = [one for one in objects.values() if one["type"] == "note"]
    told = {kind: [one for one in notes if one["abstract"].startswith(kind)] for kind in ("listed", "lead", "taken")}
    value = {name: one.get("value", "") for name, one in objects.items()}
    return Named(
        frozenset(hex_of(value[one["object_refs"][0]]) for one in told["listed"]),
        frozenset(lead_of(value[one["object_refs"][0]], one["content"]) for one in told["lead"]),
        frozenset(
            frozenset(value[ref] for ref in one["object_refs"]) for one in notes if one["abstract"].startswith("sites")
        ),
        frozenset(entry_of(one["content"]) for one in told["taken"]),
    )


def entry_of(line: str) -> str:
    return line.partition(": entry ")[2].partition(" (")[0]


def from_case(form: bytes) -> Named:
    graph = Graph().parse(data=form.decode(), format="json-ld")
    named = {
        graph.value(one, CORE.source)
        for one, kind in graph.subject_objects(CORE.kindOfRelationship)
        if str(kind) == "Contained_Within"
    }
    said = {one: (str(graph.value(one, CORE.name)), str(graph.value(one, CORE.description))) for one in named}

    def host(one: Node) -> str:
        facet = graph.value(one, CORE.hasFacet)
        return str(graph.value(facet, OBSERVABLE.value))

    return Named(
        frozenset(name.rpartition(": ")[2] for name, words in said.values() if not words.startswith("Lead")),
        frozenset(name for name, words in said.values() if words.startswith("Lead")),
        frozenset(
            frozenset(host(site) for site in graph.objects(one, CORE.object))
            for one in graph.subjects(RDF.type, CORE.Grouping)
        ),
        frozenset(entry_of(str(graph.value(one, CORE.statement))) for one in graph.subjects(RDF.type, CORE.Annotation)),
    )


def from_misp(form: bytes) -> Named:
    event = pymisp.MISPEvent(strict_validation=True)
    event.from_json(form.decode())
    objects = {one.uuid: one for one in event.objects}
    mentioned = {
        link.referenced_uuid for one in event.objects for link in one.references if link.relationship_type == "mentions"
    }
    values = [{field.object_relation: str(field.value) for field in objects[name].attributes} for name in mentioned]
    words = [one.get("text") or one["description"] for one in values]
    value = [next(one[key] for key in ("url", "address", "hostname", "ip") if key in one) for one in values]
    pairs = list(zip(value, words, strict=True))

    def address(name: str) -> str:
        (field,) = [one for one in objects[name].attributes if one.object_relation == "address"]
        return str(field.value)

    alike = [
        {address(one.uuid), *(address(link.referenced_uuid) for link in one.references)}
        for one in event.objects
        if any(link.relationship_type == "similar" for link in one.references)
    ]
    return Named(
        frozenset(hex_of(one) for one, said in pairs if said.startswith("Listed file")),
        frozenset(lead_of(one, said) for one, said in pairs if said.startswith("Lead")),
        frozenset(map(frozenset, alike)),
        frozenset(entry_of(one.value) for one in event.attributes if one.value.startswith("Taken back")),
    )


def from_lines(lines: Iterable[str]) -> Named:
    """The lines of the forms that have one place for text."""
    every = list(lines)
    files = [one for one in every if one.startswith("Listed file")]
    leads = [one for one in every if one.startswith("Lead,")]
    alike = [one.partition(": ")[2].partition(" ;")[0] for one in every if one.startswith("Sites that")]
    return Named(
        frozenset(one.partition(" (named by")[0].rpartition(" ")[2] for one in files),
        frozenset(
            lead.partition(f"{kind}: ")[2].partition(" ; on http")[0]
            for lead in leads
            for kind in LeadKind
            if f", {kind}: " in lead
        ),
        frozenset(frozenset(one.split(", ")) for one in alike),
        frozenset(entry_of(one) for one in every if one.startswith("Taken back")),
    )


def from_rows(tables: dict[str, list[list[str]]]) -> Named:
    """The tables of a workbook; the hosts of leads and sites are defanged there."""
    groups: dict[str, set[str]] = {}
    for row in tables["Same pictures"][1:]:
        groups.setdefault(row[0], set()).add(row[1].replace("[.]", "."))
    return Named(
        frozenset(row[1] for row in tables["Files named"][1:]),
        frozenset(row[1].replace("[.]", ".").removeprefix("'") for row in tables["Leads, not fetched"][1:]),
        frozenset(map(frozenset, groups.values())),
        frozenset(row[2] for row in tables["Taken back"][1:]),
    )


def from_workbook(form: bytes) -> Named:
    with zipfile.ZipFile(BytesIO(form)) as archive:
        names = [one["name"] for one in BeautifulSoup(archive.read("xl/workbook.xml"), "xml").find_all("sheet")]
        sheets = [
            BeautifulSoup(archive.read(f"xl/worksheets/sheet{number}.xml"), "xml")
            for number in range(1, len(names) + 1)
        ]
    rows = [[[cell.get_text() for cell in row.find_all("c")] for row in sheet.find_all("row")] for sheet in sheets]
    return from_rows(dict(zip(map(str, names), rows, strict=True)))


def from_csv(form: bytes) -> Named:
    titles = {"files-named": "Files named", "leads-not-fetched": "Leads, not fetched"}
    titles |= {"same-pictures": "Same pictures", "taken-back": "Taken back"}
    with zipfile.ZipFile(BytesIO(form)) as archive:
        tables = {
            title: list(csv.reader(StringIO(archive.read(name).decode(), newline="")))
            for name in archive.namelist()
            for stem, title in titles.items()
            if name == f"{name[:2]}-{stem}.csv"
        }
    return from_rows(tables)


def from_json(form: bytes) -> Named:
    read = json.loads(form)
    return Named(
        frozenset(one["value"] for one in read["identifiers"]),
        frozenset(one["value"] for one in read["leads"]),
        frozenset(frozenset(one["addresses"]) for one in read["mirrors"]),
        frozenset(one["entry_id"] for one in read["amendments"]),
    )


READERS: dict[str, Callable[[bytes], Named]] = {
    "json": from_json,
    "stix": from_stix,
    "case": from_case,
    "misp": from_misp,
    "vics": lambda form: from_lines(json.loads(form)["value"][0]["Comments"].split("\n")),
    "ncmec": lambda form: from_lines((fromstring(form).findtext("additionalInfo") or "").split("\n")),  # noqa: S314 - our own
    "xlsx": from_workbook,
    "csv-tables": from_csv,
}


@pytest.mark.parametrize("form", list(READERS))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(beside=BESIDE)
def test_what_stands_beside_pictures_comes_back(referral: Referral, form: str, beside: Beside) -> None:
    changed = named(referral, beside)
    assert READERS[form](FORMS[form](changed)) == went_in(changed)


def test_the_example_has_all_of_it(referral: Referral) -> None:
    """Otherwise the validators of the forms would see none of it."""
    told = went_in(referral)
    assert told.files
    assert len(told.leads) == 5
    assert told.groups
    assert told.entries
    assert referral.taken_back
    assert len(list(every_line(referral))) == 8
    assert departure(plain_form(referral), REFERRAL) == ""
    assert canonical(referral)

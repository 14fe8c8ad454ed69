"""NCMEC's XML and MISP's event: each as its own public library reads it, and by the rules that we know of it."""

import json
from collections.abc import Sequence
from dataclasses import replace
from importlib import import_module
from importlib.util import find_spec
from xml.etree.ElementTree import Element, fromstring

import pymisp
import pytest

from config.clock import parse_rfc3339
from matcher.verdict import ListKind
from reports.formats import FORMS
from reports.referral.image_model import ImageReport
from reports.referral.model import Referral
from tests.referral.opened import opened_referral

ORDER = ["incidentSummary", "internetDetails", "lawEnforcement", "reporter", "personOrUserReported", "additionalInfo"]
SUMMARY = ["incidentType", "platform", "incidentDateTime", "incidentDateTimeDescription"]
NCMEC = pytest.mark.skipif(find_spec("ncmec_cybertip") is None, reason="ncmec-cybertip needs Python 3.13")


@pytest.fixture(scope="module")
def referral(tmp_path_factory: pytest.TempPathFactory) -> Referral:
    return opened_referral(tmp_path_factory.mktemp("desk"))


@pytest.fixture(scope="module")
def report(referral: Referral) -> Element:
    return fromstring(FORMS["ncmec"](referral))  # noqa: S314 - our own


def test_the_elements_stand_in_their_order(report: Element) -> None:
    names = [one.tag for one in report]
    assert names == sorted(names, key=ORDER.index)
    assert {"incidentSummary", "reporter"} <= set(names)
    assert [one.tag for one in report.findall("incidentSummary/*")] == SUMMARY
    assert report.find("reporter/reportingPerson/lastName") is not None


def test_the_incident_is_not_in_the_future(referral: Referral, report: Element) -> None:
    assert parse_rfc3339(report.findtext("incidentSummary/incidentDateTime", "")) <= referral.identity.created


def test_pages_name_their_urls_and_who_hosts_them(report: Element) -> None:
    pages = report.findall("internetDetails/webPageIncident")
    assert pages
    assert {page.get("thirdPartyHostedContent") for page in pages} <= {"true", "false"}
    assert all(page.findall("url") for page in pages)


def test_no_file_is_handed_over_and_nobody_has_viewed_one(referral: Referral, report: Element) -> None:
    assert report.findall(".//fileDetails") == []
    said = report.findtext("additionalInfo", "")
    assert said.count("fileViewedByEsp=false") == len(referral.images) + len(referral.updates)
    assert "fileViewedByEsp=true" not in said


def of_kind(referral: Referral, kind: ListKind) -> Referral:
    """Return the referral with every match of a list of this kind."""

    def changed(images: Sequence[ImageReport]) -> tuple[ImageReport, ...]:
        return tuple(
            replace(image, matches=tuple(replace(match, list_kind=kind) for match in image.matches)) for image in images
        )

    named = tuple(
        replace(item, matches=tuple(replace(match, list_kind=kind) for match in item.matches))
        for item in referral.identifiers
    )
    return replace(referral, images=changed(referral.images), updates=changed(referral.updates), identifiers=named)


@pytest.mark.parametrize("kind", [kind for kind in ListKind if kind is not ListKind.CHILD_ABUSE])
def test_a_match_of_a_list_of_another_kind_is_not_reported_as_abuse_of_a_child(
    referral: Referral, kind: ListKind
) -> None:
    report = fromstring(FORMS["ncmec"](of_kind(referral, kind)))  # noqa: S314 - our own
    words = report.findtext("additionalInfo", "")
    assert report.findall("internetDetails") == []
    assert "fileViewedByEsp" not in words
    left_out = len(referral.images) + len(referral.updates) + len(referral.identifiers)
    assert f"no list of abuse of children knows them: {left_out} finding" in words


def test_what_pages_with_nothing_but_other_findings_name_is_no_part_of_the_report(referral: Referral) -> None:
    """Their leads and similar sites would report those pages' addresses."""
    words = fromstring(FORMS["ncmec"](of_kind(referral, ListKind.ADULT_INTIMATE))).findtext("additionalInfo", "")  # noqa: S314 - our own
    assert referral.leads
    assert referral.mirrors
    assert "Lead, asked for nothing" not in words
    assert "Sites that show the same pictures" not in words
    assert f"{len(referral.leads)} leads" in words
    assert f"{len(referral.mirrors)} group of similar sites" in words


def test_a_reported_picture_or_file_does_not_name_the_match_of_a_list_of_another_kind(referral: Referral) -> None:
    known = next(image for image in referral.images if image.matches)
    adult = replace(known.matches[0], list_kind=ListKind.ADULT_INTIMATE, list_name="adults-intimate-pictures")
    images = tuple(replace(image, matches=(*image.matches, adult)) for image in referral.images if image.matches)
    named = tuple(replace(item, matches=(*item.matches, adult)) for item in referral.identifiers)
    report = fromstring(FORMS["ncmec"](replace(referral, images=images, identifiers=named)))  # noqa: S314 - our own
    words = report.findtext("additionalInfo", "")
    assert images
    assert named
    assert words.count("fileViewedByEsp=false") == len(images) + len(referral.updates)
    assert f"matched {known.matches[0].list_issuer}, {known.matches[0].list_name}" in words
    assert "adults-intimate-pictures" not in words
    assert f"knows them: {len(images) + len(named)} matches of what is reported" in words


def test_beside_a_reported_picture_the_pages_of_other_findings_are_not_named(referral: Referral) -> None:
    """An unknown picture, and a lead, that are also on a page whose findings are all of another kind."""
    known, unknown = (
        next(image for image in referral.images if bool(image.matches) is wanted) for wanted in (True, False)
    )
    page, record = "http://adults.example.onion/page", "ad" * 32
    elsewhere = replace(
        known.sightings[0],
        record_id=record,
        address="adults.example.onion",
        place=replace(known.sightings[0].place, page_url=page, url=f"{page}.jpg"),
    )
    adult = replace(
        known,
        matches=tuple(replace(match, list_kind=ListKind.ADULT_INTIMATE) for match in known.matches),
        addresses=("adults.example.onion",),
        sightings=(elsewhere,),
    )
    beside = replace(unknown, sightings=(*unknown.sightings, elsewhere))
    both = replace(
        referral.leads[0], pages=(*referral.leads[0].pages, page), records=(*referral.leads[0].records, record)
    )
    written = FORMS["ncmec"](replace(referral, images=(known, beside, adult), leads=(both,)))
    words = fromstring(written).findtext("additionalInfo", "")  # noqa: S314 - our own
    assert known.sightings[0].place.page_url.encode() in written
    assert f"Lead, asked for nothing, {both.kind}: " in words
    assert b"adults.example" not in written
    assert record.encode() not in written
    assert "knows them: 1 finding." in words


def test_what_such_a_list_knows_leaves_nothing_out(report: Element) -> None:
    assert "Left out" not in report.findtext("additionalInfo", "")


@NCMEC
def test_a_public_model_of_the_report_reads_it(referral: Referral) -> None:
    model = import_module("ncmec_cybertip").Report.from_xml(FORMS["ncmec"](referral))
    assert referral.identity.referral_id in model.additional_info


def test_misp_reads_the_event_with_its_own_types_and_templates(referral: Referral) -> None:
    event = pymisp.MISPEvent(strict_validation=True)
    event.from_json(FORMS["misp"](referral).decode())
    assert event.uuid == referral.identity.referral_id
    for one in event.objects:
        by_template = pymisp.MISPObject(one.name, strict=True)
        for attribute in one.attributes:
            assert by_template.add_attribute(attribute.object_relation, attribute.value, type=attribute.type)
        assert one.template_uuid == by_template.template_uuid
        assert int(one.template_version) <= int(by_template.template_version)


def test_every_reference_of_the_event_is_in_it_and_nothing_is_for_detection(referral: Referral) -> None:
    event = json.loads(FORMS["misp"](referral))["Event"]
    ids = {one["uuid"] for one in event["Object"]}
    references = [link for one in event["Object"] for link in one.get("ObjectReference", [])]
    assert references
    assert {link["referenced_uuid"] for link in references} <= ids
    assert not [field for one in event["Object"] for field in one["Attribute"] if field["to_ids"]]
    assert (event["published"], event["distribution"]) == (False, "0")

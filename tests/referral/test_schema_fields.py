"""The published schemas are written independently of the forms: a field of the one must be a field of the other."""

from dataclasses import fields
from enum import StrEnum
from typing import Any

import pytest

from matcher.fingerprint import Reading, UndecidedReason
from matcher.verdict import ListInForce, ListKind, Match, Outcome, Tier
from reports import sighting
from reports.record import model as record_form
from reports.record.priority import Priority, PriorityReason
from reports.record.standing import Standing
from reports.schemas import RECORD, schema
from reports.store.values import Novelty

DEFINED: dict[str, Any] = dict(schema(RECORD)["$defs"])  # type: ignore[arg-type]
FORMS: dict[str, type] = {
    "page_record": record_form.PageRecord,
    "visit_record": record_form.VisitRecord,
    "amendment_record": record_form.AmendmentRecord,
    "rejudged_record": record_form.RejudgedRecord,
    "sender": record_form.Sender,
    "policy": record_form.Policy,
    "page": record_form.PageFacts,
    "counts": record_form.Counts,
    "image": record_form.Image,
    "picture": record_form.PictureRecord,
    "visit": sighting.Visit,
    "end": sighting.VisitEnd,
    "mandate": sighting.Mandate,
    "place": sighting.Place,
    "hop": sighting.Hop,
    "clock": sighting.ClockReading,
    "not_fetched": sighting.NotFetched,
    "failed": sighting.FailedPicture,
    "novelty": Novelty,
    "priority": Priority,
    "reading": Reading,
    "match": Match,
    "list": ListInForce,
}
LISTS: dict[str, type[StrEnum]] = {
    "tier": Tier,
    "list_kind": ListKind,
    "standing": Standing,
    "outcome": Outcome,
    "undecided_reason": UndecidedReason,
    "not_fetched_reason": sighting.NotFetchedReason,
    "reason": PriorityReason,
}


@pytest.mark.parametrize("name", FORMS)
def test_each_field_stands_in_the_schema_and_is_required(name: str) -> None:
    names = {field.name for field in fields(FORMS[name])}
    assert names == set(DEFINED[name]["properties"]) == set(DEFINED[name]["required"])
    assert DEFINED[name]["additionalProperties"] is False


@pytest.mark.parametrize("name", LISTS)
def test_each_word_of_a_closed_list_stands_in_the_schema(name: str) -> None:
    assert {str(word) for word in LISTS[name]} == set(DEFINED[name]["enum"])

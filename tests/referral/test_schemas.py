"""The compiled validator against another one: whatever is done to a document, both say the same of it."""

import json
from copy import deepcopy
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from reports.canonical import Json
from reports.record.build import amendment_record, page_record, rejudged_record, visit_record
from reports.record.model import (
    FORMAT,
    AmendmentRecord,
    RejudgedPage,
    RejudgedPicture,
    RejudgedRecord,
    WithdrawnEntryModel,
)
from reports.schemas import RECORD, REFERRAL, departure, schema, validator
from tests.referral.examples import (
    FAILED,
    LISTS,
    MATCHED,
    NO_MATCH,
    NOON,
    OFF_LIST,
    POLICY,
    SEEN,
    SENDER,
    UNDECIDED,
    UNSEEN,
    match,
    page,
    sighting,
    visit,
    visit_end,
)

Path = tuple[str | int, ...]

PAGE = replace(
    page(sighting("a", MATCHED), sighting("b", NO_MATCH), sighting("c", UNDECIDED)),
    failed=(FAILED,),
    not_fetched=(OFF_LIST,),
)
TAKEN_BACK = AmendmentRecord(
    FORMAT,
    "amendment",
    SENDER,
    NOON,
    "example",
    "Issuer",
    "wrong",
    False,
    (WithdrawnEntryModel("entry-1", ("a" * 64,)),),
    (),
)
REJUDGED = RejudgedRecord(
    FORMAT,
    "rejudged",
    SENDER,
    POLICY,
    NOON,
    test=False,
    fetched_again=False,
    lists_before=LISTS,
    lists=LISTS,
    pages_judged=2,
    pictures_judged=9,
    pictures_open=1,
    pages=(RejudgedPage(7, (RejudgedPicture(3, bytes(32), (match(),)),)),),
)
RECORDS: tuple[Json, ...] = tuple(
    json.loads(record)
    for record in (
        page_record(visit(), PAGE, LISTS, (UNSEEN, SEEN, SEEN), SENDER, POLICY),
        visit_record(visit(), visit_end(1), LISTS, SENDER, POLICY),
        amendment_record(TAKEN_BACK),
        rejudged_record(REJUDGED),
    )
)
OTHER: Draft202012Validator = Draft202012Validator(schema(RECORD), format_checker=Draft202012Validator.FORMAT_CHECKER)

VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**60), 2**60),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=70),
    st.text("0123456789abcdefABCDEF-", max_size=70),
    st.lists(st.none(), max_size=2),
    st.dictionaries(st.text(max_size=5), st.none(), max_size=2),
)


def places(document: Json) -> list[Path]:
    """Every place in a document, the whole of it left out."""
    inner = (
        document.items() if isinstance(document, dict) else enumerate(document) if isinstance(document, list) else ()
    )
    return [path for key, value in inner for path in ((key,), *((key, *deeper) for deeper in places(value)))]


@st.composite
def altered(draw: st.DrawFn) -> Json:
    """A record in which one to three places were changed, taken out, doubled, respelt or added to."""
    document = deepcopy(draw(st.sampled_from(RECORDS)))
    for _ in range(draw(st.integers(1, 3))):
        *above, last = draw(st.sampled_from(places(document)))
        holder = document
        for step in above:
            holder = holder[step]  # type: ignore[index]
        _alter(draw, holder, last)
    return document


def _alter(draw: st.DrawFn, holder: object, last: str | int) -> None:
    assert isinstance(holder, dict | list)
    way = draw(st.sampled_from(("value", "out", "more", "longer", "case", "number")))
    held = holder[last]  # type: ignore[index]
    if way == "out":
        del holder[last]  # type: ignore[arg-type]
    elif way == "more" and isinstance(holder, dict):
        holder[draw(st.text(max_size=8))] = draw(VALUES)
    elif way == "longer" and isinstance(held, str):
        holder[last] = held + draw(st.text(min_size=1, max_size=3))  # type: ignore[index]
    elif way == "case" and isinstance(held, str):
        holder[last] = held.swapcase()  # type: ignore[index]
    elif way == "number" and isinstance(held, int | float):
        holder[last] = -held if draw(st.booleans()) else held + 0.5  # type: ignore[index]
    else:
        holder[last] = draw(VALUES)  # type: ignore[index]


@given(altered())
def test_both_validators_say_the_same(document: Json) -> None:
    assert (departure(document, RECORD) == "") == OTHER.is_valid(document)


@pytest.mark.parametrize("record", RECORDS, ids=["page", "visit", "amendment", "rejudged"])
def test_records_as_they_are_written_follow_the_schema(record: Json) -> None:
    assert departure(record, RECORD) == ""
    OTHER.validate(record)


def test_a_departure_names_the_place_and_the_rule_and_never_the_value() -> None:
    document = deepcopy(RECORDS[0])
    assert isinstance(document, dict)
    document["page"]["fetched_from"] = "<script>"  # type: ignore[index,call-overload]
    said = departure(document, RECORD)
    assert said in {f"the rule `{rule}` does not hold at `/page/fetched_from`" for rule in ("format", "pattern")}


@pytest.mark.parametrize("name", [RECORD, REFERRAL])
def test_the_schemas_are_schemas_that_name_nothing_outside(name: str) -> None:
    Draft202012Validator.check_schema(schema(name))
    assert validator(name) is validator(name)
    assert not [ref for ref in _references(schema(name)) if not str(ref).startswith("#/$defs/")]


def _references(node: Json) -> list[Json]:
    if isinstance(node, list):
        return [ref for item in node for ref in _references(item)]
    if not isinstance(node, dict):
        return []
    own = [node["$ref"]] if "$ref" in node else []
    return own + [ref for value in node.values() for ref in _references(value)]

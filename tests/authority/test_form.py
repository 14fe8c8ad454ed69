"""The list's form: strict, bounded, and every fault at once."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.authority.list_model import LIST_BYTES_MAX, read_form
from tests.authority.making import a_list, a_target, address

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def faults_of(whole: object) -> dict[str, str]:
    """Causes by place."""
    content = whole if isinstance(whole, bytes) else json.dumps(whole).encode()
    reading = read_form(content)
    assert (reading.form is None) == bool(reading.faults)
    return {fault.where: fault.cause for fault in reading.faults}


def test_a_well_formed_list_is_read() -> None:
    reading = read_form(json.dumps(a_list()).encode())
    assert reading.faults == ()
    assert reading.form is not None
    assert [target.address for target in reading.form.targets] == [address(1), address(2)]
    assert reading.form.targets[0].start_paths == ("/",)


def test_every_fault_is_named_at_once() -> None:
    targets = [
        a_target(1, address=address(1)[:-7] + "a.onion"),
        a_target(2, scope={"depth": -1, "pages": 0}),
        a_target(3, requests_per_minute=True, colour="green"),
        a_target(4, reason="two\nlines"),
    ]
    found = faults_of(a_list(targets=targets, sequence="3", valid_from="yesterday", mandat="x"))
    assert set(found) == {
        "sequence",
        "valid_from",
        "mandat",
        "targets #1.address",
        "targets #2.scope.depth",
        "targets #2.scope.pages",
        "targets #3.requests_per_minute",
        "targets #3.colour",
        "targets #4.reason",
    }


def test_a_fault_in_a_target_leaves_the_head_to_be_judged() -> None:
    reading = read_form(json.dumps(a_list(targets=[a_target(address="x")])).encode())
    assert reading.form is None
    assert reading.head is not None
    assert reading.head.sequence == 3


@pytest.mark.parametrize("key", [key for key in a_list() if key != "targets"])
def test_each_part_of_the_head_must_be_there(key: str) -> None:
    whole = a_list()
    del whole[key]
    assert faults_of(whole) == {key: "is missing"}


@pytest.mark.parametrize("key", list(a_target()))
def test_each_part_of_a_target_must_be_there(key: str) -> None:
    target = a_target()
    del target[key]
    assert faults_of(a_list(targets=[target])) == {f"targets #1.{key}": "is missing"}


def test_the_same_address_twice_is_named_even_beside_other_faults() -> None:
    targets = [a_target(1), a_target(2, reason=""), a_target(3, address=address(1).upper())]
    found = faults_of(a_list(targets=targets))
    assert found["targets #3.address"] == "is the same as that of target #1"
    assert "targets #2.reason" in found


def test_the_same_key_twice_is_refused() -> None:
    content = json.dumps(a_list()).encode()
    twice = content.replace(b'"sequence": 3', b'"sequence": 3, "sequence": 9')
    assert "stands twice" in faults_of(twice)["the list"]


@pytest.mark.parametrize("number", [b"NaN", b"Infinity", b"-Infinity", b"1e999", b"3.0", b'"3"', b"true", b"null"])
def test_a_number_is_a_whole_number(number: bytes) -> None:
    content = json.dumps(a_list()).encode().replace(b'"sequence": 3', b'"sequence": ' + number)
    assert faults_of(content)


@pytest.mark.parametrize(
    ("content", "cause"),
    [
        (b"", "not valid JSON"),
        (json.dumps(a_list()).encode()[:-20], "not valid JSON"),
        (b"[" * 100_000, "nested too deeply"),
        (b"[]", "not a JSON object"),
        (json.dumps(a_list()).encode("utf-16"), "UTF-8"),
        (b"\xef\xbb\xbf{}", "not valid JSON"),
        (b'{"sequence": ' + b"9" * 5_000 + b"}", "not valid JSON"),
        (b" " * (LIST_BYTES_MAX + 1), "more than"),
        (b"[" + b"{}," * 9_000_000 + b"{}]", "more than"),
    ],
    ids=["empty", "cut", "deep", "array", "utf-16", "bom", "huge number", "huge", "many"],
)
def test_what_is_not_a_list_is_refused_before_it_costs_anything(content: bytes, cause: str) -> None:
    assert cause in faults_of(content)["the list"]


@pytest.mark.parametrize("character", ["\0", "\n", "\x1b", "\x7f", "\x85", "\u202e", "\u2066", "\u200f", "\ufeff"])
def test_nothing_invisible_stands_in_what_people_read(character: str) -> None:
    assert set(faults_of(a_list(legal_basis=f"act{character}1"))) == {"legal_basis"}


def test_half_a_character_is_refused() -> None:
    content = json.dumps(a_list()).encode().replace(b"made-up act", b"made-up \\ud800 act")
    assert set(faults_of(content)) == {"legal_basis"}


@pytest.mark.parametrize("instant", ["2026-11-23", "2026-11-23T12:00:00", "12:00", "", 1, None, "9999-99-99T00:00:00Z"])
def test_a_time_has_its_zone(instant: object) -> None:
    assert set(faults_of(a_list(valid_until=instant))) == {"valid_until"}


@pytest.mark.parametrize("list_id", ["", "A", "a/b", "../a", "a\n", "-a", "a" * 65, "a.b", "\u0430"])
def test_a_list_id_is_fit_for_a_file_name(list_id: str) -> None:
    assert set(faults_of(a_list(list_id=list_id))) == {"list_id"}


@pytest.mark.parametrize(
    "path", ["", "a", "/a b", "/\u00e4", "/a\\b", "/a#b", "/../a", "/a/..", "/a/%2e%2e/b", "/.", "/a\n"]
)
def test_start_paths_are_plain(path: str) -> None:
    assert set(faults_of(a_list(targets=[a_target(start_paths=["/", path])]))) == {"targets #1.start_paths #2"}


@pytest.mark.parametrize("path", ["", "a", "/a?b", "/a%2fb", "/a;b", "/a/../b", "/a\\b"])
def test_prefixes_are_plainer(path: str) -> None:
    scope = {"depth": 1, "pages": 1, "path_prefixes": [path]}
    assert "targets #1.scope.path_prefixes #1" in faults_of(a_list(targets=[a_target(scope=scope)]))


def test_a_visit_starts_within_its_scope() -> None:
    scope = {"depth": 1, "pages": 1, "path_prefixes": ["/forum"]}
    target = a_target(scope=scope, start_paths=["/forum/?page=1"])
    assert faults_of(a_list(targets=[target])) == {}
    assert "outside" in faults_of(a_list(targets=[target | {"start_paths": ["/forums"]}]))["targets #1"]


@pytest.mark.parametrize("key", ["", "A" * 51, "A" * 53, "a" * 52, "1" * 52, "A" * 48 + "===="])
def test_a_client_authorisation_key_has_32_bytes(key: str) -> None:
    target = a_target(client_authorisation_key=key)
    assert set(faults_of(a_list(targets=[target]))) == {"targets #1.client_authorisation_key"}


def test_a_client_authorisation_key_is_not_shown() -> None:
    reading = read_form(json.dumps(a_list(targets=[a_target(client_authorisation_key="B" * 51 + "A")])).encode())
    assert reading.form is not None
    assert reading.form.targets[0].client_authorisation_key is not None
    assert "BBBB" not in repr(reading)


@pytest.mark.parametrize("ports", [[], [0], [65_536], [80, 80], ["80"], [80.0]])
def test_ports_are_ports(ports: list[object]) -> None:
    assert faults_of(a_list(targets=[a_target(ports=ports)]))


@given(JSON)
def test_other_json_is_refused(value: object) -> None:
    assert faults_of(json.dumps(value).encode())


@given(st.sampled_from(sorted(a_list())), JSON)
def test_any_value_in_any_place_is_read_or_refused(key: str, value: object) -> None:
    reading = read_form(json.dumps(a_list(**{key: value})).encode())
    assert (reading.form is None) == bool(reading.faults)


@given(st.sampled_from(sorted(a_target())), JSON)
def test_any_value_in_any_place_of_a_target_is_read_or_refused(key: str, value: object) -> None:
    reading = read_form(json.dumps(a_list(targets=[a_target(1, **{key: value})])).encode())
    assert (reading.form is None) == bool(reading.faults)


@given(st.binary(max_size=200))
def test_other_bytes_are_refused(junk: bytes) -> None:
    assert faults_of(junk)


def test_the_same_address_twice_is_fault_enough() -> None:
    assert faults_of(a_list(targets=[a_target(1), a_target(1)])) == {
        "targets #2.address": "is the same as that of target #1"
    }

"""A list counts only when everything about it holds, at this instant; it is refused whole, with every fault."""

from dataclasses import replace
from datetime import timedelta

import pytest

from config.clock import TOLERANCE
from config.faults import Refused
from config.settings import Authority
from reports.crypto.minisign import SecretKey, new_key
from scanner.authority.list_model import read_form
from scanner.authority.sign import faults as unsigned_faults
from scanner.authority.verify import AuthorityList, verify_list
from tests.authority.making import KEY, NOW, TRUSTED, a_list, a_target, signed, verified

OTHER_KEY = new_key()


def faults_of(made: AuthorityList | Refused) -> dict[str, str]:
    assert isinstance(made, Refused), made
    return {fault.where: fault.cause for fault in made.faults}


def test_a_good_list_is_verified() -> None:
    made = verified()
    assert made.key_id == KEY.public.name
    assert made.mandate().reference == "made-up order 7"
    assert made.mandate().list_sequence == 3
    assert made.mandate().handling == ""


def test_a_list_cannot_be_built_directly() -> None:
    form = read_form(signed(a_list())[0]).form
    assert form is not None
    with pytest.raises(TypeError, match="verify_list alone"):
        AuthorityList(form, KEY.public.name, "00", {}, object())
    with pytest.raises((TypeError, ValueError), match="by"):
        replace(verified(), key_id="FFFFFFFFFFFFFFFF")  # type: ignore[call-arg] # mypy refuses it too


def test_an_unsigned_list_is_refused() -> None:
    found = faults_of(verify_list(signed(a_list())[0], None, TRUSTED, NOW, {}))
    assert found == {"the signature": "is missing: the list is not signed"}


def test_a_key_that_is_not_trusted_is_named() -> None:
    found = faults_of(verify_list(*signed(a_list(), OTHER_KEY), TRUSTED, NOW, {}))
    assert found == {"the signature": f"was made by key {OTHER_KEY.public.name}, which is not trusted"}


def test_a_key_that_borrows_a_trusted_keys_id_is_refused() -> None:
    pretender = SecretKey(KEY.key_id, OTHER_KEY.seed)
    assert "signature" in faults_of(verify_list(*signed(a_list(), pretender), TRUSTED, NOW, {}))


def test_a_trusted_key_of_the_same_id_does_not_hide_another() -> None:
    namesake = SecretKey(KEY.key_id, OTHER_KEY.seed)
    both = (Authority(name="Office of Examples", public_key=namesake.public.line()), *TRUSTED)
    assert isinstance(verify_list(*signed(a_list()), both, NOW, {}), AuthorityList)


@pytest.mark.parametrize("place", range(0, 700, 7))
def test_no_byte_of_a_list_can_be_changed(place: int) -> None:
    content, signature = signed(a_list())
    changed = content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]
    assert "signature" in faults_of(verify_list(changed, signature, TRUSTED, NOW, {}))


def test_every_fault_is_named_at_once() -> None:
    whole = a_list(valid_until="2026-11-22T13:00:00Z", targets=[a_target(address="x.onion")], sequence=2)
    held = {"examples": verified()}
    found = faults_of(verify_list(*signed(whole, OTHER_KEY), TRUSTED, NOW, held))
    assert set(found) == {"the signature", "targets #1.address", "valid_until", "sequence"}


def test_the_window_is_held_to_the_instant() -> None:
    whole, second = a_list(), timedelta(microseconds=1)
    start, end = NOW - timedelta(days=1), NOW + timedelta(days=9)
    assert isinstance(verify_list(*signed(whole), TRUSTED, start, {}), AuthorityList)
    assert isinstance(verify_list(*signed(whole), TRUSTED, end - second, {}), AuthorityList)
    assert "still to come" in faults_of(verify_list(*signed(whole), TRUSTED, start - second, {}))["valid_from"]
    assert "has passed" in faults_of(verify_list(*signed(whole), TRUSTED, end, {}))["valid_until"]


def test_a_window_that_never_opens_is_named() -> None:
    whole = a_list(valid_until=a_list()["valid_from"])
    assert "never valid" in faults_of(verify_list(*signed(whole), TRUSTED, NOW, {}))["valid_until"]


def test_an_authority_speaks_only_for_itself() -> None:
    two = (*TRUSTED, Authority(name="Bureau of Samples", public_key=OTHER_KEY.public.line()))
    found = faults_of(verify_list(*signed(a_list(), OTHER_KEY), two, NOW, {}))
    assert found == {"issuer": "is not Bureau of Samples, for whom the signing key is trusted"}


def test_an_authority_takes_over_no_other_ones_list() -> None:
    two = (*TRUSTED, Authority(name="Bureau of Samples", public_key=OTHER_KEY.public.line()))
    whole = a_list(issuer="Bureau of Samples", sequence=9)
    found = faults_of(verify_list(*signed(whole, OTHER_KEY), two, NOW, {"examples": verified()}))
    assert found == {"list_id": "belongs to a list of Office of Examples that is held already"}


def test_an_authority_may_change_its_key() -> None:
    two = (*TRUSTED, Authority(name="Office of Examples", public_key=OTHER_KEY.public.line()))
    made = verify_list(*signed(a_list(sequence=4), OTHER_KEY), two, NOW, {"examples": verified()})
    assert isinstance(made, AuthorityList)


@pytest.mark.parametrize("sequence", [1, 2])
def test_an_older_edition_never_replaces_a_newer_one(sequence: int) -> None:
    found = faults_of(verify_list(*signed(a_list(sequence=sequence)), TRUSTED, NOW, {"examples": verified()}))
    assert set(found) == {"sequence"}


def test_an_expired_newer_edition_still_bars_an_older_one() -> None:
    late = verified(sequence=7)
    later = NOW + timedelta(days=30)
    whole = a_list(valid_until=(later + timedelta(days=9)).isoformat())
    assert not late.in_force(later)
    assert set(faults_of(verify_list(*signed(whole), TRUSTED, later, {"examples": late}))) == {"sequence"}


def test_the_same_edition_again_is_harmless_and_another_of_its_number_is_not() -> None:
    held = {"examples": verified()}
    assert isinstance(verify_list(*signed(a_list()), TRUSTED, NOW, held), AuthorityList)
    assert "other content" in faults_of(verify_list(*signed(a_list(targets=[])), TRUSTED, NOW, held))["sequence"]


def test_lists_of_other_names_are_no_rivals() -> None:
    made = verify_list(*signed(a_list(list_id="others", sequence=1)), TRUSTED, NOW, {"examples": verified()})
    assert isinstance(made, AuthorityList)


def test_lists_are_told_apart_by_their_bytes() -> None:
    assert verified() == verified()
    assert verified() != verified(sequence=4)


def test_a_list_is_issued_before_it_ends_and_not_in_the_future() -> None:
    minute = timedelta(minutes=1)
    late = a_list(issued=(NOW + timedelta(days=9) + minute).isoformat())
    assert "later than valid_until" in faults_of(verify_list(*signed(late), TRUSTED, NOW, {}))["issued"]
    early = a_list(issued=(NOW + TOLERANCE + minute).isoformat())
    assert "still to come" in faults_of(verify_list(*signed(early), TRUSTED, NOW, {}))["issued"]
    assert isinstance(verify_list(*signed(early), TRUSTED, NOW + minute, {}), AuthorityList)
    assert {fault.where for fault in unsigned_faults(read_form(signed(early)[0]), NOW)} == {"issued"}


def test_a_list_that_is_held_stays_in_force_when_the_clock_is_set_back() -> None:
    assert verified(issued=NOW.isoformat()).in_force(NOW - timedelta(hours=1))

"""The plug-in point, with a made-up measure: the number of unequal bytes."""

import base64
from collections.abc import Callable
from importlib.metadata import EntryPoint
from io import BytesIO

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from config.faults import Refused
from matcher.fingerprint import Digests, Fingerprint, Reading
from matcher.hash_lists.entry import Entry, ListHeader
from matcher.hash_lists.formats.csv_format import CsvFormat
from matcher.hash_lists.hash_list import HashList
from matcher.hash_lists.importing import Imported, import_list
from matcher.hash_lists.photodna import plug_in
from matcher.hash_lists.photodna_value import VALUE_BYTES, count_carried, value_of
from matcher.limits import ExaminationLimits
from matcher.matching.judge import IndexJudge
from matcher.verdict import Outcome, Tier, Verdict
from matcher.worker.picture import answer
from matcher.worker.protocol import MalformedReplyError, pack_request, unpack_reply
from tests.matcher.pictures import animation, framed_scene, png, scene

VALUE = bytes(range(VALUE_BYTES))


class MadeUp:
    """Stands in for a licensed implementation."""

    threshold = 3

    def hash(self, pixels: NDArray[np.uint8]) -> bytes:
        return pixels.tobytes()[:VALUE_BYTES]

    def distances(self, value: bytes, values: NDArray[np.uint8]) -> NDArray[np.int64]:
        unequal: NDArray[np.int64] = (values != np.frombuffer(value, np.uint8)).sum(axis=1)
        return unequal


def judged(value: bytes, licensed: MadeUp | None, carried: bytes = VALUE) -> Verdict:
    entry = Entry("e", md5=b"x" * 16, attributes=(("photodna", base64.b64encode(carried).decode()),))
    header = ListHeader("made-up", "A test authority", "1", "scheme", "ab" * 32)
    judge = IndexJudge([HashList.of(header, [entry])], licensed=licensed)
    reading = Reading("plain", bytes(32), 100, bytes(32), value)
    return judge.judge(Fingerprint(Digests(bytes(16), bytes(20), bytes(32)), 9, "image/png", 1, 1, (reading,), None))


@pytest.mark.parametrize(("unequal", "matched"), [(0, True), (3, True), (4, False)])
def test_a_plug_in_compares(unequal: int, matched: bool) -> None:  # noqa: FBT001 - a table's column
    verdict = judged(b"\xff" * unequal + VALUE[unequal:], MadeUp())
    assert (verdict.outcome is Outcome.MATCHED) is matched
    if matched:
        match = verdict.matches[0]
        assert (match.algorithm, match.distance_bits, match.threshold_bits) == ("photodna", unequal, 3)
        assert match.tier is Tier.NEAR


def test_without_a_plug_in_values_are_only_passed_on() -> None:
    assert judged(VALUE, None).outcome is Outcome.NO_MATCH


@pytest.mark.parametrize(("value", "carried"), [(b"", VALUE), (VALUE[:9], VALUE), (VALUE, VALUE[:9])])
def test_a_value_of_another_length_is_compared_with_nothing(value: bytes, carried: bytes) -> None:
    assert judged(value, MadeUp(), carried).outcome is Outcome.NO_MATCH


@given(st.binary(min_size=VALUE_BYTES, max_size=VALUE_BYTES))
def test_a_value_is_read_in_each_of_its_spellings(value: bytes) -> None:
    assert value_of(base64.b64encode(value).decode()) == value
    assert value_of(value.hex()) == value
    assert value_of(",".join(map(str, value))) == value


@given(st.text(max_size=300))
def test_anything_else_is_no_value(text: str) -> None:
    assert len(value_of(text)) in {0, VALUE_BYTES}


def test_there_may_be_one_plug_in() -> None:
    one = EntryPoint("made-up", "collections:Counter", "sightline.photodna")
    assert plug_in(()) is None
    assert plug_in((one,)) is not None
    both = plug_in((one, one))
    assert isinstance(both, Refused)
    assert "collections:Counter" in str(both)


def test_a_plug_in_that_cannot_be_loaded_is_refused() -> None:
    broken = plug_in((EntryPoint("made-up", "no_such_package_at_all:plug", "sightline.photodna"),))
    assert isinstance(broken, Refused)
    assert "cannot be loaded" in broken.faults[0].cause


def test_each_frame_and_view_has_a_value_through_the_workers_protocol() -> None:
    framed = animation(scene(1), framed_scene(2))
    untrusted_reply = answer(bytearray(b"".join(pack_request(framed, full=False))), ExaminationLimits(), MadeUp())
    valued = {one.steps.name: one.photodna for one in unpack_reply(untrusted_reply).readings if one.photodna}
    assert list(valued) == ["plain", "frame-2", "frame-2/unbordered"]
    assert {len(value) for value in valued.values()} == {VALUE_BYTES}
    assert judged(valued["frame-2"], MadeUp(), valued["frame-2"]).outcome is Outcome.MATCHED


@pytest.mark.parametrize("damage", [lambda end: end[:-1], lambda end: end + end, lambda end: b"\xff\xff" + end[2:]])
def test_values_out_of_order_are_not_believed(damage: Callable[[bytes], bytes]) -> None:
    reply = answer(bytearray(b"".join(pack_request(png(scene(1)), full=False))), ExaminationLimits(), MadeUp())
    size = 2 + VALUE_BYTES
    with pytest.raises(MalformedReplyError):
        unpack_reply(reply[:-size] + damage(reply[-size:]))


def test_an_entry_with_nothing_else_is_kept_and_matches_by_the_plug_in_alone() -> None:
    spelt = base64.b64encode(VALUE).decode()
    others = [base64.b64encode(bytes([n]) * VALUE_BYTES).decode() for n in (1, 2)]
    rows = "".join(f"{text}\n" for text in (f"a,,{spelt}", f",,{others[0]}", f",,{others[1]}", "b,,AAAA", "c,,"))
    rows += f"d,{'ab' * 16},\n"
    header = ListHeader("made-up", "A test authority", "1", "scheme", "")
    made = import_list(BytesIO(f"entry_id,md5,photodna\n{rows}".encode()), CsvFormat(), header)
    assert isinstance(made, Imported)
    assert [fault.where for fault in made.faults] == ["line 5", "line 6"]
    entries = made.hash_list.entries
    assert len({entries.ids[row] for row in range(4)}) == len(entries) == 4  # ids that are derived differ
    assert count_carried(entries.attributes) == 3
    reading = Reading("plain", bytes(32), 100, bytes(32), VALUE)
    seen = Fingerprint(Digests(bytes(16), bytes(20), bytes(32)), 9, "image/png", 1, 1, (reading,), None)
    (match,) = IndexJudge([made.hash_list], licensed=MadeUp()).judge(seen).matches
    assert (match.entry_id, match.algorithm) == ("a", "photodna")
    assert IndexJudge([made.hash_list]).judge(seen).outcome is Outcome.NO_MATCH


def test_a_list_of_nothing_else_is_a_list() -> None:
    rows = f"PhotoDNA\n{VALUE.hex()}\n".encode()
    made = import_list(BytesIO(rows), CsvFormat(), ListHeader("made-up", "", "1", "", ""))
    assert isinstance(made, Imported)
    assert count_carried(made.hash_list.entries.attributes) == len(made.hash_list) == 1


def test_no_text_of_an_issuer_passes_for_a_value() -> None:
    spelt = f'["photodna", "{base64.b64encode(VALUE).decode()}"]'
    entry = Entry("e", md5=b"x" * 16, attributes=(("note", spelt), (spelt, "note"), ("photodna", "not one")))
    assert count_carried(HashList.of(ListHeader("m", "", "", "", ""), [entry]).entries.attributes) == 0

"""The parent believes nothing that a worker says before it has looked at it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.fingerprint import UndecidedReason
from matcher.picture.hashed import Alpha, HashedPicture, HashedReading, ReadingSteps, Size, Source
from matcher.picture.media_types import MediaType
from matcher.picture.orientations import Orientation
from matcher.worker.protocol import MAX_REPLY_BYTES, MalformedReplyError, pack_reply, unpack_reply

STEPS = st.builds(
    ReadingSteps,
    st.sampled_from(Source),
    st.integers(1, 65535),
    st.sampled_from(Alpha),
    st.booleans(),
    st.sampled_from(Size),
    st.sampled_from(Orientation),
    st.booleans(),
)
HASH = st.binary(min_size=32, max_size=32)
READINGS = st.lists(st.builds(HashedReading, STEPS, HASH, st.integers(0, 100), HASH), unique_by=lambda r: r.steps)
PICTURES = st.builds(
    HashedPicture,
    st.sampled_from([None, *MediaType]),
    st.integers(0, 2**32 - 1),
    st.integers(0, 2**32 - 1),
    READINGS.map(tuple),
    st.sampled_from(UndecidedReason),
    st.booleans(),
)


@given(PICTURES)
def test_an_answer_survives_the_pipe(picture: HashedPicture) -> None:
    packed = pack_reply(picture)
    assert unpack_reply(packed) == picture
    assert len(packed) <= MAX_REPLY_BYTES


@given(st.binary(max_size=300))
def test_any_bytes_are_an_answer_or_malformed(untrusted: bytes) -> None:
    try:
        picture = unpack_reply(untrusted)
    except MalformedReplyError:
        return
    assert pack_reply(picture) == untrusted


@given(PICTURES, st.data())
def test_a_changed_byte_is_noticed_or_means_what_it_says(picture: HashedPicture, data: st.DataObject) -> None:
    changed = bytearray(pack_reply(picture))
    changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))
    try:
        assert pack_reply(unpack_reply(bytes(changed))) == changed
    except MalformedReplyError:
        return


def test_silence_is_no_verdict() -> None:
    """An answer without a reading and without a reason would be a silent miss."""
    with pytest.raises(MalformedReplyError):
        unpack_reply(pack_reply(HashedPicture(MediaType.PNG, 1, 1, (), None)))


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param(lambda reply: reply[:-1], id="short"),
        pytest.param(lambda reply: reply + b"\0", id="long"),
        pytest.param(lambda reply: b"\x02" + reply[1:], id="another version"),
        pytest.param(lambda reply: reply + reply[-72:], id="a reading more than counted"),
    ],
)
def test_wrong_lengths(wrong: object) -> None:
    reading = HashedReading(ReadingSteps(), bytes(32), 50, bytes(32))
    good = pack_reply(HashedPicture(MediaType.PNG, 1, 1, (reading,), None))
    assert callable(wrong)
    assert unpack_reply(good).readings == (reading,)
    with pytest.raises(MalformedReplyError):
        unpack_reply(wrong(good))


def test_one_reading_cannot_be_told_twice() -> None:
    reading = HashedReading(ReadingSteps(), bytes(32), 50, bytes(32))
    with pytest.raises(MalformedReplyError):
        unpack_reply(pack_reply(HashedPicture(MediaType.PNG, 1, 1, (reading, reading), None)))


@given(STEPS, STEPS)
def test_names_are_one_to_one(one: ReadingSteps, other: ReadingSteps) -> None:
    kept_apart = one.source is Source.THUMBNAIL and other.source is Source.THUMBNAIL  # a picture has one thumbnail
    if not kept_apart:
        assert (one.name == other.name) == (one == other)


@pytest.mark.parametrize(
    ("steps", "name"),
    [
        (ReadingSteps(), "plain"),
        (ReadingSteps(alpha=Alpha.WHITE), "alpha-white"),
        (ReadingSteps(index=2, unbordered=True), "frame-2/unbordered"),
        (ReadingSteps(orientation=Orientation.MIRRORED), "plain/mirrored"),
        (ReadingSteps(orientation=Orientation.ROTATED_90), "plain/rotated-90"),
        (ReadingSteps(negative=True), "plain/negative"),
        (ReadingSteps(index=3, size=Size.FIT_512), "frame-3/fit-512"),
        (ReadingSteps(Source.THUMBNAIL), "thumbnail"),
    ],
)
def test_names(steps: ReadingSteps, name: str) -> None:
    assert steps.name == name

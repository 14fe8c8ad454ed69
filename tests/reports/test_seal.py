"""Seals: only the recipients open them, and their size says little."""

from io import BytesIO
from pathlib import Path
from sys import getswitchinterval, setswitchinterval
from threading import Event, Thread
from time import perf_counter
from typing import Self

import pyrage  # noqa: TID251 - seals that Sightline would not make
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.faults import Refused
from reports.crypto.seal import (
    SMALLEST_BUCKET,
    is_recipient,
    new_identity,
    recipient_of,
    seal,
    seal_into,
    unseal,
    unseal_from,
)

(ANNA, TO_ANNA), (BERT, TO_BERT), (EVE, _) = new_identity(), new_identity(), new_identity()
LARGEST_HEADER = 1024
"""age's header for two recipients, its random extra stanza included, is below this."""


@given(st.binary(max_size=10_000))
@settings(max_examples=30)
def test_each_recipient_opens_what_was_sealed_and_nobody_else(plain: bytes) -> None:
    sealed = seal(plain, (TO_ANNA, TO_BERT))
    assert unseal(sealed, ANNA) == unseal(sealed, BERT) == plain
    assert isinstance(unseal(sealed, EVE), Refused)


@pytest.mark.parametrize("length", [0, 1, 4087, 4088, 4089, 8184, 8185, 100_000])
def test_sizes_fall_into_powers_of_two(length: int) -> None:
    bucket = SMALLEST_BUCKET
    while bucket < length + 8:
        bucket *= 2
    assert bucket < len(seal(bytes(length), (TO_ANNA,))) < bucket + LARGEST_HEADER
    assert unseal(seal(bytes(length), (TO_ANNA,)), ANNA) == bytes(length)


PIECE = 65_536
"""What age encrypts at a time."""


class Interrupted:
    """A thread that only looks at the clock, and counts how often others had their turn."""

    def __init__(self) -> None:
        self.turns, self._over = 0, Event()

    def __enter__(self) -> Self:
        self._interval = getswitchinterval()
        setswitchinterval(1e-6)
        self._thread = Thread(target=self._look)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        setswitchinterval(self._interval)

    def _look(self) -> None:
        last = perf_counter()
        while not self._over.is_set():
            now = perf_counter()
            self.turns += now - last > 20e-6
            last = now


@pytest.mark.parametrize("opening", [False, True])
def test_other_threads_go_on_while_much_is_sealed_and_opened(*, opening: bool) -> None:
    pieces = 512
    plain = bytes(range(256)) * (pieces * PIECE // 256)
    sealed = seal(plain, (TO_ANNA,))
    with Interrupted() as other:
        done = unseal(sealed, ANNA) == plain if opening else bool(seal(plain, (TO_ANNA,)))
    assert done
    assert other.turns > pieces // 64  # all at once it is one or two; a busy machine gives few of those that there are


@pytest.mark.parametrize("length", [0, 1, 4088, 5 * PIECE])
def test_a_file_is_sealed_into_and_opened_piece_by_piece(tmp_path: Path, length: int) -> None:
    plain, path = bytes(range(251)) * (length // 251) + bytes(length % 251), tmp_path / "sealed"
    with path.open("wb") as file:
        seal_into(file, memoryview(plain), (TO_ANNA,))
    with path.open("rb") as file:
        opened = unseal_from(file, ANNA)
    assert not isinstance(opened, Refused)
    assert bytes(opened) == plain
    assert unseal(path.read_bytes(), ANNA) == plain
    path.write_bytes(path.read_bytes()[:-1])
    with path.open("rb") as file:
        assert isinstance(unseal_from(file, ANNA), Refused)


def test_no_piece_that_is_written_is_large() -> None:
    class Sizes(BytesIO):
        largest = 0

        def write(self, piece: object) -> int:
            assert isinstance(piece, bytes)
            self.largest = max(self.largest, len(piece))
            return super().write(piece)

    sizes = Sizes()
    seal_into(sizes, bytes(100 * PIECE), (TO_ANNA,))
    assert 0 < sizes.largest < 2 * PIECE


def test_a_full_disk_is_told_as_one() -> None:
    """pyrage itself says nothing when the last piece, or the only one, does not go in."""
    for length in (1, 5 * PIECE):
        with pytest.raises(OSError, match="No space left"), Path("/dev/full").open("wb", buffering=0) as full:
            seal_into(full, bytes(length), (TO_ANNA,))


def test_every_flipped_byte_is_noticed() -> None:
    sealed = seal(b"a record", (TO_ANNA,))
    for at in range(len(sealed)):
        bent = sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :]
        assert isinstance(unseal(bent, ANNA), Refused), at


@given(st.binary(max_size=300), st.integers(0, 4000))
def test_hostile_bytes_are_refused(untrusted: bytes, cut: int) -> None:
    assert isinstance(unseal(untrusted, ANNA), Refused)
    assert isinstance(unseal(seal(b"x", (TO_ANNA,))[:cut], ANNA), Refused)


@pytest.mark.parametrize(
    "padded",
    [
        b"",
        (1).to_bytes(8, "big") + b"x",
        (1).to_bytes(8, "big") + b"x" + bytes(4086) + b"!",
        (1).to_bytes(8, "big") + b"x" + bytes(8183),
        (5000).to_bytes(8, "big") + b"x" + bytes(4087),
    ],
)
def test_another_padding_is_refused(padded: bytes) -> None:
    sealed = pyrage.encrypt(padded, [pyrage.x25519.Recipient.from_str(TO_ANNA)])
    assert isinstance(unseal(sealed, ANNA), Refused)


def test_the_plain_text_does_not_show() -> None:
    assert b"a record" not in seal(b"a record" * 100, (TO_ANNA,))


def test_without_a_recipient_nothing_is_sealed() -> None:
    with pytest.raises(ValueError, match="recipient"):
        seal(b"x", ())
    with pytest.raises(ValueError, match="recipient"):
        seal(b"x", (TO_ANNA, "age1nonsense"))


def test_recipients_belong_to_identities() -> None:
    assert recipient_of(ANNA + "\n") == TO_ANNA
    assert is_recipient(TO_ANNA)
    assert not is_recipient(ANNA)
    assert not is_recipient(TO_ANNA[:-1])


def test_a_malformed_identity_is_not_repeated() -> None:
    with pytest.raises(ValueError, match="not an age identity") as caught:
        recipient_of(ANNA[:-1])
    assert ANNA[:-1] not in str(caught.value)
    assert caught.value.__cause__ is caught.value.__context__ is None

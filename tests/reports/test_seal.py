"""Seals: only the recipients open them, and their size says little."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pyrage  # noqa: TID251 - seals that Sightline would not make
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.faults import Refused
from reports.seal import SMALLEST_BUCKET, is_recipient, new_identity, recipient_of, seal, unseal

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


def test_other_threads_go_on_while_much_is_sealed_and_opened() -> None:
    """A thread that only counts is never kept waiting for the whole: it counts between the pieces."""
    plain, counted, done = bytes(range(256)) * (1 << 16), [0], Event()

    def count() -> None:
        while not done.is_set():
            counted[0] += 1

    with ThreadPoolExecutor(1) as thread:
        thread.submit(count)
        seen = [counted[0]]
        sealed = seal(plain, (TO_ANNA,))
        seen.append(counted[0])
        assert unseal(sealed, ANNA) == plain
        seen.append(counted[0])
        done.set()
    assert seen[2] - seen[1] > 1_000
    assert seen[1] - seen[0] > 1_000


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

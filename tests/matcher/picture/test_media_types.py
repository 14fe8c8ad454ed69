"""Formats are told by the first bytes alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.fingerprint import UndecidedReason
from matcher.picture.media_types import MediaType, sniff


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b"\xff\xd8\xff\xe0", MediaType.JPEG),
        (b"\x00\x00\x00\x1cftypavif\x00\x00\x00\x00mif1miaf", MediaType.AVIF),
        (b"\x00\x00\x00\x1cftypmif1\x00\x00\x00\x00mif1avif", MediaType.AVIF),
        (b"\x00\x00\x00\x1cftypmif1\x00\x00\x00\x00mif1heic", MediaType.HEIC),
        (b"\x00\x00\x00\x18ftypisom\x00\x00\x00\x00isommp42", UndecidedReason.NOT_EXAMINED_FILM),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", MediaType.WEBP),
        (b"RIFF\x00\x00\x00\x00WAVEfmt ", UndecidedReason.NOT_EXAMINED_SOUND),
        (b"\xff\x0a\x00", MediaType.JPEG_XL),
        (b"%!PS-Adobe-3.0 EPSF", UndecidedReason.FORMAT_NOT_SUPPORTED),
        (b"<!doctype html>", UndecidedReason.NOT_EXAMINED_TEXT),
        (b"", UndecidedReason.NOT_EXAMINED_UNKNOWN),
    ],
)
def test_heads(head: bytes, expected: MediaType | UndecidedReason) -> None:
    assert sniff(head) == expected


@given(st.binary(max_size=64))
def test_any_bytes_have_an_answer(untrusted: bytes) -> None:
    found = sniff(untrusted)
    assert isinstance(found, MediaType) or found is UndecidedReason.FORMAT_NOT_SUPPORTED or found.not_examined


@given(st.binary(max_size=12), st.integers(0, 2**32 - 1))
def test_a_lying_box_length_is_bounded(rest: bytes, length: int) -> None:
    assert sniff(length.to_bytes(4, "big") + b"ftyp" + rest) in {
        MediaType.AVIF,
        MediaType.HEIC,
        UndecidedReason.NOT_EXAMINED_FILM,
        UndecidedReason.NOT_EXAMINED_SOUND,
    }

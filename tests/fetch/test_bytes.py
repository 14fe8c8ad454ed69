"""Framing, bodies, codings and the SOCKS handshake, over bytes in memory: properties over whatever may come."""

import gzip
import io
import zlib
from collections.abc import Callable
from hashlib import sha256
from itertools import pairwise

import brotli
import pytest
from backports import zstd
from hypothesis import given
from hypothesis import strategies as st

from scanner.exchange.body import DecodedBody, NotChunked, read_body
from scanner.exchange.coding import Decoder, TooLarge, Undecodable
from scanner.exchange.decompressors import DECOMPRESSORS, FRAMES_MOST
from scanner.exchange.failure import FailureCause
from scanner.exchange.framing import Framing, framing
from scanner.exchange.meter import BODY, CIRCUIT, HEAD, Ended, Meter
from scanner.exchange.port import Budget
from scanner.exchange.socks import Credentials, NotTor, connect

MOST = 2**20
CHUNKED = Framing(None, chunked=True, codings=())
values = st.lists(st.text(st.characters(max_codepoint=255), max_size=20), max_size=3)


def bare() -> Decoder:
    return Decoder((), MOST)


class Pieces(io.BytesIO):
    """A connection that gives at most three bytes at a time."""

    def read1(self, size: int | None = -1, /) -> bytes:
        return super().read1(min(size or 0, 3))


class Breaking(io.BytesIO):
    """A connection that breaks where its bytes end."""

    def __init__(self, content: bytes, error: OSError) -> None:
        super().__init__(content)
        self._error = error

    def read1(self, size: int | None = -1, /) -> bytes:
        piece = super().read1(size or 0)
        if not piece:
            raise self._error
        return piece


def chunked(body: bytes, cuts: list[int]) -> bytes:
    places = sorted({0, len(body), *(cut % (len(body) + 1) for cut in cuts)})
    parts = [body[begin:end] for begin, end in pairwise(places)]
    return b"".join(b"%X;x=y\r\n%b\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


@given(st.binary(max_size=200), st.lists(st.integers(0, 200), max_size=5))
def test_chunks_are_joined_wherever_they_were_cut(body: bytes, cuts: list[int]) -> None:
    assert read_body(Pieces(chunked(body, cuts)), CHUNKED, bare()) == DecodedBody(body, complete=True, reusable=True)


@given(st.binary(min_size=1, max_size=60), st.lists(st.integers(0, 60), max_size=3), st.integers(1, 200))
def test_chunks_that_break_off_are_kept_and_incomplete(body: bytes, cuts: list[int], missing: int) -> None:
    """Whole without the last chunk's line end; cut without the last chunk itself."""
    whole = chunked(body, cuts)
    cut = whole[: max(0, len(whole) - 5 - missing)]
    found = read_body(Pieces(cut), CHUNKED, bare())
    assert not found.complete
    assert body.startswith(found.untrusted)


@given(st.binary(max_size=300))
def test_any_bytes_are_a_chunked_body_or_none(untrusted: bytes) -> None:
    try:
        found = read_body(Pieces(untrusted), CHUNKED, bare())
    except NotChunked:
        return
    assert len(found.untrusted) <= len(untrusted)


@given(st.binary(max_size=50), st.integers(0, 60))
def test_a_told_length_is_reached_or_the_body_is_incomplete(body: bytes, length: int) -> None:
    found = read_body(Pieces(body), Framing(length, chunked=False, codings=()), bare())
    assert found.untrusted == body[:length]
    assert found.complete == (len(body) >= length)


def test_a_connection_that_breaks_only_ends_the_body() -> None:
    for error in (ConnectionResetError(), OSError()):
        found = read_body(Breaking(b"hel", error), Framing(5, chunked=False, codings=()), bare())
        assert found == DecodedBody(b"hel", complete=False, reusable=False)


def test_our_own_limits_end_the_exchange() -> None:
    with pytest.raises(Ended):
        read_body(Breaking(b"hel", Ended()), Framing(5, chunked=False, codings=()), bare())


@given(values, values, values, st.integers(100, 599))
def test_every_head_is_framed_or_refused(
    lengths: list[str], transfer: list[str], content: list[str], status: int
) -> None:
    told = framing(status, lengths, transfer, content)
    assert isinstance(told, Framing) or told is FailureCause.MALFORMED_REPLY


def test_equal_lengths_are_one() -> None:
    assert framing(200, ["5", "5, 5"], [], []) == Framing(5, chunked=False, codings=())


def test_a_status_without_body_has_none() -> None:
    assert framing(204, [], ["chunked"], []) == Framing(0, chunked=False, codings=())


def packed(coding: str, body: bytes) -> bytes:
    if coding == "bare deflate":
        packer = zlib.compressobj(wbits=-15)
        return packer.compress(body) + packer.flush()
    if coding == "two zstd frames":
        half = len(body) // 2
        return zstd.compress(body[:half]) + zstd.compress(body[half:])
    return _PACKERS.get(coding, gzip.compress)(body)


_PACKERS: dict[str, Callable[[bytes], bytes]] = {"deflate": zlib.compress, "br": brotli.compress, "zstd": zstd.compress}
_NAMES = {"bare deflate": "deflate", "two zstd frames": "zstd"}
_CODINGS = ["gzip", "x-gzip", "deflate", "bare deflate", "br", "zstd", "two zstd frames"]


@given(
    st.binary(max_size=2_000),
    st.lists(st.sampled_from(_CODINGS), max_size=3),
    st.integers(1, 50),
)
def test_codings_are_undone_in_turn(body: bytes, codings: list[str], piece: int) -> None:
    sent = body
    for coding in codings:
        sent = packed(coding, sent)
    decoder = Decoder([_NAMES.get(coding, coding) for coding in codings], MOST)
    pieces = [sent[at : at + piece] for at in range(0, len(sent), piece)]
    assert b"".join(part for one in pieces for part in decoder.feed(one)) == body
    assert decoder.whole


@given(st.binary(min_size=1, max_size=300), st.sampled_from(list(DECOMPRESSORS)))
def test_any_bytes_are_decoded_or_undecodable(untrusted: bytes, coding: str) -> None:
    decoder = Decoder([coding], MOST)
    try:
        assert sum(map(len, decoder.feed(untrusted))) <= MOST
    except Undecodable:
        return


@pytest.mark.parametrize("coding", DECOMPRESSORS)
def test_a_cut_coding_is_not_whole(coding: str) -> None:
    decoder = Decoder([coding], MOST)
    body = b"".join(sha256(number.to_bytes(4)).digest() for number in range(6_000))
    found = b"".join(decoder.feed(packed(coding, body)[:-20]))
    assert body.startswith(found)
    assert not decoder.whole


@pytest.mark.parametrize("coding", sorted(DECOMPRESSORS.keys() - {"br"}))
@pytest.mark.parametrize("garbage", [b"garbage" * 1000, bytes(100), b"\xff" * 100])
def test_what_follows_a_coding_is_ignored(coding: str, garbage: bytes) -> None:
    decoder = Decoder([coding], MOST)
    assert b"".join(decoder.feed(packed(coding, b"hello") + garbage)) == b"hello"
    assert b"".join(decoder.feed(garbage)) == b""
    assert decoder.whole


def test_brotli_with_something_behind_it_in_one_piece_is_refused() -> None:
    """Its library gives nothing at all then; the picture counts as failed, with the reason."""
    with pytest.raises(Undecodable):
        list(Decoder(["br"], MOST).feed(brotli.compress(b"hello") + b"garbage"))


@pytest.mark.parametrize("codings", [*([coding] for coding in DECOMPRESSORS), ["deflate", "gzip"], ["br", "zstd"], []])
def test_no_more_than_the_bound_is_decoded(codings: list[str]) -> None:
    body = bytes(MOST)
    for coding in codings:
        body = packed(coding, body)
    assert sum(map(len, Decoder(codings, MOST).feed(body))) == MOST
    with pytest.raises(TooLarge):
        list(Decoder(codings, MOST - 1).feed(body))


def test_a_window_larger_than_browsers_take_is_refused() -> None:
    """Else a frame of a few bytes would make us reserve 128 MiB."""
    wide: dict[int, int] = {zstd.CompressionParameter.window_log: 24}
    packer = zstd.ZstdCompressor(options=wide)
    frame = packer.compress(b"hello") + packer.flush()
    assert zstd.decompress(frame) == b"hello"  # the control: it is a frame
    with pytest.raises(Undecodable):
        list(Decoder(["zstd"], MOST).feed(frame))


def test_more_frames_than_the_limit_are_refused() -> None:
    frames = zstd.compress(b"x") * FRAMES_MOST
    assert sum(map(len, Decoder(["zstd"], MOST).feed(frames))) == FRAMES_MOST
    with pytest.raises(Undecodable):
        list(Decoder(["zstd"], MOST).feed(frames + zstd.compress(b"x")))


class Tor:
    """A stream that has said all it will say."""

    def __init__(self, answer: bytes) -> None:
        self.sent = b""
        self._answer = io.BytesIO(answer)

    def sendall(self, data: bytes, /) -> None:
        self.sent += data

    def recv(self, bufsize: int, /) -> bytes:
        return self._answer.read(bufsize)


@given(st.binary(max_size=40))
def test_any_bytes_are_a_reply_or_not_tor(answer: bytes) -> None:
    try:
        code = connect(Tor(answer), "a.onion", 80, Credentials(b"u", b"p"))
    except NotTor:
        return
    assert answer.startswith(b"\x05\x02\x01\x00\x05" + bytes([code]))


@pytest.mark.parametrize("bound", [b"\x01" + bytes(4), b"\x04" + bytes(16), b"\x03\x02ab"])
def test_the_bound_address_is_passed_over(bound: bytes) -> None:
    tor = Tor(b"\x05\x02\x01\x00\x05\x00\x00" + bound + bytes(2) + b"the service's first byte")
    assert connect(tor, "a.onion", 443, Credentials(b"user", b"secret")) == 0
    assert tor.recv(3) == b"the"
    assert tor.sent == b"\x05\x01\x02" + b"\x01\x04user\x06secret" + b"\x05\x01\x00\x03\x07a.onion\x01\xbb"


def test_the_meter_counts_all_and_each_stage() -> None:
    now = [0.0]
    meter = Meter(Budget(10, 100_000), lambda: now[0])
    assert meter.room(10_000) == CIRCUIT.bytes_max
    meter.count(500)
    meter.enter(HEAD)
    assert meter.room(10**6) == HEAD.bytes_max
    meter.enter(BODY)
    assert meter.room(10**6) == 99_500
    now[0] = 10.0
    with pytest.raises(Ended):
        meter.seconds_left()
    assert meter.cause is FailureCause.DEADLINE


def test_the_first_cause_stays() -> None:
    meter = Meter(Budget(10, 100))
    meter.end(FailureCause.TLS)
    meter.end(FailureCause.DEADLINE, 6)
    assert (meter.cause, meter.socks_reply) == (FailureCause.TLS, None)


def test_a_budget_smaller_than_a_stage_is_the_budget_that_is_spent() -> None:
    meter = Meter(Budget(10, 100))
    meter.enter(HEAD)
    meter.count(100)
    with pytest.raises(Ended):
        meter.room(1)
    assert meter.cause is FailureCause.TOO_LARGE

"""Every index against the oracle: the distance of each pair, counted one bit at a time by Python's own integers."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.index.codes import CODE_BITS, CodeHits, Codes, codes_from, distances, permuted
from matcher.index.flat import FlatIndex
from matcher.index.multi import MultiIndex
from matcher.index.plan import ChunkLayout, probes

Search = Callable[[Codes, Codes, int], CodeHits]


def flat(codes: Codes, queries: Codes, radius_bits: int) -> CodeHits:
    return FlatIndex(codes).search(queries, radius_bits)


def flat_by_blocks(codes: Codes, queries: Codes, radius_bits: int) -> CodeHits:
    """The flat scan as it goes over many codes, however few there are."""
    return FlatIndex(codes)._by_blocks(queries, radius_bits)


def by_keys(codes: Codes, queries: Codes, radius_bits: int) -> CodeHits:
    """The multi-index with its resort to a flat scan barred, so that it is the keys that are tested."""
    index = MultiIndex(codes)
    wanted = probes(index._layout, radius_bits)
    hits = [index._compared(queries, *index._ranges(queries, wanted), radius_bits)]
    return CodeHits.joined(hits)


def multi(codes: Codes, queries: Codes, radius_bits: int) -> CodeHits:
    return MultiIndex(codes).search(queries, radius_bits)


every_search = pytest.mark.parametrize("search", [flat, flat_by_blocks, multi, by_keys])


def integers(codes: Codes) -> list[int]:
    return [int.from_bytes(code.astype("<u8").tobytes()) for code in codes]


def oracle(codes: Codes, queries: Codes, radius_bits: int) -> list[tuple[int, int, int]]:
    pairs = [
        (number, row, (one ^ other).bit_count())
        for number, one in enumerate(integers(queries))
        for row, other in enumerate(integers(codes))
    ]
    return [pair for pair in pairs if pair[2] <= radius_bits]


def flipped(code: bytes, bits: set[int]) -> bytes:
    """The same code with these bits flipped."""
    return (int.from_bytes(code) ^ sum(1 << bit for bit in bits)).to_bytes(len(code))


one_code = st.binary(min_size=32, max_size=32)
some_bits = st.sets(st.integers(0, CODE_BITS - 1), max_size=70)


@st.composite
def clustered(draw: st.DrawFn) -> list[bytes]:
    """Codes of which many lie near each other, some of them twice."""
    centres = draw(st.lists(one_code, min_size=1, max_size=3))
    near = st.builds(flipped, st.sampled_from(centres), some_bits)
    return draw(st.lists(near | st.sampled_from(centres), max_size=25))


@every_search
@settings(max_examples=60)
@given(codes=clustered(), data=st.data())
def test_every_search_finds_exactly_what_lies_within(search: Search, codes: list[bytes], data: st.DataObject) -> None:
    base = data.draw(st.sampled_from(codes)) if codes else bytes(32)
    queries = codes_from([flipped(base, data.draw(some_bits)), base, data.draw(one_code)])
    radius = data.draw(st.integers(0, 80))
    table = codes_from(codes)
    assert list(search(table, queries, radius)) == oracle(table, queries, radius)


@every_search
@pytest.mark.parametrize("radius", [*range(64), 69])
def test_the_edge_of_every_radius(search: Search, radius: int) -> None:
    """At the radius: found. One bit beyond: not."""
    rng = np.random.default_rng(radius)
    query = rng.bytes(32)
    order = rng.permutation(CODE_BITS).tolist()
    codes = codes_from([flipped(query, set(order[:bits])) for bits in (radius, radius + 1)])
    assert list(search(codes, codes_from([query]), radius)) == [(0, 0, radius)]


def spread_over_chunks(layout: ChunkLayout, bits: int, *, even: bool) -> set[int]:
    """`bits` places after permutation: as evenly over the chunks as can be, or in as few chunks as can be."""
    places = [(bit, chunk) for chunk in range(layout.chunks) for bit in range(layout.key_bits)]
    ordered = sorted(places) if even else sorted(places, key=lambda place: place[1])
    return {chunk * layout.key_bits + bit for bit, chunk in ordered[:bits]}


@pytest.mark.parametrize("rows", [300, 5000, 70_000])
@pytest.mark.parametrize("radius", [15, 16, 30, 31, 32, 37, 63])
@pytest.mark.parametrize("even", [True, False])
def test_the_worst_spread_of_differing_bits(rows: int, radius: int, even: bool) -> None:  # noqa: FBT001 - a table's column
    """Differences dealt out evenly leave every chunk as different as the theory allows: a wrong plan misses these."""
    rng = np.random.default_rng(rows + radius)
    codes = rng.integers(0, 1 << 64, (rows, 4), dtype=np.uint64)
    differing = spread_over_chunks(ChunkLayout.of(rows), radius, even=even)
    queries = np.stack([unpermuted_flip(codes[row], differing) for row in (0, rows // 2, rows - 1)])
    hits = by_keys(codes, queries, radius)
    found = {(query, row) for query, row, distance in hits if distance == radius}
    assert found >= {(0, 0), (1, rows // 2), (2, rows - 1)}
    assert list(hits) == list(flat(codes, queries, radius))


def unpermuted_flip(code: Codes, places: set[int]) -> Codes:
    """The code that differs from `code` at exactly these places once both are permuted."""
    single = np.eye(CODE_BITS, dtype=np.uint8)
    by_place = permuted(np.packbits(single, axis=1).view("<u8")).view(np.uint8)
    lands = np.unpackbits(by_place, axis=1, bitorder="little").argmax(axis=1)
    wanted = np.isin(lands, list(places)).astype(np.uint8)
    changed: Codes = code ^ np.packbits(wanted).view("<u8")
    return changed


@every_search
def test_an_empty_index_finds_nothing(search: Search) -> None:
    none = np.zeros((0, 4), np.uint64)
    assert len(search(none, np.zeros((2, 4), np.uint64), 63)) == 0
    assert len(search(np.zeros((1, 4), np.uint64), none, 63)) == 0


@every_search
def test_an_index_of_one(search: Search) -> None:
    one = codes_from([b"\xa5" * 32])
    assert list(search(one, one, 0)) == [(0, 0, 0)]
    assert list(search(one, ~one, 255)) == []


@every_search
@pytest.mark.parametrize("copies", [1, 2, 3000])
def test_every_duplicate_is_found(search: Search, copies: int) -> None:
    rng = np.random.default_rng(copies)
    codes = rng.integers(0, 1 << 64, (3000, 4), dtype=np.uint64)
    codes[:copies] = codes[0]
    assert list(search(codes, codes[:1], 31)) == [(0, row, 0) for row in range(copies)]


@pytest.mark.parametrize("radius", [8, 31, 40])
def test_skewed_codes(radius: int) -> None:
    """Whole bytes of each code are equal, as in lists of pictures with the same frame around them."""
    rng = np.random.default_rng(radius)
    raw = rng.integers(0, 256, (4000, 32), dtype=np.uint8)
    raw[:, :24] = raw[0, :24] ^ (rng.random((4000, 24)) < 0.02)
    codes = np.ascontiguousarray(raw).view("<u8")
    queries = codes[:40] ^ np.uint64(5)
    assert list(multi(codes, queries, radius)) == list(flat(codes, queries, radius))


def test_a_distance_of_all_bits_is_not_none() -> None:
    """256 does not fit a byte: an exact negative must not look like the same picture."""
    code = codes_from([b"\x0f" * 32])
    assert distances(code, ~code).tolist() == [CODE_BITS]


def test_the_permutation_keeps_distances_and_loses_no_bit() -> None:
    single = np.packbits(np.eye(CODE_BITS, dtype=np.uint8), axis=1).view("<u8")
    spread = permuted(single)
    assert len(np.unique(spread, axis=0)) == CODE_BITS
    assert (distances(spread, np.zeros_like(spread)) == 1).all()


def test_the_permutation_is_the_one_that_snapshots_were_made_with() -> None:
    first = permuted(codes_from([b"\x01" + bytes(31)]))
    assert first.tobytes() == bytes(25) + b"\x20" + bytes(6)


@given(st.integers(0, 10**8), st.integers(0, 100))
def test_a_plan_covers_its_radius(rows: int, radius: int) -> None:
    layout = ChunkLayout.of(rows)
    flips = layout.flips(radius)
    assert sum(most + 1 for most in flips) == radius + 1
    assert layout.chunks * layout.key_bits <= CODE_BITS


@pytest.mark.parametrize(("rows", "radius"), [(1000, 31), (100_000, 31), (1_000_000, 37)])
def test_probes_are_counted_before_they_are_made(rows: int, radius: int) -> None:
    layout = ChunkLayout.of(rows)
    wanted = probes(layout, radius)
    assert len(wanted) == layout.probes(radius)
    assert len({*zip(wanted.chunk.tolist(), wanted.mask.tolist(), strict=True)}) == len(wanted)

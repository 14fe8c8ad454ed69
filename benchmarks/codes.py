"""256-bit codes to index: uniform, and skewed as those of real pictures are.

A skewed code is the PDQ of a sum of a dozen soft-edged rectangles of all sizes over noise. It is computed in the space
of frequencies, where such a picture is a sum of separable terms: ten million take a minute. Its bits depend on each
other as those of photographs do: over 102,000 codes cut into 16 neighbouring runs of 16 bits, a query with one flip
meets three to ten times the candidates that uniform codes would give it; with permuted bits, hardly more than uniform
ones. (On real photographs: up to six times, and as few.)
"""

import numpy as np
from numpy.typing import NDArray

from matcher.index.codes import CODE_BITS, CODE_BYTES, Codes

_SHAPES = 12
_TERMS = 16
_AT_ONCE = 20_000
_GRAIN = 0.02


def uniform(count: int, seed: int) -> Codes:
    """Return codes of independent bits."""
    return np.random.default_rng(seed).integers(0, 1 << 64, (count, 4), dtype=np.uint64)


def skewed(count: int, seed: int) -> Codes:
    """Return codes of generated pictures."""
    chance = np.random.default_rng(seed)
    codes = np.empty((count, 4), np.uint64)
    for start in range(0, count, _AT_ONCE):
        codes[start : start + _AT_ONCE] = _some(chance, min(_AT_ONCE, count - start))
    return codes


def queries(codes: Codes, count: int, seed: int) -> Codes:
    """Return queries: half are entries with up to 40 bits changed, half are other skewed codes."""
    chance = np.random.default_rng(seed)
    edited = codes[chance.integers(0, len(codes), count // 2)]
    bits = np.unpackbits(edited.view(np.uint8).reshape(-1, CODE_BYTES), axis=1)
    for row in bits:
        row[chance.choice(CODE_BITS, chance.integers(0, 41), replace=False)] ^= 1
    return np.concatenate([np.packbits(bits, axis=1).view("<u8"), skewed(count - count // 2, seed + 1)])


def _some(chance: np.random.Generator, count: int) -> Codes:
    term = np.arange(1, _TERMS + 1, dtype=np.float32)
    extent = 0.05 * 20 ** chance.random((count, _SHAPES, 2), dtype=np.float32)
    centre = chance.random((count, _SHAPES, 2), dtype=np.float32)
    low, high = np.clip(centre - extent / 2, 0, 1), np.clip(centre + extent / 2, 0, 1)
    along = (np.sin(np.pi * high[..., None] * term) - np.sin(np.pi * low[..., None] * term)) / term
    contrast = chance.standard_normal((count, _SHAPES)) * chance.exponential(1, (count, _SHAPES))
    across = along[:, :, 0] * contrast[..., None].astype(np.float32)
    terms = np.matmul(along[:, :, 1].transpose(0, 2, 1), across)
    terms += chance.standard_normal(terms.shape, dtype=np.float32) * (_GRAIN / np.hypot(term[:, None], term[None]))
    return _cut_at_median(terms.reshape(-1, CODE_BITS))


def _cut_at_median(terms: NDArray[np.float32]) -> Codes:
    lower_median = np.partition(terms, CODE_BITS // 2 - 1, axis=1)[:, CODE_BITS // 2 - 1 : CODE_BITS // 2]
    return np.packbits(terms > lower_median, axis=1).view("<u8")

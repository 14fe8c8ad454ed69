"""Merkle trees (RFC 9162, section 2.1): hashes, incremental root, inclusion and consistency proofs. Pure.

A node is named by its level and its position there: node (0, i) is leaf i, node (k, p) covers the 2**k leaves from
p * 2**k on. Only full nodes are stored; everything else is computed from them.
"""

from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Final

HASH_BYTES: Final = 32
EMPTY_ROOT: Final = sha256(b"").digest()

NodeReader = Callable[[int, int], bytes]
"""The hash of the full node at a level and a position."""


def leaf_hash(entry: bytes) -> bytes:
    """Return the hash of one entry: SHA-256 over a zero byte and the entry."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of two children: SHA-256 over a one byte, the left and the right."""
    return sha256(b"\x01" + left + right).digest()


class Frontier:
    """The right edge of a growing tree, all that growth needs: its size, its full sub-trees' hashes (largest first)."""

    def __init__(self, size: int = 0, peaks: Sequence[bytes] = ()) -> None:
        if len(peaks) != size.bit_count():
            msg = f"a tree of {size} leaves has {size.bit_count()} peaks, not {len(peaks)}"
            raise ValueError(msg)
        self.size = size
        self._peaks = list(peaks)

    @property
    def peaks(self) -> tuple[bytes, ...]:
        """The full sub-trees' hashes, largest first."""
        return tuple(self._peaks)

    def append(self, leaf: bytes) -> list[tuple[int, int, bytes]]:
        """Add one leaf's hash. Returns the nodes that are full now: level, position, hash; the leaf itself first."""
        level, position = 0, self.size
        full = [(level, position, leaf)]
        while position & 1:
            leaf = node_hash(self._peaks.pop(), leaf)
            level, position = level + 1, position >> 1
            full.append((level, position, leaf))
        self._peaks.append(leaf)
        self.size += 1
        return full

    def root(self) -> bytes:
        """Return the tree's hash."""
        if not self._peaks:
            return EMPTY_ROOT
        root = self._peaks[-1]
        for peak in reversed(self._peaks[:-1]):
            root = node_hash(peak, root)
        return root


def inclusion_proof(index: int, size: int, node: NodeReader) -> tuple[bytes, ...]:
    """PATH (2.1.3.1): that leaf `index` is in the tree of `size` leaves. Raises IndexError when it is not."""
    if not 0 <= index < size:
        msg = f"leaf {index} is not in a tree of {size}"
        raise IndexError(msg)
    return tuple(_path(index, 0, size, node))


def consistency_proof(old: int, new: int, node: NodeReader) -> tuple[bytes, ...]:
    """PROOF (2.1.4.1): that the tree of `old` leaves is the beginning of that of `new`. Empty for old = 0 or new."""
    if not 0 <= old <= new:
        msg = f"a tree of {old} is not the beginning of one of {new}"
        raise IndexError(msg)
    return tuple(_subproof(old, 0, new, whole=True, node=node)) if old else ()


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Return True if the proof shows the leaf's hash at `index` in the tree with this root (2.1.3.2)."""
    if not 0 <= index < size:
        return False
    position, last, result = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if position & 1 or position == last:
            result = node_hash(sibling, result)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            result = node_hash(result, sibling)
        position, last = position >> 1, last >> 1
    return last == 0 and result == root


def verify_consistency(old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """Return True if the proof shows that the new tree begins with the old one (2.1.4.2).

    Every tree begins with the empty tree.
    """
    if not 0 <= old <= new:
        return False
    if old == new:
        return not proof and old_root == new_root
    if old == 0:
        return not proof and old_root == EMPTY_ROOT
    path = [old_root, *proof] if old & (old - 1) == 0 else list(proof)
    return bool(path) and _folds(old - 1, new - 1, path) == (old_root, new_root)


def _folds(position: int, last: int, path: list[bytes]) -> tuple[bytes, bytes] | None:
    """Return the old and the new root that a consistency proof leads to; None if it is too long or too short."""
    while position & 1:
        position, last = position >> 1, last >> 1
    old_root = new_root = path[0]
    for sibling in path[1:]:
        if last == 0:
            return None
        if position & 1 or position == last:
            old_root, new_root = node_hash(sibling, old_root), node_hash(sibling, new_root)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            new_root = node_hash(new_root, sibling)
        position, last = position >> 1, last >> 1
    return (old_root, new_root) if last == 0 else None


def _path(index: int, first: int, end: int, node: NodeReader) -> list[bytes]:
    if end - first == 1:
        return []
    middle = first + split(end - first)
    if index < middle:
        return [*_path(index, first, middle, node), hash_of(middle, end, node)]
    return [*_path(index, middle, end, node), hash_of(first, middle, node)]


def _subproof(old: int, first: int, end: int, *, whole: bool, node: NodeReader) -> list[bytes]:
    """SUBPROOF of the leaves from `first` to `end`; `whole`: the old tree's own root is known to the verifier."""
    if old == end:
        return [] if whole else [hash_of(first, end, node)]
    middle = first + split(end - first)
    if old <= middle:
        return [*_subproof(old, first, middle, whole=whole, node=node), hash_of(middle, end, node)]
    return [*_subproof(old, middle, end, whole=False, node=node), hash_of(first, middle, node)]


def hash_of(first: int, end: int, node: NodeReader) -> bytes:
    """Return the hash of the leaves from `first` to `end`; `first` is a multiple of the span's power of two."""
    span = end - first
    if span & (span - 1) == 0:
        level = span.bit_length() - 1
        return node(level, first >> level)
    middle = first + split(span)
    return node_hash(hash_of(first, middle, node), hash_of(middle, end, node))


def split(span: int) -> int:
    """Return the largest power of two below `span`: where a tree of that many leaves divides."""
    return 1 << (span - 1).bit_length() - 1

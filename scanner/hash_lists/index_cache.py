"""The index of large hash lists, kept at rest beside them, so that a start need not make it anew.

One file, sealed to the key of the hash lists, for it gives away what they hold. It is never trusted: it counts only for
lists whose every hash is as it was when it was written (`matcher.index.snapshot`); one that is damaged, of another key
or of other lists is as good as none. Nothing depends on it: where it cannot be written, the next start takes longer.
"""

from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from config.faults import Refused
from config.layout import Layout
from matcher.hash_lists.hash_list import HashList
from matcher.hash_lists.photodna import PhotoDna
from matcher.matching.judge import IndexJudge
from reports import files
from reports.crypto.seal import recipient_of, seal_into, unseal_from

FEWEST_ENTRIES: Final = 1_000_000
"""Fewer are indexed in less than a second."""


def judge_of(
    layout: Layout,
    identity: str,
    lists: Sequence[HashList],
    licensed: PhotoDna | None = None,
    fewest_entries: int = FEWEST_ENTRIES,
) -> IndexJudge:
    """A judge of these lists, on the index at rest where there is one that fits. Writes nothing."""
    worth = sum(map(len, lists)) >= fewest_entries
    return IndexJudge(lists, _read(layout, identity) if worth else None, licensed)


def keeping_judge_of(
    layout: Layout,
    identity: str,
    lists: Sequence[HashList],
    licensed: PhotoDna | None = None,
    fewest_entries: int = FEWEST_ENTRIES,
) -> IndexJudge:
    """The same; and the index is kept for the next start, unless the one at rest spared at least half of the work."""
    entries = sum(map(len, lists))
    judge = judge_of(layout, identity, lists, licensed, fewest_entries)
    with suppress(OSError):  # a full disk costs the next start its time, and this one nothing
        if entries < fewest_entries:
            layout.index_snapshot.unlink(missing_ok=True)
        elif 2 * judge.restored_entries < entries:
            judge = IndexJudge(lists, licensed=licensed) if judge.restored_entries else judge
            with files.writing(layout.index_snapshot) as file:
                seal_into(file, judge.snapshot(), [recipient_of(identity)])
    return judge


def _read(layout: Layout, identity: str) -> memoryview | None:
    """What is at rest; None for nothing, and for what this key does not open."""
    try:
        with layout.index_snapshot.open("rb") as file:
            plain = unseal_from(file, identity)
    except OSError:
        return None
    return None if isinstance(plain, Refused) else plain

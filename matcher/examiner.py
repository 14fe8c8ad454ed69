"""Hasher and judge together: one picture in, its fingerprint and verdict out.

A scaled fingerprint may only rule out. Whenever it might come near an entry, the picture is decoded again at full scale
and judged by that, so that no verdict ever differs from the slow path's.
"""

from typing import Final

from matcher.fingerprint import Hasher
from matcher.verdict import Examination, Judge, ListInForce

SLACK_BITS: Final = 6
"""How far a scaled hash may lie from the true one (measured; see benchmarks)."""


class PictureExaminer:
    """`Examiner` over a hasher and a judge. Thread-safe as they are."""

    def __init__(self, hasher: Hasher, judge: Judge) -> None:
        self._hasher = hasher
        self._judge = judge

    def examine(self, untrusted_picture: bytes) -> Examination:
        """Fingerprint and judge one picture."""
        fingerprint = self._hasher.fingerprint(untrusted_picture)
        if fingerprint.scaled and self._judge.could_match(fingerprint, SLACK_BITS):
            fingerprint = self._hasher.fingerprint(untrusted_picture, full=True)
        return Examination(fingerprint, self._judge.judge(fingerprint))

    def lists(self) -> tuple[ListInForce, ...]:
        """The lists in force, by name."""
        return self._judge.lists()

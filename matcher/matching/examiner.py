"""Hasher and judge together: one picture in, its fingerprint and verdict out.

- A fingerprint of a picture decoded at a reduced scale may only rule out: when no reading comes near any entry,
  at its threshold widened by SLACK_BITS. Whatever else it would mean is decided again by a decode at full scale, so
  that no verdict differs from the slow path's.
- That slack is measured, not proven: bytes could be made whose small view is another picture than their large one. So
  one picture in `audited`, drawn by lot, is decoded at full scale all the same. The first that lies further from its
  scaled fingerprint than the slack ends all trust in scaled decodes for as long as this examiner lives.
- An examination counts once the worker that made it has been proven by a known picture (`prove`); what a worker that
  failed had said is examined again.
"""

import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock

from matcher.fingerprint import Fingerprint, Hasher
from matcher.identifiers import Identifier
from matcher.matching.fingerprint_cache import SHARED_MOST, Shared
from matcher.picture.hashed import SLACK_BITS
from matcher.verdict import Examination, Judge, ListInForce, Match, Outcome

AUDITED = 64


def drawn(one_in: int) -> bool:
    """Whether the lot falls on this picture. Nobody can foresee it."""
    return secrets.randbelow(one_in) == 0


@dataclass(slots=True)
class ScaledDecodeTrust:
    """In scaled decodes, shared by the examiners of all sites. Without it every decode is at full scale."""

    holds: bool = True


class PictureExaminer:
    """`Examiner` over a hasher and a judge. Thread-safe as they are."""

    def __init__(
        self,
        hasher: Hasher,
        judge: Judge,
        audited: int = AUDITED,
        lot: Callable[[int], bool] = drawn,
        trust: ScaledDecodeTrust | None = None,
        shared: Shared | None = None,
    ) -> None:
        self._hasher = hasher
        self._judge = judge
        self._audited = audited
        self._lot = lot
        self._trust = trust or ScaledDecodeTrust()
        self._shared = shared or Shared()
        self._unproven: dict[bytes, Fingerprint] = {}
        self._changing = Lock()
        self._corrected: dict[bytes, Fingerprint] = {}
        """Of what was doubted: a thread may still bring what was said of it before."""

    @property
    def shared(self) -> Shared:
        """What the examiners of all sites share."""
        return self._shared

    @property
    def trusts_scaled(self) -> bool:
        """False once an audit found a scaled fingerprint that told another picture than the full one."""
        return self._trust.holds

    def examine(self, untrusted_picture: bytes) -> Examination:
        """Fingerprint and judge one picture. Bytes that another site showed are judged anew; by lot, hashed anew."""
        known = self._shared.of(untrusted_picture)
        if known is None or (known.scaled and not self._trust.holds):
            return self._examined_anew(untrusted_picture)
        if self._lot(self._audited):
            return self._audit(known, untrusted_picture)
        ruled_out = self._rules_out(known) if known.scaled else Examination(known, self._judge.judge(known))
        if ruled_out is None:
            return self._examined_anew(untrusted_picture)
        self._shared.count()
        return ruled_out

    def _examined_anew(self, untrusted_picture: bytes) -> Examination:
        first = self._hashed(untrusted_picture, full=not self._trust.holds)
        if not first.scaled:
            return Examination(first, self._judge.judge(first))
        ruled_out = self._rules_out(first)
        if ruled_out is not None and not self._lot(self._audited):
            return ruled_out
        full = self._hashed(untrusted_picture, full=True)
        if not is_near(first, full):
            self._trust.holds = False
        return Examination(full, self._judge.judge(full))

    def _hashed(self, untrusted_picture: bytes, *, full: bool) -> Fingerprint:
        fingerprint = self._hasher.fingerprint(untrusted_picture, full=full)
        with self._changing:
            if len(self._unproven) < SHARED_MOST:
                self._unproven[fingerprint.digests.sha256] = fingerprint
        return fingerprint

    def _audit(self, known: Fingerprint, untrusted_picture: bytes) -> Examination:
        """Hash a known picture again. Where the two differ, that which matches counts: a lie must not hide a child."""
        full = self._hashed(untrusted_picture, full=True)
        if known.scaled and not is_near(known, full):
            self._trust.holds = False
        if not known.scaled and known != full:
            self._shared.distrust()
        examinations = [Examination(one, self._judge.judge(one)) for one in (full, known) if not one.scaled]
        return next((one for one in examinations if one.verdict.outcome is Outcome.MATCHED), examinations[0])

    def identify(self, identifier: Identifier) -> tuple[Match, ...]:
        """The entries that this identifier of a peer-to-peer network names."""
        return self._judge.identify(identifier)

    def prove(self) -> Mapping[bytes, Examination]:
        """Prove the workers. By SHA-256, examinations that count in place of those given before.

        What is examined meanwhile, by other threads, is proven the next time.
        """
        with self._changing:
            proven, self._unproven = self._unproven, {}
        examined = [self._examined_anew(doubted) for doubted in self._hasher.doubted()]
        again = {one.fingerprint.digests.sha256: one for one in examined}
        self._corrected |= {sha256: one.fingerprint for sha256, one in again.items()}
        self._shared.keep({sha256: self._corrected.get(sha256, said) for sha256, said in proven.items()})
        return again

    @contextmanager
    def alone(self) -> Iterator["PictureExaminer"]:
        """An examiner for one site, with workers of its own."""
        with self._hasher.leased() as leased:
            yield PictureExaminer(leased, self._judge, self._audited, self._lot, self._trust, self._shared)

    def lists(self) -> tuple[ListInForce, ...]:
        """The lists in force, by name."""
        return self._judge.lists()

    def _rules_out(self, scaled: Fingerprint) -> Examination | None:
        if self._judge.could_match(scaled, SLACK_BITS):
            return None
        verdict = self._judge.judge(scaled)
        return Examination(scaled, verdict) if verdict.outcome is Outcome.NO_MATCH else None


def is_near(scaled: Fingerprint, full: Fingerprint) -> bool:
    """Whether each reading of the full picture has one of the scaled picture within the slack."""
    return all(
        any(_bits(reading.pdq, other.pdq) <= SLACK_BITS for other in scaled.readings) for reading in full.readings
    )


def _bits(one: bytes, other: bytes) -> int:
    return (int.from_bytes(one) ^ int.from_bytes(other)).bit_count()

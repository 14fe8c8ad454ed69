"""Hasher and judge together: one picture in, its fingerprint and verdict out.

- A fingerprint of a picture decoded at a reduced scale may only rule out: when no reading comes near any entry, at its
  threshold widened by SLACK_BITS. Otherwise the picture is decoded at full scale and judged by that alone, so that no
  verdict differs from the slow path's.
- The slack is measured, not proven: a file can be made whose small view is another picture than its large one. So one
  picture in `audited`, drawn by lot, is decoded at full scale all the same. The first that lies further from its scaled
  fingerprint than the slack ends all trust in scaled decodes, for the life of this examiner.
- An examination counts once its worker has passed a known picture (`recheck`). Pictures of a worker that failed are
  examined again.
"""

import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock

from matcher.fingerprint import Fingerprint, Hasher
from matcher.identifiers import Identifier
from matcher.matching.fingerprint_cache import MAX_CACHED, FingerprintCache
from matcher.picture.hashed import SLACK_BITS
from matcher.verdict import Examination, Judge, ListInForce, Match, Outcome

AUDITED = 64


def drawn(one_in: int) -> bool:
    """Return True for one picture in `one_in`, unpredictably."""
    return secrets.randbelow(one_in) == 0


@dataclass(slots=True)
class ScaledDecodeTrust:
    """Trust in scaled decodes, shared by the examiners of all sites. Without it every decode is at full scale."""

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
        cache: FingerprintCache | None = None,
    ) -> None:
        self._hasher = hasher
        self._judge = judge
        self._audited = audited
        self._lot = lot
        self._trust = trust or ScaledDecodeTrust()
        self._cache = cache or FingerprintCache()
        self._unproven: dict[bytes, Fingerprint] = {}
        self._changing = Lock()
        self._corrected: dict[bytes, Fingerprint] = {}
        """Fingerprints that replace suspect ones: a thread may still bring a suspect one later."""

    @property
    def cache(self) -> FingerprintCache:
        """The fingerprints that the examiners of all sites share."""
        return self._cache

    def examine(self, untrusted_picture: bytes) -> Examination:
        """Fingerprint and judge one picture. Cached bytes are only judged again or, by lot, hashed again."""
        known = self._cache.of(untrusted_picture)
        if known is None or (known.scaled and not self._trust.holds):
            return self._examine_uncached(untrusted_picture)
        if self._lot(self._audited):
            return self._audit(known, untrusted_picture)
        ruled_out = self._rule_out(known) if known.scaled else Examination(known, self._judge.judge(known))
        if ruled_out is None:
            return self._examine_uncached(untrusted_picture)
        self._cache.count()
        return ruled_out

    def _examine_uncached(self, untrusted_picture: bytes) -> Examination:
        first = self._hash(untrusted_picture, full=not self._trust.holds)
        if not first.scaled:
            return Examination(first, self._judge.judge(first))
        ruled_out = self._rule_out(first)
        if ruled_out is not None and not self._lot(self._audited):
            return ruled_out
        full = self._hash(untrusted_picture, full=True)
        if not is_near(first, full):
            self._trust.holds = False
        return Examination(full, self._judge.judge(full))

    def _hash(self, untrusted_picture: bytes, *, full: bool) -> Fingerprint:
        fingerprint = self._hasher.fingerprint(untrusted_picture, full=full)
        with self._changing:
            if len(self._unproven) < MAX_CACHED:
                self._unproven[fingerprint.digests.sha256] = fingerprint
        return fingerprint

    def _audit(self, known: Fingerprint, untrusted_picture: bytes) -> Examination:
        """Hash a cached picture again. If the two differ, the one that matches counts: a lie must not hide a child."""
        full = self._hash(untrusted_picture, full=True)
        if known.scaled and not is_near(known, full):
            self._trust.holds = False
        if not known.scaled and known != full:
            self._cache.distrust()
        fingerprints = [fingerprint for fingerprint in (full, known) if not fingerprint.scaled]
        found = [Examination(fingerprint, self._judge.judge(fingerprint)) for fingerprint in fingerprints]
        return next((examined for examined in found if examined.verdict.outcome is Outcome.MATCHED), found[0])

    def identify(self, identifier: Identifier) -> tuple[Match, ...]:
        """Return the entries that this identifier of a peer-to-peer network names."""
        return self._judge.identify(identifier)

    def recheck(self) -> Mapping[bytes, Examination]:
        """Test the workers with known pictures. Return examinations that replace earlier ones, by SHA-256.

        What other threads examine meanwhile is tested the next time.
        """
        with self._changing:
            proven, self._unproven = self._unproven, {}
        examined = [self._examine_uncached(suspect) for suspect in self._hasher.suspects()]
        again = {examination.fingerprint.digests.sha256: examination for examination in examined}
        self._corrected |= {sha256: examination.fingerprint for sha256, examination in again.items()}
        self._cache.keep({sha256: self._corrected.get(sha256, earlier) for sha256, earlier in proven.items()})
        return again

    @contextmanager
    def isolated(self) -> Iterator["PictureExaminer"]:
        """Lease an examiner with separate workers, for one site."""
        with self._hasher.leased() as leased:
            yield PictureExaminer(leased, self._judge, self._audited, self._lot, self._trust, self._cache)

    def lists(self) -> tuple[ListInForce, ...]:
        """Return the lists in force, by name."""
        return self._judge.lists()

    def _rule_out(self, scaled: Fingerprint) -> Examination | None:
        if self._judge.could_match(scaled, SLACK_BITS):
            return None
        verdict = self._judge.judge(scaled)
        return Examination(scaled, verdict) if verdict.outcome is Outcome.NO_MATCH else None


def is_near(scaled: Fingerprint, full: Fingerprint) -> bool:
    """Return True if each reading of the full picture has one of the scaled picture within the slack."""
    return all(
        any(_bits(reading.pdq, other.pdq) <= SLACK_BITS for other in scaled.readings) for reading in full.readings
    )


def _bits(code: bytes, other: bytes) -> int:
    return (int.from_bytes(code) ^ int.from_bytes(other)).bit_count()

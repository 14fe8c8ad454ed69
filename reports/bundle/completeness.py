"""Checks over whole referrals: records that stand twice, visits with missing pages, missing referrals.

One file may lack what another holds. Then nothing is reported missing, and the words name the files to add.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from reports.bundle.bundle import Manifest
from reports.bundle.checks import Check, CheckState, Result, fails, holds, not_checked
from reports.bundle.record_check import OpenedRecord
from reports.record.model import VisitRecord


@dataclass(frozen=True, slots=True)
class Portion:
    """What counts of one referral: its manifest, and of those of its records that could be read how many pages each
    visit has, and how many it was to have where its end is here. Not they themselves: files may be many.
    """

    manifest: Manifest
    pages: Mapping[str, int]
    expected: Mapping[str, int]

    @classmethod
    def of(cls, manifest: Manifest, records: Iterable[OpenedRecord]) -> "Portion":
        """Return the portion of one opened referral."""
        pages: Counter[str] = Counter()
        expected: dict[str, int] = {}
        for record in records:
            visit_id = record.content.visit.visit_id
            if isinstance(record.content, VisitRecord):
                expected[visit_id] = record.content.end.pages_read + record.content.end.pages_failed
            else:
                pages[visit_id] += 1
        return cls(manifest, pages, expected)


def completeness(portions: Sequence[Portion]) -> tuple[Result, ...]:
    """Check how these referrals fit together. A single one is checked as far as possible."""
    once = {portion.manifest.referral_id: portion for portion in portions}.values()
    chain = _chain([portion.manifest for portion in once])
    return (_replayed(portions), _dropped(once, from_the_first=chain.state is CheckState.HOLDS), chain)


def _replayed(portions: Sequence[Portion]) -> Result:
    given = Counter(portion.manifest.referral_id for portion in portions)
    if again := [f"referral {name} was given {times} times" for name, times in given.items() if times > 1]:
        return fails(Check.NOT_REPLAYED, "; ".join(again))
    bundled = [record for portion in portions for record in portion.manifest.records]
    for what in (Counter(record.record_id for record in bundled), Counter(record.leaf_index for record in bundled)):
        twice = sum(1 for times in what.values() if times > 1)
        if twice:
            return fails(Check.NOT_REPLAYED, f"{twice} of {len(what)} records stand more than once")
    return holds(Check.NOT_REPLAYED, f"{len(bundled)} records, each once")


def _dropped(portions: Iterable[Portion], *, from_the_first: bool) -> Result:
    pages: Counter[str] = Counter()
    expected: dict[str, int] = {}
    for portion in portions:
        pages.update(portion.pages)
        expected |= portion.expected
    return _told(pages, expected, from_the_first=from_the_first)


def _told(pages: Counter[str], expected: dict[str, int], *, from_the_first: bool) -> Result:
    surplus = sum(1 for visit, wanted in expected.items() if pages[visit] > wanted)
    short = sum(max(0, wanted - pages[visit]) for visit, wanted in expected.items())
    if surplus:
        return fails(Check.NOT_DROPPED, f"{surplus} visits have more page records than pages")
    if short and from_the_first:
        return fails(Check.NOT_DROPPED, f"{short} page records are missing")
    if short:
        return not_checked(Check.NOT_DROPPED, f"{short} page records are not here; give the earlier referrals as well")
    unended = len(pages.keys() - expected.keys())
    words = f"{len(expected)} visits have all of their {sum(expected.values())} pages"
    return holds(Check.NOT_DROPPED, f"{words}; {unended} have no end here yet" if unended else words)


def _chain(manifests: Sequence[Manifest]) -> Result:
    if len({manifest.recipient.key_fingerprint for manifest in manifests}) > 1:
        return not_checked(Check.CHAIN, "these referrals were made for different keys")
    ordered = sorted(manifests, key=lambda manifest: manifest.sequence)
    for before, after in pairwise(ordered):
        if after.sequence != before.sequence + 1 or after.earlier != before.referral_id:
            return fails(Check.CHAIN, f"referral {after.sequence} does not follow on referral {before.sequence}")
    first = ordered[0].sequence
    if first > 1:
        return not_checked(Check.CHAIN, f"this begins at referral {first}; give the earlier ones as well")
    return holds(Check.CHAIN, f"referrals 1 to {len(ordered)}" if len(ordered) > 1 else "this is the first referral")

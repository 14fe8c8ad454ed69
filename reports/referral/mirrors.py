"""Sites that show the same pictures: most onion services are copies of each other, and belong on one desk.

Two sites belong together if at least `SHARED_LEAST` pictures are on both, and these are at least half of all that are
on either (the Jaccard index, 0.5). A group joins a chain of such pairs. Only pictures that the records describe count:
findings, and those of the others that the policy keeps. So sites without findings are not grouped. Pure.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from functools import reduce
from itertools import combinations
from typing import Final

from reports.bundle.record_check import OpenedRecord
from reports.record.model import PageRecord
from reports.referral.annex_model import MirrorReport

SHARED_LEAST: Final = 2
LIKE: Final = 0.5
SITES_MOST: Final = 200
"""A picture on more sites than this (a logo, a button) makes no pair: it would make too many."""

Pictures = Mapping[str, frozenset[bytes]]


def mirrors(records: Iterable[OpenedRecord]) -> tuple[MirrorReport, ...]:
    """Groups of sites, the largest first; each site is in one at most."""
    records = list(records)
    _, *others = dict.fromkeys(record.content.visit.address for record in records) or [""]
    if not others:
        return ()
    pictures = _pictures(records)
    root = {address: address for address in pictures}
    for (one, other), shared in _shared(pictures).items():
        if shared >= SHARED_LEAST and shared >= LIKE * len(pictures[one] | pictures[other]):
            root[_root(root, one)] = _root(root, other)
    groups: dict[str, list[str]] = {}
    for address in pictures:
        groups.setdefault(_root(root, address), []).append(address)
    reports = [_report(sorted(group), pictures) for group in groups.values() if len(group) > 1]
    return tuple(sorted(reports, key=lambda report: (-len(report.addresses), report.addresses)))


def _pictures(records: Iterable[OpenedRecord]) -> Pictures:
    of: dict[str, set[bytes]] = {}
    for record in records:
        if isinstance(record.content, PageRecord):
            known = of.setdefault(record.content.visit.address, set())
            known.update(picture.image.sha256 for picture in record.content.pictures)
    return {address: frozenset(digests) for address, digests in of.items() if digests}


def _shared(pictures: Pictures) -> Counter[tuple[str, str]]:
    """Return how many pictures each pair of sites shares."""
    sites: dict[bytes, list[str]] = {}
    for address in sorted(pictures):
        for digest in pictures[address]:
            sites.setdefault(digest, []).append(address)
    rare = (addresses for addresses in sites.values() if len(addresses) <= SITES_MOST)
    return Counter(pair for addresses in rare for pair in combinations(addresses, 2))


def _root(root: dict[str, str], address: str) -> str:
    while root[address] != address:
        root[address] = root[root[address]]
        address = root[address]
    return address


def _report(group: list[str], pictures: Pictures) -> MirrorReport:
    every = [pictures[address] for address in group]
    shared, together = reduce(frozenset.__and__, every), reduce(frozenset.__or__, every)
    words = (
        f"of the {len(together)} pictures that these records describe of the {len(group)} sites together, "
        f"{len(shared)} are on every one of them"
    )
    return MirrorReport(tuple(group), len(shared), len(together), words)

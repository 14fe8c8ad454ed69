"""Pictures that were seen are judged by a later edition of the hash lists, without anything being fetched again.

- Only where the operator has fingerprints kept (docs/adr/0016). A row holds what a page's pictures were hashed to, the
  lists that judged them last, and the places in the log of the records that describe them: no URL, and no verdict.
- Pages are taken by batches, and of every batch a record goes to each recipient, hits or not: neither rows nor log nor
  sizes tell which had any. A batch is one transaction, and its rows say how far the pass has come.
- A picture decoded at a reduced scale may be ruled out, never matched by its look: those that lie near an entry are
  counted as open, and the next visit tells.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import astuple, dataclass, replace
from itertools import groupby
from typing import Any

from config.clock import Clock
from matcher.fingerprint import Digests, Fingerprint, Reading, UndecidedReason
from matcher.picture.hashed import SLACK_BITS
from matcher.verdict import Judge, ListInForce, ListKind, Match
from reports.ledger.ledger import Addressed, Kept, Ledger, SightingKey
from reports.record.build import Sender, rejudged_record
from reports.record.model import FORMAT, RejudgedPage, RejudgedPicture, RejudgedRecord
from reports.record.recipient_filter import passing
from reports.store.values import cited_entry
from scanner.background.task import BackgroundTask
from scanner.referrals.recipients import RecipientRule, Recipients

BATCH = 32
"""Pages that are judged, and told of, together."""

Lists = tuple[ListInForce, ...]


@dataclass(frozen=True, slots=True)
class KeptPage:
    """One page's row, read: its pictures in their order, and the lists that judged them last."""

    kept: Kept
    lists: Lists
    fingerprints: tuple[Fingerprint, ...]

    @property
    def together(self) -> tuple[str, tuple[str, ...], str]:
        """Pages of which this is the same may stand in one record."""
        return str(self.kept.destroy_by), tuple(sorted(self.kept.leaves)), repr(self.lists)


@dataclass(frozen=True, slots=True)
class PageVerdict:
    """A page by the lists in force: each picture's matches, and how many pictures only a visit can tell."""

    page: KeptPage
    matches: tuple[tuple[Match, ...], ...]
    open: int


@dataclass(frozen=True, slots=True)
class Rejudging:
    """One pass over what is kept, by these lists."""

    ledger: Ledger
    judge: Judge
    audience: Recipients
    sender: Sender
    clock: Clock
    test: bool

    def left(self) -> int:
        """How many pages are still to be judged."""
        return self.ledger.left_to_judge_again(token(self.ledger, self.judge.lists()))

    def some(self, limit: int = BATCH) -> int:
        """Judge at most so many pages; how many it was. None are left when it is 0. Nothing is fetched."""
        editions = token(self.ledger, self.judge.lists())
        pages = sorted(map(read, self.ledger.to_judge_again(editions, limit)), key=lambda page: page.together)
        for _, group in groupby(pages, key=lambda page: page.together):
            judged = [self._judged(page) for page in group]
            bodies = {one.page.kept: write(self.judge.lists(), one.page.fingerprints) for one in judged}
            self.ledger.judged_again(bodies, editions, list(self._addressed(judged)))
        return len(pages)

    def _judged(self, page: KeptPage) -> PageVerdict:
        judged = [self._matches(one) for one in page.fingerprints]
        return PageVerdict(page, tuple(one or () for one in judged), judged.count(None))

    def _matches(self, fingerprint: Fingerprint) -> tuple[Match, ...] | None:
        """What it matches; None where only a decode at full scale could tell."""
        if not fingerprint.scaled or not self.judge.could_match(fingerprint, SLACK_BITS):
            return self.judge.judge(fingerprint).matches
        return self.judge.judge(replace(fingerprint, readings=())).matches or None

    def _addressed(self, batch: Sequence[PageVerdict]) -> Iterator[Addressed]:
        leaves = batch[0].page.kept.leaves
        for told in self.audience.recipients:
            if told.recipient in leaves:
                record = rejudged_record(self._record(batch, told))
                keys = tuple(_keys(batch, told))
                yield Addressed(told.recipient, record, keys, batch[0].page.kept.destroy_by)

    def _record(self, batch: Sequence[PageVerdict], told: RecipientRule) -> RejudgedRecord:
        return RejudgedRecord(
            format=FORMAT,
            kind="rejudged",
            sender=self.sender,
            policy=told.policy,
            judged=self.clock(),
            test=self.test,
            fetched_again=False,
            lists_before=batch[0].page.lists,
            lists=self.judge.lists(),
            pages_judged=len(batch),
            pictures_judged=sum(len(one.matches) for one in batch),
            pictures_open=sum(one.open for one in batch),
            pages=tuple(page for one in batch if (page := _page(one, told)).pictures),
        )


class JudgingAgain:
    """Batches that are judged beside a daemon's ticks, one after the other. `close` it before its ledger."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="judging again")
        self._batch: BackgroundTask[int] = BackgroundTask(self._thread)

    def go_on(self, rejudging: Rejudging) -> None:
        """Begin the next batch, once the last one is done. Raises what that one raised."""
        if self._batch.ready(0):
            self._batch.result()
        if not self._batch.busy:
            self._batch.begin(rejudging.some)

    def close(self) -> None:
        """End the thread, once its batch is done."""
        self._thread.shutdown()


def _page(judged: PageVerdict, told: RecipientRule) -> RejudgedPage:
    told_of = (
        (ordinal, one, passing(matches, told.policy))
        for ordinal, (one, matches) in enumerate(zip(judged.page.fingerprints, judged.matches, strict=True))
    )
    pictures = tuple(RejudgedPicture(at, one.digests.sha256, matches) for at, one, matches in told_of if matches)
    return RejudgedPage(judged.page.kept.leaves[told.recipient], pictures)


def _keys(batch: Iterable[PageVerdict], told: RecipientRule) -> Iterator[SightingKey]:
    """Of every picture, so that an entry that is withdrawn is found again, and nothing tells which were matched."""
    for one in batch:
        for fingerprint, matches in zip(one.page.fingerprints, one.matches, strict=True):
            cited = (cited_entry(match.list_issuer, match.entry_id) for match in passing(matches, told.policy))
            yield SightingKey(fingerprint.digests.sha256, "", "", tuple(cited))


def token(ledger: Ledger, lists: Lists) -> bytes:
    """What says by which editions fingerprints were judged."""
    return ledger.mark(b"editions" + repr(lists).encode("utf-8", "surrogatepass"))


def write(lists: Lists, fingerprints: Iterable[Fingerprint]) -> bytes:
    """What is kept of a page's pictures."""
    return json.dumps([[list(astuple(one)) for one in lists], [_written(one) for one in fingerprints]]).encode()


def read(kept: Kept) -> KeptPage:
    """What `write` wrote."""
    lists, fingerprints = json.loads(kept.body)
    return KeptPage(kept, tuple(map(_list_in_force, lists)), tuple(_fingerprint(one) for one in fingerprints))


def _list_in_force(written: Sequence[Any]) -> ListInForce:
    """Return the list of one row; a row that was kept before lists had a kind holds none."""
    name, issuer, version, sha256, entries, *kind = written
    return ListInForce(name, issuer, version, sha256, entries, *map(ListKind, kind))


def _written(one: Fingerprint) -> list[object]:
    digests = [one.digests.md5.hex(), one.digests.sha1.hex(), one.digests.sha256.hex()]
    readings = [
        [each.name, each.pdq.hex(), each.quality, each.phash.hex(), each.photodna.hex()] for each in one.readings
    ]
    return [digests, one.size_bytes, one.undecided and one.undecided.value, one.scaled, readings]


def _fingerprint(written: Sequence[Any]) -> Fingerprint:
    """Neither what kind of picture it was nor how large in pixels is kept: no verdict depends on it."""
    digests, size, undecided, scaled, readings = written
    return Fingerprint(
        digests=Digests(*(bytes.fromhex(one) for one in digests)),
        size_bytes=size,
        media_type="",
        width=0,
        height=0,
        readings=tuple(
            Reading(name, bytes.fromhex(pdq), quality, bytes.fromhex(phash), bytes.fromhex(photodna))
            for name, pdq, quality, phash, photodna in readings
        ),
        undecided=UndecidedReason(undecided) if undecided else None,
        scaled=bool(scaled),
    )

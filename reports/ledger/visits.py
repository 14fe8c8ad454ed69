"""Visits, as the ledger has them: claims, intents, ends of pages, trails, ends of visits."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from config.clock import rfc3339
from reports.ledger.page_memory import PageMemoryStore
from reports.ledger.resume_seal import open_entry, seal_entry
from reports.ledger.transaction import LedgerTransaction, mac
from reports.log.entry import Details, Kind, url_token
from reports.store.rows import answers, citations, history, sites, tokens
from reports.store.rows import resume_points as trails
from reports.store.values import (
    Addressed,
    Claim,
    Conclusion,
    Intent,
    Memory,
    Novelty,
    PageEnd,
    PastVisit,
    Remembered,
    SightingKey,
    SiteKey,
    VisitEnding,
)

NOTHING_SPECIAL: Final = Remembered()


class Visits(PageMemoryStore):
    """The part of the ledger that a visit writes."""

    def claim(self, key: SiteKey, run_id: str, visit_id: str) -> Claim | None:
        """Take the exclusive right to visit an address; None when it is held, retired or unknown."""
        (claim,) = self.claim_all({key: visit_id}, run_id)
        return claim

    def claim_all(self, visits: Mapping[SiteKey, str], run_id: str) -> tuple[Claim | None, ...]:
        """Claim several sites, each for the visit of this id, in one transaction: as `claim`, in order."""
        with self._step() as step:
            claims = sites.claim_all(step.transaction, visits, run_id)
            for claim in claims:
                if claim is not None:
                    step.log.append(Kind.VISIT_CLAIMED, {**_place(claim), "run": run_id, "attempt": claim.attempt})
            return tuple(claims)

    def release(self, claim: Claim) -> None:
        """Give a visit up unfinished: the site stays due, and this explains intents that have no conclusion."""
        with self._step(claim) as step:
            _release(step, claim, "let go")

    def release_abandoned(self, run_id: str) -> int:
        """Release what runs other than `run_id` hold; only under the state lock, at start. Returns how many."""
        with self._step() as step:
            trails.erase_stale(step.transaction, step.now)
            abandoned = sites.held_by_others(step.transaction, run_id)
            for claim in abandoned:
                _release(step, claim, "its run ended without it")
            return len(abandoned)

    def intend(self, claim: Claim, intents: Sequence[Intent]) -> tuple[int, ...]:
        """Log fetches that are about to be made. Durable when it returns the leaf index of each."""
        return self.proceed(claim, (), intents)

    def proceed(self, claim: Claim, ends: Sequence[PageEnd], intents: Sequence[Intent] = ()) -> tuple[int, ...]:
        """Put the ends of pages on the record (as `conclude` each), and the fetches that are about to be made.

        One transaction. Durable when it returns the leaf index of each intent.
        """
        sealed = [self._sealed_end(claim, end) for end in ends]
        with self._step(claim) as step:
            for end, (records, trail) in zip(ends, sealed, strict=True):
                self._conclude(step, claim, end, records, trail)
            indexes = tuple(step.log.append(Kind.FETCH_INTENDED, self._intended(step, claim, i)) for i in intents)
            sites.open_intents(step.transaction, claim, indexes)
            return indexes

    def opening(self, intent_leaf: int) -> bytes:
        """Return the 32 bytes that open an intent's commitment.

        `reports.log.entry.url_token(opening, url)` equals the leaf's `url_token`. In the sealed record next to the URL,
        it lets the recipient prove which URL the leaf speaks of.
        """
        return mac(self._opening_begun, intent_leaf.to_bytes(8, "big"))

    def conclude(
        self,
        claim: Claim,
        conclusions: Sequence[Conclusion],
        addressed: Sequence[Addressed] = (),
        trail: bytes | None = None,
        *,
        memories: Sequence[Memory] = (),
        since: Mapping[str, int] | None = None,
    ) -> tuple[str, ...]:
        """Log how fetches ended; seal, store and log a record for each recipient; remember the sightings and pages.

        See `PageEnd`. One transaction. Returns the records' ids. Each intent is concluded exactly once.
        """
        end = PageEnd(conclusions, addressed, trail, memories, since)
        records, entry = self._sealed_end(claim, end)
        with self._step(claim) as step:
            return self._conclude(step, claim, end, records, entry)

    def _sealed_end(self, claim: Claim, end: PageEnd) -> tuple[list[bytes], bytes | None]:
        """Return a page's sealed records and its resume entry."""
        trail = None if end.trail is None else seal_entry(self._keys.token_key, claim.key, end.trail)
        return self._sealed(end.addressed), trail

    def _conclude(
        self, step: LedgerTransaction, claim: Claim, end: PageEnd, sealed: Sequence[bytes], trail: bytes | None
    ) -> tuple[str, ...]:
        if trail is not None:
            trails.keep(step.transaction, claim, trail, step.now)
        sites.close_intents(step.transaction, claim, [conclusion.intent_leaf for conclusion in end.conclusions])
        ended = {
            conclusion.intent_leaf: step.log.append(Kind.FETCH_ENDED, _ended(claim, conclusion))
            for conclusion in end.conclusions
        }
        kept = self._keep_all(step, claim.visit_id, [_with_ends(to, ended) for to in end.addressed], sealed)
        told = [(to, stored.leaf_index) for to, stored in zip(end.addressed, kept, strict=True)]
        tokens.remember(step.transaction, self._keys.token_key, told, step.now)
        for to, leaf in told:
            citations.keep(step.transaction, self._keys.token_key, to.sightings, leaf)
        described = {to.recipient: leaf for to, leaf in told} if end.since is None else end.since
        self._remember(step, claim, end.memories, described)
        return tuple(stored.record_id for stored in kept)

    def trail(self, claim: Claim) -> tuple[tuple[str, bytes], ...]:
        """Return the resume entries of this site's interrupted visits, with their visit, oldest first.

        Empty if there is none, if it is too old, or if any of it was not sealed by this ledger's key.
        """
        with self._store.read() as transaction:
            kept = trails.of_site(transaction, claim.key, self._clock())
        opened = [(name, open_entry(self._keys.token_key, claim.key, sealed)) for name, sealed in kept]
        whole = tuple((name, entry) for name, entry in opened if entry is not None)
        return whole if len(whole) == len(opened) else ()

    def novelty(self, recipient: str, sightings: Sequence[SightingKey]) -> tuple[Novelty, ...]:
        """Return what is known of each sighting, in order, to this recipient; call before `conclude` remembers them."""
        if not sightings:
            return ()
        key = self._keys.token_key
        with self._store.read() as transaction:
            known = tokens.novelty(transaction, key, recipient, sightings)
            heard = answers.heard(transaction, key, recipient, sightings)
        pairs = zip(known, heard, strict=True)
        return tuple(replace(news, answered=answer or "", disputed=wrong) for news, (answer, wrong) in pairs)

    def end_visit(
        self,
        claim: Claim,
        outcome: str,
        next_due: datetime,
        *,
        failed: bool,
        addressed: Sequence[Addressed] = (),
        remembered: Remembered = NOTHING_SPECIAL,
    ) -> tuple[str, ...]:
        """End a visit: seal its records, set when the site is due again, let go of the address. One transaction.

        Every intent must have its conclusion. Returns the records' ids.
        """
        sealed = self._sealed(addressed)
        with self._step(claim) as step:
            kept = self._keep_all(step, claim.visit_id, addressed, sealed)
            if not remembered.cut:
                trails.erase(step.transaction, claim.key)
            footing = remembered.footing
            ending = VisitEnding(outcome, step.now, next_due, failed, footing)
            site_id = sites.end_visit(step.transaction, claim, ending)
            self._remember(step, claim, remembered.memories, {})
            self._forget_some(step, claim)
            if (counts := remembered.counts) is not None:
                past = PastVisit(claim.attempt, step.now, outcome, failed, footing is not None and footing.down, counts)
                history.add(step.transaction, claim, site_id, past)
            step.log.append(
                Kind.VISIT_ENDED, {"visit": claim.visit_id, "outcome": outcome, "next_due": rfc3339(next_due)}
            )
            if footing is not None and footing.quarantined_until is not None:
                quarantined = {"address": claim.key.address, "until": rfc3339(footing.quarantined_until)}
                step.log.append(Kind.SITE_QUARANTINED, quarantined)
        return tuple(stored.record_id for stored in kept)

    def _intended(self, step: LedgerTransaction, claim: Claim, intent: Intent) -> Details:
        return {
            "visit": claim.visit_id,
            "purpose": intent.purpose,
            "address": intent.address,
            "url_token": url_token(self.opening(step.log.next_index), intent.url),
        }


def _place(claim: Claim) -> dict[str, str]:
    return {"visit": claim.visit_id, "list": claim.key.list_id, "address": claim.key.address}


def _release(step: LedgerTransaction, claim: Claim, why: str) -> None:
    sites.let_go(step.transaction, claim)
    step.log.append(Kind.VISIT_RELEASED, {"visit": claim.visit_id, "why": why})


def _with_ends(to: Addressed, ended: Mapping[int, int]) -> Addressed:
    """Add the leaves of the outcomes that ended with this transaction."""
    return replace(to, entries=(*to.entries, *(ended[leaf] for leaf in to.entries if leaf in ended)))


def _ended(claim: Claim, conclusion: Conclusion) -> Details:
    return {
        "visit": claim.visit_id,
        "intent": conclusion.intent_leaf,
        "outcome": conclusion.outcome,
        "status": conclusion.status,
        "received_bytes": conclusion.received_bytes,
        "started": rfc3339(conclusion.started),
        "ended": rfc3339(conclusion.ended),
    }

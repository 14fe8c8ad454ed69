"""One visit of one listed site: the main path, from top to bottom like the flow in docs/architecture.md.

- Every fetch has a permit minted for it, and an intent in the log that is durable before the first byte leaves.
- What comes from the site is `untrusted_*`, lives in memory, and goes no farther than this module's callees.
- Each page ends as one sealed record, findings or not; the visit ends as one more (docs/adr/0001, 0002).
- A failure of our own tor is never laid at the site's door: the visit is given back, and the site stays due.
"""

import hashlib
from collections.abc import Callable, Iterable
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import SystemRandom
from threading import Event

from config.clock import Clock
from matcher.fingerprint import UndecidedReason
from matcher.verdict import Examiner
from reports.ledger import Addressed, Claim, Footing, Ledger, Memory, Purpose, Remembered, Site, VisitCounts
from reports.record import Sender, page_record, sighting_keys, visit_record
from reports.sighting import Evidence, IdentifierSeen, PageSeen, SiteState, Visit, VisitEnd
from reports.standing import Standing
from scanner import schedule
from scanner.audience import Audience, Told
from scanner.authority.lists import Listing
from scanner.authority.permit import ListPermits, Permit, Permits, Refusal
from scanner.authority.permit import Purpose as PermitPurpose
from scanner.crawl import Crawl, Step
from scanner.evidence import ALIVE, NO_EVIDENCE
from scanner.fetch.causes import OUR_OWN, Cause
from scanner.fetch.fetching import Fetching, Reached
from scanner.fetch.validators import NOT_MODIFIED
from scanner.flood_hold import Hits
from scanner.journal import Journal
from scanner.leads import leads
from scanner.looking import Looking, Seen
from scanner.memory import CONTRADICTED, DEFAULT_TRUST, Page, SiteMemory, Trust
from scanner.pace import Paces
from scanner.page_worker import TIME_LIMIT, WORKER_KILLED
from scanner.parts import Parts
from scanner.pictures import Gathered, Pictures
from scanner.ports import (
    Answer,
    Budget,
    Failed,
    Fetcher,
    Jar,
    PageContent,
    PageReader,
    PictureRef,
    Tors,
    Unreadable,
)
from scanner.robots import Robots
from scanner.spending import Spending, Spent
from scanner.trail import Earlier, Entry, write
from scanner.trail import read as read_trail
from scanner.traps import Trap

_NOT_ITS_FAULT = frozenset((SiteState.UNKNOWN, SiteState.UP))
"""Of a visit that gave no sign of life: it is made again soon, and does not count."""
VISITED = "visited"
GIVEN_BACK = "given back"
KILLED_READING = frozenset((TIME_LIMIT, WORKER_KILLED))
KILLED_DECODING = frozenset(reason for reason in UndecidedReason if reason.name.startswith("KILLED"))
NOT_FOR_GOOD = frozenset(
    (*KILLED_DECODING, UndecidedReason.TIME_LIMIT, UndecidedReason.MEMORY_LIMIT, UndecidedReason.NO_WORKER)
)
"""Reasons for which a picture is tried again at the next visit."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one visit may cost. A target's own scope may be narrower, never wider."""

    seconds: float
    pages: int
    pictures: int
    pictures_at_once: int
    bytes: int
    cookies: bool
    """Whether a visit keeps the cookies that it is given, in memory, until it ends."""
    redirects: int
    page: Budget
    picture: Budget
    workers_killed: int = 8
    """So many dead workers end the visit, and count as a strike against the site."""


@dataclass(frozen=True, slots=True)
class World:
    """The ports that a visit reaches the world through, and what all visits share."""

    permits: ListPermits
    paces: Paces
    fetcher: Fetcher
    reader: PageReader
    examiner: Examiner
    ledger: Ledger
    hits: Hits
    tor: Tors
    looking: Looking
    clock: Clock
    limits: Limits
    sender: Sender
    audience: Audience
    test: bool
    """Whether everything is a test and not production."""
    retry: schedule.Pace
    confinement_absent: tuple[str, ...] = ()
    """Layers of the workers' confinement that are not in force, which the operator accepts."""
    trust: Trust = DEFAULT_TRUST
    """When a site is asked only for what has changed."""
    lot: Callable[[], float] = SystemRandom().random
    """What is drawn for closer review (docs/adr/0013): nobody can repeat it."""


@dataclass(slots=True)
class SiteVisit:
    """One visit under way. Use `run` once."""

    visit: Visit
    listing: Listing
    site: Site
    claim: Claim
    world: World
    stop: Event
    crawl: Crawl
    permits: Permits
    fetching: Fetching
    parts: Parts
    pictures: Pictures
    robots: Robots
    memory: SiteMemory
    earlier: Earlier
    """What was read of the site by a visit that was cut, and that this one goes on from."""
    pages_read: int = 0
    causes: list[str] = field(default_factory=list)
    """The class of each page that failed."""
    forbidden: set[str] = field(default_factory=set)
    """Links that robots.txt kept us from."""
    found: tuple[str, ...] = ()
    """The links of the last page that will be read."""
    evidence: Evidence = NO_EVIDENCE
    """What the site's state rests on, once the visit has ended."""
    remember: Page | None = None
    """The last page that was read, where it may be remembered."""
    row: tuple[Memory, ...] = ()
    """What the ledger is to keep of it, where that is new."""
    given_back: bool = False
    """Whether our own tor failed, or the visit was stopped before it was whole: the site stays due."""
    killers: set[str | bytes] = field(default_factory=set)
    """The pages and pictures at which a confined worker died or had to be killed."""
    beside_known: bool = False
    """Whether an unknown picture stood beside known ones: in memory only, and drowned in a lot (docs/adr/0013)."""

    def run(self) -> VisitEnd:
        """Page by page, until the scope or a budget is spent, our own tor fails, or `stop` is set."""
        if self.robots.obeyed:
            self.robots.ask()
            self.world.ledger.conclude(self.claim, self.fetching.journal.drain())
        starts = [f"http://{self.visit.address}{path}" for path in self.listing.target.start_paths]
        self.crawl.start(self._not_forbidden(starts))
        steps = ((Step(entry.url, entry.depth), entry.found) for entry in self.earlier.entries)
        if self.earlier.last:
            self.crawl.resume(steps, self.earlier.last.refused)
        while (step := self._next()) is not None:
            self._seal(step, self._read(step))
        return self._end()

    def _next(self) -> Step | None:
        self.given_back |= self.stop.is_set()
        spent = self.fetching.spending.over() or self._strike
        return None if self.given_back or spent or self._unlisted() else self.crawl.next()

    def _unlisted(self) -> bool:
        """Whether no list in force names the site any more: the end of its list ends a visit."""
        return not self.world.permits.listed(self.visit.address, self.world.clock())

    @property
    def _strike(self) -> bool:
        return len(self.killers) >= self.world.limits.workers_killed

    def _read(self, step: Step, *, anew: bool = False) -> PageSeen:
        """Fetch one page, and every picture on it: only what has changed, unless it must be described anew."""
        self.found, self.remember, self.row = (), None, ()
        permit = self.permits.permit(step.url, self.world.clock())
        if isinstance(permit, Refusal):
            return self._missed(_unfetched(step.url, self.world.clock()), permit.cause.value)
        known = self.memory.page(permit.url)
        before = known if known is not None and not anew and self._stands(known) else None
        self.fetching.intend([permit], Purpose.PAGE)
        reached = self.fetching.reach(permit, self.memory.asks(permit.url, before.body if before else None))
        if isinstance(reached.result, Failed):
            self.given_back |= reached.result.cause in OUR_OWN or self.stop.is_set()
            return self._missed(_fetched(reached), reached.result.cause.value)
        silent = before is not None and reached.result.status == NOT_MODIFIED
        content = before.content if before and silent else self._content(reached.permit, reached.result)
        if isinstance(content, Unreadable):
            self.killers |= {step.url} if content in KILLED_READING else set()
            return self._missed(_fetched(reached), content.cause)
        again = None if before is None else self._again(step, reached, content, before)
        if again is None and silent:
            return self._read(step, anew=True)
        return again or self._page(step, reached, content, known)

    def _stands(self, known: Page) -> bool:
        """Whether a page that is as it was would be told as it was, to the same recipients."""
        told = {one.recipient for one in self.world.audience.of(self.visit.mandate)}
        return known.editions == self.memory.editions and known.leaves.keys() == told

    def _again(self, step: Step, reached: Reached, content: PageContent, known: Page) -> PageSeen | None:
        """The page as unchanged, but for pictures that cannot be had now; None when it must be described anew."""
        self.robots.ask()
        links = self._links(content)
        in_parts, notes = self.parts.pictures(content)
        now = self.memory.revisited(reached, content, known)
        if self.memory.with_parts(now.own, in_parts, notes) != known.whole:
            return None
        pictures = _each_once((*now.content.pictures, *in_parts))
        gathered = self.pictures.gather_again(reached.permit.url, reached.permit.address, pictures, known.pictures)
        if gathered is None:
            return None
        self._took(step, links, gathered)
        now = replace(now, pictures={**known.pictures, **gathered.bodies})
        self.remember = now
        self.row = () if now == known else (self.memory.row(reached.permit.url, now),)
        return replace(
            _fetched(reached),
            failed=gathered.failed,
            not_fetched=gathered.not_fetched,
            notes=content.notes + notes + self.robots.remark(step.url),
            unchanged=gathered.unchanged,
        )

    def _took(self, step: Step, links: list[str], gathered: Gathered) -> None:
        self.pages_read += 1
        self.found = self.crawl.extend(step, links)
        self.given_back |= self.stop.is_set() or any(failed.cause in OUR_OWN for failed in gathered.failed)

    def _missed(self, page: PageSeen, cause: str) -> PageSeen:
        self.causes.append(cause)
        return replace(page, cause=cause)

    def _content(self, permit: Permit, answer: Answer) -> PageContent | Unreadable:
        """What the page holds. A picture in a page's place is the one picture of that page."""
        if answer.untrusted_content_type.lower().startswith("image/"):
            picture = PictureRef("", "the page itself", untrusted_inline=answer.untrusted_body)
            return PageContent((), (picture,), ())
        return self.world.reader.read(answer.untrusted_body, permit.url, answer.untrusted_content_type)

    def _page(self, step: Step, reached: Reached, content: PageContent, known: Page | None) -> PageSeen:
        self.robots.ask()
        links = self._links(content)
        in_parts, notes = self.parts.pictures(content)
        references = _each_once((*content.pictures, *in_parts))
        gathered = self.pictures.gather(reached.permit.url, reached.permit.address, references)
        self._took(step, links, gathered)
        fingerprints = [sighting.fingerprint for sighting in gathered.sightings]
        known_again = all(one.place.url in gathered.bodies for one in gathered.sightings if one.place.url)
        if known_again and not reached.redirects and not any(one.undecided in NOT_FOR_GOOD for one in fingerprints):
            page = self.memory.described(reached, content, known)
            whole = self.memory.with_parts(page.own, in_parts, notes)
            pictures = self.memory.beside(gathered.bodies, known)
            self.remember = replace(page, whole=whole, pictures=pictures)
            self.row = (self.memory.row(reached.permit.url, self.remember),)
        self.killers |= {one.digests.sha256 for one in fingerprints if one.undecided in KILLED_DECODING}
        named, left = leads(content, self.visit.address, gathered.not_fetched)
        return replace(
            _fetched(reached),
            identifiers=self._identified(content),
            leads=named,
            leads_left=left,
            sightings=gathered.sightings,
            failed=gathered.failed,
            not_fetched=gathered.not_fetched,
            notes=content.notes + notes + self.robots.remark(step.url) + ((CONTRADICTED,) if self.memory.liar else ()),
        )

    def _identified(self, content: PageContent) -> tuple[IdentifierSeen, ...]:
        """The files that the page names, with the entries that they equal."""
        identify = self.world.examiner.identify
        named = ((one, identify(one.identifier)) for one in content.identifiers)
        return tuple(IdentifierSeen(one.identifier, one.named_by, hits, listed=bool(hits)) for one, hits in named)

    def _links(self, content: PageContent) -> list[str]:
        """Links to pages of this same onion service that the list covers, as their permits write them."""
        now = self.world.clock()
        answers = (self.permits.permit(url, now) for url in content.untrusted_links)
        own = [one.url for one in answers if isinstance(one, Permit) and one.address == self.visit.address]
        return self._not_forbidden(own)

    def _not_forbidden(self, urls: Iterable[str]) -> list[str]:
        """Those that robots.txt, where the mandate obeys it, does not forbid; the others are counted once each."""
        kept: list[str] = []
        for url in urls:
            if not self.robots.keeps_from(url):
                kept.append(url)
            elif url not in self.forbidden:
                self.forbidden.add(url)
                self.robots.pages_forbidden += 1
                self.crawl.refuse(Trap.ROBOTS)
        return kept

    def _seal(self, step: Step, page: PageSeen) -> None:
        """The page's record for each recipient, the outcomes of its fetches, and the trail: one transaction.

        A page whose reading was cut leaves no trail: it is read again.
        """
        addressed = [self._addressed(page, told) for told in self.world.audience.of(self.visit.mandate)]
        keys = (key for to in addressed for key in to.sightings)
        self.beside_known |= any(key.standing == Standing.UNKNOWN_BESIDE_KNOWN for key in keys)
        trail = None if self.given_back else write(self._trail(step, page))
        since = self.remember.leaves or None if self.remember else None
        row = () if self.given_back else self.row
        self.world.ledger.conclude(
            self.claim, self.fetching.journal.drain(), addressed, trail, memories=row, since=since
        )
        self.world.hits.saw(self.visit.address, page)

    def _trail(self, step: Step, page: PageSeen) -> Entry:
        before = self.earlier.last.seconds if self.earlier.last else 0.0
        return Entry(
            url=step.url,
            depth=step.depth,
            read=not page.cause,
            found=self.found,
            refused=self.crawl.refused,
            received_bytes=self.fetching.spending.received_bytes,
            seconds=before + (self.world.clock() - self.visit.started).total_seconds(),
            pictures_left=self.pictures.most,
        )

    def _addressed(self, page: PageSeen, told: Told) -> Addressed:
        lists, sender = self.world.examiner.lists(), self.world.sender
        if self.remember is not None:
            page = replace(page, since=self.remember.leaves.get(told.recipient))
        keys = sighting_keys(page, told.policy)
        novelty = self.world.ledger.novelty(told.recipient, keys)
        record = page_record(self.visit, page, lists, novelty, sender, told.policy)
        return Addressed(told.recipient, record, keys, self.visit.mandate.destroy_by)

    def _end(self) -> VisitEnd:
        """The visit's own record, and when the site is due again; or the visit given back."""
        self.evidence, health = self._evidence(), self.world.tor.of(self.visit.address).health()
        end = VisitEnd(
            ended=self.world.clock(),
            outcome=self._outcome(),
            pages_read=self.pages_read,
            pages_failed=len(self.causes),
            pages_left=self.crawl.left,
            links_left=self.crawl.refused,
            spent=self._spent(),
            received_bytes=self.fetching.spending.received_bytes - self._received_earlier,
            robots=self.robots.seen(),
            continues=self.earlier.visit_ids,
            tor_version=health.version,
            tor_healthy=health.healthy,
            clock=health.clock,
            evidence=self.evidence,
            workers_killed=len(self.killers),
            confinement_absent=self.world.confinement_absent,
        )
        lists, sender = self.world.examiner.lists(), self.world.sender
        addressed = [
            Addressed(
                told.recipient,
                visit_record(self.visit, end, lists, sender, told.policy),
                destroy_by=self.visit.mandate.destroy_by,
            )
            for told in self.world.audience.of(self.visit.mandate)
        ]
        due, footing = self._due(end.ended)
        kept = Remembered(footing, self._counts(end), cut=self.given_back, memories=(self.memory.at_end(),))
        self.world.ledger.end_visit(
            self.claim, end.outcome, due, failed=self._failed, addressed=addressed, remembered=kept
        )
        self.world.hits.keep()
        self.world.fetcher.forget(self.visit.address)
        return end

    def _evidence(self) -> Evidence:
        """What the site was found to be; when it failed, a second tor is asked as well."""
        seen = Seen(
            url=f"http://{self.visit.address}{self.listing.target.start_paths[0]}",
            tor=self.world.tor.of(self.visit.address),
            cause=self._cause(),
            failing_since=self.site.last_visit if self.site.failures else None,
        )
        found = self.world.looking.evidence(seen, self.permits, self.fetching.journal, self.world.clock, self.stop)
        if ended := self.fetching.journal.drain():
            self.world.ledger.conclude(self.claim, ended)
        return found

    def _cause(self) -> str | None:
        """Why the site gave no sign of life; empty when it gave one, None when it was not asked."""
        alive = self._any_read or bool(self.forbidden) or any(cause in ALIVE for cause in self.causes)
        return "" if alive else next(iter(self.causes), None)

    @property
    def _received_earlier(self) -> int:
        return self.earlier.last.received_bytes if self.earlier.last else 0

    def _spent(self) -> str:
        """Which budget ended the visit, if one did."""
        strike = Spent.WORKERS if self._strike else None
        over = self.fetching.spending.over() or strike or (Spent.PAGES if self.crawl.spent else None)
        return over.value if over and self.crawl.left else ""

    def _due(self, ended: datetime) -> tuple[datetime, Footing | None]:
        """After its review interval when the site was up, sooner while it fails, at once when it was given back."""
        if self.given_back or not (self._any_read or self.causes or self.forbidden):
            return ended, None
        if self._cause() and self.evidence.state in _NOT_ITS_FAULT:
            ill = self.evidence.first is not None and not self.evidence.first.tor_healthy
            return ended + (schedule.UNKNOWN_WAIT if ill else self.world.retry.retry_first), None
        review = timedelta(hours=self.listing.target.review_interval_hours)
        seen = schedule.Seen(not self._failed, self._strike, self.beside_known, self.world.lot())
        after = schedule.after_visit(schedule.state_of(self.site), ended, review, self.world.retry, seen)
        return after.due, Footing(
            after.strikes, after.closer, after.quarantined_until, self.evidence.state is SiteState.DOWN
        )

    def _counts(self, end: VisitEnd) -> VisitCounts:
        """What the site's history keeps of the visit."""
        return VisitCounts(
            started=self.visit.started,
            pages_read=end.pages_read,
            pages_failed=end.pages_failed,
            pages_left=end.pages_left,
            received_bytes=end.received_bytes,
            workers_killed=end.workers_killed,
            tor_healthy=end.tor_healthy,
        )

    @property
    def _failed(self) -> bool:
        """Whether the site gave no sign of life, our own tor being well. One that answers, however badly, is up."""
        return not self.given_back and bool(self._cause()) and self.evidence.state not in _NOT_ITS_FAULT

    def _outcome(self) -> str:
        if self.given_back:
            return GIVEN_BACK
        return (
            VISITED
            if self._any_read
            else next(iter(self.causes), (Trap.ROBOTS if self.forbidden else Cause.NOT_LISTED).value)
        )

    @property
    def _any_read(self) -> bool:
        """Whether this visit has read a page, or the earlier part of it had."""
        return self.pages_read > 0 or self.earlier.read > 0


def visit_site(listing: Listing, site: Site, claim: Claim, world: World, stop: Event) -> VisitEnd:
    """Visit the site that `claim` holds, under the list that names it. Raises only what the ledger raises.

    Its pages and pictures are decoded by workers that have met no other site's, and will meet none.
    """
    threads = ThreadPoolExecutor(world.limits.pictures_at_once, thread_name_prefix="picture")
    with world.examiner.alone() as examiner, world.reader.alone() as reader, threads:
        world = replace(world, examiner=examiner, reader=reader)
        return _site_visit(listing, site, claim, world, stop, threads).run()


def _site_visit(listing: Listing, site: Site, claim: Claim, world: World, stop: Event, threads: Executor) -> SiteVisit:
    visit = Visit(
        visit_id=claim.visit_id,
        address=claim.key.address,
        mandate=listing.authority_list.mandate(),
        scope=str(listing.target.scope),
        reason=listing.target.reason,
        started=world.clock(),
        test=world.test,
        gate=world.tor.gate,
    )
    limits = world.limits
    earlier = read_trail(world.ledger.trail(claim))
    spent, seconds, pictures_left = _spent_earlier(earlier, limits)
    until = visit.started + timedelta(seconds=limits.seconds - seconds)
    permits = world.permits.under(claim.key.list_id)
    fetching = Fetching(
        fetcher=world.fetcher,
        permits=permits,
        journal=Journal(world.ledger, claim),
        paces=world.paces,
        clock=world.clock,
        stop=stop,
        spending=Spending(world.clock, until, min(listing.target.scope.bytes or limits.bytes, limits.bytes), spent),
        redirects_most=world.limits.redirects,
        budgets={
            PermitPurpose.PAGE: world.limits.page,
            PermitPurpose.PICTURE: world.limits.picture,
            PermitPurpose.ROBOTS: world.limits.page,
        },
        jar=Jar(world.clock) if limits.cookies else None,
    )
    memory = _memory(visit, claim, world)
    pictures = Pictures(
        permits=permits,
        fetching=fetching,
        examiner=world.examiner,
        clock=world.clock,
        reader=world.reader,
        most=pictures_left,
        threads=threads,
        memory=memory,
    )
    robots = Robots(permits, fetching, world.clock, visit.address, listing.authority_list.form.robots == "obeyed")
    pictures.robots = robots
    parts = Parts(permits, fetching, world.reader, world.clock)
    crawl = Crawl(listing.target.scope, world.limits.pages)
    return SiteVisit(
        visit, listing, site, claim, world, stop, crawl, permits, fetching, parts, pictures, robots, memory, earlier
    )


def _memory(visit: Visit, claim: Claim, world: World) -> SiteMemory:
    sender = world.sender
    judged_by = (world.examiner.lists(), sender.configuration_sha256, sender.tool_version, sender.tool_commit)
    return SiteMemory(
        ledger=world.ledger,
        site=claim.key,
        visit_id=visit.visit_id,
        trust=world.trust,
        editions=world.ledger.mark(repr(judged_by).encode("utf-8", "surrogatepass")),
        now=visit.started,
        destroy_by=visit.mandate.destroy_by,
    )


def _spent_earlier(earlier: Earlier, limits: Limits) -> tuple[int, float, int]:
    """Bytes and seconds that the earlier part of this visit took, and the pictures that it left."""
    last = earlier.last
    return (last.received_bytes, last.seconds, last.pictures_left) if last else (0, 0.0, limits.pictures)


def _each_once(pictures: Iterable[PictureRef]) -> tuple[PictureRef, ...]:
    """A picture that the page and a part of it both name, in the same way, stands there once."""
    return tuple(dict.fromkeys(pictures))


def _fetched(reached: Reached) -> PageSeen:
    """A page as its fetch left it, before its pictures."""
    url, result = reached.permit.url, reached.result
    page = replace(_unfetched(url, result.started), redirects=reached.redirects, fetched_until=result.ended)
    if isinstance(result, Failed):
        return page
    body_sha256 = hashlib.sha256(result.untrusted_body).hexdigest()
    return replace(page, status=result.status, body_sha256=body_sha256, complete=result.complete)


def _unfetched(url: str, now: datetime) -> PageSeen:
    """A page without an answer: failed, or no permit was minted for it because its list ended during the visit."""
    return PageSeen(url, (), 0, now, now, "", "", complete=False, sightings=(), not_fetched=(), failed=())

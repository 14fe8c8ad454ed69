"""Made-up visits, pages and pictures for the tests of records and referrals. No address, hash or name here is real."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import md5, sha1, sha256

from matcher.fingerprint import Digests, Fingerprint, Reading, UndecidedReason
from matcher.identifiers import Identifier, IdentifierKind
from matcher.verdict import ListInForce, ListKind, Match, Outcome, Tier, Verdict
from reports.record.build import Policy, Sender
from reports.sighting import (
    ClockReading,
    Evidence,
    FailedPicture,
    Gating,
    Hop,
    IdentifierSeen,
    Lead,
    LeadKind,
    Look,
    Mandate,
    NotFetched,
    NotFetchedReason,
    PageSeen,
    Place,
    Relation,
    RobotsSeen,
    Sighting,
    SiteState,
    Visit,
    VisitEnd,
)
from reports.store.values import Novelty

ADDRESS = "a" * 56 + ".onion"
OTHER_ADDRESS = "b" * 56 + ".onion"
PAGE_URL = f"http://{ADDRESS}/gallery?page=1"
NOON = datetime(2026, 11, 23, 12, 0, 0, 120_000, tzinfo=UTC)
UNSEEN = Novelty(first_seen=None, last_seen=None, times_seen=0, picture_seen_before=False, referred_before=False)
SEEN = Novelty(
    first_seen=NOON - timedelta(days=9),
    last_seen=NOON - timedelta(days=2),
    times_seen=3,
    picture_seen_before=True,
    referred_before=True,
)
SENDER = Sender("Example Hotline", "desk@hotline.example", "0.1.0", "0123abc", sha256(b"configuration").hexdigest())
POLICY = Policy((Tier.EXACT, Tier.NEAR_CONFIRMED, Tier.NEAR))
LISTS = (ListInForce("example", "Example Issuer", "2026-11-20", sha256(b"list").hexdigest(), 1000),)


def mandate() -> Mandate:
    return Mandate(
        issuer="Example Authority",
        reference="EX-2026-17",
        legal_basis="Example Act, section 4",
        list_id="example-2026",
        list_sequence=7,
        list_sha256=sha256(b"authority list").hexdigest(),
        key_id="0123456789ABCDEF",
        valid_from=NOON - timedelta(days=30),
        valid_until=NOON + timedelta(days=30),
        destroy_by=NOON + timedelta(days=365),
        handling="For the referral unit only.",
    )


def visit(number: int = 1, address: str = ADDRESS, started: datetime = NOON) -> Visit:
    return Visit(
        visit_id=f"00000000-0000-4000-8000-{number:012d}",
        address=address,
        mandate=mandate(),
        scope="/gallery, depth 2, 50 pages",
        reason="reported by the public",
        started=started,
        test=True,
        gate=Gating.INSIDE_TOR,
    )


def fingerprint(seed: str) -> Fingerprint:
    body = seed.encode()
    return Fingerprint(
        digests=Digests(md5(body).digest(), sha1(body).digest(), sha256(body).digest()),  # noqa: S324 - as lists carry
        size_bytes=40_000 + len(body),
        media_type="image/jpeg",
        width=1024,
        height=768,
        readings=tuple(reading(seed, name) for name in ("plain", "plain/mirrored", "unbordered")),
        undecided=None,
    )


def reading(seed: str, name: str) -> Reading:
    return Reading(
        name, sha256(f"pdq {seed} {name}".encode()).digest(), 97, sha256(f"phash {seed} {name}".encode()).digest()
    )


def match(tier: Tier = Tier.EXACT, entry: str = "entry-1") -> Match:
    exact = tier is Tier.EXACT
    return Match(
        list_name="example",
        list_issuer="Example Issuer",
        list_version="2026-11-20",
        entry_id=entry,
        algorithm="sha256" if exact else "pdq",
        tier=tier,
        distance_bits=0 if exact else 12,
        threshold_bits=0 if exact else 31,
        phash_distance_bits=None if exact else 9,
        reading="bytes" if exact else "plain/mirrored",
        quality=0 if exact else 97,
        category="1",
        category_scheme="EXAMPLE",
        attributes=(("series", "none"), ("VictimIdentified", "false")),
        list_kind=ListKind.CHILD_ABUSE,
    )


MATCHED = Verdict(Outcome.MATCHED, (match(),))
NO_MATCH = Verdict(Outcome.NO_MATCH)
UNDECIDED = Verdict(Outcome.UNDECIDED, (), UndecidedReason.BROKEN)
WEAK = Verdict(Outcome.MATCHED, (replace(match(Tier.WIDE), distance_bits=44),))


def place(name: str, page_url: str = PAGE_URL, relation: Relation = Relation.HOSTED_HERE) -> Place:
    return Place(f"http://{ADDRESS}/{name}", page_url, "img src", relation)


def sighting(name: str, verdict: Verdict, page_url: str = PAGE_URL, at: datetime = NOON) -> Sighting:
    return Sighting(
        place=place(name, page_url),
        redirects=(),
        fetched_from=at + timedelta(seconds=1),
        fetched_until=at + timedelta(seconds=2),
        declared_type="image/jpeg",
        complete=True,
        fingerprint=fingerprint(name),
        verdict=verdict,
    )


def page(*sightings: Sighting, url: str = PAGE_URL, at: datetime = NOON) -> PageSeen:
    return PageSeen(
        url=url,
        redirects=(Hop(f"http://{ADDRESS}/", 302),),
        status=200,
        fetched_from=at,
        fetched_until=at + timedelta(seconds=1),
        body_sha256=sha256(repr(url).encode()).hexdigest(),
        cause="",
        complete=True,
        sightings=sightings,
        not_fetched=(),
        failed=(),
        notes=(),
    )


OFF_LIST = NotFetched(
    Place(f"http://{OTHER_ADDRESS}/far.jpg", PAGE_URL, "img src", Relation.EMBEDDED_FROM_ELSEWHERE),
    NotFetchedReason.OFF_LIST,
)
FAILED = FailedPicture(place("gone.jpg"), (), "deadline passed")


def failed_page(url: str, at: datetime = NOON) -> PageSeen:
    cause = "circuit lost or timed out"
    return replace(page(url=url, at=at), status=0, body_sha256="", cause=cause, complete=False, redirects=())


def visit_end(pages_read: int, pages_failed: int = 0, ended: datetime = NOON + timedelta(minutes=3)) -> VisitEnd:
    return VisitEnd(
        ended=ended,
        outcome="visited",
        pages_read=pages_read,
        pages_failed=pages_failed,
        pages_left=2,
        links_left={"one more date of a calendar": 40},
        spent="pages",
        received_bytes=1_000_000,
        robots=RobotsSeen("read", sha256(b"robots").hexdigest(), obeyed=False, pages_forbidden=2),
        continues=(),
        tor_version="0.4.9.11",
        tor_healthy=True,
        clock=ClockReading("system clock, held against the tor consensus", 0.25),
        evidence=Evidence(SiteState.UP, Look(ended, "", tor_healthy=True, network_live=True)),
    )


INFO_HASH = sha1(b"a file").digest()  # noqa: S324 - as BitTorrent has it
NAMED = IdentifierSeen(
    Identifier(IdentifierKind.INFO_HASH, INFO_HASH),
    "link",
    (replace(match(entry="file-1"), algorithm="infohash", reading="identifier"),),
    listed=True,
)
UNLISTED_FILE = IdentifierSeen(Identifier(IdentifierKind.ED2K, bytes(range(16))), "text", ())
LEADS = (Lead(LeadKind.ONION, OTHER_ADDRESS), Lead(LeadKind.HOST, "pictures.example"))

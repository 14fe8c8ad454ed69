"""The sites of a rehearsal: who is on the list, who is not, and how each behaves."""

from dataclasses import replace
from html import escape
from typing import Final

from reports.sighting import LeadKind
from scanner.crawl.frontier import ORDERS_MOST
from scanner.crawl.traps import Trap
from scanner.exchange.failure import FailureCause
from scanner.rehearsal.expectations import (
    FILE,
    LEAD,
    LINKS,
    MIRROR,
    PAGE,
    SITE,
    Planted,
    SitePlan,
    failed,
    lead,
    links_left,
    matched,
    read,
    same_pictures,
)
from scanner.rehearsal.gallery import (
    FILE_ENTRY,
    INFO_HASH,
    KNOWN,
    OUT_OF_SCOPE,
    Shown,
    gallery,
    image,
    jpeg,
    page,
    plain,
)
from scanner.rehearsal.marker_site import marked
from scanner.rehearsal.network.onion_services import ClientKey, OnionKey
from scanner.rehearsal.sites import CannedResponse
from scanner.visit.robots import FORBIDDEN

VISITED: Final = ("visited",)
SLOW_SECONDS: Final = 2.0
LOGIN: Final = (
    b'<!doctype html><title>Members</title><form method="post" action="/enter">'
    b'<input name="user"><input type="password" name="word"><button>Enter</button></form>'
)


def cast() -> tuple[SitePlan, ...]:
    """Return all sites, each with a fresh key for every rehearsal."""
    host, goal = OnionKey.new(), OnionKey.new()
    elsewhere = _on_another_site(_origin(host))
    return (
        *_galleries(elsewhere, _origin(goal)),
        _picture_host(host, elsewhere),
        _down(),
        _slow(),
        _redirecting(_origin(goal)),
        _asking_to_wait(),
        _login(),
        _authorised(),
        _maze(_origin(goal)),
        _marked(),
        _unlisted(goal),
    )


def _origin(key: OnionKey) -> str:
    return f"http://{key.address}"


def _on_another_site(origin: str) -> Shown:
    """Return a known picture that one listed site shows and another serves."""
    return image(f"{origin}/pictures/shared.jpg", matched("R-04"))


def _galleries(elsewhere: Shown, unlisted: str) -> tuple[SitePlan, SitePlan]:
    """Return a gallery and its mirror: the same pictures under another address."""
    one, other = OnionKey.new(), OnionKey.new()
    return (
        _gallery("gallery", one, other, elsewhere, unlisted),
        _gallery("mirror of the gallery", other, one, elsewhere, unlisted),
    )


def _maze(unlisted: str) -> SitePlan:
    """Return a site with a listed file named by a magnet link, leads, links in circles, a robots.txt, a cookie wall,
    and a page that shows nothing without scripts.
    """
    key = OnionKey.new()
    origin = _origin(key)
    orders = [f"/list?sort={name}&order={way}" for name in "abcd" for way in ("asc", "desc")]
    links = ["/up", "/up/up", "/asked-not", "/app", "/walled", f"{unlisted}/goal", *orders]
    first = f'<!doctype html><p><a href="magnet:?xt=urn:btih:{INFO_HASH.hex()}&amp;dn=x">a file</a>' + "".join(
        f'<p><a href="{escape(link)}">onward</a>' for link in links
    )
    ups = {"/up" * depth: CannedResponse(f'<a href="{"/up" * (depth + 1)}">up</a>'.encode()) for depth in range(1, 9)}
    answers = {
        "/": CannedResponse(first.encode()),
        "/robots.txt": CannedResponse(b"User-agent: *\nDisallow: /asked-not\n", "text/plain"),
        "/asked-not": CannedResponse(b"<p>read all the same"),
        "/app": CannedResponse(b"<!doctype html><div id=root></div><script>draw()</script>"),
        "/walled": CannedResponse(b"<p>behind a cookie", needs_cookie=True),
        **{order: CannedResponse(b"<p>the same page, in another order") for order in orders},
        **ups,
    }
    read_paths = [*orders[:ORDERS_MOST], "/walled", "/up", "/up/up", "/up/up/up"]
    rows = (
        _site(key),
        Planted(f"{origin}/", "", PAGE, read()),
        Planted(f"{origin}/", INFO_HASH.hex(), FILE, matched(FILE_ENTRY)),
        Planted(f"{origin}/", unlisted.removeprefix("http://"), LEAD, lead(LeadKind.ONION)),
        Planted(f"{origin}/asked-not", "", PAGE, read(notes=[FORBIDDEN])),
        Planted(f"{origin}/app", "", PAGE, read(notes=["needs scripts"])),
        *(Planted(f"{origin}{path}", "", PAGE, read()) for path in read_paths),
        Planted(origin, Trap.PERMUTED, LINKS, links_left(len(orders) - ORDERS_MOST)),
        Planted(origin, Trap.REPEATING, LINKS, links_left(1)),
    )
    return SitePlan("maze", key, answers, rows)


def _gallery(name: str, key: OnionKey, other: OnionKey, elsewhere: Shown, unlisted: str) -> SitePlan:
    origin = _origin(key)
    whole = gallery(origin, elsewhere, unlisted)
    return SitePlan(
        name=name,
        key=key,
        answers=whole.answers,
        planted=(_site(key), Planted(origin, other.address, MIRROR, same_pictures()), *whole.planted),
        start_paths=("/gallery/",),
        path_prefixes=("/gallery",),
        forbidden_paths=frozenset((OUT_OF_SCOPE, "/pictures/out-of-scope.jpg")),
    )


def _picture_host(key: OnionKey, elsewhere: Shown) -> SitePlan:
    empty = page(_origin(key), "/", [])
    picture = {elsewhere.url.removeprefix(_origin(key)): jpeg(plain(KNOWN["R-04"]))}
    return SitePlan("picture host", key, {**empty.answers, **picture}, (_site(key), *empty.planted))


def _down() -> SitePlan:
    key = OnionKey.new()
    rows = (
        _site(key, FailureCause.NO_DESCRIPTOR),
        Planted(f"{_origin(key)}/", "", PAGE, failed(FailureCause.NO_DESCRIPTOR)),
    )
    return SitePlan("down", key, {}, rows, published=False)


def _slow() -> SitePlan:
    """Answers late, but in time; and one of its pictures never ends."""
    key = OnionKey.new()
    origin = _origin(key)
    late = CannedResponse(plain(KNOWN["R-05"]), "image/jpeg", after_seconds=SLOW_SECONDS)
    drip = CannedResponse(plain(KNOWN["R-06"]), "image/jpeg", dripping=True)
    shown = [
        image(f"{origin}/late.jpg", matched("R-05"), late),
        image(f"{origin}/drip.jpg", failed(FailureCause.DEADLINE), drip),
    ]
    whole = page(origin, "/", shown)
    return SitePlan("slow", key, whole.answers, (_site(key), *whole.planted))


def _redirecting(unlisted: str) -> SitePlan:
    key = OnionKey.new()
    rows = (
        _site(key, FailureCause.REDIRECT_OFF_LIST),
        Planted(f"{_origin(key)}/", "", PAGE, failed(FailureCause.REDIRECT_OFF_LIST)),
    )
    return SitePlan("redirects off the list", key, {"/": CannedResponse(status=302, location=f"{unlisted}/goal")}, rows)


def _asking_to_wait() -> SitePlan:
    """Ask for fewer requests once, at a page and at a picture; nothing may be missed."""
    key = OnionKey.new()
    origin = _origin(key)
    picture = CannedResponse(plain(KNOWN["R-05"]), "image/jpeg", asks_once="1")
    whole = page(origin, "/", [image(f"{origin}/busy.jpg", matched("R-05"), picture)])
    answers = {**whole.answers, "/": replace(whole.answers["/"], asks_once="1")}
    return SitePlan("asks to wait", key, answers, (_site(key), *whole.planted))


def _login() -> SitePlan:
    key = OnionKey.new()
    rows = (_site(key), Planted(f"{_origin(key)}/", "", PAGE, read(notes=["login form"])))
    return SitePlan("login form", key, {"/": CannedResponse(LOGIN)}, rows, forbidden_paths=frozenset(("/enter",)))


def _authorised() -> SitePlan:
    key = OnionKey.new()
    origin = _origin(key)
    whole = page(origin, "/", [image(f"{origin}/members.jpg", matched("R-06"), jpeg(plain(KNOWN["R-06"])))])
    rows = (_site(key), *whole.planted)
    return SitePlan("client authorisation", key, whole.answers, rows, clients=(ClientKey.new(),))


def _marked() -> SitePlan:
    """Return a site of which nothing may be found on any disk."""
    key = OnionKey.new()
    whole = marked(_origin(key))
    return SitePlan("marked", key, whole.answers, (_site(key), *whole.planted))


def _unlisted(key: OnionKey) -> SitePlan:
    """Linked, embedded and redirected to from listed sites; alive, and never to be asked."""
    picture = jpeg(plain(KNOWN["R-01"]))
    answers = {"/goal": CannedResponse(b"<!doctype html><p>goal"), "/goal.jpg": picture, "/embedded.jpg": picture}
    return SitePlan("not listed", key, answers, listed=False)


def _site(key: OnionKey, *outcome: str) -> Planted:
    return Planted(_origin(key), "", SITE, outcome or VISITED)

"""The sites of a rehearsal: who is on the list, who is not, and how each behaves."""

from typing import Final

from scanner.fetch.causes import Cause
from scanner.rehearsal.gallery import KNOWN, OUT_OF_SCOPE, Shown, gallery, image, jpeg, page, plain
from scanner.rehearsal.onion_services import ClientKey, OnionKey
from scanner.rehearsal.plan import PAGE, SITE, Planted, SitePlan, failed, matched, read
from scanner.rehearsal.sites import Served

VISITED: Final = ("visited",)
SLOW_SECONDS: Final = 2.0
LOGIN: Final = (
    b'<!doctype html><title>Members</title><form method="post" action="/enter">'
    b'<input name="user"><input type="password" name="word"><button>Enter</button></form>'
)


def cast() -> tuple[SitePlan, ...]:
    """All sites, each with a key of its own, made anew for every rehearsal."""
    host, goal = OnionKey.new(), OnionKey.new()
    elsewhere = _on_another_site(_origin(host))
    return (
        _gallery("gallery", elsewhere, _origin(goal)),
        _gallery("mirror of the gallery", elsewhere, _origin(goal)),
        _picture_host(host, elsewhere),
        _down(),
        _slow(),
        _redirecting(_origin(goal)),
        _login(),
        _authorised(),
        _unlisted(goal),
    )


def _origin(key: OnionKey) -> str:
    return f"http://{key.address}"


def _on_another_site(origin: str) -> Shown:
    """A known picture that a listed site shows and another listed site serves."""
    return image(f"{origin}/pictures/shared.jpg", matched("R-04"))


def _gallery(name: str, elsewhere: Shown, unlisted: str) -> SitePlan:
    key = OnionKey.new()
    origin = _origin(key)
    whole = gallery(origin, elsewhere, unlisted)
    return SitePlan(
        name=name,
        key=key,
        answers=whole.answers,
        planted=(_site(key), *whole.planted),
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
    rows = (_site(key, Cause.NO_DESCRIPTOR), Planted(f"{_origin(key)}/", "", PAGE, failed(Cause.NO_DESCRIPTOR)))
    return SitePlan("down", key, {}, rows, published=False)


def _slow() -> SitePlan:
    """Answers late, but in time; and one of its pictures never ends."""
    key = OnionKey.new()
    origin = _origin(key)
    late = Served(plain(KNOWN["R-05"]), "image/jpeg", after_seconds=SLOW_SECONDS)
    drip = Served(plain(KNOWN["R-06"]), "image/jpeg", dripping=True)
    shown = [
        image(f"{origin}/late.jpg", matched("R-05"), late),
        image(f"{origin}/drip.jpg", failed(Cause.DEADLINE), drip),
    ]
    whole = page(origin, "/", shown)
    return SitePlan("slow", key, whole.answers, (_site(key), *whole.planted))


def _redirecting(unlisted: str) -> SitePlan:
    key = OnionKey.new()
    rows = (_site(key, Cause.REDIRECT_OFF_LIST), Planted(f"{_origin(key)}/", "", PAGE, failed(Cause.REDIRECT_OFF_LIST)))
    return SitePlan("redirects off the list", key, {"/": Served(status=302, location=f"{unlisted}/goal")}, rows)


def _login() -> SitePlan:
    key = OnionKey.new()
    rows = (_site(key), Planted(f"{_origin(key)}/", "", PAGE, read(notes=["login form"])))
    return SitePlan("login form", key, {"/": Served(LOGIN)}, rows, forbidden_paths=frozenset(("/enter",)))


def _authorised() -> SitePlan:
    key = OnionKey.new()
    origin = _origin(key)
    whole = page(origin, "/", [image(f"{origin}/members.jpg", matched("R-06"), jpeg(plain(KNOWN["R-06"])))])
    rows = (_site(key), *whole.planted)
    return SitePlan("client authorisation", key, whole.answers, rows, clients=(ClientKey.new(),))


def _unlisted(key: OnionKey) -> SitePlan:
    """Linked, embedded and redirected to from listed sites; alive, and never to be asked."""
    picture = jpeg(plain(KNOWN["R-01"]))
    answers = {"/goal": Served(b"<!doctype html><p>goal"), "/goal.jpg": picture, "/embedded.jpg": picture}
    return SitePlan("not listed", key, answers, listed=False)


def _site(key: OnionKey, *outcome: str) -> Planted:
    return Planted(_origin(key), "", SITE, outcome or VISITED)

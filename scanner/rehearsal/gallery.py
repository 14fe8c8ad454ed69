"""The pages of a gallery: every way in which a page can show a picture, every form that a picture can have.

Each function returns one page with its pictures and expectations. Known pictures are on the hash list, one entry each;
the others are on none.
"""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from html import escape
from types import MappingProxyType
from typing import Final

from matcher.fingerprint import UndecidedReason
from reports.sighting import LeadKind, NotFetchedReason
from scanner.exchange.failure import FailureCause
from scanner.rehearsal import pictures
from scanner.rehearsal.expectations import (
    LEAD,
    NEAR,
    PAGE,
    Planted,
    failed,
    lead,
    matched,
    no_match,
    not_fetched,
    read,
    undecided,
)
from scanner.rehearsal.sites import CannedResponse

KNOWN: Final[Mapping[str, int]] = MappingProxyType({f"R-{number:02}": number for number in range(1, 7)})
"""Entry of the hash list to the seed of its picture."""
FILE_ENTRY: Final = "R-file"
"""Entry of the hash list that names a file of a peer-to-peer network."""
INFO_HASH: Final = sha256(b"a file that nobody ever shared").digest()[:20]
UNKNOWN: Final = (101, 102, 103)
"""Seeds of pictures that no list knows."""
OUT_OF_SCOPE: Final = "/private/page"
WAYS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "img src": '<img src="{}" alt="">',
        "srcset": '<img srcset="{} 2x" alt="">',
        "picture source": '<picture><source srcset="{}" media="(min-width: 1px)"></picture>',
        "data-src": '<img class="lazy" data-src="{}" alt="">',
        "data-srcset": '<img class="lazy" data-srcset="{} 640w" alt="">',
        "data-original": '<img class="lazy" data-original="{}" alt="">',
        "style attribute": '<div style="background-image: url({})">.</div>',
        "style element": '<style>.hero {{ background: #fff url("{}") no-repeat }}</style>',
        "poster": '<video poster="{}"></video>',
        "icon": '<link rel="icon" href="{}">',
        "og:image": '<meta property="og:image" content="{}">',
        "link": '<a href="{}">a picture</a>',
        "input image": '<form><input type="image" src="{}" alt="go"></form>',
        "noscript": '<noscript><img src="{}" alt=""></noscript>',
        "template": '<template><img src="{}" alt=""></template>',
        "svg image": '<svg width="9" height="9"><image href="{}" /></svg>',
        "object": '<object data="{}" type="image/jpeg"></object>',
        "table background": '<table background="{}"><tr><td>.</td></tr></table>',
    }
)


@dataclass(frozen=True, slots=True)
class Shown:
    """One picture on a page. `served` is None if another site serves it, or nobody. `url` is empty if inline."""

    way: str
    html: str
    url: str
    expected: tuple[str, ...]
    served: CannedResponse | None = None


@dataclass(frozen=True, slots=True)
class GalleryPage:
    """One page: its answers by path (itself and its pictures), and what must be found."""

    answers: Mapping[str, CannedResponse]
    planted: tuple[Planted, ...]


@cache
def plain(seed: int) -> bytes:
    """Return the picture of this seed in the form of the hash list."""
    return pictures.jpeg(pictures.paint(seed))


def jpeg(body: bytes) -> CannedResponse:
    """Return a JPEG response."""
    return CannedResponse(body, "image/jpeg")


def page(origin: str, path: str, shown: Sequence[Shown], links: Sequence[str] = ()) -> GalleryPage:
    """Put these pictures on the page at `origin` and `path`. The origin is `http://` and the onion address."""
    anchors = "".join(f'<p><a href="{escape(link)}">onward</a>' for link in links)
    body = f"<!doctype html><title>{escape(path)}</title>{anchors}{''.join(item.html for item in shown)}"
    served = {item.url.removeprefix(origin): item.served for item in shown if item.served is not None}
    rows = [Planted(origin + path, item.url, item.way, item.expected) for item in shown]
    whole = Planted(origin + path, "", PAGE, read(len(rows), sum("no match" in row.expected[0] for row in rows)))
    return GalleryPage({path: CannedResponse(body.encode()), **served}, (whole, *rows))


def together(*pages: GalleryPage, further: Mapping[str, CannedResponse] = MappingProxyType({})) -> GalleryPage:
    """Several pages of one site as one. `further` is what they lead to and do not show."""
    answers = {path: served for item in pages for path, served in item.answers.items()}
    return GalleryPage({**answers, **further}, tuple(row for item in pages for row in item.planted))


def image(url: str, expected: tuple[str, ...], served: CannedResponse | None = None, way: str = "img src") -> Shown:
    """Return a picture at `url`, shown in one of the WAYS."""
    return Shown(way, WAYS[way].format(escape(url)), url, expected, served)


def ways(origin: str) -> GalleryPage:
    """Return a page with each way of showing a picture, each with its own known picture."""
    entries = list(KNOWN)
    shown = []
    for number, way in enumerate(WAYS):
        entry = entries[number % len(entries)]
        url = f"{origin}/pictures/way-{number}.jpg"
        shown.append(image(url, matched(entry), jpeg(plain(KNOWN[entry])), way))
    inline = b64encode(plain(KNOWN[entries[0]])).decode()
    shown.append(Shown("data: URI", f'<img src="data:image/jpeg;base64,{inline}" alt="">', "", matched(entries[0])))
    return page(origin, "/gallery/ways", shown)


@cache
def encoded(name: str, seed: int) -> CannedResponse:
    """Return the picture of this seed after one of the EDITS, or in one of the FORMATS, with a false type."""
    return CannedResponse(
        {**pictures.EDITS, **pictures.FORMATS}[name](pictures.paint(seed)), "application/octet-stream"
    )


def forms(origin: str) -> GalleryPage:
    """Return pages with each edit and each file format, of the known pictures in turn."""
    entries = list(KNOWN)
    shown = []
    for number, name in enumerate([*pictures.EDITS, *pictures.FORMATS]):
        entry = entries[number % len(entries)]
        shown.append(image(f"{origin}/pictures/{name}", matched(entry, NEAR), encoded(name, KNOWN[entry])))
    second = pictures.animation(pictures.paint(UNKNOWN[0]), pictures.paint(KNOWN[entries[0]]))
    url = f"{origin}/pictures/second-frame.gif"
    shown.append(image(url, matched(entries[0], NEAR), CannedResponse(second, "image/gif")))
    return page(origin, "/gallery/forms", shown)


def company(origin: str) -> GalleryPage:
    """Return a page with one known and two unknown pictures: the page that matters most to an analyst."""
    entry = next(iter(KNOWN))
    known = image(f"{origin}/pictures/known.jpg", matched(entry), jpeg(plain(KNOWN[entry])))
    beside = [
        image(f"{origin}/pictures/beside-{seed}.jpg", no_match(beside_known=True), jpeg(plain(seed)))
        for seed in UNKNOWN[:2]
    ]
    return page(origin, "/gallery/company", [known, *beside])


def alone(origin: str) -> GalleryPage:
    """Return a page with a single unknown picture, which the referral counts and does not name."""
    shown = image(f"{origin}/pictures/alone.jpg", no_match(), jpeg(plain(UNKNOWN[2])))
    whole = page(origin, "/gallery/alone", [shown])
    return GalleryPage(whole.answers, whole.planted[:1])


def odd(origin: str, elsewhere: Shown, unlisted: str) -> GalleryPage:
    """Return a page of pictures that cannot be decided or fetched, or may not be, each with its reason."""
    half = pictures.truncated(pictures.paint(KNOWN["R-02"]), 0.5)
    shown = (
        ("flat.png", undecided(UndecidedReason.TOO_FLAT), CannedResponse(pictures.flat(), "image/png")),
        ("broken.png", undecided(UndecidedReason.BROKEN), CannedResponse(pictures.broken(), "image/png")),
        ("half.jpg", undecided(UndecidedReason.TRUNCATED), jpeg(half)),
        ("moved.jpg", matched("R-02"), CannedResponse(status=301, location="/pictures/moved-here.jpg")),
        (
            "cut.jpg",
            undecided(UndecidedReason.TRUNCATED),
            CannedResponse(plain(KNOWN["R-03"]), "image/jpeg", cut_short=True),
        ),
        ("missing.jpg", failed("HTTP 404"), None),
        (
            "away.jpg",
            failed(FailureCause.REDIRECT_OFF_LIST),
            CannedResponse(status=302, location=f"{unlisted}/goal.jpg"),
        ),
    )
    here = [image(f"{origin}/pictures/{name}", expected, served) for name, expected, served in shown]
    off_list = [
        image(url, not_fetched(NotFetchedReason.OFF_LIST))
        for url in (f"{unlisted}/embedded.jpg", "http://pictures.example/clear-web.jpg")
    ]
    leads = (
        Planted(f"{origin}/gallery/odd", unlisted.removeprefix("http://"), LEAD, lead(LeadKind.ONION)),
        Planted(f"{origin}/gallery/odd", elsewhere.url.split("/")[2], LEAD, lead(LeadKind.ONION)),
        Planted(f"{origin}/gallery/odd", "pictures.example", LEAD, lead(LeadKind.HOST)),
    )
    further = {"/pictures/moved-here.jpg": jpeg(plain(KNOWN["R-02"]))}
    whole = together(page(origin, "/gallery/odd", [*here, *off_list, elsewhere]), further=further)
    return GalleryPage(whole.answers, (*whole.planted, *leads))


def gallery(origin: str, elsewhere: Shown, unlisted: str) -> GalleryPage:
    """Return all pages above, linked from the first; and two links out of scope and off the list."""
    pages = [ways(origin), forms(origin), company(origin), alone(origin), odd(origin, elsewhere, unlisted)]
    links = [f"/gallery/{name}" for name in ("ways", "forms", "company", "alone", "odd")]
    first = page(origin, "/gallery/", [], [*links, OUT_OF_SCOPE, f"{unlisted}/page"])
    hidden = image(f"{origin}/pictures/out-of-scope.jpg", no_match(), jpeg(plain(KNOWN["R-01"])))
    return together(first, *pages, further=page(origin, OUT_OF_SCOPE, [hidden]).answers)

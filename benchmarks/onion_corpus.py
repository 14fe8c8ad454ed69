"""Onion sites for measuring: pages that link each other, each with pictures that no other page has."""

from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np

from scanner.rehearsal.expectations import SitePlan
from scanner.rehearsal.network.onion_services import OnionKey
from scanner.rehearsal.pictures import HEIGHT, WIDTH, Pixels, jpeg, paint
from scanner.rehearsal.sites import CannedResponse
from scanner.tor.tor_pool import number_of

MOTIFS: Final = 20
BASE_SEED: Final = 1000


@dataclass(frozen=True, slots=True)
class Size:
    """How many sites, pages on each, and pictures on each page."""

    sites: int
    pages: int
    pictures: int
    after_seconds: float = 0.0
    """How long each site waits before it answers."""
    width: int = WIDTH
    height: int = HEIGHT
    """Of each picture, in pixels."""

    @property
    def all_pages(self) -> int:
        """On all sites."""
        return self.sites * self.pages

    @property
    def all_pictures(self) -> int:
        """On all pages."""
        return self.all_pages * self.pictures


def corpus(size: Size, tors: int = 1) -> tuple[SitePlan, ...]:
    """The sites. Every picture is unique in its bytes and in its hashes, and stands on no list.

    Addresses are drawn until each of so many tors has as many sites: by chance some had more, and were the last.
    """
    return tuple(_site(number, size, _key(number % tors, tors)) for number in range(size.sites))


def _key(tor: int, tors: int) -> OnionKey:
    """Return the key of a site that this tor serves."""
    return next(key for key in iter(OnionKey.new, None) if number_of(key.address, tors) == tor)


def urls(site: SitePlan) -> list[str]:
    """Return every URL of a site, pages and pictures, in the order of a client that knows them all."""
    return [f"http://{site.key.address}{path}" for path in site.answers]


def _site(number: int, size: Size, key: OnionKey) -> SitePlan:
    answers: dict[str, CannedResponse] = {}
    for page in range(size.pages):
        answers[_path(page)] = CannedResponse(_page(page, size).encode(), after_seconds=size.after_seconds)
        for picture in range(size.pictures):
            serial = (number * size.pages + page) * size.pictures + picture
            answers[f"/{page}/{picture}.jpg"] = CannedResponse(
                _picture(serial, size), "image/jpeg", after_seconds=size.after_seconds
            )
    return SitePlan(f"site {number}", key, answers)


def _path(page: int) -> str:
    return f"/{page}/" if page else "/"


def _page(page: int, size: Size) -> str:
    shown = "".join(f'<p><img src="/{page}/{picture}.jpg" alt="">' for picture in range(size.pictures))
    links = "".join(f'<p><a href="{_path(other)}">page {other}</a>' for other in range(size.pages))
    return f"<!doctype html><title>Page {page}</title>{shown}{links}"


def _picture(serial: int, size: Size) -> bytes:
    """One of the motifs, moved: new bytes and new hashes for little work."""
    moved = np.roll(_motif(serial % MOTIFS, size.width, size.height), 37 * (serial // MOTIFS), axis=1)
    return jpeg(moved)


@cache
def _motif(number: int, width: int, height: int) -> Pixels:
    return paint(BASE_SEED + number, width, height)

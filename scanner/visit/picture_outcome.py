"""What may become of a picture, and of all of a page's together."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from matcher.verdict import Examination
from reports.sighting import FailedPicture, Hop, LoggedFetch, NotFetched, NotFetchedReason, Sighting
from scanner.page.content import PictureRef
from scanner.visit.site_memory import RememberedBody


@dataclass(frozen=True, slots=True)
class Examined:
    """A picture that was fetched and examined, wherever it stands. `address` is the onion service that served it."""

    address: str
    redirects: tuple[Hop, ...]
    fetched_from: datetime
    fetched_until: datetime
    declared_type: str
    complete: bool
    examination: Examination
    fetches: tuple[LoggedFetch, ...] = ()
    body: RememberedBody | None = None
    """What may be remembered of it; None for an inline picture, which is a part of its page."""


@dataclass(frozen=True, slots=True)
class Unchanged:
    """A picture that is the same as at an earlier visit: the site says so, or its bytes are. It was not decoded."""

    body: RememberedBody


@dataclass(frozen=True, slots=True)
class FetchFailed:
    """A picture whose fetch failed, and why."""

    redirects: tuple[Hop, ...]
    cause: str
    fetches: tuple[LoggedFetch, ...] = ()


@dataclass(frozen=True, slots=True)
class Delivery:
    """How a picture came, or a bundle: then all pictures within it have this in common."""

    address: str
    redirects: tuple[Hop, ...]
    fetched_from: datetime
    fetched_until: datetime
    complete: bool
    fetches: tuple[LoggedFetch, ...] = ()

    def shown(self, examination: Examination, declared_type: str = "", body: RememberedBody | None = None) -> Examined:
        """The picture that came so, examined."""
        return Examined(
            address=self.address,
            redirects=self.redirects,
            fetched_from=self.fetched_from,
            fetched_until=self.fetched_until,
            declared_type=declared_type,
            complete=self.complete,
            examination=examination,
            fetches=self.fetches,
            body=body,
        )


@dataclass(frozen=True, slots=True)
class BundleEntry:
    """A picture within a bundle, by an address of its own. `address` is the onion service that served the bundle."""

    reference: PictureRef
    address: str
    fate: Examined | FetchFailed


@dataclass(frozen=True, slots=True)
class Bundle:
    """An archive, or a body of several parts: the pictures within it."""

    within: tuple[BundleEntry, ...]


@dataclass(frozen=True, slots=True)
class PictureOutcomes:
    """What became of a page's pictures. Together as many as the page has references, those in archives included."""

    sightings: tuple[Sighting, ...]
    failed: tuple[FailedPicture, ...]
    not_fetched: tuple[NotFetched, ...]
    bodies: Mapping[str, RememberedBody]
    """By URL, what may be remembered of those that were fetched."""
    unchanged: int = 0
    """Those that are as they were described before: only for pages that are unchanged."""


PictureOutcome = Examined | Unchanged | FetchFailed | NotFetchedReason

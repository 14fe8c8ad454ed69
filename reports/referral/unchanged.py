"""Pages found unchanged since an earlier record, and what that says of its sightings.

The earlier record may be in the same referral or in an earlier one. If it is not here, nothing is invented: the page
counts as described elsewhere.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from reports.bundle.record_check import OpenedRecord
from reports.record.model import PageRecord
from reports.sighting import Place


@dataclass(frozen=True, slots=True)
class SeenAgain:
    """For each record (by its place in the log) the later ones that found its page unchanged."""

    by_leaf: Mapping[int, Sequence[PageRecord]]

    @classmethod
    def of(cls, records: Iterable[OpenedRecord]) -> "SeenAgain":
        """Collect those of all records."""
        by_leaf: dict[int, list[PageRecord]] = {}
        for record in records:
            if isinstance(record.content, PageRecord) and record.content.unchanged is not None:
                by_leaf.setdefault(record.content.unchanged.record_leaf, []).append(record.content)
        return cls(by_leaf)

    def of_place(self, record: OpenedRecord, place: Place) -> list[datetime]:
        """Return when the picture that `record` describes at this place was found there again, in records' order."""
        later = self.by_leaf.get(record.leaf_index, ())
        return [page.page.fetched_from for page in later if not _missing(page, place)]


def _missing(page: PageRecord, place: Place) -> bool:
    """Return True if the picture at this place could not be fetched when the page was found unchanged."""
    missing = {item.place.url for item in page.failed} | {item.place.url for item in page.not_fetched}
    return place.url != "" and place.url in missing

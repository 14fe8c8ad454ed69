"""What a log may tell: each entry after those before it."""

from datetime import UTC, datetime

import pytest

from reports.log.entry import Details, Kind, LogEntry
from reports.log.replay import LogReplay

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
START: tuple[Kind, Details] = (Kind.LOG_STARTED, {})
CLAIM: tuple[Kind, Details] = (Kind.VISIT_CLAIMED, {"visit": "v1", "address": "a.onion"})
INTEND: tuple[Kind, Details] = (Kind.FETCH_INTENDED, {"visit": "v1"})
SEAL: tuple[Kind, Details] = (Kind.RECORD_SEALED, {"visit": "v1"})
END: tuple[Kind, Details] = (Kind.VISIT_ENDED, {"visit": "v1"})
RELEASE: tuple[Kind, Details] = (Kind.VISIT_RELEASED, {"visit": "v1"})


def ended(intent: int, visit: str = "v1") -> tuple[Kind, Details]:
    return Kind.FETCH_ENDED, {"visit": visit, "intent": intent}


def told(*steps: tuple[Kind, Details]) -> list[tuple[int, str]]:
    """Where the story goes wrong, and how."""
    story = LogReplay()
    return [
        (index, fault)
        for index, (kind, details) in enumerate(steps)
        for fault in story.tell(LogEntry(index, NOON, kind, details))
    ]


def test_whole_visits_one_after_another_are_told() -> None:
    visit = (CLAIM, INTEND, ended(2), SEAL, END)
    again = (CLAIM, INTEND, INTEND, ended(8), ended(7), END)
    assert told(START, *visit, *again) == []


def test_a_release_explains_what_it_leaves_open() -> None:
    assert told(START, CLAIM, INTEND, RELEASE, CLAIM, END) == []


@pytest.mark.parametrize(
    ("steps", "where", "what"),
    [
        ((CLAIM,), 0, "starts once"),
        ((START, START), 1, "starts once"),
        ((START, CLAIM, CLAIM), 2, "another visit holds"),
        ((START, CLAIM, (Kind.VISIT_CLAIMED, {"visit": "v2", "address": "a.onion"})), 2, "another visit holds"),
        ((START, INTEND), 1, "outside of any open visit"),
        ((START, CLAIM, END, INTEND), 3, "outside of any open visit"),
        ((START, CLAIM, ended(1)), 2, "not intended"),
        ((START, CLAIM, INTEND, ended(2), ended(2)), 4, "has ended before"),
        ((START, CLAIM, INTEND, RELEASE, ended(2)), 4, "not intended"),
        ((START, CLAIM, INTEND, ended(2, visit="v2")), 3, "not intended"),
        ((START, CLAIM, INTEND, END), 3, "1 fetches had no end"),
        ((START, SEAL), 1, "outside of any open visit"),
        ((START, END), 1, "not open"),
        ((START, RELEASE), 1, "not open"),
    ],
)
def test_what_cannot_follow_is_named(steps: tuple[tuple[Kind, Details], ...], where: int, what: str) -> None:
    ((index, fault),) = told(*steps)
    assert index == where
    assert what in fault


def test_an_entry_that_lacks_what_its_kind_has_is_an_error() -> None:
    with pytest.raises(ValueError, match="visit is missing"):
        told(START, (Kind.VISIT_CLAIMED, {"address": "a.onion"}))


def test_other_kinds_may_stand_anywhere() -> None:
    assert told(START, (Kind.POLICY, {}), CLAIM, (Kind.LIST_IMPORTED, {}), END, (Kind.RUN_ENDED, {})) == []

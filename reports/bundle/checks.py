"""The checks of a referral, by name, and how each ended. Plain words for people; a closed list for programs."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Check(StrEnum):
    """All checks, in the order in which they are reported."""

    SEAL = "the seal opens with your key"
    SIGNATURE = "the scanner signed the referral"
    SCANNER = "the scanner's key is one that you trust"
    MANIFEST = "the manifest is whole, and names you and its records"
    CHECKPOINT = "the log's checkpoint is signed by the scanner"
    TIMESTAMP = "an outside authority has seen the log"
    LOGGED = "each record is the one that the log names"
    INCLUDED = "each record's entry stands in the log"
    OPENS = "each record opens with your key"
    RECORD_SIGNATURE = "the scanner signed each record"
    FORM = "each record follows its published form"
    COUNTS = "the counts of each record add up"
    FETCHED = "the log's own entries say that these pages were fetched, and when"
    MANDATE = "each fetch lay within its mandate"
    AUTHORITY_LIST = "the authority list is the one that you hold"
    NOT_REPLAYED = "no record stands twice"
    NOT_DROPPED = "no record of a visit is missing"
    CHAIN = "no earlier referral is missing"


MEANING: Final = MappingProxyType(
    {
        Check.SEAL: "The file was damaged or changed on its way, or was sealed to another key than yours.",
        Check.SIGNATURE: "Somebody changed the referral after the scanner signed it, or made it up.",
        Check.SCANNER: "Anybody could have made this file: compare the key with the sender over another channel.",
        Check.MANIFEST: "The list of what the referral holds does not fit you, or does not fit what it holds.",
        Check.CHECKPOINT: "Nothing ties this referral to the scanner's log: records may have been made up later.",
        Check.TIMESTAMP: "When the log was written rests on the scanner's own clock: nobody else has vouched for it.",
        Check.LOGGED: "A record here is not the one that was sealed when the site was visited.",
        Check.INCLUDED: "A record here does not stand in the scanner's log: it may have been made up later.",
        Check.OPENS: "A record cannot be read with your key: what it says is missing here.",
        Check.RECORD_SIGNATURE: "A record here was not made by this scanner.",
        Check.FORM: "A record says something that this program does not understand: versions may differ.",
        Check.COUNTS: "A record hides or invents pictures: its sums do not come out.",
        Check.FETCHED: "The scanner's log does not bear out that a page here was asked for at this address.",
        Check.MANDATE: "Something was fetched when the list no longer allowed it, or not yet.",
        Check.AUTHORITY_LIST: "The visits cannot be attributed to the authority until its list is compared.",
        Check.NOT_REPLAYED: "Something is reported twice: counts and dates would mislead.",
        Check.NOT_DROPPED: "Pages were visited whose records are not here: what they say is missing.",
        Check.CHAIN: "An earlier referral is not here: first seen, spread and novelty may be wrong.",
    }
)
"""What a failed or missing check means to the reader."""


class CheckState(StrEnum):
    """How a check ended."""

    HOLDS = "holds"
    FAILS = "fails"
    NOT_CHECKED = "not checked"


MARKS: Final = MappingProxyType(
    {CheckState.HOLDS: "\u2713", CheckState.FAILS: "\u2717", CheckState.NOT_CHECKED: "\u2013"}
)


@dataclass(frozen=True, slots=True)
class Result:
    """One check's end. `words` say what was seen, or why it could not be checked; never text from a site."""

    check: Check
    state: CheckState
    words: str


NOT_REACHED: Final = "not reached"
"""The reason for checks that follow one that stops verification."""


def in_short(results: Iterable[Result]) -> str:
    """Summarise these checks in one line that claims no more than they show."""
    states = [result.state for result in results]
    failed, left = states.count(CheckState.FAILS), states.count(CheckState.NOT_CHECKED)
    if failed:
        return f"NOT verified: {failed} of {len(states)} checks fail"
    made = f"{len(states) - left} of {len(states)} checks were made, and all of them hold"
    return f"{made}; {left} could not be made" if left else made


def holds(check: Check, words: str = "") -> Result:
    """Return the result of a check that holds."""
    return Result(check, CheckState.HOLDS, words)


def fails(check: Check, words: str) -> Result:
    """Return the result of a check that fails."""
    return Result(check, CheckState.FAILS, words)


def not_checked(check: Check, words: str) -> Result:
    """Return the result of a check that could not be made."""
    return Result(check, CheckState.NOT_CHECKED, words)

"""The checks of a referral, by name, and how each ended. Plain words for people; a closed list for programs."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Check(StrEnum):
    """Everything that is checked, in the order in which it is told."""

    SEAL = "the seal opens with your key"
    SIGNATURE = "the scanner signed the referral"
    SCANNER = "the scanner's key is one that you trust"
    MANIFEST = "the manifest is whole, and names you and its records"
    CHECKPOINT = "the log's checkpoint is signed by the scanner"
    LOGGED = "each record is the one that the log names"
    INCLUDED = "each record's entry stands in the log"
    OPENS = "each record opens with your key"
    RECORD_SIGNATURE = "the scanner signed each record"
    FORM = "each record follows its published form"
    COUNTS = "the counts of each record add up"
    MANDATE = "each fetch lay within its mandate"
    AUTHORITY_LIST = "the authority list is the one that you hold"
    NOT_REPLAYED = "no record stands twice"
    NOT_DROPPED = "no record of a visit is missing"
    CHAIN = "no earlier referral is missing"


class State(StrEnum):
    """How a check ended."""

    HOLDS = "holds"
    FAILS = "fails"
    NOT_CHECKED = "not checked"


@dataclass(frozen=True, slots=True)
class Result:
    """One check's end. `words` say what was seen, or why it could not be checked; never text from a site."""

    check: Check
    state: State
    words: str


def in_short(results: Iterable[Result]) -> str:
    """How these checks ended, in one line that claims no more than they show."""
    states = [result.state for result in results]
    failed, left = states.count(State.FAILS), states.count(State.NOT_CHECKED)
    if failed:
        return f"NOT verified: {failed} of {len(states)} checks fail"
    made = f"{len(states) - left} of {len(states)} checks were made, and all of them hold"
    return f"{made}; {left} could not be made" if left else made


def holds(check: Check, words: str = "") -> Result:
    """The check holds."""
    return Result(check, State.HOLDS, words)


def fails(check: Check, words: str) -> Result:
    """The check fails."""
    return Result(check, State.FAILS, words)


def not_checked(check: Check, words: str) -> Result:
    """The check could not be made."""
    return Result(check, State.NOT_CHECKED, words)

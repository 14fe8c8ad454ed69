"""Why no permit is minted. The failures of an exchange take these reasons over."""

from dataclasses import dataclass
from enum import StrEnum


class RefusalReason(StrEnum):
    """The closed list of reasons for which an address may not be fetched."""

    NOT_LISTED = "not on a list in force"
    OUT_OF_SCOPE = "outside the scope that the list gives"
    MALFORMED = "malformed address"


@dataclass(frozen=True, slots=True)
class Refusal:
    """No permit, and the reason. `why` is a sentence for people, free of the URL."""

    reason: RefusalReason
    why: str

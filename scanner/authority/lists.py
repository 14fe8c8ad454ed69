"""Authority lists in force. An `AuthorityList` exists only if its signature, form and addresses were verified.

Only `verify_list` makes one. It judges at one instant; whoever uses the list later asks `in_force` again at theirs.
A list is refused whole, with every fault named; what was in force before stays in force.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from config.faults import Fault, Refused
from config.settings import Authority
from reports.sighting import Mandate
from scanner.authority.form import ListForm, Target


@dataclass(frozen=True, slots=True)
class AuthorityList:
    """A verified list. `key_id` is the minisign key id (16 hex digits), `sha256` hex over the signed bytes."""

    form: ListForm
    key_id: str
    sha256: str

    def in_force(self, now: datetime) -> bool:
        """Whether `now` lies within its validity window: from `valid_from` until before `valid_until`."""
        return self.form.valid_from <= now < self.form.valid_until

    def target(self, address: str) -> Target | None:
        """The target of this address (56 characters and `.onion`, lower case)."""
        raise NotImplementedError

    def mandate(self) -> Mandate:
        """On whose authority its visits are made, as it stands on every record."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Listing:
    """One target under the list that names it: what a visit is made of."""

    authority_list: AuthorityList
    target: Target


@dataclass(frozen=True, slots=True)
class Lists:
    """What a folder of lists gave: those in force, and what is wrong with the others (expired, damaged, ...)."""

    in_force: tuple[AuthorityList, ...]
    faults: tuple[Fault, ...]

    def listings(self) -> Iterator[Listing]:
        """Every target of every list, in the order of lists and of targets."""
        raise NotImplementedError


def verify_list(
    untrusted_list: bytes,
    untrusted_signature: bytes | None,
    trusted: Sequence[Authority],
    now: datetime,
    held: Mapping[str, AuthorityList],
) -> AuthorityList | Refused:
    """The list, when everything about it holds at `now`; otherwise every fault.

    `held` are the lists held so far by list id, in force or expired: a lower sequence is a rollback and is refused.
    """
    raise NotImplementedError


def load_lists(directory: Path, trusted: Sequence[Authority], now: datetime) -> Lists:
    """The lists stored in `directory`, each verified anew. A missing folder is an empty one."""
    raise NotImplementedError


def store_list(
    directory: Path,
    untrusted_list: bytes,
    untrusted_signature: bytes | None,
    trusted: Sequence[Authority],
    now: datetime,
) -> AuthorityList | Refused:
    """Verify and keep a list in place of its earlier edition; refused, it changes nothing."""
    raise NotImplementedError

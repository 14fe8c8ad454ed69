"""The authority's side: a list is checked, serialised and signed. Used by `targets sign` and by rehearsals."""

from dataclasses import dataclass
from datetime import datetime

from config.faults import Refused
from reports.minisign import SecretKey
from scanner.authority.form import ListForm


@dataclass(frozen=True, slots=True)
class SignedList:
    """A list's bytes and the signature file that goes with them."""

    content: bytes
    signature: bytes


def sign_list(content: bytes, key: SecretKey, now: datetime) -> SignedList | Refused:
    """Sign a list's bytes as they are, when they are a well-formed list."""
    raise NotImplementedError(content, key, now)


def issue(form: ListForm, key: SecretKey, now: datetime) -> SignedList | Refused:
    """Serialise and sign a form made in a program."""
    raise NotImplementedError(form, key, now)

"""The authority's side: a list is checked and signed. Used by `targets sign` and by rehearsals."""

from dataclasses import dataclass
from datetime import datetime

from config.clock import rfc3339
from config.faults import Fault, Refused
from reports.crypto.minisign import SecretKey, sign
from scanner.authority.list_model import ListForm, ParsedList, read_form
from scanner.authority.verify import issue_faults, never_in_force


@dataclass(frozen=True, slots=True)
class SignedList:
    """A list's bytes and the signature file that goes with them."""

    content: bytes
    signature: bytes


def sign_list(content: bytes, key: SecretKey, now: datetime) -> SignedList | Refused:
    """Sign a list's unchanged bytes if `faults` finds nothing. `now` goes into the trusted comment."""
    reading = read_form(content)
    if (wrong := faults(reading, now)) or reading.form is None:
        return Refused(wrong)
    comment = f"{reading.form.list_id} sequence {reading.form.sequence}, signed {rfc3339(now)}"
    return SignedList(content, sign(content, key, comment))


def faults(reading: ParsedList, now: datetime) -> tuple[Fault, ...]:
    """Return what is wrong with a list before signing: its form, its date of issue, and a window that has passed."""
    if reading.head is None:
        return reading.faults
    return (*reading.faults, *issue_faults(reading.head, now), *never_in_force(reading.head, now))


def issue(form: ListForm, key: SecretKey, now: datetime) -> SignedList | Refused:
    """Serialise and sign a form that a program made."""
    return sign_list(form.model_dump_json(indent=2, exclude_none=True).encode() + b"\n", key, now)

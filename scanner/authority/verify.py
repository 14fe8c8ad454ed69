"""Verification of authority lists. An `AuthorityList` exists only if its signature, form and addresses hold.

Only this module makes one. A list is judged at one instant; later users check `in_force` again at theirs. A list is
refused whole, with every fault named; the one in force before stays in force.
"""

from collections.abc import Mapping, Sequence
from dataclasses import InitVar, dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Final

from config.clock import TOLERANCE, rfc3339
from config.faults import Fault, Refused
from config.settings import Authority
from reports.crypto.minisign import MinisignPublicKey, signer_of, verify
from reports.sighting import Mandate
from scanner.authority.list_model import ListForm, ListHead, ParsedList, Target, read_form

_VERIFIED: Final = object()


@dataclass(frozen=True, slots=True)
class AuthorityList:
    """A verified list. `key_id` is the minisign key id (16 hex digits), `sha256` hex over the signed bytes.

    Two are equal when they are the same bytes, signed by the same key.
    """

    form: ListForm = field(repr=False, compare=False)
    key_id: str
    sha256: str
    targets: Mapping[str, Target] = field(repr=False, compare=False)
    """By address: 56 characters and `.onion`, lower case."""
    by: InitVar[object]

    def __post_init__(self, by: object) -> None:
        if by is not _VERIFIED:
            msg = "an AuthorityList is made by verify_list alone"
            raise TypeError(msg)

    def in_force(self, now: datetime) -> bool:
        """Return True if `now` lies within its validity window: from `valid_from` until before `valid_until`."""
        return not window_faults(self.form, now)

    def ended(self, now: datetime) -> bool:
        """Return True if `now` lies after its validity window."""
        return now >= self.form.valid_until

    def target(self, address: str) -> Target | None:
        """Return this address's target, or None if the list does not name it."""
        return self.targets.get(address)

    def mandate(self) -> Mandate:
        """Return the mandate of its visits, as every record states it."""
        form = self.form
        return Mandate(
            issuer=form.issuer,
            reference=form.mandate_reference,
            legal_basis=form.legal_basis,
            list_id=form.list_id,
            list_sequence=form.sequence,
            list_sha256=self.sha256,
            key_id=self.key_id,
            valid_from=form.valid_from,
            valid_until=form.valid_until,
            destroy_by=form.destroy_by,
            handling=form.handling or "",
            jurisdictions=form.jurisdictions,
        )


def verify_list(
    untrusted_list: bytes,
    untrusted_signature: bytes | None,
    trusted: Sequence[Authority],
    now: datetime,
    held: Mapping[str, AuthorityList],
) -> AuthorityList | Refused:
    """Return the list if everything about it holds at `now`; otherwise every fault.

    `held` are the present lists by id, in force or expired: a lower sequence is a rollback and is refused.
    """
    reading = read_form(untrusted_list)
    signer = _signer(untrusted_list, untrusted_signature, trusted)
    faults = list(reading.faults)
    if isinstance(signer, Fault):
        faults.insert(0, signer)
    if reading.head is not None:
        digest = sha256(untrusted_list).hexdigest()
        faults += (
            issue_faults(reading.head, now)
            + window_faults(reading.head, now)
            + _succession_faults(reading.head, digest, held)
        )
        faults += [] if isinstance(signer, Fault) else _issuer_faults(reading.head, signer)
    return _made(reading, signer, untrusted_list) if not faults else Refused(tuple(faults))


def authentic(
    untrusted_list: bytes, untrusted_signature: bytes, trusted: Sequence[Authority]
) -> AuthorityList | Refused:
    """Return the list if signature and form hold, in force or not: for one that is held already."""
    reading = read_form(untrusted_list)
    signer = _signer(untrusted_list, untrusted_signature, trusted)
    faults = list(reading.faults)
    if isinstance(signer, Fault):
        faults.insert(0, signer)
    elif reading.head is not None:
        faults += _issuer_faults(reading.head, signer)
    return _made(reading, signer, untrusted_list) if not faults else Refused(tuple(faults))


def issue_faults(head: ListHead, now: datetime) -> list[Fault]:
    """Return what is wrong with a list's date of issue, for one that is signed or imported at `now`.

    A held list is not checked again: setting the clock back must not put it out of force.
    """
    issued = rfc3339(head.issued)
    if head.issued > head.valid_until:
        return [Fault("issued", f"is {issued}, later than valid_until: nobody issues a list that has ended", _ASK)]
    if head.issued > now + TOLERANCE:
        cause = f"is still to come: {issued}, and the clock here says {rfc3339(now)}"
        return [Fault("issued", cause, f"Compare this machine's clock. {_ASK}")]
    return []


def window_faults(head: ListHead, now: datetime) -> list[Fault]:
    """Return why a list is not in force at `now`."""
    never = never_in_force(head, now)
    if not never and now < head.valid_from:
        return [Fault("valid_from", f"is still to come: {rfc3339(head.valid_from)}", "Import it then, or ask why.")]
    return never


def never_in_force(head: ListHead, now: datetime) -> list[Fault]:
    """Return why a list is in force neither at `now` nor later: nobody should sign such a list."""
    if head.valid_from >= head.valid_until:
        return [Fault("valid_until", "is not later than valid_from, so the list is never valid", _ASK)]
    if head.destroy_by is not None and head.destroy_by < head.valid_until:
        cause = "lies before valid_until: the last findings would have to be destroyed before they exist"
        return [Fault("destroy_by", cause, _ASK)]
    if now >= head.valid_until:
        return [Fault("valid_until", f"has passed: the list expired at {rfc3339(head.valid_until)}", _ASK)]
    return []


_ASK: Final = "Ask its issuer for a new edition."


def _made(reading: ParsedList, signer: Authority | Fault, content: bytes) -> AuthorityList:
    if reading.form is None or isinstance(signer, Fault):
        msg = "a list without fault has a form and a signer"
        raise TypeError(msg)
    key = MinisignPublicKey.parse(signer.public_key)
    return AuthorityList(
        form=reading.form,
        key_id=key.name if isinstance(key, MinisignPublicKey) else "",
        sha256=sha256(content).hexdigest(),
        targets={target.address: target for target in reading.form.targets},
        by=_VERIFIED,
    )


def _signer(content: bytes, untrusted_signature: bytes | None, trusted: Sequence[Authority]) -> Authority | Fault:
    """Return who among the trusted signed exactly these bytes."""
    if untrusted_signature is None:
        return Fault(
            "the signature", "is missing: the list is not signed", "Fetch the .minisig file that belongs to it."
        )
    name = signer_of(untrusted_signature)
    if isinstance(name, Fault):
        return name
    fault = Fault(
        "the signature",
        f"was made by key {name}, which is not trusted",
        "If it is the authority's key, check it with them and add it under [[authorities]].",
    )
    for authority in trusted:
        key = MinisignPublicKey.parse(authority.public_key)
        if isinstance(key, Fault) or key.name != name:
            continue
        verified = verify(content, untrusted_signature, key)
        if not isinstance(verified, Fault):
            return authority
        fault = verified
    return fault


def _issuer_faults(head: ListHead, signer: Authority) -> list[Fault]:
    if head.issuer == signer.name:
        return []
    cause = f"is not {signer.name}, for whom the signing key is trusted"
    return [Fault("issuer", cause, "Ask its signer; or correct the name under [[authorities]].")]


def _succession_faults(head: ListHead, digest: str, held: Mapping[str, AuthorityList]) -> list[Fault]:
    earlier = held.get(head.list_id)
    if earlier is None:
        return []
    if earlier.form.issuer != head.issuer:
        return [Fault("list_id", f"belongs to a list of {earlier.form.issuer} that is held already", _ASK)]
    if head.sequence < earlier.form.sequence:
        cause = f"is {head.sequence}, but {earlier.form.sequence} is held: an older edition never replaces a newer one"
        return [Fault("sequence", cause, _ASK)]
    if head.sequence == earlier.form.sequence and digest != earlier.sha256:
        return [Fault("sequence", f"is {head.sequence}, which is held already with other content", _ASK)]
    return []

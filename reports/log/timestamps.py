"""Timestamps (RFC 3161): an outside authority certifies that a checkpoint of the log existed at a time.

- Nothing is sent from here. The request is a file that a person carries to an authority of their choice, and its reply
  is a file that they bring back (docs/adr/0017): the scanning machine talks to nobody but tor.
- The stamp covers the signed checkpoint, byte for byte; it holds sizes and hashes only.
- A reply is taken only if it verifies under the authority's certificate; a recipient verifies it again under theirs.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cryptography.x509 import Certificate, DuplicateExtension, InvalidVersion, load_pem_x509_certificates

from config.faults import Fault, Refused
from reports import files
from reports.log.der_order import certificates_in_order

if TYPE_CHECKING:
    from rfc3161_client import TimeStampResponse

FOLDER: Final = "timestamps"
"""The folder next to the store."""
REPLY_BYTES_MAX: Final = 65_536
NOTE: Final = ".checkpoint"
REPLY: Final = ".tsr"
_FIX: Final = "Ask the authority again, with a new request (`sightline audit timestamp-request`)."
_OTHER: Final = (
    "was signed with a certificate to which none of the given root certificates leads",
    "Name the certificates of the authority that made it: its root, and those between the root and the signer.",
)
_PURPOSE: Final = ("was signed with a certificate that is not one for timestamps", "Ask a timestamp authority.")
_DAMAGED: Final = ("was damaged or changed: its signature does not hold", "Fetch the reply again, whole.")
_WHY: Final = (
    ("certificate has expired", ("was signed with a certificate that had expired by then", _FIX)),
    ("certificate is not yet valid", ("was signed with a certificate that was not valid yet", _FIX)),
    ("unable to get local issuer certificate", _OTHER),
    ("unable to get issuer certificate", _OTHER),
    ("self-signed certificate", _OTHER),
    ("signer certificate not found", ("holds no certificate of the one who signed it", _FIX)),
    ("certificate purpose", _PURPOSE),
    ("EKU", _PURPOSE),
)
"""Messages of OpenSSL and `rfc3161_client`, with our cause and fix. Anything else is damage."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """A stamped checkpoint, as a referral carries it. `consistency` (RFC 9162) leads to the referral's checkpoint."""

    checkpoint: str
    reply: bytes = field(repr=False)
    consistency: tuple[bytes, ...]


def request(note: str) -> bytes:
    """Return the request (DER) for a checkpoint: SHA-256, with the authority's certificate."""
    from rfc3161_client import HashAlgorithm, TimestampRequestBuilder  # noqa: PLC0415 - not needed to verify files

    wanted = TimestampRequestBuilder().data(note.encode()).hash_algorithm(HashAlgorithm.SHA256)
    return wanted.nonce(nonce=False).cert_request(cert_request=True).build().as_bytes()


def authority_of(pem: bytes, where: str) -> tuple[Certificate, ...] | Refused:
    """Read the authority's certificates from a PEM file, its root among them."""
    try:
        certificates = tuple(dict.fromkeys(load_pem_x509_certificates(pem)))
    except ValueError:
        return Refused((Fault(where, "holds no certificate in PEM", "Ask the authority for its root certificate."),))
    if not any(map(_is_root, certificates)):
        cause = "holds no root certificate, only such as another certificate vouches for"
        return Refused((Fault(where, cause, "Put the authority's root certificate into the same file."),))
    return certificates


def stamped_at(untrusted_reply: bytes, note: str, authority: Sequence[Certificate]) -> datetime | Refused:
    """Return when the authority saw this checkpoint. Refuse a reply that is another's, damaged, or misdirected."""
    reply = _read(untrusted_reply)
    if isinstance(reply, Refused):
        return reply
    return _verified(reply, note, authority) if _stamps(reply, note) else _refused("stamps something else than this")


def keep_request(folder: Path, note: str, size: int) -> Refused | None:
    """Remember a request's checkpoint until its reply arrives."""
    refused = None if folder.is_dir() else files.private_directory(folder)
    if refused is None:
        files.write(folder / f"{size:015d}{NOTE}", note.encode())
    return refused


@dataclass(frozen=True, slots=True)
class TimestampReply:
    """A verified reply to a request that was made here. `path` is where it is kept."""

    path: Path
    at: datetime
    reply: bytes = field(repr=False)

    @property
    def sha256(self) -> str:
        """Of the reply, in hex."""
        return sha256(self.reply).hexdigest()

    def is_kept(self) -> bool:
        """Return True if this very reply is kept already."""
        return self.path.is_file() and self.path.read_bytes() == self.reply

    def keep(self) -> None:
        """Store it next to the checkpoint that it stamps. Later referrals carry it."""
        files.write(self.path, self.reply)


def answered(folder: Path, untrusted_reply: bytes, authority: Sequence[Certificate]) -> TimestampReply | Refused:
    """Return the reply if it verifies and answers a request made here; otherwise why not. Store nothing."""
    reply = _read(untrusted_reply)
    if isinstance(reply, Refused):
        return reply
    for path in folder.glob(f"*{NOTE}"):
        note = path.read_text(encoding="utf-8")
        if _stamps(reply, note):
            at = _verified(reply, note, authority)
            return at if isinstance(at, Refused) else TimestampReply(path.with_suffix(REPLY), at, untrusted_reply)
    return _refused("answers no request that was made here")


def newest(folder: Path) -> tuple[str, int, bytes] | None:
    """Return the newest stamped checkpoint: its note, its size and the reply."""
    for path in sorted(folder.glob(f"*{REPLY}"), reverse=True):
        note = path.with_suffix(NOTE)
        if note.is_file():
            return note.read_text(encoding="utf-8"), int(path.stem), path.read_bytes()
    return None


def _is_root(certificate: Certificate) -> bool:
    return certificate.issuer == certificate.subject


def _read(untrusted_reply: bytes) -> "TimeStampResponse | Refused":
    """Return a reply with a token in it, not yet verified."""
    from rfc3161_client import PKIStatus, decode_timestamp_response  # noqa: PLC0415

    try:
        reply = decode_timestamp_response(certificates_in_order(untrusted_reply))
        status = PKIStatus(reply.status)
    except ValueError:
        fix = "Name the file that the authority sent back (.tsr), not the request (.tsq)."
        return _refused("is no whole reply of a timestamp authority (RFC 3161)", fix)
    if status is not PKIStatus.GRANTED:
        return _refused(f"is no timestamp: the authority answered `{status.name.lower().replace('_', ' ')}`")
    return reply


def _stamps(reply: "TimeStampResponse", note: str) -> bool:
    """Return True if it claims to stamp this checkpoint, by its SHA-256 as our requests ask."""
    try:
        return bool(reply.tst_info.message_imprint.message == sha256(note.encode()).digest())
    except ValueError:
        return False


def _verified(reply: "TimeStampResponse", note: str, authority: Sequence[Certificate]) -> datetime | Refused:
    """Return the time of the stamp, if signature and certificates hold at that time."""
    from rfc3161_client import VerificationError, VerifierBuilder  # noqa: PLC0415

    roots = [item for item in authority if _is_root(item)]
    between = [item for item in authority if not _is_root(item)]
    try:
        VerifierBuilder(roots=roots, intermediates=between).build().verify_message(reply, note.encode())
        return reply.tst_info.gen_time.astimezone(UTC)
    # The last two: a certificate beside the signer's, which nobody signed for here, may be anything.
    except (ValueError, VerificationError, InvalidVersion, DuplicateExtension) as error:
        return _refused(*next((words for message, words in _WHY if message in str(error)), _DAMAGED))


def _refused(cause: str, fix: str = _FIX) -> Refused:
    return Refused((Fault("timestamp", cause, fix),))

"""Timestamps (RFC 3161): an outside authority says that a checkpoint of the log existed at a time.

- Nothing is sent from here. The request is a file that a person carries to an authority of their choice, and its reply
  is a file that they bring back (docs/adr/0017): the scanning machine speaks to nobody but tor.
- What is stamped is the signed checkpoint, byte for byte; it holds sizes and hashes only.
- A reply is taken only when it verifies under the authority's certificate; a recipient verifies it again under theirs.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Final

from cryptography.x509 import Certificate, load_pem_x509_certificates

from config.faults import Fault, Refused
from reports import files

FOLDER: Final = "timestamps"
"""Beside the store."""
REPLY_BYTES_MAX: Final = 65_536
NOTE: Final = ".checkpoint"
REPLY: Final = ".tsr"
_MEND: Final = "Ask the authority again, with a new request (`sightline audit timestamp-request`)."


@dataclass(frozen=True, slots=True)
class Stamp:
    """A stamped checkpoint, as a referral carries it. `consistency` (RFC 9162) leads to the referral's checkpoint."""

    checkpoint: str
    reply: bytes = field(repr=False)
    consistency: tuple[bytes, ...]


def request(note: str) -> bytes:
    """The request (DER) for a checkpoint: SHA-256, the authority's certificate wanted."""
    from rfc3161_client import HashAlgorithm, TimestampRequestBuilder  # noqa: PLC0415 - not needed to verify files

    wanted = TimestampRequestBuilder().data(note.encode()).hash_algorithm(HashAlgorithm.SHA256)
    return wanted.nonce(nonce=False).cert_request(cert_request=True).build().as_bytes()


def authority_of(pem: bytes, where: str) -> tuple[Certificate, ...] | Refused:
    """The authority's certificates in a PEM file, its root among them."""
    try:
        return tuple(load_pem_x509_certificates(pem))
    except ValueError:
        return Refused((Fault(where, "holds no certificate in PEM", "Ask the authority for its root certificate."),))


def stamped_at(untrusted_reply: bytes, note: str, authority: Sequence[Certificate]) -> datetime | Refused:
    """When the authority saw this checkpoint. Refused for a reply that is another's, damaged, or to something else."""
    from rfc3161_client import VerificationError, VerifierBuilder, decode_timestamp_response  # noqa: PLC0415

    builder = VerifierBuilder()
    for certificate in authority:
        own_issuer = certificate.issuer == certificate.subject
        add = builder.add_root_certificate if own_issuer else builder.add_intermediate_certificate
        builder = add(certificate)
    try:
        reply = decode_timestamp_response(untrusted_reply)
        builder.build().verify_message(reply, note.encode())
        return reply.tst_info.gen_time.astimezone(UTC)
    except (ValueError, VerificationError) as error:
        return Refused((Fault("timestamp", f"does not hold ({type(error).__name__})", _MEND),))


def keep_request(folder: Path, note: str, size: int) -> Refused | None:
    """Remember which checkpoint a request is for, until its reply comes."""
    refused = None if folder.is_dir() else files.private_directory(folder)
    if refused is None:
        files.write(folder / f"{size:015d}{NOTE}", note.encode())
    return refused


def keep_reply(
    folder: Path, untrusted_reply: bytes, authority: Sequence[Certificate]
) -> tuple[datetime, str] | Refused:
    """Keep a reply beside its checkpoint; when it was stamped, and the SHA-256 of the reply."""
    for path in sorted(folder.glob(f"*{NOTE}"), reverse=True):
        at = stamped_at(untrusted_reply, path.read_text(encoding="utf-8"), authority)
        if not isinstance(at, Refused):
            files.write(path.with_suffix(REPLY), untrusted_reply)
            return at, sha256(untrusted_reply).hexdigest()
    cause = "is no reply of this authority to any request that was made here"
    return Refused((Fault("timestamp", cause, _MEND),))


def newest(folder: Path) -> tuple[str, int, bytes] | None:
    """The newest checkpoint that was stamped: its note, its size and the reply."""
    for path in sorted(folder.glob(f"*{REPLY}"), reverse=True):
        note = path.with_suffix(NOTE)
        if note.is_file():
            return note.read_text(encoding="utf-8"), int(path.stem), path.read_bytes()
    return None

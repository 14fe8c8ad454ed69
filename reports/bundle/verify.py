"""Verification of a referral file, offline: the file, the recipient's identity, the scanner's key.

- Every check is reported by name, also those that could not be made, with the reason.
- Nothing of a referral is returned unless every check that could be made holds.
- Without the scanner's public key, the key stated in the file is used: then nothing proves where the file came from,
  and the check says so.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import Final

from cryptography.x509 import Certificate

from config.clock import rfc3339
from config.faults import Fault, Refused
from config.text import counted
from reports.bundle.bundle import BundleParts, Manifest, key_fingerprint, referral_id, take_apart
from reports.bundle.checks import NOT_REACHED, Check, CheckState, Result, fails, holds, not_checked
from reports.bundle.completeness import Portion, completeness
from reports.bundle.record_check import (
    OpenedAmendment,
    OpenedRecord,
    OpenedRejudgement,
    RecordCheck,
    alike,
    examine_record,
)
from reports.crypto.seal import recipients_of, unseal
from reports.crypto.signing import PUBLIC_BYTES, REFERRAL, PublicKey, check
from reports.log.checkpoint import Checkpoint, open_checkpoint
from reports.log.key_succession import lineage
from reports.log.merkle import verify_consistency
from reports.log.timestamps import stamped_at

EACH: Final = (
    Check.LOGGED,
    Check.INCLUDED,
    Check.OPENS,
    Check.RECORD_SIGNATURE,
    Check.FORM,
    Check.COUNTS,
    Check.FETCHED,
    Check.MANDATE,
)
"""The checks that are made of every record."""


@dataclass(frozen=True, slots=True)
class VerifiedReferral:
    """A referral whose every check that could be made holds."""

    manifest: Manifest
    scanner: PublicKey
    checkpoint: Checkpoint
    records: tuple[OpenedRecord, ...]
    amendments: tuple[OpenedAmendment, ...]
    results: tuple[Result, ...]
    rejudgements: tuple[OpenedRejudgement, ...] = ()

    @property
    def origin_proven(self) -> bool:
        """True if the scanner's key was compared with one that the recipient trusts."""
        return any(result.check is Check.SCANNER and result.state is CheckState.HOLDS for result in self.results)


@dataclass(frozen=True, slots=True)
class Verification:
    """How every check of one file ended, in order. `opened` is None when one fails."""

    results: tuple[Result, ...]
    opened: VerifiedReferral | None

    @property
    def verified(self) -> bool:
        """Whether nothing fails and the file's origin was proven."""
        return self.opened is not None and self.opened.origin_proven


def open_bundle(
    untrusted_file: bytes, identity: str, trusted: PublicKey | None, lists: Collection[bytes] = ()
) -> VerifiedReferral | Refused:
    """Open the referral in a file's bytes. Refuse it with every failing check."""
    return opened_or_refused(verify(untrusted_file, identity, trusted, lists))


def opened_or_refused(verification: Verification) -> VerifiedReferral | Refused:
    """Return the opened referral, or the refusal with every failing check."""
    if verification.opened is not None:
        return verification.opened
    failing = (result for result in verification.results if result.state is CheckState.FAILS)
    fix = "Do not rely on this file. Ask the sender for it again, over another channel."
    return Refused(tuple(Fault(result.check, result.words or "does not hold", fix) for result in failing))


def verify(
    untrusted_file: bytes,
    identity: str,
    trusted: PublicKey | None,
    lists: Collection[bytes] = (),
    authority: Sequence[Certificate] = (),
) -> Verification:
    """Make every check of one referral file. Raises ValueError for a malformed identity.

    `lists` are the files of the authority lists that the recipient holds, if any, to hold the mandates against;
    `authority` are the certificates of the timestamp authority that the recipient trusts.
    """
    endorsed = unseal(untrusted_file, identity)
    if isinstance(endorsed, Refused):
        return _stopped([fails(Check.SEAL, endorsed.faults[0].cause)])
    scanner = _stated_key(endorsed)
    signed = check(endorsed, REFERRAL, (scanner,))
    if isinstance(signed, Refused):
        return _stopped([holds(Check.SEAL), fails(Check.SIGNATURE, signed.faults[0].cause)])
    results = [holds(Check.SEAL), holds(Check.SIGNATURE)]
    parts = take_apart(signed[0])
    if isinstance(parts, Refused):
        return _stopped([*results, _trust((scanner,), trusted), fails(Check.MANIFEST, parts.faults[0].cause)])
    keys = lineage(scanner, parts.manifest.succession)
    results += (_trust(keys, trusted), _timestamp(parts.manifest, keys, authority))
    return _verify_parts(parts, keys, identity, results, lists)


def _stated_key(untrusted_endorsed: bytes) -> PublicKey:
    """Return the key in front of the signature (`ScannerKey.endorse`)."""
    return PublicKey(untrusted_endorsed.partition(b"\n")[2][:PUBLIC_BYTES])


def _trust(keys: tuple[PublicKey, ...], trusted: PublicKey | None) -> Result:
    """`keys` are the scanner's, newest first: who trusts an earlier one is led to the newest by those between."""
    scanner = keys[0]
    if trusted is None:
        words = f"no key was given to hold it against; the file states {scanner.key_id}"
        return not_checked(Check.SCANNER, words)
    if trusted not in keys:
        return fails(Check.SCANNER, f"it is {scanner.key_id}, and you trust {trusted.key_id}")
    if scanner != trusted:
        return holds(Check.SCANNER, f"{scanner.key_id}, which {trusted.key_id} named as its successor")
    return holds(Check.SCANNER, scanner.key_id)


def _verify_parts(
    parts: BundleParts, scanner: tuple[PublicKey, ...], identity: str, results: list[Result], lists: Collection[bytes]
) -> Verification:
    manifest = parts.manifest
    checkpoint = open_checkpoint(manifest.checkpoint, scanner[:1])
    results += (_manifest(manifest, recipients_of(identity)), _checkpoint(checkpoint))
    valid = checkpoint if isinstance(checkpoint, Checkpoint) else None
    rows = zip(manifest.records, parts.sealed, parts.entries, strict=True)
    evidence = [examine_record(*row, identity, scanner, valid) for row in rows]
    records = alike(item.record for item in evidence if isinstance(item.record, OpenedRecord))
    amendments = tuple(item.record for item in evidence if isinstance(item.record, OpenedAmendment))
    rejudged = tuple(item.record for item in evidence if isinstance(item.record, OpenedRejudgement))
    results += (_of_each(name, evidence) for name in EACH if name is not Check.FETCHED)
    results.append(_fetched(evidence))
    results += (_authority_list(records, lists), *completeness([Portion.of(manifest, records)]))
    ordered = _in_order(results)
    if valid is None or any(result.state is CheckState.FAILS for result in ordered):
        return Verification(ordered, None)
    return Verification(
        ordered, VerifiedReferral(_proven(manifest), scanner[0], valid, records, amendments, ordered, rejudged)
    )


def _proven(manifest: Manifest) -> Manifest:
    """Drop the proofs: they held, and are longer than everything else that is kept of a record."""
    return replace(manifest, records=tuple(replace(record, leaf="", proof=()) for record in manifest.records))


def _manifest(manifest: Manifest, recipients: Sequence[str]) -> Result:
    if manifest.recipient.key_fingerprint not in map(key_fingerprint, recipients):
        return fails(Check.MANIFEST, "it was made for another recipient's key")
    ids = (record.record_id for record in manifest.records)
    if manifest.referral_id != referral_id(manifest.recipient.first_key, ids):
        return fails(Check.MANIFEST, "its id does not follow from its records")
    return holds(Check.MANIFEST, f"referral {manifest.referral_id}")


def _checkpoint(checkpoint: Checkpoint | Refused) -> Result:
    if isinstance(checkpoint, Refused):
        return fails(Check.CHECKPOINT, checkpoint.faults[0].cause)
    return holds(Check.CHECKPOINT, f"{checkpoint.size} entries in {checkpoint.origin}")


def _timestamp(manifest: Manifest, scanner: tuple[PublicKey, ...], authority: Sequence[Certificate]) -> Result:
    """Check that the stamped checkpoint is the scanner's, the log grew from it, and the authority signed it."""
    stamp = manifest.stamp
    if stamp is None:
        return not_checked(Check.TIMESTAMP, "the referral carries no timestamp")
    stamped, now = open_checkpoint(stamp.checkpoint, scanner), open_checkpoint(manifest.checkpoint, scanner[:1])
    if isinstance(stamped, Refused) or isinstance(now, Refused):
        return fails(Check.TIMESTAMP, "what was stamped is no checkpoint of this scanner")
    if not verify_consistency(stamped.size, now.size, stamped.root, now.root, stamp.consistency):
        return fails(Check.TIMESTAMP, "the log did not grow from the checkpoint that was stamped")
    if not authority:
        return not_checked(Check.TIMESTAMP, "no certificate of an authority was given to hold it against")
    at = stamped_at(stamp.reply, stamp.checkpoint, authority)
    if isinstance(at, Refused):
        return fails(Check.TIMESTAMP, f"the token {at.faults[0].cause}")
    return _vouched(manifest, stamped, at)


def _vouched(manifest: Manifest, stamped: Checkpoint, at: datetime) -> Result:
    """Return the records that the timestamp covers: those in the stamped log."""
    before = sum(record.leaf_index < stamped.size for record in manifest.records)
    had = f"by {rfc3339(at)} the log had {counted(stamped.size, 'entry', 'entries')}, with"
    if not before:
        return not_checked(Check.TIMESTAMP, f"{had} none of the records here yet")
    return holds(Check.TIMESTAMP, f"{had} {before} of {counted(len(manifest.records), 'record')} here")


def _authority_list(records: Sequence[OpenedRecord], lists: Collection[bytes]) -> Result:
    if not lists:
        return not_checked(Check.AUTHORITY_LIST, "no list was given to hold the mandates against")
    held = {sha256(entry_list).hexdigest() for entry_list in lists}
    strange = sum(1 for record in records if record.content.visit.mandate.list_sha256 not in held)
    if strange:
        return fails(Check.AUTHORITY_LIST, f"{strange} of {len(records)} records were made under another list")
    return holds(Check.AUTHORITY_LIST, f"{len(records)} records")


def _of_each(name: Check, evidence: Sequence[RecordCheck]) -> Result:
    made = [(number, one.faults[name]) for number, one in enumerate(evidence, start=1) if name in one.faults]
    faults = [(number, words) for number, words in made if words]
    if not faults:
        return holds(name, f"{len(made)} of {len(evidence)} records")
    number, first = faults[0]
    return fails(name, f"{len(faults)} of {len(made)} do not; the first is record {number}: {first}")


def _fetched(evidence: Sequence[RecordCheck]) -> Result:
    """Return the fetches that the records name, with the log's time of each intent."""
    result = _of_each(Check.FETCHED, evidence)
    seen = [item.fetches for item in evidence if item.fetches.fetches]
    if result.state is not CheckState.HOLDS or not seen:
        return result
    pages, fetches, ends = (
        sum(counts) for counts in zip(*((item.pages, item.fetches, item.ends) for item in seen), strict=True)
    )
    times = [instant for item in seen for instant in item.when]
    when = f"from {rfc3339(min(times))} to {rfc3339(max(times))}"
    words = f"{fetches} fetches for {pages} pages, {when} by the scanner's clock; how {ends} of them ended"
    return holds(Check.FETCHED, words)


def _stopped(results: list[Result]) -> Verification:
    return Verification(_in_order(results), None)


def _in_order(results: Iterable[Result]) -> tuple[Result, ...]:
    """Return every check once; those that were not reached, with the reason."""
    ordered = {result.check: result for result in results}
    return tuple(ordered.get(name) or not_checked(name, NOT_REACHED) for name in Check)

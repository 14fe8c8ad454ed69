"""The outbox: sealed records on their way out. Each goes to each of its recipients in one referral, never in two.

A referral is logged and its records are assigned to it before its file is written. After a kill in between, the next
start finds it unconfirmed and writes the same referral again: nothing is lost, nothing goes out twice.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from hashlib import sha256
from hmac import digest
from pathlib import Path

from config.clock import rfc3339
from config.faults import Fault, Refused
from reports.answers import Answers, Said, open_answers
from reports.crypto.signing import REFERRAL, PublicKey
from reports.ledger.transaction import LedgerTransactions
from reports.log.entry import Details, Kind
from reports.log.merkle import consistency_proof
from reports.log.timestamps import FOLDER, Stamp, newest
from reports.store.rows import answers, citations, leaves, records
from reports.store.values import Addressed, Delivery, Destroyed, StoredRecord


class Outbox(LedgerTransactions):
    """The part of the ledger that hands records over."""

    @property
    def public_key(self) -> PublicKey:
        """The key by which recipients know this scanner."""
        return self._keys.signing.public

    def succession(self) -> tuple[bytes, ...]:
        """Return how this scanner's keys followed each other (`reports.log.key_succession`), oldest first."""
        with self._store.read() as transaction:
            return leaves.read_succession(transaction)

    def stamp(self, tree_size: int) -> Stamp | None:
        """Return the newest timestamp of the log, with the proof that the present log grew from the stamped one."""
        found = newest(Path(self._store.name).parent / FOLDER)
        if found is None or not 0 < found[1] <= tree_size:
            return None
        note, size, reply = found
        with self._store.read() as transaction:
            grown = leaves.prove(transaction, tree_size, partial(consistency_proof, size, tree_size))
        return Stamp(note, reply, grown)

    def endorse_referral(self, payload: bytes) -> bytes:
        """Return a referral's payload, signed by this scanner (`ScannerKey.endorse`)."""
        return self._keys.signing.endorse(payload, REFERRAL)

    @property
    def recipients(self) -> tuple[str, ...]:
        """The age recipients that records are sealed to."""
        return self._keys.recipients

    def citing(self, recipient: str, entries: Iterable[str]) -> Mapping[str, tuple[str, ...]]:
        """Return, for each entry of a hash list (`cited_entry`), the ids of this recipient's records that name it."""
        return citations.citing(self._store, self._keys.token_key, recipient, entries)

    def referrals_with(self, record_ids: Iterable[str]) -> tuple[str, ...]:
        """Return the referrals in which any of these records went out, oldest first."""
        with self._store.read() as transaction:
            return records.referrals_with(transaction, record_ids)

    def amend(self, addressed: Sequence[Addressed], entries: Iterable[str], details: Details) -> tuple[str, ...]:
        """Seal records that take entries (`cited_entry`) back, and log that they were withdrawn. One transaction.

        Returns their ids.
        """
        sealed = self._sealed(addressed)
        with self._step() as step:
            kept = self._keep_all(step, "", addressed, sealed)
            leaf = step.log.append(Kind.ENTRIES_WITHDRAWN, details)
            citations.withdraw(step.transaction, self._keys.token_key, entries, leaf)
        return tuple(item.record_id for item in kept)

    def undelivered(self, recipient: str) -> Iterator[StoredRecord]:
        """Records sealed to this recipient that went out in no referral to it, oldest first. Constant memory."""
        return records.undelivered(self._store, self._retention.unwrap, recipient)

    def how_many_wait(self) -> Mapping[str, int]:
        """Return the number of waiting records, for each recipient that has any."""
        with self._store.read() as transaction:
            return records.how_many_wait(transaction)

    def mark_delivered(self, recipient: str, record_ids: Iterable[str], referral_id: str) -> None:
        """Assign these records to one referral for good, before its file is written. Logged, one transaction.

        Raise ValueError if one of them has gone to this recipient already. After a kill before the file was whole,
        `deliveries` lists it without `file_sha256`, and `delivered` returns its records to write the same referral
        again.
        """
        with self._step() as step:
            made = Delivery(referral_id, recipient, step.now, 0, "")
            count = records.make_referral(step.transaction, made, record_ids, step.log.next_index)
            step.log.append(Kind.REFERRAL_MADE, {"referral": referral_id, "recipient": recipient, "records": count})

    def delivered(self, referral_id: str) -> Iterator[StoredRecord]:
        """Yield the records of one referral, oldest first. Constant memory."""
        return records.delivered(self._store, self._retention.unwrap, referral_id)

    def destroy_due(self) -> tuple[Destroyed, ...]:
        """Destroy what must be destroyed by now: logged first, then no one can read it any more.

        Killed in between, the next call does it again.
        """
        return tuple(self._destroy(date) for date in self._retention.due(self._clock()))

    def _destroy(self, date: datetime) -> Destroyed:
        with self._step() as step:
            gone = records.destroy(step.transaction, date)
            counts: Details = {"destroy_by": rfc3339(date), "records": gone.records, "unsent": gone.unsent}
            step.log.append(Kind.RECORDS_DESTROYED, counts)
        self._retention.destroy(date)
        return gone

    def destroyed_by(self, referral_id: str) -> datetime | None:
        """Return the date by which a record of this referral had to be destroyed, if it has come."""
        with self._store.read() as transaction:
            date = records.first_to_go(transaction, referral_id)
        return date if date is not None and date <= self._clock() else None

    def answer_key(self, referral_id: str) -> bytes:
        """Return the 32 bytes under which answers to this referral are written and read."""
        return digest(self._keys.token_key, b"answers\0" + referral_id.encode(), sha256)

    def take_answers(self, untrusted_file: bytes) -> "tuple[Answers, int] | Refused":
        """Count what a recipient answered to a referral. One transaction, logged.

        Returns the answers, and how many of them say something new. Refused when the file is none, was taken before,
        or answers a referral that was not made here.
        """
        opened = open_answers(untrusted_file, self.answer_key)
        if isinstance(opened, Refused):
            return opened
        file = sha256(untrusted_file).digest()
        with self._step() as step:
            recipient = records.recipient_of(step.transaction, opened.referral_id)
            if recipient is None or answers.known(step.transaction, file):
                cause = "was taken in before" if recipient else "answers a referral that was not made here"
                return Refused((Fault("the file", cause, "Nothing was changed."),))
            new = answers.take(step.transaction, self._keys.token_key, recipient, opened, (file, step.now))
            counts: Details = {"referral": opened.referral_id, "answers": len(opened.answers), "sha256": file.hex()}
            step.log.append(Kind.FEEDBACK_IMPORTED, counts)
        return opened, new

    def list_quality(self) -> Mapping[tuple[str, str], Mapping[Said, int]]:
        """Return, for each hash list (issuer, name) with answers, the number of each answer."""
        with self._store.read() as transaction:
            return answers.quality(transaction)

    def confirm_delivery(self, referral_id: str, file_sha256: str) -> None:
        """Log that a referral's file is whole on the disk."""
        with self._step() as step:
            records.confirm(step.transaction, referral_id, file_sha256)
            step.log.append(Kind.REFERRAL_WRITTEN, {"referral": referral_id, "sha256": file_sha256})

    def deliveries(self) -> Iterator[Delivery]:
        """Yield every referral, oldest first."""
        with self._store.read() as transaction:
            return iter(records.deliveries(transaction))

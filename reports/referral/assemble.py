"""The referral that a recipient reads, assembled from opened referral files: by image first, then by site.

- It says nothing that no record says; every sighting names the record that proves it.
- Several files of one recipient are assembled into one referral, oldest first: first and last seen, spread and what is
  still up then cover all of them.
- What was referred before is separate from what is new.
- It may hold a million findings: pictures are built one at a time, on access.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain

from reports.bundle.checks import CheckState, Result
from reports.bundle.completeness import Portion, completeness
from reports.bundle.record_check import OpenedAmendment, OpenedRecord, OpenedRejudgement
from reports.bundle.verify import VerifiedReferral
from reports.record.model import VisitRecord
from reports.record.priority import WEIGHTS, PriorityReason
from reports.referral.coverage import coverage, limits, mandates, site_reports
from reports.referral.images import image_reports
from reports.referral.mirrors import mirrors
from reports.referral.model import (
    FORMAT,
    REACQUISITION,
    SOFTWARE_ONLY,
    Identity,
    Integrity,
    LogProof,
    Provenance,
    RecordProof,
    Referral,
    Review,
)
from reports.referral.named_files import identifier_reports, lead_reports
from reports.referral.rejudged import join
from reports.referral.withdrawals import Withdrawals, amendment_reports, taken_back


def assemble(
    opened: Sequence[VerifiedReferral], opened_with: str, weights: Mapping[PriorityReason, int] = WEIGHTS
) -> Referral:
    """Assemble one referral from one or several files. `opened_with` is the version of the opening program.

    Raise ValueError for no file, or for files of several scanners or recipients.
    """
    files = _ordered(opened)
    records = tuple({record.record_id: record for file in files for record in file.records}.values())
    amendments = tuple({record.record_id: record for file in files for record in file.amendments}.values())
    rejudged = tuple({record.record_id: record for file in files for record in file.rejudgements}.values())
    withdrawals = Withdrawals.of(amendments)
    joined = join(records, rejudged, withdrawals)
    records = joined.records
    authority = mandates(records)
    sites = site_reports(records, authority)
    checked = [entry_list for record in records for entry_list in record.content.lists]
    checked += [entry_list for batch in rejudged for entry_list in batch.content.lists]
    of_no_visit: tuple[OpenedAmendment | OpenedRejudgement, ...] = (*amendments, *rejudged)
    back = taken_back(records, withdrawals)
    images = image_reports(records, weights, back)
    return Referral(
        format=FORMAT,
        identity=_identity(files, records, amendments, rejudged),
        authority=authority,
        recipient=files[-1].manifest.recipient,
        images=images.new,
        updates=images.updates,
        others=images.others,
        taken_back=images.taken_back,
        identifiers=identifier_reports(records, weights, withdrawals),
        leads=lead_reports(records),
        mirrors=mirrors(records),
        amendments=amendment_reports(amendments),
        rejudgements=joined.reports,
        sites=sites,
        coverage=coverage(sites, checked),
        limits=limits(sites),
        review=Review(human_viewed=False, statement=SOFTWARE_ONLY, classification=""),
        provenance=_provenance(records, of_no_visit, opened_with),
        integrity=_integrity(files, records, of_no_visit),
    )


def _ordered(opened: Sequence[VerifiedReferral]) -> list[VerifiedReferral]:
    if len({(item.scanner, item.manifest.recipient.key_fingerprint) for item in opened}) != 1:
        msg = "a referral is assembled from files of one scanner to one recipient"
        raise ValueError(msg)
    return sorted(opened, key=lambda item: item.manifest.sequence)


def _identity(
    files: Sequence[VerifiedReferral],
    records: Iterable[OpenedRecord],
    amendments: Sequence[OpenedAmendment],
    rejudged: Sequence[OpenedRejudgement],
) -> Identity:
    last = files[-1].manifest
    superseded = dict.fromkeys(chain.from_iterable(amendment.content.referrals for amendment in amendments))
    return Identity(
        referral_id=last.referral_id,
        sequence=last.sequence,
        earlier=files[0].manifest.earlier,
        supersedes=tuple(superseded),
        parts=tuple(file.manifest.referral_id for file in files),
        created=last.created,
        state="amendment" if superseded else "new",
        test=any(record.content.visit.test for record in records)
        or any(amendment.content.test for amendment in amendments)
        or any(item.content.test for item in rejudged),
    )


def _provenance(
    records: Sequence[OpenedRecord],
    of_no_visit: Sequence[OpenedAmendment | OpenedRejudgement],
    opened_with: str,
) -> Provenance:
    senders = [record.content.sender for record in records] + [item.content.sender for item in of_no_visit]
    ends = (record.content.end for record in records if isinstance(record.content, VisitRecord))
    return Provenance(
        senders=tuple(dict.fromkeys(senders)),
        tor_versions=tuple(dict.fromkeys(end.tor_version for end in ends)),
        opened_with=opened_with,
        reacquisition=REACQUISITION,
    )


def _integrity(
    files: Sequence[VerifiedReferral],
    records: Iterable[OpenedRecord],
    of_no_visit: Iterable[OpenedAmendment | OpenedRejudgement],
) -> Integrity:
    return Integrity(
        scanner_key=files[-1].scanner.raw,
        scanner_key_id=files[-1].scanner.key_id,
        origin_proven=all(file.origin_proven for file in files),
        results=together(files),
        checkpoints=tuple(
            LogProof(file.checkpoint.origin, file.checkpoint.size, file.checkpoint.root, file.manifest.checkpoint)
            for file in files
        ),
        records=tuple(
            RecordProof(record.record_id, record.leaf_index, record.content.kind, record.content.visit.visit_id)
            for record in records
        )
        + tuple(RecordProof(item.record_id, item.leaf_index, item.content.kind, "") for item in of_no_visit),
    )


def together(files: Sequence[VerifiedReferral]) -> tuple[Result, ...]:
    """Return each check's result over all files: the least sure one, and the checks over all of them together."""
    rank = (CheckState.FAILS, CheckState.NOT_CHECKED, CheckState.HOLDS)
    over_all = {
        result.check: result for result in completeness([Portion.of(file.manifest, file.records) for file in files])
    }
    rows = zip(*(file.results for file in files), strict=True)
    return tuple(over_all.get(row[0].check) or min(row, key=lambda item: rank.index(item.state)) for row in rows)

"""Tables of authority and proof: mandates, checks, records in the log, withdrawals, pages judged again."""

from config.clock import rfc3339
from reports.formats.tables.form import Table, table_of
from reports.referral.model import Referral


def mandates(referral: Referral) -> Table:
    """Return the mandates: the first table of a workbook."""
    columns = (
        "authority",
        "reference",
        "legal_basis",
        "list",
        "sequence",
        "valid_from",
        "valid_until",
        "destroy_by",
        "handling",
    )
    rows = (
        (
            item.issuer,
            item.reference,
            item.legal_basis,
            item.list_id,
            item.list_sequence,
            rfc3339(item.valid_from),
            rfc3339(item.valid_until),
            rfc3339(item.destroy_by) if item.destroy_by else "",
            item.handling,
        )
        for item in referral.authority
    )
    return table_of("Mandate", columns, rows)


def checks(referral: Referral) -> Table:
    """Return the result of every check of the files."""
    rows = ((str(result.check), str(result.state), result.words) for result in referral.integrity.results)
    return table_of("Proof", ("check", "result", "what_was_seen"), rows)


def amendments(referral: Referral) -> Table:
    """Return one row for each entry that its issuer withdrew."""
    columns = ("list_issuer", "list", "entry", "decided", "reason", "records", "referrals")
    rows = (
        (
            amendment.list_issuer,
            amendment.list_name,
            amendment.entry_id,
            rfc3339(amendment.decided),
            amendment.reason,
            "; ".join(amendment.records),
            "; ".join(amendment.referrals),
        )
        for amendment in referral.amendments
    )
    return table_of("Taken back", columns, rows)


def judged_again(referral: Referral) -> Table:
    """Return one row for each batch of pages that later lists judged, with nothing fetched again."""
    columns = (
        "judged",
        "lists before",
        "lists",
        "pages",
        "pictures",
        "only a visit can tell",
        "records",
        "log entries",
    )
    rows = (
        (
            rfc3339(rejudgement.judged),
            "; ".join(f"{each.name} {each.version}" for each in rejudgement.lists_before),
            "; ".join(f"{each.name} {each.version}" for each in rejudgement.lists),
            rejudgement.pages_judged,
            rejudgement.pictures_judged,
            rejudgement.pictures_open,
            "; ".join(rejudgement.joined),
            "; ".join(map(str, rejudgement.elsewhere)),
        )
        for rejudgement in referral.rejudgements
    )
    return table_of("Judged again", columns, rows)


def records(referral: Referral) -> Table:
    """Return one row for each record, with its place in the log."""
    rows = (
        (record.record_id, record.kind, record.leaf_index, record.visit_id) for record in referral.integrity.records
    )
    return table_of("Records", ("record", "kind", "log_entry", "visit"), rows)

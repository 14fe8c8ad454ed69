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
            one.issuer,
            one.reference,
            one.legal_basis,
            one.list_id,
            one.list_sequence,
            rfc3339(one.valid_from),
            rfc3339(one.valid_until),
            rfc3339(one.destroy_by) if one.destroy_by else "",
            one.handling,
        )
        for one in referral.authority
    )
    return table_of("Mandate", columns, rows)


def checks(referral: Referral) -> Table:
    """Return the result of every check of the files."""
    rows = ((str(one.check), str(one.state), one.words) for one in referral.integrity.results)
    return table_of("Proof", ("check", "result", "what_was_seen"), rows)


def amendments(referral: Referral) -> Table:
    """Return one row for each entry that its issuer withdrew."""
    columns = ("list_issuer", "list", "entry", "decided", "reason", "records", "referrals")
    rows = (
        (
            one.list_issuer,
            one.list_name,
            one.entry_id,
            rfc3339(one.decided),
            one.reason,
            "; ".join(one.records),
            "; ".join(one.referrals),
        )
        for one in referral.amendments
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
            rfc3339(one.judged),
            "; ".join(f"{each.name} {each.version}" for each in one.lists_before),
            "; ".join(f"{each.name} {each.version}" for each in one.lists),
            one.pages_judged,
            one.pictures_judged,
            one.pictures_open,
            "; ".join(one.joined),
            "; ".join(map(str, one.elsewhere)),
        )
        for one in referral.rejudgements
    )
    return table_of("Judged again", columns, rows)


def records(referral: Referral) -> Table:
    """Return one row for each record, with its place in the log."""
    rows = ((one.record_id, one.kind, one.leaf_index, one.visit_id) for one in referral.integrity.records)
    return table_of("Records", ("record", "kind", "log_entry", "visit"), rows)

"""Tables of what pages name, and of sites that belong together: listed files, leads, mirrors."""

from config.clock import rfc3339
from reports.formats.tables.form import Table, host, table_of
from reports.referral.model import Referral
from reports.safe_text import defanged


def named_files(referral: Referral) -> Table:
    """Return one row for each page that names a listed file of a peer-to-peer network."""
    columns = (
        "kind",
        "identifier",
        "news",
        "priority",
        "reasons",
        "entries",
        "address",
        "page",
        "named_by",
        "fetched_from",
        "record",
        "test",
    )
    rows = (
        (
            str(identifier.kind),
            identifier.value.hex(),
            str(identifier.stands),
            identifier.priority.total,
            "; ".join(item.reason for item in identifier.priority.reasons),
            "; ".join(f"{match.list_issuer}, {match.list_name}: {match.entry_id}" for match in identifier.matches),
            host(seen.address),
            defanged(seen.page_url),
            seen.named_by,
            rfc3339(seen.fetched_from),
            seen.record_id,
            "test" if referral.identity.test else "",
        )
        for identifier in referral.identifiers
        for seen in identifier.sightings
    )
    return table_of("Files named", columns, rows)


def leads(referral: Referral) -> Table:
    """Return one row for each lead and page; none was fetched."""
    rows = (
        (lead.kind, host(lead.value), defanged(page), len(lead.pages)) for lead in referral.leads for page in lead.pages
    )
    return table_of("Leads, not fetched", ("kind", "lead", "page", "pages"), rows)


def mirrors(referral: Referral) -> Table:
    """Return one row for each site that shows the same pictures as others."""
    rows = (
        (number, host(address), one.shared, one.together, one.words)
        for number, one in enumerate(referral.mirrors, start=1)
        for address in one.addresses
    )
    return table_of("Same pictures", ("group", "address", "shared", "together", "measure"), rows)

"""An opened referral for the tests of its forms: known, new and undecided pictures, what pages name, sites alike, an
entry that was taken back, and text that would do harm.
"""

from dataclasses import replace
from pathlib import Path

from matcher.verdict import Verdict
from reports.bundle.verify import VerifiedReferral, open_bundle
from reports.referral.assemble import assemble
from reports.referral.model import Referral
from reports.sighting import Lead, LeadKind, Place, Relation
from scanner.hash_lists.withdrawal import Withdrawal, withdraw
from tests.referral.examples import (
    ADDRESS,
    FAILED,
    LEADS,
    MATCHED,
    NAMED,
    NO_MATCH,
    OFF_LIST,
    OTHER_ADDRESS,
    PAGE_URL,
    SENDER,
    UNDECIDED,
    UNLISTED_FILE,
    failed_page,
    match,
    page,
    sighting,
)
from tests.referral.ledgers import Desk

HOSTILE = '=HYPERLINK("http://evil.example","x")<script>\x00\u202e#link("http://b")[*] \u4e2d\u0627'
MISTAKEN = Verdict(MATCHED.outcome, (match(entry="entry-mistaken"),))


def opened_referral(folder: Path) -> Referral:
    """Made by a real ledger in this folder, sealed, opened and assembled."""
    desk = Desk(folder)
    hostile = Place(f"http://{ADDRESS}/{HOSTILE}", PAGE_URL, HOSTILE, Relation.HOSTED_HERE)
    pictures = (
        sighting("known.jpg", MATCHED),
        replace(sighting("new.jpg", NO_MATCH), place=hostile),
        sighting("x", UNDECIDED),
    )
    desk.visit(
        replace(
            page(*pictures),
            not_fetched=(OFF_LIST,),
            failed=(FAILED,),
            notes=(HOSTILE,),
            identifiers=(NAMED, UNLISTED_FILE),
            leads=(*LEADS, Lead(LeadKind.HOST, "192.0.2.7"), Lead(LeadKind.HOST, HOSTILE)),
        ),
        failed_page(PAGE_URL + "2"),
        page(sighting("mistaken.jpg", MISTAKEN), url=PAGE_URL + "3"),
    )
    desk.visit(page(*pictures[:2], url=f"http://{OTHER_ADDRESS}/"), address=OTHER_ADDRESS)
    first = desk.dispatched()
    taken_back = Withdrawal("example", "Example Issuer", ("entry-mistaken",), "listed by mistake")
    withdraw(desk.ledger, taken_back, SENDER, desk.clock, test=True)
    opened = [
        open_bundle(made.path.read_bytes(), desk.identity, desk.key.public) for made in (*first, *desk.dispatched())
    ]
    desk.ledger.close()
    return assemble([one for one in opened if isinstance(one, VerifiedReferral)], "0.1.0")

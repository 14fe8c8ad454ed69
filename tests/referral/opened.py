"""An opened referral for the tests of its forms: known, new and undecided pictures, and text that would do harm."""

from dataclasses import replace
from pathlib import Path

from reports.referral import assemble
from reports.referral_form import Referral
from reports.sighting import Place, Relation
from reports.verify import Opened, open_bundle
from tests.referral.examples import (
    ADDRESS,
    FAILED,
    MATCHED,
    NO_MATCH,
    OFF_LIST,
    PAGE_URL,
    UNDECIDED,
    failed_page,
    page,
    sighting,
)
from tests.referral.ledgers import Desk

HOSTILE = '=HYPERLINK("http://evil.example","x")<script>\x00\u202e#link("http://b")[*] \u4e2d\u0627'


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
        replace(page(*pictures), not_fetched=(OFF_LIST,), failed=(FAILED,), notes=(HOSTILE,)),
        failed_page(PAGE_URL + "2"),
    )
    (made,) = desk.dispatched()
    opened = open_bundle(made.path.read_bytes(), desk.identity, desk.key.public)
    assert isinstance(opened, Opened)
    desk.ledger.close()
    return assemble([opened], "0.1.0")

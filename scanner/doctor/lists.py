"""Authority lists and hash lists: whether there are any, and for how long."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from config.clock import rfc3339
from config.faults import Fault, Refused
from config.layout import Layout
from config.settings import Settings
from scanner.authority.list_store import Lists, load_lists
from scanner.hash_lists import store as hash_store
from scanner.keys.keyring import hash_lists_identity
from scanner.referrals.recipients import audience_of

SOON: Final = timedelta(days=14)


def authority_lists(settings: Settings, layout: Layout, now: datetime) -> Iterator[Fault]:
    """Check the held lists, and those that expire soon."""
    lists = load_lists(layout.lists, settings.authorities, now)
    yield from lists.faults
    if settings.recipients:
        audience = audience_of(settings)
        yield from (fault for item in lists.in_force if (fault := audience.fault(item.mandate())) is not None)
    if not lists.in_force:
        cause = "none is in force, so nothing may be visited"
        yield Fault("authority lists", cause, "Import a signed list: `sightline targets import FILE`.")
    canary = settings.tor.canary
    if canary and not any(item.target(canary) for item in lists.in_force):
        cause = "is on no list in force, so it is never fetched, and no failure is blamed on a site"
        yield Fault("tor.canary", cause, "Put it on a list that you sign yourself, or leave the key out.")
    yield from expiring(lists, now)


def expiring(lists: Lists, now: datetime) -> Iterator[Fault]:
    """Return the lists in force that expire within two weeks."""
    for item in lists.in_force:
        left = item.form.valid_until - now
        if left <= SOON:
            cause = f"expires in {left.days} days, at {rfc3339(item.form.valid_until)}"
            yield Fault(f"list {item.form.list_id}", cause, f"Ask {item.form.issuer} for a new edition.")


def hash_lists(layout: Layout) -> Iterator[Fault]:
    """Hash lists that are missing or cannot be opened."""
    identity = hash_lists_identity(layout)
    if isinstance(identity, Refused):
        return  # the check of the keys says so
    found = hash_store.load_all(layout, identity)
    if isinstance(found, Refused):
        yield from found.faults
    elif not found:
        cause = "there is none, and every picture would end as `no match`"
        yield Fault("hash lists", cause, "Import one with `sightline hashes import`.")

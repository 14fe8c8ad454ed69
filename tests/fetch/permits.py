"""Permits for tests, minted as all permits are: from a signed list."""

from scanner.authority.permit import ListPermits, Permit, PermitPurpose
from tests.authority.making import NOW, a_target, address, verified

SITE = address(1)
OTHER = address(2)
UNLISTED = address(9)
PERMITS = ListPermits([verified(targets=[a_target(1, ports=[80, 443, 8080]), a_target(2)])], None)


def permit_for(target: str = "/", *, scheme: str = "http", host: str = SITE) -> Permit:
    permit = PERMITS.permit(f"{scheme}://{host}{target}", NOW, PermitPurpose.PICTURE)
    assert isinstance(permit, Permit), permit
    return permit

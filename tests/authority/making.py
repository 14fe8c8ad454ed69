"""Signed lists of made-up addresses, as an authority would make them."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from config.faults import Refused
from config.settings import Authority
from reports.crypto.minisign import SecretKey, new_key, sign
from scanner.authority.verify import AuthorityList, verify_list
from scanner.urls.onion_address import address_of

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
KEY = new_key()
TRUSTED = (Authority(name="Office of Examples", public_key=KEY.public.line()),)


def address(number: int) -> str:
    """One of as many made-up addresses as there are numbers."""
    return address_of(number.to_bytes(32)).text


def a_target(number: int = 1, **changes: object) -> dict[str, Any]:
    """A well-formed target, with changes."""
    target: dict[str, Any] = {
        "address": address(number),
        "scope": {"depth": 2, "pages": 100},
        "requests_per_minute": 30,
        "reason": "named in a made-up report",
        "review_interval_hours": 24,
    }
    return target | changes


def a_list(**changes: object) -> dict[str, Any]:
    """A well-formed list that is valid from a day before NOW until nine days after, with changes."""
    whole: dict[str, Any] = {
        "format_version": 1,
        "list_id": "examples",
        "sequence": 3,
        "issuer": "Office of Examples",
        "mandate_reference": "made-up order 7",
        "legal_basis": "made-up act, section 1",
        "issued": "2026-11-22T12:00:00Z",
        "valid_from": (NOW - timedelta(days=1)).isoformat(),
        "valid_until": (NOW + timedelta(days=9)).isoformat(),
        "targets": [a_target(1), a_target(2)],
    }
    return whole | changes


def signed(whole: dict[str, Any] | bytes, key: SecretKey = KEY) -> tuple[bytes, bytes]:
    """A list's bytes and its signature, whether or not it is well-formed."""
    content = whole if isinstance(whole, bytes) else json.dumps(whole).encode()
    return content, sign(content, key, "for a test")


def verified(now: datetime = NOW, **changes: object) -> AuthorityList:
    """A list as `verify_list` makes it."""
    made = verify_list(*signed(a_list(**changes)), TRUSTED, now, {})
    assert not isinstance(made, Refused), made
    return made

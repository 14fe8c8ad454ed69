"""An authority's list: whatever the bytes are, a form or faults, never both and never an error."""

import json

from scanner.authority.list_model import read_form
from tests.authority.making import a_list, a_target


def seeds() -> list[bytes]:
    many = a_list(targets=[a_target(number, start_paths=["/", "/x?y=1"]) for number in range(1, 4)])
    return [json.dumps(document).encode() for document in (a_list(), many, {}, a_list(destroy_by=None))]


def check(untrusted: bytes) -> None:
    found = read_form(untrusted)
    assert (found.form is None) == bool(found.faults)
    assert all(fault.where and fault.cause for fault in found.faults)


REGRESSIONS: list[bytes] = []

"""The published schema is that of the form, and lets through what the form lets through."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from scanner.authority.json_schema import FILE_NAME, schema
from scanner.authority.list_model import read_form
from tests.authority.making import a_list, a_target

PUBLISHED = Path(__file__).parents[2] / "docs" / "schema" / FILE_NAME
VALIDATOR = Draft202012Validator(json.loads(schema()), format_checker=FormatChecker())
FULL = a_list(
    destroy_by="2027-11-23T12:00:00+01:00",
    handling="for the desk alone",
    targets=[
        a_target(1, urgency="urgent", client_authorisation_key="B" * 51 + "A", ports=[80, 8080], start_paths=["/a"])
    ],
)


def test_what_is_published_is_up_to_date() -> None:
    assert PUBLISHED.read_bytes() == schema(), "run scripts/schemas"


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(json.loads(schema()))


@pytest.mark.parametrize("whole", [a_list(), a_list(targets=[]), FULL], ids=["plain", "empty", "full"])
def test_what_the_form_takes_the_schema_takes(whole: dict[str, object]) -> None:
    assert read_form(json.dumps(whole).encode()).form is not None
    VALIDATOR.validate(whole)


@pytest.mark.parametrize(
    "changes",
    [
        {"format_version": 2},
        {"sequence": 0},
        {"sequence": "3"},
        {"list_id": "A"},
        {"issuer": ""},
        {"legal_basis": "a\u202eb"},
        {"valid_until": "tomorrow"},
        {"colour": "green"},
        {"targets": [a_target(1, address="x.onion")]},
        {"targets": [a_target(1, start_paths=[])]},
        {"targets": [a_target(1, start_paths=["a"])]},
        {"targets": [a_target(1, urgency="soon")]},
        {"targets": [a_target(1, ports=[0])]},
        {"targets": [a_target(1, scope={"depth": 1, "pages": 1, "height": 1})]},
    ],
)
def test_what_the_schema_refuses_the_form_refuses(changes: dict[str, object]) -> None:
    whole = a_list(**changes)
    assert list(VALIDATOR.iter_errors(whole))
    assert read_form(json.dumps(whole).encode()).form is None

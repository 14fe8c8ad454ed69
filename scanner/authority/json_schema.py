"""The JSON Schema of authority lists, made from the form itself.

It covers what a schema can express. `sightline targets check --unsigned` finds the rest: address checksums, repeated
addresses, start paths outside their scope and dot segments.
"""

import json
from typing import Final

from pydantic import JsonValue

from scanner.authority.list_model import ListForm

FILE_NAME: Final = "authority-list-1.schema.json"


def schema() -> bytes:
    """Return the published schema (draft 2020-12)."""
    made = _as_published(ListForm.model_json_schema())
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:sightline:authority-list:1",
        "title": "Sightline authority list, version 1",
    }
    return (json.dumps(head | made, indent=2) + "\n").encode()


def _as_published(part: JsonValue) -> dict[str, JsonValue]:
    """Without pydantic's titles, and with patterns as ECMA 262 knows them."""
    if not isinstance(part, dict):
        return {}
    kept = {key: value for key, value in part.items() if not (key == "title" and isinstance(value, str))}
    return {key: _pattern(value) if key == "pattern" else _within(value) for key, value in kept.items()}


def _within(value: JsonValue) -> JsonValue:
    if isinstance(value, dict):
        return _as_published(value)
    return [_within(item) for item in value] if isinstance(value, list) else value


def _pattern(value: JsonValue) -> JsonValue:
    return value.replace(r"\A", "^").replace(r"\z", "$") if isinstance(value, str) else value

"""The published JSON Schemas (draft 2020-12), and whether a document follows one.

What a fault says names the place in the document and the rule, never the value: it may be text from a site.
"""

import json
from functools import cache
from importlib.resources import files
from typing import Final

from jsonschema import Draft202012Validator

from reports.canonical import Json

RECORD: Final = "record-1"
REFERRAL: Final = "referral-1"


@cache
def validator(name: str) -> Draft202012Validator:
    """The validator of one schema, with its formats checked: a plain one takes any text for a date."""
    text = files("reports").joinpath("schema", f"{name}.schema.json").read_text(encoding="utf-8")
    schema = json.loads(text)
    whole = _whole(schema, schema["$defs"])
    return Draft202012Validator(
        whole if isinstance(whole, dict) else {}, format_checker=Draft202012Validator.FORMAT_CHECKER
    )


def _whole(schema: Json, definitions: dict[str, Json]) -> Json:
    """The schema with every reference replaced by what it names: looking them up took half of the time."""
    if isinstance(schema, list):
        return [_whole(item, definitions) for item in schema]
    if not isinstance(schema, dict):
        return schema
    plain = {key: _whole(value, definitions) for key, value in schema.items() if key not in {"$ref", "$defs"}}
    if "$ref" not in schema:
        return plain
    named = _whole(definitions[str(schema["$ref"]).rpartition("/")[2]], definitions)
    return {**named, **plain} if isinstance(named, dict) else plain


def departure(document: Json, name: str) -> str:
    """Where and how `document` departs from the schema; empty when it follows it."""
    error = next(validator(name).iter_errors(document), None)
    if error is None:
        return ""
    while error.context:
        error = max(error.context, key=lambda inner: len(inner.absolute_path))
    path = "/".join(str(step) for step in error.absolute_path if isinstance(step, int) or str(step).isidentifier())
    return f"the rule `{error.validator}` does not hold at `/{path}`"

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
    return Draft202012Validator(json.loads(text), format_checker=Draft202012Validator.FORMAT_CHECKER)


def departure(document: Json, name: str) -> str:
    """Where and how `document` departs from the schema; empty when it follows it."""
    error = next(validator(name).iter_errors(document), None)
    if error is None:
        return ""
    while error.context:
        error = max(error.context, key=lambda inner: len(inner.absolute_path))
    path = "/".join(str(step) for step in error.absolute_path if isinstance(step, int) or str(step).isidentifier())
    return f"the rule `{error.validator}` does not hold at `/{path}`"

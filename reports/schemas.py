"""The published JSON Schemas (draft 2020-12), and whether a document follows one.

A fault names the place in the document and the rule, never the value: it may be text from a site. A schema is compiled
once; it may name nothing outside itself.
"""

import json
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Final, NoReturn

from jsonschema_rs import Draft202012Validator, ValidationError, ValidationErrorKind

from reports.canonical import Json

RECORD: Final = "record-1"
REFERRAL: Final = "referral-1"


@cache
def validator(name: str) -> Draft202012Validator:
    """Return the validator of one schema, with formats checked: a plain one takes any text for a date."""
    return Draft202012Validator(schema(name), validate_formats=True, retriever=_nothing_else)


def schema(name: str) -> dict[str, Json]:
    """Return one published schema, unchanged."""
    read: dict[str, Json] = json.loads(files("reports").joinpath("schema", f"{name}.schema.json").read_bytes())
    return read


def departure(document: Json, name: str, part: str = "") -> str:
    """Return where and how `document` departs from the schema, or from one definition; empty if it follows it."""
    error = next((part_validator(name, part) if part else validator(name)).iter_errors(document), None)
    if error is None:
        return ""
    error = _deepest(error)
    path = "/".join(str(step) for step in error.instance_path if isinstance(step, int) or step.isidentifier())
    return f"the rule `{_rule(error.schema_path)}` does not hold at `/{path}`"


@cache
def part_validator(name: str, part: str) -> Draft202012Validator:
    """Return the validator of one definition within a schema."""
    whole = schema(name)
    alone: dict[str, Json] = {"$schema": whole["$schema"], "$ref": f"#/$defs/{part}", "$defs": whole["$defs"]}
    return Draft202012Validator(alone, validate_formats=True, retriever=_nothing_else)


def _deepest(error: ValidationError) -> ValidationError:
    """Return the error of the form that a document follows the farthest: it tells most."""
    kind = error.kind
    if not isinstance(kind, ValidationErrorKind.OneOfNotValid | ValidationErrorKind.AnyOf):
        return error
    inner = [_deepest(item) for form in kind.context for item in form]
    return max(inner, key=lambda item: len(item.instance_path), default=error)


def _rule(path: Sequence[str | int]) -> str:
    return str(path[-1]) if path else "false"


def _nothing_else(uri: str) -> NoReturn:
    msg = f"a schema of ours names {uri}, and nothing is fetched"
    raise ValueError(msg)

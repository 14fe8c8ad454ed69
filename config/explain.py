"""Turns pydantic's errors into Faults for people: the path, the cause in plain words, the fix.

The refused value itself is never repeated: it may be a secret in the wrong place.
"""

from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from typing import Any, Final, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from config.faults import Fault

Context = Mapping[str, Any]

_EXPECTED: Final[Mapping[str, Callable[[Context], str]]] = {
    "string_type": lambda _: "text in quotes",
    "int_type": lambda _: "a whole number",
    "int_from_float": lambda _: "a whole number",
    "float_type": lambda _: "a number",
    "finite_number": lambda _: "a finite number",
    "bool_type": lambda _: "true or false",
    "tuple_type": lambda _: "a list in square brackets",
    "model_type": lambda _: "a table of keys and values",
    "model_attributes_type": lambda _: "a table of keys and values",
    "path_type": lambda _: "a path in quotes",
    "literal_error": lambda context: f"one of {context['expected']}",
    "greater_than_equal": lambda context: f"{context['ge']} or more",
    "less_than_equal": lambda context: f"{context['le']} or less",
    "string_too_short": lambda context: f"at least {context['min_length']} character long",
    "string_too_long": lambda context: f"at most {context['max_length']} characters long",
    "too_short": lambda context: f"a list of at least {context['min_length']}",
    "too_long": lambda context: f"a list of at most {context['max_length']}",
    "timezone_aware": lambda _: "a time with its zone, such as 2026-11-23T18:00:00Z",
    "datetime_type": lambda _: "a time with its zone, such as 2026-11-23T18:00:00Z",
    "datetime_parsing": lambda _: "a time with its zone, such as 2026-11-23T18:00:00Z",
    "datetime_from_date_parsing": lambda _: "a time with its zone, such as 2026-11-23T18:00:00Z",
    "string_pattern_mismatch": lambda _: "of the form that the documentation gives, without control characters",
}


def explain(error: ValidationError, model: type[BaseModel], place: str) -> tuple[Fault, ...]:
    """Return every error as a Fault. `model` is the validated model; `place` ends each fix, such as `in
    sightline.toml`.
    """
    found = error.errors(include_url=False, include_input=False)
    return tuple(_fault(details, model, place) for details in found if not _follows(details, found))


def _follows(details: ErrorDetails, found: Iterable[ErrorDetails]) -> bool:
    """Return True if this error only follows from another: a list is also `too short` if its one entry is refused."""
    place = details["loc"]
    return details["type"] == "too_short" and any(
        len(other["loc"]) > len(place) and other["loc"][: len(place)] == place for other in found
    )


def path_of(location: Iterable[str | int]) -> str:
    """`("targets", 3, "scope", "depth")` as `targets #4.scope.depth`: counted as people count."""
    path = ""
    for step in location:
        if isinstance(step, int):
            path += f" #{step + 1}"
        else:
            path += f".{step}" if path else step
    return path or "the whole"


def _fault(details: ErrorDetails, model: type[BaseModel], place: str) -> Fault:
    where = path_of(details["loc"])
    kind = details["type"]
    context = details.get("ctx", {})
    if kind == "extra_forbidden":
        return _unknown(details["loc"], model, place)
    if kind == "missing":
        return Fault(where, "is missing", f"Add it {place}.")
    if kind in _EXPECTED:
        return Fault(where, f"must be {_EXPECTED[kind](context)}", f"Change it {place}.")
    cause = str(context["error"]) if kind == "value_error" else details["msg"]
    return Fault(where, cause, f"Correct it {place}.")


def _unknown(location: tuple[str | int, ...], model: type[BaseModel], place: str) -> Fault:
    known = list(_model_at(location[:-1], model).model_fields)
    close = get_close_matches(str(location[-1]), known, n=1)
    meant = f" Did you mean `{close[0]}`?" if close else f" Known here: {', '.join(known)}."
    return Fault(path_of(location), "is not a known key", f"Remove or rename it {place}.{meant}")


def _model_at(location: Iterable[str | int], model: type[BaseModel]) -> type[BaseModel]:
    """Return the model of the table at `location`, through lists of tables too."""
    for step in location:
        if isinstance(step, str):
            annotation = model.model_fields[step].annotation
            model = next(part for part in (annotation, *get_args(annotation)) if _is_model(part))
    return model


def _is_model(part: object) -> bool:
    return isinstance(part, type) and issubclass(part, BaseModel)

"""The configuration that `init` writes: every key, each with its default, and nothing in force that was not chosen."""

import re
import tomllib
from pathlib import Path

from pydantic import BaseModel

from config.load import load
from config.settings import Authority, Recipient, Settings
from config.template import TEMPLATE

DOCUMENTATION = Path(__file__).parents[2] / "docs" / "configuration.md"


def sections() -> dict[str, type[BaseModel]]:
    return {
        name: field.annotation
        for name, field in Settings.model_fields.items()
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel)
    }


def test_as_it_is_written_it_is_the_defaults(tmp_path: Path) -> None:
    (tmp_path / "written").write_text(TEMPLATE)
    (tmp_path / "empty").write_text("")
    assert load(tmp_path / "written") == load(tmp_path / "empty")


def test_each_key_stands_in_it_with_its_default() -> None:
    people = re.compile(r"#\[\[.*?(?=\n\n)", re.DOTALL)
    written = tomllib.loads(re.sub(r"^#(?=[a-z])", "", people.sub("", TEMPLATE), flags=re.MULTILINE))
    defaults = Settings().model_dump(mode="json", exclude={"authorities", "recipients"})
    unset = {name: {key: "" if v is None else v for key, v in keys.items()} for name, keys in defaults.items()}
    assert written == unset


def test_each_key_of_authorities_and_recipients_stands_in_it() -> None:
    part = TEMPLATE.split("# The authorities whose signed lists")[1].split("[tor]")[0]
    written = re.findall(r'^#(\w+) = ["\[]', part, flags=re.MULTILINE)
    assert written == [*Authority.model_fields, *Recipient.model_fields]


def test_each_key_is_documented() -> None:
    text = DOCUMENTATION.read_text()
    for name, section in sections().items():
        assert f"## `[{name}]`" in text
        for key in section.model_fields:
            assert f"| `{key}` |" in text.split(f"## `[{name}]`")[1].split("\n## ")[0], f"{name}.{key}"
    for name, table in (("authorities", Authority), ("recipients", Recipient)):
        for key in table.model_fields:
            assert f"| `{key}` |" in text.split(f"## `[[{name}]]`")[1].split("\n## ")[0], f"{name}.{key}"

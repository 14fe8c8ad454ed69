"""What most commands begin with: the configuration, or the end of the command with every fault."""

from typing import TypeVar

import click

from config import load as configuration
from config.faults import Refused
from config.settings import Settings
from scanner.cli.exits import Exit
from scanner.cli.output import refuse

T = TypeVar("T")


def settings_of(ctx: click.Context, *, as_json: bool = False) -> Settings:
    """The settings of `--config`, or of the first configuration that is found."""
    path = sure(configuration.find(ctx.find_root().obj), Exit.CONFIGURATION, as_json=as_json)
    return sure(configuration.load(path), Exit.CONFIGURATION, as_json=as_json)


def sure(value: T | Refused, code: Exit, *, as_json: bool = False) -> T:
    """The value, unless it was refused: then the command ends with `code`, every fault said."""
    if isinstance(value, Refused):
        refuse(value, code, as_json=as_json)
    return value

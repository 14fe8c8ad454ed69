"""What most commands begin with: the configuration, or the end of the command with every fault."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

import click

from config import load as configuration
from config.clock import utc_now
from config.faults import Refused
from config.layout import Layout
from config.settings import Settings
from reports.ledger import Ledger
from reports.store.errors import StoreFault
from scanner.cli.exits import Exit
from scanner.cli.output import refuse
from scanner.keyring import ledger_keys

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


@contextmanager
def opened_ledger(settings: Settings, *, as_json: bool = False) -> Iterator[Ledger]:
    """The ledger alone, beside a scanner that may be running; its faults end the command."""
    layout = Layout.of(settings)
    keys = sure(ledger_keys(settings, layout), Exit.CONFIGURATION, as_json=as_json)
    try:
        ledger = sure(Ledger.open(layout.store, keys, utc_now), Exit.STORE, as_json=as_json)
        try:
            yield ledger
        finally:
            ledger.close()
    except StoreFault as stopped:
        refuse(Refused((stopped.fault,)), Exit.STORE, as_json=as_json)

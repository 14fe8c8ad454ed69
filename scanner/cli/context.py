"""What most commands begin with: the configuration, or the end of the command with every fault."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from config import load as configuration
from config.clock import utc_now
from config.exit_codes import Exit
from config.faults import Fault, Refused
from config.layout import Layout
from config.settings import Settings
from reports.ledger.ledger import Ledger
from reports.store.errors import StoreFault
from reports.store.overview import Overview
from scanner import startup_log as on_record
from scanner.cli.output import refuse, sure
from scanner.keys.keyring import ledger_keys

__all__ = ["opened_ledger", "opened_overview", "own_store", "settings_of", "sure"]


def settings_of(ctx: click.Context, *, as_json: bool = False) -> Settings:
    """Return the settings of `--config`, or of the first configuration found."""
    path = sure(configuration.find(ctx.find_root().obj), Exit.CONFIGURATION, as_json=as_json)
    return sure(configuration.load(path), Exit.CONFIGURATION, as_json=as_json)


def own_store(settings: Settings, *, as_json: bool = False) -> Path:
    """Return the path of this scanner's store; end the command if there is none yet."""
    place = Layout.of(settings).store
    if not place.exists():
        fix = "`sightline targets import` makes it, with the first list."
        refuse(Refused((Fault(str(place), "is not there: nothing was listed yet", fix),)), Exit.STORE, as_json=as_json)
    return place


@contextmanager
def opened_overview(settings: Settings, *, as_json: bool = False) -> Iterator[Overview]:
    """Open the store for operators, read only and without keys, beside a scanner that may be running."""
    place = own_store(settings, as_json=as_json)
    try:
        overview = sure(Overview.open(place), Exit.STORE, as_json=as_json)
        try:
            yield overview
        finally:
            overview.close()
    except StoreFault as stopped:
        refuse(Refused((stopped.fault,)), Exit.STORE, as_json=as_json)


@contextmanager
def opened_ledger(settings: Settings, *, as_json: bool = False) -> Iterator[Ledger]:
    """Open the ledger alone, beside a scanner that may be running; its faults end the command."""
    layout = Layout.of(settings)
    keys = sure(ledger_keys(settings, layout), Exit.CONFIGURATION, as_json=as_json)
    try:
        ledger = sure(Ledger.open(layout.store, keys, utc_now), Exit.STORE, as_json=as_json)
        try:
            on_record.say(ledger, settings, layout)
            yield ledger
        finally:
            ledger.close()
    except StoreFault as stopped:
        refuse(Refused((stopped.fault,)), Exit.STORE, as_json=as_json)

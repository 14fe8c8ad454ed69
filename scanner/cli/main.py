"""`sightline`: the command and its sub-commands, each loaded only when it is called."""

from collections.abc import Mapping
from importlib import import_module
from importlib.metadata import version
from typing import Final

import click

COMMANDS: Final[Mapping[str, str]] = {
    "init": "scanner.cli.init:init",
    "doctor": "scanner.cli.doctor:doctor",
    "keys": "scanner.cli.keys:keys",
    "targets": "scanner.cli.targets:targets",
    "hashes": "scanner.cli.hashes:hashes",
    "scan": "scanner.cli.scan:scan",
    "run": "scanner.cli.scan:run",
    "reports": "scanner.cli.reports:reports",
    "audit": "scanner.cli.audit:audit",
    "check": "scanner.cli.check:check",
    "fingerprint": "scanner.cli.fingerprint:fingerprint",
    "rehearse": "scanner.cli.rehearse:rehearse",
}


class LazyGroup(click.Group):
    """Loads a sub-command's module only when it is called or its help is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """In the order in which an operator needs them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        """The sub-command, or None when there is none of this name."""
        place = COMMANDS.get(cmd_name)
        if place is None:
            return None
        module, name = place.split(":")
        command = getattr(import_module(module), name)
        return command if isinstance(command, click.Command) else None


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(version("sightline"), prog_name="sightline")
@click.option("-c", "--config", "config_path", type=click.Path(dir_okay=False), help="The configuration file.")
@click.pass_context
def main(ctx: click.Context, config_path: str | None) -> None:
    """Check the onion addresses on a signed authority list for known abuse material, without anyone seeing it."""
    ctx.obj = config_path

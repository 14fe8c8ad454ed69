"""`sightline`: the command and its sub-commands, each loaded only when it is called."""

import resource
from collections.abc import Mapping
from importlib import import_module
from importlib.metadata import version
from typing import Final

import click

from scanner.cli.last_resort import refuse_disk, refuse_interrupted, refuse_unexpected, refuse_unread, refuse_usage
from scanner.cli.output import write_out

COMMANDS: Final[Mapping[str, tuple[str, str]]] = {
    "init": ("scanner.cli.commands.init:init", "Write a commented configuration and the scanner's keys."),
    "doctor": ("scanner.cli.commands.doctor:doctor", "Check this installation and print each problem with its fix."),
    "keys": ("scanner.cli.commands.keys:keys", "Make keys for authorities and recipients; show the scanner's own."),
    "targets": ("scanner.cli.commands.targets:targets", "Sign, import, list and check authority lists."),
    "hashes": ("scanner.cli.commands.hashes:hashes", "Import lists of known material, and show those in force."),
    "scan": ("scanner.cli.commands.scan:scan", "Visit every listed site once, now."),
    "run": ("scanner.cli.commands.scan:run", "Visit listed sites as they fall due, until stopped."),
    "status": ("scanner.cli.commands.status:status", "Show what the scanner does; with --watch, keep showing it."),
    "sites": (
        "scanner.cli.commands.sites:sites",
        "Show listed sites with their histories; pause one, lift a quarantine.",
    ),
    "pause": ("scanner.cli.commands.control:pause", "Stop starting visits until `resume`."),
    "resume": ("scanner.cli.commands.control:resume", "Start visits again."),
    "drain": ("scanner.cli.commands.control:drain", "End the daemon once the visits under way have finished."),
    "reports": ("scanner.cli.commands.reports:reports", "List, export, open and verify referrals."),
    "verify": ("scanner.cli.commands.verify:verify_", "Check a referral file, and report in plain words. Offline."),
    "audit": ("scanner.cli.commands.audit:audit", "Verify the log; export a checkpoint of it."),
    "check": ("scanner.cli.commands.check:check", "Compare local files with the hash lists, read-only."),
    "fingerprint": (
        "scanner.cli.commands.fingerprint:fingerprint",
        "Hash local pictures: digests and perceptual hashes.",
    ),
    "rehearse": (
        "scanner.cli.commands.rehearse:rehearse",
        "Run the main job on this machine alone, with benign sites.",
    ),
}
"""Each sub-command's place and help line: help must not wait for twelve imports."""

_AS_JSON: Final = "sightline.as_json"
"""The context key for `--json`, before any option is parsed."""


class LazyGroup(click.Group):
    """Loads a sub-command's module only when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the sub-commands in the order in which an operator needs them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        """Return the sub-command, or None if there is none of this name."""
        if cmd_name not in COMMANDS:
            return None
        module, name = COMMANDS[cmd_name][0].split(":")
        command = getattr(import_module(module), name)
        return command if isinstance(command, click.Command) else None

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the command line; report a usage error in JSON if JSON was requested."""
        ctx.meta[_AS_JSON] = "--json" in args
        try:
            return super().parse_args(ctx, args)
        except click.UsageError as error:
            refuse_usage(error, as_json=bool(ctx.meta[_AS_JSON]))

    def invoke(self, ctx: click.Context) -> object:
        """Run the sub-command. An unexpected error ends with its own exit code, and no foreign text."""
        as_json = bool(ctx.meta[_AS_JSON])
        try:
            return self._invoked(ctx)
        except click.UsageError as error:
            refuse_usage(error, as_json=as_json)
        except (click.ClickException, click.exceptions.Exit):
            raise
        except BrokenPipeError:
            refuse_unread()
        except (click.Abort, KeyboardInterrupt) as ended:
            refuse_interrupted(asked=isinstance(ended, click.Abort))
        except OSError as error:
            refuse_disk(error, as_json=as_json)
        except Exception as error:  # noqa: BLE001 - the last resort: an exit code must never look like a finding
            refuse_unexpected(error, as_json=as_json)

    def _invoked(self, ctx: click.Context) -> object:
        """Run the sub-command, and flush its output while a failure to do so can still be reported."""
        try:
            return super().invoke(ctx)
        finally:
            write_out()

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's signature
        """Write the list of sub-commands, without loading any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(version("sightline"), prog_name="sightline")
@click.option("-c", "--config", "config_path", type=click.Path(dir_okay=False), help="The configuration file.")
@click.pass_context
def main(ctx: click.Context, config_path: str | None) -> None:
    """Check the onion addresses on a signed authority list for known abuse material, without anyone seeing it."""
    # No memory of ours, or of tor and workers, is written to the disk; whoever calls this in a process may undo it.
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    ctx.obj = config_path

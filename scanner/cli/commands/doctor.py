"""`sightline doctor`: print each problem of this installation with its fix."""

import click

from config.clock import utc_now
from config.exit_codes import Exit
from config.layout import Layout
from scanner.cli.context import settings_of
from scanner.cli.output import end, err, json_option, out, print_faults, print_json
from scanner.doctor.examine import Found, examine
from scanner.doctor.tor_started import started


@click.command()
@click.option("--start-tor", is_flag=True, help="Also start tor, and compare the clock with its consensus.")
@json_option
@click.pass_context
def doctor(ctx: click.Context, start_tor: bool, as_json: bool) -> None:
    """Check this installation and print each problem with its fix. Changes nothing."""
    settings = settings_of(ctx, as_json=as_json)
    found = []
    for item in examine(settings, utc_now()):
        found.append(item)
        if not as_json:
            _say(item)
    if start_tor:
        with err.status("Starting tor"):
            found.append(started(settings, Layout.of(settings)))
        if not as_json:
            _say(found[-1])
    faults = [fault for item in found for fault in item.faults]
    if as_json:
        print_json({"checks": [_described(item) for item in found], "faults": len(faults)})
    elif not faults:
        out.print("Nothing is wrong.")
    end(Exit.DIFFERS if faults else Exit.OK)


def _described(found: Found) -> dict[str, object]:
    return {"check": found.check, "faults": [fault.described() for fault in found.faults]}


def _say(found: Found) -> None:
    if found.faults:
        print_faults(found.faults)
    else:
        out.print(f"[green]\u2713[/] {found.check}")

"""Creation of the tor that the settings name: our own, or one that runs already."""

from dataclasses import replace

from config.clock import Clock
from config.faults import Fault, Refused
from config.layout import Layout
from config.settings import Settings
from reports import files
from scanner.authority.permit import ListPermits
from scanner.tor import (
    BOOTSTRAP_FILES,
    OwnTor,
    RunningElsewhere,
    RunningTor,
    SecondTor,
    TorPool,
    attach_tor,
    start_tor,
    start_tors,
)
from scanner.tor.control import Login, Progress
from scanner.tor.external_tor import ExternalTor

TorInUse = TorPool | ExternalTor


def tor_of(
    settings: Settings, layout: Layout, permits: ListPermits, clock: Clock, progress: Progress
) -> TorInUse | Refused:
    """Start or attach, and wait until it is bootstrapped."""
    if settings.tor.mode == "running":
        elsewhere = _elsewhere(settings)
        return elsewhere if isinstance(elsewhere, Refused) else attach_tor(elsewhere, clock)
    own = _own(settings, layout, permits, clock)
    return own if isinstance(own, Refused) else start_tors(own, layout.tors(settings.tor.processes), progress, clock)


def second_tor_of(
    settings: Settings, layout: Layout, permits: ListPermits, clock: Clock, tor: TorInUse
) -> SecondTor | None:
    """Return the second tor, not yet started; None with an external tor, whose network we do not know."""
    own = _own(settings, layout, permits, clock)
    if isinstance(own, Refused) or isinstance(tor, ExternalTor):
        return None
    second = replace(own, data_directory=layout.second_tor)

    def start(progress: Progress) -> RunningTor | Refused:
        fault = files.renew_directory(layout.second_tor, [layout.tor / name for name in BOOTSTRAP_FILES])
        started = fault or start_tor(second, progress, clock)
        if isinstance(started, RunningTor):
            started.adopt(tor.keys)
        return started

    return SecondTor(start, second.refused_streams)


def _own(settings: Settings, layout: Layout, permits: ListPermits, clock: Clock) -> OwnTor | Refused:
    extra = _extra(settings)
    if isinstance(extra, Fault):
        return Refused((extra,))
    return OwnTor(
        data_directory=layout.tor,
        allowed=(lambda address: permits.listed(address, clock())) if settings.tor.gate else None,
        program=settings.tor.program,
        torrc_extra=extra,
        torrc_extra_name=str(settings.tor.torrc_extra or ""),
        seconds_to_bootstrap=settings.tor.seconds_to_bootstrap,
    )


def _extra(settings: Settings) -> str | Fault:
    path = settings.tor.torrc_extra
    if path is None:
        return ""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        return Fault("tor.torrc_extra", f"{path} cannot be read ({type(error).__name__})", "Name a readable text file.")


def _elsewhere(settings: Settings) -> RunningElsewhere | Refused:
    tor = settings.tor
    secret = files.read_secret(tor.control_password_file) if tor.control_password_file is not None else None
    if isinstance(secret, Refused):
        return secret
    password = None if secret is None else secret.decode("utf-8", errors="replace").strip()
    return RunningElsewhere(_endpoint(tor.socks), _endpoint(tor.control), Login(password, tor.control_cookie))


def _endpoint(text: str) -> tuple[str, int]:
    """HOST:PORT of this machine, as the settings have checked it, with a numeric host."""
    host, _, port = text.rpartition(":")
    return {"localhost": "127.0.0.1", "[::1]": "::1"}.get(host, host), int(port)

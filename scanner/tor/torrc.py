"""The configuration of our own tor. Pure text, handed over on standard input; `man tor` is the source of each option.

The operator may add lines (bridges, a private network), but none that a safeguard depends on.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from config.faults import Fault

SOCKS_TIMEOUT_SECONDS: Final = 60
"""Seconds that tor tries to reach an onion service before it reports 0x06."""

_OURS: Final = """\
ClientOnly 1
SocksPort 127.0.0.1:auto IsolateSOCKSAuth ExtendedErrors OnionTrafficOnly
SafeSocks 1
ControlPort 127.0.0.1:auto
CookieAuthentication 1
ExitRelay 0
SafeLogging 1
Log notice stdout
ShutdownWaitLength 0
"""
_RESERVED: Final = frozenset(
    (
        "clientonly",
        "socksport",
        "sockslistenaddress",
        "sockspolicy",
        "sockstimeout",
        "safesocks",
        "controlport",
        "controlsocket",
        "controlportwritetofile",
        "cookieauthentication",
        "cookieauthfile",
        "hashedcontrolpassword",
        "datadirectory",
        "cachedirectory",
        "exitrelay",
        "orport",
        "dirport",
        "exitpolicy",
        "dnsport",
        "transport",
        "natdport",
        "httptunnelport",
        "extorport",
        "hiddenservicedir",
        "hiddenserviceport",
        "hiddenservicesinglehopmode",
        "hiddenservicenonanonymousmode",
        "tor2webmode",
        "allownonrfc953hostnames",
        "allowsinglehopcircuits",
        "safelogging",
        "log",
        "logmessagedomains",
        "shutdownwaitlength",
        "runasdaemon",
        "user",
        "pidfile",
        "disablenetwork",
        "automaphostsonresolve",
        "mapaddress",
        "%include",
    )
)


def torrc(data_directory: Path, *, gated: bool, extra: str) -> bytes:
    """Return the whole configuration. With `gated`, tor attaches no stream by itself and reaches nothing without a
    gate.
    """
    lines = [
        f"DataDirectory {_quoted(data_directory)}",
        f"ControlPortWriteToFile {_quoted(control_port_file(data_directory))}",
        f"SocksTimeout {SOCKS_TIMEOUT_SECONDS}",
        f"__OwningControllerProcess {os.getpid()}",
        f"__LeaveStreamsUnattached {int(gated)}",
    ]
    return (_OURS + "\n".join([*lines, extra, ""])).encode()


def control_port_file(data_directory: Path) -> Path:
    """Return the file in which tor names its control port."""
    return data_directory / "control-port"


def faults_of_extra(extra: str, where: str) -> tuple[Fault, ...]:
    """Return the Faults of added lines that would undo a safeguard; `where` names their file."""
    return tuple(
        Fault(
            f"{where}, line {number}",
            f"sets {word}, which Sightline must set itself",
            "Remove the line: only lines on how tor reaches its network belong here (bridges, proxies).",
        )
        for number, word in _keywords(extra)
        if word.lower() in _RESERVED or word.startswith("__")
    )


def _keywords(extra: str) -> Iterator[tuple[int, str]]:
    """Yield each line's option, without the signs by which tor appends to a list or clears it."""
    for number, line in enumerate(extra.splitlines(), start=1):
        words = line.split(maxsplit=1)
        if words and not words[0].startswith("#"):
            yield number, words[0].lstrip("+/")


def _quoted(path: Path) -> str:
    text = str(path).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'

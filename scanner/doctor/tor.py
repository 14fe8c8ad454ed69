"""Tor: its program, and the files that its section names."""

import os

from config.faults import Fault
from config.settings import TorSettings
from scanner.tor import find_program, tor_version


def program(tor: TorSettings) -> Fault | None:
    """Check for a tor that is missing, does not run, or is too old; not for one that runs already."""
    if tor.mode == "running":
        return None
    found = find_program(tor.program)
    version = found if isinstance(found, Fault) else tor_version(found)
    return version if isinstance(version, Fault) else None


def named_files(tor: TorSettings) -> list[Fault]:
    """Files that the [tor] section names and that are not there, or not for this user."""
    named = {"torrc_extra": tor.torrc_extra, "control_cookie": tor.control_cookie}
    named["control_password_file"] = tor.control_password_file
    return [
        Fault(
            f"tor.{key}",
            f"names {path}, which is not a file that this user can read",
            "Correct the path, or its rights.",
        )
        for key, path in named.items()
        if path is not None and not (os.path.isfile(path) and os.access(path, os.R_OK))  # noqa: PTH113 - never raises
    ]

"""Tor: its program, and the files that its section names."""

import os

from config.faults import Fault
from config.settings import TorSettings
from scanner.tor import find_program, solves_proof_of_work, tor_version


def program(tor: TorSettings) -> Fault | None:
    """Check for a tor that is missing, does not run, or is too old; not for one that runs already."""
    if tor.mode == "running":
        return None
    found = find_program(tor.program)
    version = found if isinstance(found, Fault) else tor_version(found)
    return version if isinstance(version, Fault) else None


def proof_of_work(tor: TorSettings) -> str:
    """Return whether this tor can solve the proof of work of onion services under attack. No fault: it needs none."""
    found = None if tor.mode == "running" else find_program(tor.program)
    if found is None or isinstance(found, Fault):
        return "proof of work of onion services: not known, tor is not started from here"
    if solves_proof_of_work(found):
        return "proof of work of onion services: this tor can solve it"
    return "proof of work of onion services: this tor cannot solve it, sites under attack may not be reached"


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

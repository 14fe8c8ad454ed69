"""The exit codes. They are part of the interface: documented in docs/exit-codes.md, never renumbered."""

from enum import IntEnum


class Exit(IntEnum):
    """What a command ends with."""

    OK = 0
    """Done, and nothing is wrong."""
    DIFFERS = 1
    """Done, and something is not as it should be: a check failed, a picture matched, visits were given back."""
    USAGE = 2
    """The command line is wrong (click's own code)."""
    CONFIGURATION = 3
    """The configuration, a key or a file it names is wrong or missing."""
    REFUSED = 4
    """A list, a hash list, a referral, or a command at this time, was refused; nothing was changed."""
    TOR = 5
    """Tor is missing, too old, or did not come up."""
    STORE = 6
    """The store is locked or damaged, or its disk is full; nothing that was committed is lost."""
    BUSY = 7
    """Another Sightline holds this state directory."""
    FAULT = 8
    """A fault of Sightline itself."""
    UNDECIDED = 9
    """Finished, nothing matched, and no path could be called a non-match (`check`)."""
    INTERRUPTED = 130
    """Ended by Ctrl-C, or by a question without an answer."""
    UNREAD = 141
    """The reader of standard output closed it early (128 + SIGPIPE, as shells report it)."""

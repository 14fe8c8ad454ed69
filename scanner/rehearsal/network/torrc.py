"""The configuration lines of the private network's tors. Pure text; `man tor` is the source of every option.

Rules: nothing can leave the loopback (own directory authority, no fallback directories, and an outbound address from
which the kernel routes to the loopback only), and no timing is learned (on a loopback tor would learn milliseconds).
"""

from collections.abc import Iterable

VOTING_INTERVAL_SECONDS = 300
"""Of the first votes. Later ones come hourly, so that time periods stay long and descriptors stay in place."""

EVERY_TOR = f"""\
TestingTorNetwork 1
UseDefaultFallbackDirs 0
OutboundBindAddress 127.0.0.1
ClientUseIPv6 0
LearnCircuitBuildTimeout 0
CircuitBuildTimeout 10
PathsNeededToBuildCircuits 0.67
DisableDebuggerAttachment 0
TestingV3AuthInitialVotingInterval {VOTING_INTERVAL_SECONDS}
TestingV3AuthInitialVoteDelay 2
TestingV3AuthInitialDistDelay 2
V3AuthVotingInterval 3600
V3AuthVoteDelay 20
V3AuthDistDelay 20
V3AuthNIntervalsValid 48
"""
RELAY = """\
SocksPort 0
Address 127.0.0.1
AssumeReachable 1
ExitRelay 0
ExitPolicy reject *:*
NumCPUs 1
GeoIPFile /dev/null
GeoIPv6File /dev/null
ContactInfo rehearsal@invalid
TestingMinTimeToReportBandwidth 1 day
"""  # no relay reports a bandwidth, so all weigh the same; else the first to report one would get every hop
DIRECTORY_AUTHORITY = """\
AuthoritativeDirectory 1
V3AuthoritativeDirectory 1
TestingDirAuthVoteGuard *
TestingDirAuthVoteHSDir *
TestingDirAuthVoteExit *
TestingMinExitFlagThreshold 0
TestingAuthDirTimeToLearnReachability 0
ConsensusParams hsdir_n_replicas=1 hsdir_spread_store=2 hsdir_spread_fetch=2
"""
UPLOADS_FOR_EACH_SERVICE = 4
"""Descriptors of two time periods, one replica, two directories each: the consensus parameters above."""


def every_tor(authority_line: str, voting_offset: int) -> str:
    """Return the lines that make any tor part of this network. `voting_offset` is in seconds; all must agree on it."""
    return f"{EVERY_TOR}TestingV3AuthVotingStartOffset {voting_offset}\n{authority_line}\n"


def owned(directory: str, name: str, control_port: int, owner_pid: int) -> str:
    """Return the lines by which a tor uses its own folder, obeys its control port, and never outlives `owner_pid`."""
    return f"""\
DataDirectory {directory}
Nickname {name}
Log notice file {directory}/notice.log
ControlPort 127.0.0.1:{control_port}
CookieAuthentication 1
__OwningControllerProcess {owner_pid}
ShutdownWaitLength 0
"""


def relay(or_port: int) -> str:
    """Return the lines of a relay that carries traffic on `or_port`."""
    return f"{RELAY}ORPort 127.0.0.1:{or_port} IPv4Only\n"


def directory_authority(or_port: int, directory_port: int) -> str:
    """Return the lines of a relay that is also the network's only directory authority."""
    return f"{relay(or_port)}{DIRECTORY_AUTHORITY}DirPort 127.0.0.1:{directory_port}\n"


def authority_line(name: str, or_port: int, directory_port: int, v3_identity: str, fingerprint: str) -> str:
    """Return the line by which every tor knows the authority. Identity and fingerprint are 40 hex digits each."""
    flags = f"orport={or_port} no-v2 v3ident={v3_identity}"
    return f"DirAuthority {name} {flags} 127.0.0.1:{directory_port} {fingerprint}"


def onion_host() -> str:
    """Return the lines of a tor that only serves onion services."""
    return "SocksPort 0\n"


def client(socks_port: int, more: Iterable[str] = ()) -> str:
    """Return the lines of a plain client for onion services, in addition to the scanner's own tor."""
    socks = f"SocksPort 127.0.0.1:{socks_port} IsolateSOCKSAuth ExtendedErrors OnionTrafficOnly"
    return "\n".join([socks, "ClientOnly 1", "MaxClientCircuitsPending 1024", *more, ""])

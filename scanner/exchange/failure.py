"""Why an exchange gave no answer: a closed list. Every failure of the fetch port ends as exactly one of these.

Failed
├── before tor      NOT_LISTED, OUT_OF_SCOPE, MALFORMED
├── our own tor     TOR_DOWN, TOR_NOT_READY, REFUSED_BY_POLICY
├── onion service   NO_DESCRIPTOR, DESCRIPTOR_INVALID, INTRODUCTION_FAILED, RENDEZVOUS_FAILED,
│                   INTRODUCTION_TIMED_OUT, AUTHORISATION_MISSING, AUTHORISATION_WRONG, BAD_ADDRESS, CIRCUIT_LOST
├── its server      PORT_CLOSED, BACKEND_DOWN, TLS, EMPTY_REPLY, MALFORMED_REPLY, CUT_SHORT,
│                   ASKED_TO_WAIT
├── our limits      DEADLINE, TOO_LARGE, TOO_MANY_HEADERS, NOT_STARTED
└── redirects       REDIRECT_OFF_LIST, REDIRECT_LOOP, REDIRECT_MALFORMED
"""

from enum import StrEnum

from scanner.authority.refusal import RefusalReason


class FailureCause(StrEnum):
    """The class of a failure, as logs and records name it. `SITE_UP` lists those that show a site that is up."""

    NOT_LISTED = RefusalReason.NOT_LISTED
    OUT_OF_SCOPE = RefusalReason.OUT_OF_SCOPE
    MALFORMED = RefusalReason.MALFORMED
    TOR_DOWN = "our own tor is not running"
    TOR_NOT_READY = "our own tor was not well"
    REFUSED_BY_POLICY = "refused by tor's own rules"
    NO_DESCRIPTOR = "no descriptor found"
    DESCRIPTOR_INVALID = "descriptor invalid"
    INTRODUCTION_FAILED = "introduction failed"
    RENDEZVOUS_FAILED = "rendezvous failed"
    INTRODUCTION_TIMED_OUT = "introduction timed out"
    AUTHORISATION_MISSING = "client authorisation missing"
    AUTHORISATION_WRONG = "client authorisation wrong"
    BAD_ADDRESS = "address refused by tor"
    CIRCUIT_LOST = "circuit lost or timed out"
    PORT_CLOSED = "alive, port not served"
    BACKEND_DOWN = "alive, its server is down"
    TLS = "TLS failed"
    EMPTY_REPLY = "empty reply"
    MALFORMED_REPLY = "malformed reply"
    CUT_SHORT = "reply cut short"
    DEADLINE = "deadline passed"
    TOO_LARGE = "reply larger than the budget"
    TOO_MANY_HEADERS = "more headers than the limit"
    NOT_STARTED = "not started: the visit was ended"
    ASKED_TO_WAIT = "asked to wait"
    """The site answers, and asks for fewer requests (429, 503): the rest of the visit is put off."""
    REDIRECT_OFF_LIST = "redirect off the list"
    REDIRECT_LOOP = "too many redirects"
    REDIRECT_MALFORMED = "redirect without a well-formed address"


OF_THE_CIRCUIT = frozenset(
    {
        FailureCause.NO_DESCRIPTOR,
        FailureCause.DESCRIPTOR_INVALID,
        FailureCause.INTRODUCTION_FAILED,
        FailureCause.INTRODUCTION_TIMED_OUT,
        FailureCause.RENDEZVOUS_FAILED,
        FailureCause.CIRCUIT_LOST,
    }
)
"""No way to the onion service was found. None of these alone proves it down; if our own tor is ill, none counts."""
CUT_OFF = frozenset(
    {*OF_THE_CIRCUIT, FailureCause.TLS, FailureCause.EMPTY_REPLY, FailureCause.CUT_SHORT, FailureCause.DEADLINE}
)
"""What a tor of ours that dies or hangs looks like, too: no way, or a way that broke or went silent."""
SITE_UP = frozenset(
    {
        FailureCause.PORT_CLOSED,
        FailureCause.BACKEND_DOWN,
        FailureCause.TLS,
        FailureCause.EMPTY_REPLY,
        FailureCause.MALFORMED_REPLY,
        FailureCause.CUT_SHORT,
        FailureCause.DEADLINE,
        FailureCause.TOO_LARGE,
        FailureCause.TOO_MANY_HEADERS,
        FailureCause.ASKED_TO_WAIT,
        FailureCause.REDIRECT_OFF_LIST,
        FailureCause.REDIRECT_LOOP,
        FailureCause.REDIRECT_MALFORMED,
    }
)
"""The onion service answered: it is up, whatever is wrong with the response. Never counted as down."""
OUR_OWN = frozenset({FailureCause.TOR_DOWN, FailureCause.TOR_NOT_READY})
"""Failures of our own tor: they say nothing of the site, which stays due."""

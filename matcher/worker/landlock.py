"""Landlock: this process may open, make and remove nothing, and connect and signal nowhere (linux/landlock.h)."""

import ctypes
import os

_CREATE_RULESET, _RESTRICT_SELF = 444, 446  # the same on x86-64 and arm64
_VERSION = 1

_FILES_BY_ABI = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 4: (1 << 15) - 1, 5: (1 << 16) - 1}
_LATEST_FILES = (1 << 16) - 1
_NETWORK_ABI, _SCOPE_ABI = 4, 6
_BIND_AND_CONNECT = 0b11
_SOCKETS_AND_SIGNALS = 0b11

_libc = ctypes.CDLL(None, use_errno=True)


class _Ruleset(ctypes.Structure):
    _fields_ = (("files", ctypes.c_uint64), ("network", ctypes.c_uint64), ("scope", ctypes.c_uint64))


def abi() -> int:
    """Return the kernel's version of Landlock; 0 for none."""
    return max(int(_libc.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), _VERSION)), 0)


def deny_all() -> bool:
    """Deny everything that this kernel's Landlock can deny. Needs no-new-privileges."""
    offered = abi()
    if not offered:
        return False
    attributes = _Ruleset(
        _FILES_BY_ABI.get(offered, _LATEST_FILES),
        _BIND_AND_CONNECT if offered >= _NETWORK_ABI else 0,
        _SOCKETS_AND_SIGNALS if offered >= _SCOPE_ABI else 0,
    )
    size = 8 if offered < _NETWORK_ABI else 16 if offered < _SCOPE_ABI else 24
    ruleset = int(_libc.syscall(_CREATE_RULESET, ctypes.byref(attributes), ctypes.c_size_t(size), 0))
    if ruleset < 0:
        return False
    try:
        return int(_libc.syscall(_RESTRICT_SELF, ruleset, 0)) == 0
    finally:
        os.close(ruleset)

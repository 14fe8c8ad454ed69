"""Takes the system call filter of a unit upon itself, then starts confined workers, and prints what they lack as JSON.

The unit comes on standard input. The sets are expanded by systemd itself; the numbers are the C library's.
"""

import ctypes
import errno
import json
import os
import re
import struct
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing

from matcher.worker.hasher import WorkerHasher
from matcher.worker.layers import Layer
from scanner.page.worker.reader import WorkerPageReader

_LINE = struct.Struct("<HBBI")  # struct sock_filter
_LOAD_NUMBER, _ALLOW = _LINE.pack(0x20, 0, 0, 0), _LINE.pack(0x06, 0, 0, 0x7FFF0000)
_REFUSE = _LINE.pack(0x06, 0, 0, 0x00050000 | errno.EPERM)
_NO_NEW_PRIVILEGES, _SECCOMP, _BY_FILTER = 38, 22, 2
_ALWAYS = "@default"


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("lines", ctypes.c_char_p))


def _sets() -> dict[str, list[str]]:
    """Each set that systemd knows, with its members: calls and other sets."""
    told = subprocess.run(["/usr/bin/systemd-analyze", "syscall-filter"], capture_output=True, text=True, check=True)
    found: dict[str, list[str]] = {}
    for line in told.stdout.splitlines():
        word = line.strip()
        if line.startswith("@"):
            found[word] = []
        elif line.startswith(" ") and word and not word.startswith("#"):
            found[list(found)[-1]].append(word)
    return found


def _calls(words: list[str], sets: Mapping[str, list[str]]) -> Iterator[str]:
    for word in words:
        yield from _calls(sets[word], sets) if word.startswith("@") else (word,)


def allowed(unit: str) -> set[str]:
    """The calls that a unit allows: its lines one after the other, as systemd reads them."""
    sets = _sets()
    calls = set(_calls([_ALWAYS], sets))
    for taken, words in re.findall(r"(?m)^SystemCallFilter=(~?)(.*)$", unit):
        these = set(_calls(words.split(), sets))
        calls = calls - these if taken else calls | these
    return calls


def filter_out_all_but(calls: set[str]) -> None:
    """Every other call fails with EPERM from now on, here and in every child."""
    asked = subprocess.run(
        ["/usr/bin/g++", "-E", "-dM", "-x", "c++", "-"],
        input="#include <sys/syscall.h>",
        capture_output=True,
        text=True,
        check=True,
    )
    numbers = {name: int(number) for name, number in re.findall(r"#define __NR_(\w+) (\d+)\n", asked.stdout)}
    rules = [_LINE.pack(0x15, 0, 1, numbers[name]) + _ALLOW for name in calls if name in numbers]
    lines = b"".join([_LOAD_NUMBER, *rules, _REFUSE])
    libc = ctypes.CDLL(None)
    libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    refused = libc.prctl(_SECCOMP, _BY_FILTER, ctypes.byref(_Program(len(lines) // _LINE.size, lines)), 0, 0)
    assert not refused


def _refuses() -> bool:
    """Whether a call outside the filter fails, before the kernel has looked at what it names."""
    try:
        os.chown("/nowhere", -1, -1)
    except PermissionError:
        return True
    except FileNotFoundError:
        return False
    return False


if __name__ == "__main__":
    filter_out_all_but(allowed(sys.stdin.read()))
    hasher, reader = WorkerHasher(1, accepted=Layer.NAMESPACES), WorkerPageReader(accepted=Layer.NAMESPACES)
    with closing(hasher), closing(reader):
        lacking = [fault.where for fault in (*hasher.check(), *reader.check())]
    json.dump({"filtered": _refuses(), "user": os.getuid(), "lacking": lacking}, sys.stdout)

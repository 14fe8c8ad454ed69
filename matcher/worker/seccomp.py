"""The list of system calls that a confined child may make: any other kills the process.

A filter of classic BPF, as the kernel takes it (linux/seccomp.h, linux/filter.h, linux/audit.h), for x86-64 and arm64.
Decoding, hashing and parsing need memory, two pipes and an end; HEIC and allocators need threads of the same process.
Reading is from descriptor 0 alone and writing to 1 alone; what libraries say of broken files on 2 is refused without a
death. Memory is never executable; `clone` makes threads only, and `clone3`, whose arguments a filter cannot see, is
answered as unknown, so that the C library falls back to `clone`.
"""

import ctypes
import errno
import platform
import struct
from dataclasses import dataclass
from enum import Enum, auto

_LD_WORD = 0x20  # BPF_LD | BPF_W | BPF_ABS
_JEQ = 0x15  # BPF_JMP | BPF_JEQ | BPF_K
_JSET = 0x45  # BPF_JMP | BPF_JSET | BPF_K
_JGE = 0x35  # BPF_JMP | BPF_JGE | BPF_K
_RET = 0x06  # BPF_RET | BPF_K

_ALLOW = 0x7FFF0000
_KILL = 0x80000000
_ERRNO = 0x00050000

_NR, _ARCH, _ARGUMENTS = 0, 4, 16  # offsets in struct seccomp_data

_REQUESTS, _REPLIES, _ERRORS = 0, 1, 2
_PROT_EXEC = 4
_CLONE_THREAD = 0x00010000
_X32 = 0x40000000

_SET_MODE_FILTER = 1
_ALL_THREADS = 1


class Rule(Enum):
    """A condition on a call's arguments under which it is allowed."""

    ANY = auto()
    FROM_REQUESTS = auto()
    TO_REPLIES = auto()
    NOT_EXECUTABLE = auto()
    THREAD_ONLY = auto()
    UNKNOWN = auto()
    """Not allowed, and not fatal: answered as a call that this kernel does not have."""


@dataclass(frozen=True, slots=True)
class Call:
    """A system call with its numbers on x86-64 and arm64 (None where it does not exist)."""

    name: str
    x86_64: int | None
    arm64: int | None
    rule: Rule = Rule.ANY


CALLS = (
    Call("read", 0, 63, Rule.FROM_REQUESTS),
    Call("readv", 19, 65, Rule.FROM_REQUESTS),
    Call("write", 1, 64, Rule.TO_REPLIES),
    Call("mmap", 9, 222, Rule.NOT_EXECUTABLE),
    Call("mprotect", 10, 226, Rule.NOT_EXECUTABLE),
    Call("munmap", 11, 215),
    Call("mremap", 25, 216),
    Call("madvise", 28, 233),
    Call("brk", 12, 214),
    Call("futex", 202, 98),
    Call("clock_gettime", 228, 113),
    Call("sched_yield", 24, 124),
    Call("rt_sigaction", 13, 134),
    Call("rt_sigprocmask", 14, 135),
    Call("rt_sigreturn", 15, 139),
    Call("restart_syscall", 219, 128),
    Call("gettid", 186, 178),
    Call("set_robust_list", 273, 99),
    Call("rseq", 334, 293),
    Call("clone", 56, 220, Rule.THREAD_ONLY),
    Call("clone3", 435, 435, Rule.UNKNOWN),
    Call("exit", 60, 93),
    Call("exit_group", 231, 94),
)

_AUDIT_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_SECCOMP_CALL = {"x86_64": 317, "aarch64": 277}
_CHECKS = {
    # the argument, the test, the value, and whether the test must hold
    Rule.FROM_REQUESTS: (0, _JEQ, _REQUESTS, True),
    Rule.NOT_EXECUTABLE: (2, _JSET, _PROT_EXEC, False),
    Rule.THREAD_ONLY: (0, _JSET, _CLONE_THREAD, True),
}


def program(machine: str) -> bytes:
    """Return the filter for a machine (`platform.machine()`). Raise KeyError for an unknown one."""
    lines = [_statement(_LD_WORD, _ARCH), _jump(_JEQ, _AUDIT_ARCH[machine], 1, 0), _statement(_RET, _KILL)]
    lines += [_statement(_LD_WORD, _NR), _jump(_JGE, _X32, 0, 1), _statement(_RET, _KILL)]
    for call in CALLS:
        number = call.x86_64 if machine == "x86_64" else call.arm64
        if number is not None:
            body = _body(call.rule)
            lines += [_jump(_JEQ, number, 0, len(body)), *body]
    return b"".join([*lines, _statement(_RET, _KILL)])


def _body(rule: Rule) -> list[bytes]:
    """Return the instructions that follow once the number is known. They always end the program."""
    if rule is Rule.ANY:
        return [_statement(_RET, _ALLOW)]
    if rule is Rule.UNKNOWN:
        return [_statement(_RET, _ERRNO | errno.ENOSYS)]
    if rule is Rule.TO_REPLIES:
        return [
            _statement(_LD_WORD, _ARGUMENTS),
            _jump(_JEQ, _REPLIES, 0, 1),
            _statement(_RET, _ALLOW),
            _jump(_JEQ, _ERRORS, 0, 1),
            _statement(_RET, _ERRNO | errno.EBADF),
            _statement(_RET, _KILL),
        ]
    argument, test, value, must_hold = _CHECKS[rule]
    passed = (0, 1) if must_hold else (1, 0)
    load = _statement(_LD_WORD, _ARGUMENTS + 8 * argument)  # its lower half: little-endian machines only
    return [load, _jump(test, value, *passed), _statement(_RET, _ALLOW), _statement(_RET, _KILL)]


def _statement(code: int, value: int) -> bytes:
    return struct.pack("<HBBI", code, 0, 0, value)


def _jump(code: int, value: int, if_true: int, if_false: int) -> bytes:
    return struct.pack("<HBBI", code, if_true, if_false, value)


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("lines", ctypes.c_char_p))


def install() -> bool:
    """Put the filter in force for every thread of this process, for good. Needs no-new-privileges."""
    machine = platform.machine()
    if machine not in _AUDIT_ARCH:
        return False
    lines = program(machine)
    filter_ = _Program(len(lines) // 8, ctypes.cast(ctypes.create_string_buffer(lines, len(lines)), ctypes.c_char_p))
    libc = ctypes.CDLL(None, use_errno=True)
    return bool(libc.syscall(_SECCOMP_CALL[machine], _SET_MODE_FILTER, _ALL_THREADS, ctypes.byref(filter_)) == 0)

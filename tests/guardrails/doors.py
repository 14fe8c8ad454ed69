"""The doors through which Python code writes files, found in its syntax: whatever they are called on.

ruff bans modules and functions by their full names (`banned-api`); methods have none, so they are looked for here.
"""

import ast
from collections.abc import Iterator
from typing import Final

METHODS: Final = {
    "show": "Pillow writes a temporary file and starts a viewer",
    "_dump": "Pillow writes a temporary file",
    "save": "writes a picture or an array",
    "open_in_browser": "lxml writes a temporary file",
    "diagnose": "beautifulsoup4 prints pages",
    "profile": "beautifulsoup4 writes a temporary file",
    "write_text": "writes a file",
    "write_bytes": "writes a file",
    "touch": "makes a file",
    "mknod": "makes a file",
    "mkfifo": "makes a file",
    "memfd_create": "makes a file that lies in memory, and in swap",
    "symlink_to": "makes a link",
    "hardlink_to": "makes a link",
    "tofile": "numpy writes a file",
    "savez": "numpy writes a file",
    "savez_compressed": "numpy writes a file",
    "savetxt": "numpy writes a file",
    "memmap": "numpy maps a file",
    "dump": "json, pickle, marshal and yaml write a file",
    "FileHandler": "logs to a file",
    "RotatingFileHandler": "logs to a file",
    "TimedRotatingFileHandler": "logs to a file",
    "dump_traceback": "writes local values",
    "print_exc": "prints what an exception holds",
    "print_exception": "prints what an exception holds",
    "format_exc": "tells what an exception holds",
}
_WRITING_FLAGS: Final = frozenset({"O_WRONLY", "O_RDWR", "O_CREAT", "O_APPEND", "O_TRUNC", "O_TMPFILE"})
_DUMPERS: Final = frozenset({"json", "pickle", "marshal", "yaml"})
_WRITING_MODES: Final = frozenset("wax+")


def doors(source: str) -> Iterator[tuple[int, str]]:
    """Each door that a module opens: line and name."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            name = _called(node.func)
            if _is_method(node, name) or (name == "open" and _writes(node)) or (name == "mmap" and _maps_a_file(node)):
                yield node.lineno, name
            elif ast.unparse(node.func) == "sqlite3.connect":
                yield node.lineno, "sqlite3.connect"
        elif isinstance(node, ast.Attribute) and node.attr in _WRITING_FLAGS:
            yield node.lineno, node.attr


def _called(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def _writes(call: ast.Call) -> bool:
    """Whether an `open` may write: by its mode, or because its mode cannot be told.

    `os.open` is told by its flags; what a class opens (`Image.open`, `Ledger.open`) has no mode.
    """
    receiver = _receiver(call)
    if receiver == "os" or receiver[:1].isupper():
        return False
    place = 0 if isinstance(call.func, ast.Attribute) else 1
    modes = [keyword.value for keyword in call.keywords if keyword.arg == "mode"] or call.args[place : place + 1]
    return any(not isinstance(mode, ast.Constant) or bool(_WRITING_MODES & set(str(mode.value))) for mode in modes)


def _receiver(call: ast.Call) -> str:
    return ast.unparse(call.func).rpartition(".")[0]


def _is_method(call: ast.Call, name: str) -> bool:
    """Whether it is one of `METHODS`; `dump` only of the modules that write files by that name."""
    return name in METHODS and bool(_receiver(call)) and (name != "dump" or _receiver(call) in _DUMPERS)


def _maps_a_file(call: ast.Call) -> bool:
    return not call.args or ast.unparse(call.args[0]) != "-1"

#!/usr/bin/python3
"""Checks who includes whom: include_direction.py ROOT, the root of the repository.

The house's shape (service/ARCHITECTURE.md) is a rule about directions: a folder may include only what the
table below grants it. Prints one line for each breach, "FILE:LINE: REASON", and exits with 1 if there was any.
"""
import pathlib
import re
import sys
from typing import NamedTuple


class Rule(NamedTuple):
    """What the files of one folder may include."""

    # Folders of service/ and generated code, as the beginnings of paths in quotes.
    own: tuple
    # Which of the guarded libraries below.
    libraries: tuple = ()


# The beginnings of the system headers that only some folders may use.
LIBRARIES = {
    "asio": ("boost/asio",),
    "beast": ("boost/beast",),
    "grpc": ("grpc/", "grpcpp/", "grpc++/"),
    "protobuf": ("google/protobuf/",),
    "c-ares": ("ares",),
    "openssl": ("openssl/",),
}

CONTRACT = "postern/v1/"
CONFIGURATION = "postern/config/v1/"
# Written by the build, for everyone.
GENERATED = ("version.h",)

# The longest entry that holds a file decides.
RULES = {
    "service/main.cpp": Rule(("app/",)),
    # Boost's own sources, compiled once (BOOST_ASIO_SEPARATE_COMPILATION).
    "service/boost.cpp": Rule((), ("asio", "beast")),
    "service/app": Rule(("app/", "rpc/", "net/", "ops/", "http/", "core/"), ("asio", "grpc")),
    "service/rpc": Rule(("rpc/", "http/", "core/", CONTRACT), ("grpc", "protobuf")),
    "service/net": Rule(("net/", "http/", "core/"), ("asio", "beast", "c-ares", "openssl")),
    "service/http": Rule(("http/", "core/"), ("beast",)),
    "service/ops": Rule(("ops/", "core/", CONFIGURATION), ("protobuf",)),
    "service/core": Rule(("core/",)),
    "client_lib/cpp": Rule((CONTRACT,), ("grpc", "protobuf")),
    # The demo origin in it is an HTTP server.
    "client_lib/cli": Rule((CONTRACT,), ("asio", "beast", "protobuf")),
}

# core/ decides and is told the time: what it must not even name, as regular expressions over code.
CORE_MAY_NOT_INCLUDE = ("mutex", "shared_mutex", "thread", "iostream")
CORE_MAY_NOT_SAY = {r"::\s*now\s*\(": "reads a clock: pass the time in"}

SOURCES = {".h", ".cpp"}
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
# Comments go, and strings too: neither includes nor calls anything. Newlines stay, to keep the line numbers.
NOT_CODE = re.compile(r"""//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])'""", re.DOTALL)


def blank(match):
    return re.sub(r"[^\n]", " ", match.group())


def folder_of(path):
    """The key of RULES that holds the file at this path, or None."""
    holding = [folder for folder in RULES if path == folder or path.startswith(folder + "/")]
    return max(holding, key=len, default=None)


def library_of(header):
    for library, beginnings in LIBRARIES.items():
        if header.startswith(beginnings):
            return library
    return None


def breach_of_include(root, folder, quote, header):
    """Why files of this folder may not include this header, or None where they may."""
    allowed = RULES[folder]
    library = library_of(header)
    forbidden = f"{folder} may not include {header}"
    if library is not None:
        return None if library in allowed.libraries else forbidden
    if folder == "service/core" and header in CORE_MAY_NOT_INCLUDE:
        return forbidden
    if header.startswith((CONTRACT, CONFIGURATION)) or (root / "service" / header).is_file():
        return None if header.startswith(allowed.own) else forbidden
    if quote == "<" or header in GENERATED:
        return None
    if folder.startswith("service/"):
        return f"{header} is no file in service/: write includes from there"
    return forbidden if header.startswith("../") else None


def breaches_in(root, path):
    text = (root / path).read_text(encoding="utf-8")
    folder = folder_of(path)
    if folder is None:
        yield 1, "no rule says what this folder may include: add it to include_direction.py"
        return
    for number, line in enumerate(text.splitlines(), start=1):
        include = INCLUDE.match(line)
        if include:
            reason = breach_of_include(root, folder, *include.groups())
            if reason:
                yield number, reason
    if folder != "service/core":
        return
    for number, line in enumerate(NOT_CODE.sub(blank, text).splitlines(), start=1):
        for pattern, reason in CORE_MAY_NOT_SAY.items():
            if re.search(pattern, line):
                yield number, f"{folder} {reason}"


def breaches(root):
    """Every breach under root, as (path, line, reason), in the order of paths; and how many files were read."""
    root = pathlib.Path(root)
    files = sorted(
        file.relative_to(root).as_posix()
        for top in ("service", "client_lib")
        for file in (root / top).rglob("*")
        if file.suffix in SOURCES and file.is_file()
    )
    found = [(path, line, reason) for path in files for line, reason in breaches_in(root, path)]
    return found, len(files)


def main(root):
    found, files = breaches(root)
    for path, line, reason in found:
        print(f"{path}:{line}: {reason}")
    if files == 0:
        print(f"{root} holds no sources to check")
        return 1
    print(f"{files} files, {len(found)} breaches")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))

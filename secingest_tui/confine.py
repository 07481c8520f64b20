"""Shutting a process into a few folders, for accounts that get the screens and nothing else.

Two walls. The kernel's (Landlock, Linux 5.13, https://docs.kernel.org/userspace-api/landlock.html): from
``lock_down`` on this process opens nothing outside what is named here, and executes nothing at all, so
there is no shell, editor or helper to be had by whatever defect. And our own, which keeps the person's
paths to the granted folders alone: the program itself has to read its libraries, keys and journals.
"""

from __future__ import annotations

import ctypes
import os
import site
import sys
from collections.abc import Iterable
from pathlib import Path

from secingest_tui.errors import UsageError

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_RULESET_VERSION, _PATH_BENEATH = 1, 1
_PR_SET_NO_NEW_PRIVS = 38

_WRITE_FILE, _READ_FILE, _READ_DIR, _REMOVE_DIR, _REMOVE_FILE = 1 << 1, 1 << 2, 1 << 3, 1 << 4, 1 << 5
_MAKE_DIR, _MAKE_REG, _REFER, _TRUNCATE, _IOCTL_DEV = 1 << 7, 1 << 8, 1 << 13, 1 << 14, 1 << 15
_READ = _READ_FILE | _READ_DIR
_CHANGE = _READ | _WRITE_FILE | _REMOVE_DIR | _REMOVE_FILE | _MAKE_DIR | _MAKE_REG | _REFER | _TRUNCATE
_DEVICE = _READ_FILE | _WRITE_FILE | _IOCTL_DEV
_RIGHTS_BY_VERSION = {1: 13, 2: 14, 3: 15, 4: 15}
"""How many access rights each version of the interface knows; 16 since version 5."""
_SCOPED = 0b11
"""Since version 6: no abstract sockets and no signals to processes outside."""

_SYSTEM = (
    "/usr/lib", "/usr/lib64", "/usr/local/lib", "/lib", "/lib64", "/usr/share", "/etc/ssl", "/etc/pki",
    "/etc/ca-certificates", "/etc/hosts", "/etc/host.conf", "/etc/resolv.conf", "/etc/nsswitch.conf",
    "/etc/gai.conf", "/etc/localtime", "/etc/ld.so.cache", "/etc/mime.types", "/etc/terminfo", "/etc/passwd",
    "/etc/services", "/proc/self", "/proc/cpuinfo", "/proc/meminfo", "/sys/devices/system/cpu",
)  # fmt: skip
_DEVICES = ("/dev/tty", "/dev/null", "/dev/urandom", "/dev/random", "/dev/zero")

_granted: tuple[Path, ...] | None = None


def folders() -> tuple[Path, ...] | None:
    """The granted folders; ``None`` where this process is not confined."""
    return _granted


def check(path: Path) -> Path:
    """``path``, if what it leads to, links and ``..`` followed, lies in a granted folder; else UsageError."""
    if _granted is not None and not _inside(path.absolute()):
        raise UsageError(
            f"{path} is outside the folders of this account.",
            hint="Choose a path in " + " or ".join(map(str, _granted)) + ".",
            field="path",
        )
    return path


def check_descriptor(descriptor: int, path: Path) -> None:
    """As ``check``, for what was really opened: nobody can exchange it any more. Raises UsageError."""
    if _granted is not None:
        check(Path(f"/proc/self/fd/{descriptor}").readlink() if _inside(path.absolute()) else path)


def _inside(path: Path) -> bool:
    real = Path(os.path.realpath(path))
    return any(real.is_relative_to(folder) for folder in _granted or ())


def lock_down(granted: Iterable[Path], state: Path) -> None:
    """Shut this process, and whatever it starts, into ``granted`` and its own ``state``; for good.

    Call it before any thread is started. Raises UsageError where a folder is missing or the kernel cannot.
    """
    global _granted
    chosen = tuple(Path(os.path.realpath(folder)) for folder in granted)
    for folder in chosen:
        if not folder.is_dir():
            raise UsageError(
                f"The granted folder {folder} is no folder.", hint="Make it, or correct [kiosk] folders."
            )
        if state.is_relative_to(folder):
            raise UsageError(
                f"The granted folder {folder} holds the profile's own state {state}.",
                hint="Grant a folder beside it: keys and credentials must not be in reach.",
            )
    version = _call(_CREATE_RULESET, None, 0, _RULESET_VERSION)
    if len(list(Path("/proc/self/task").iterdir())) != 1:
        raise RuntimeError("confinement has to come before the first thread")
    handled = (1 << _RIGHTS_BY_VERSION.get(version, 16)) - 1
    attributes = (ctypes.c_uint64 * 3)(handled, 0, _SCOPED if version >= 6 else 0)
    size = 24 if version >= 6 else 16 if version >= 4 else 8
    ruleset = _call(_CREATE_RULESET, ctypes.byref(attributes), size, 0)
    try:
        libraries = {
            sys.prefix,
            sys.base_prefix,
            *site.getsitepackages(),
            *sys.path,
            str(Path(__file__).parents[1]),
        }
        for name in (*_SYSTEM, *sorted(filter(None, libraries))):
            _allow(ruleset, Path(name), _READ & handled)
        for name in _DEVICES:
            _allow(ruleset, Path(name), _DEVICE & handled)
        for folder in (*chosen, state):
            _allow(ruleset, folder, _CHANGE & handled)
        if ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0):
            raise OSError(ctypes.get_errno(), "prctl")
        _call(_RESTRICT_SELF, ruleset, 0)
    finally:
        os.close(ruleset)
    _granted = chosen


def _allow(ruleset: int, path: Path, rights: int) -> None:
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return  # what is not there needs no right
    try:
        if not Path(f"/proc/self/fd/{descriptor}").resolve().is_dir():
            rights &= _READ_FILE | _WRITE_FILE | _TRUNCATE | _IOCTL_DEV
        rule = rights.to_bytes(8, sys.byteorder) + descriptor.to_bytes(4, sys.byteorder)
        _call(_ADD_RULE, ruleset, _PATH_BENEATH, rule, 0)
    finally:
        os.close(descriptor)


def _call(number: int, *arguments: object) -> int:
    library = ctypes.CDLL(None, use_errno=True)
    library.syscall.restype = ctypes.c_long
    answer = int(library.syscall(ctypes.c_long(number), *map(_passed, arguments)))
    if answer < 0:
        raise UsageError(
            f"This kernel cannot shut a process into folders (Landlock: {os.strerror(ctypes.get_errno())}).",
            hint="Use Linux 5.13 or newer with Landlock enabled (boot parameter lsm=landlock,...).",
        )
    return answer


def _passed(value: object) -> object:
    return ctypes.c_long(value) if isinstance(value, int) else value

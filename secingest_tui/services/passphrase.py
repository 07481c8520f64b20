"""Where a passphrase comes from: a file, a person, or nowhere."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

from secingest_tui.errors import UsageError

Ask = Callable[[], bytes]
"""Answers with a passphrase, or raises UsageError saying how one can be given."""


def read_passphrase_file(path: Path) -> bytes:
    """The first line of ``path`` without its line end. Raises UsageError if it is unreadable or empty."""
    try:
        line = path.read_bytes().split(b"\n", 1)[0].rstrip(b"\r")
    except OSError as error:
        raise UsageError(
            f"Cannot read the passphrase file {path}: {error.strerror}.", field="--passphrase-file"
        ) from None
    if not line:
        raise UsageError(
            f"The passphrase file {path} is empty.",
            hint="Its first line has to be the passphrase.",
            field="--passphrase-file",
        )
    return line


def ask_on_terminal(prompt: str, *, confirm: bool = False, option: str = "--passphrase-file FILE") -> bytes:
    """Ask without echo. Raises UsageError where there is no terminal or the two answers differ."""
    import getpass

    if not sys.stdin.isatty():
        raise UsageError(
            f"{prompt}: a passphrase is needed and there is no terminal to ask on.",
            hint=f"Give {option}.",
            field="passphrase",
        )
    answer = getpass.getpass(f"{prompt}: ")
    if not answer:
        raise UsageError(
            "No passphrase was given; nothing was done.",
            hint=f"Type one, or give {option}.",
            field="passphrase",
        )
    if confirm and getpass.getpass("The same again: ") != answer:
        raise UsageError("The two passphrases differ; nothing was done.", hint="Try again.")
    return answer.encode()


def from_file_or_terminal(path: Path | None, prompt: str) -> Ask:
    """Ask lazily: nothing is read or asked before the passphrase is needed."""
    return lambda: read_passphrase_file(path) if path else ask_on_terminal(prompt)


def profile_passphrase(*, new: bool = False) -> bytes:
    """The passphrase that opens the credential file: ``SECINGEST_PASSPHRASE_FILE``, else the terminal."""
    named = os.environ.get("SECINGEST_PASSPHRASE_FILE")
    if named:
        return read_passphrase_file(Path(named))
    prompt = (
        "New passphrase for this profile's credentials" if new else "Passphrase of this profile's credentials"
    )
    option = "SECINGEST_PASSPHRASE_FILE" + (", or --no-passphrase" if new else "")
    return ask_on_terminal(prompt, confirm=new, option=option)


def unlock_profile() -> Ask:
    """Ask for the profile's passphrase now, while the terminal can still be asked, if it is needed at all.

    Raises UsageError for a wrong one.
    """
    from secingest_tui.paths import Home
    from secingest_tui.services.credentials import CredentialStore

    kept: list[bytes] = []

    def ask() -> bytes:
        if not kept:
            kept.append(profile_passphrase())
        return kept[0]

    store = CredentialStore(Home.locate().prepare().credentials_file, ask)
    if store.sealed:
        store.names()
    return ask

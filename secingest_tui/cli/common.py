"""What several commands share: the workspace, passphrases, progress."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from secingest_tui.crypto.recipients import PrivateKey
    from secingest_tui.services.ingest.progress import TransferProgress
    from secingest_tui.services.keyring import StoredKey
    from secingest_tui.services.workspace import Workspace


class PersonsPath(click.Path):
    """A path that a person names: for an account that is shut in, one in its granted folders."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if str(value) != "-":
            from secingest_tui.confine import check
            from secingest_tui.errors import UsageError
            from secingest_tui.paths import expanded

            try:
                check(expanded(os.fsdecode(value)))
            except UsageError as error:
                self.fail(f"{error.message} {error.hint}", param, ctx)
        return super().convert(value, param, ctx)


class KeyOrPem(click.types.StringParamType):
    """A key id, or the path of a public PEM file, for which the same holds."""

    name = "text"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if "/" in value or value.endswith(".pem"):
            PersonsPath().convert(value, param, ctx)
        return value


tenant_option = click.option(
    "--tenant", metavar="T", help="Tenant id; the only one or the configured one by default."
)
passphrase_file_option = click.option(
    "--passphrase-file",
    type=PersonsPath(path_type=Path, dir_okay=False),
    help="Read the key's passphrase from the first line of this file.",
)


private_key_option = click.option(
    "--private-key",
    type=PersonsPath(path_type=Path, dir_okay=False),
    help="This private key file instead of those of the keyring.",
)
signers_option = click.option(
    "--signer", "signers", multiple=True, type=KeyOrPem(), metavar="ID_OR_PEM", help="Trust this uploader."
)
unsigned_option = click.option("--allow-unsigned", is_flag=True, help="Accept objects that nobody signed.")


@contextmanager
def open_workspace() -> Iterator[Workspace]:
    """The workspace of this home, closed when the command ends."""
    from secingest_tui.services.workspace import Workspace

    with Workspace() as workspace:
        yield workspace


def key_passphrase(path: Path | None) -> Callable[[StoredKey], bytes]:
    """How to get the passphrase of a stored key: the file, else the terminal."""
    from secingest_tui.services.passphrase import from_file_or_terminal

    def ask(key: StoredKey) -> bytes:
        return from_file_or_terminal(path, f"Passphrase of key {key.key_id}")()

    return ask


def opening_keys(
    workspace: Workspace, key_ids: list[str], private_key: Path | None, passphrase_file: Path | None
) -> Iterable[PrivateKey]:
    """The private keys to try: the file that was named, else those of the keyring, ``key_ids`` first."""
    if private_key is not None:
        from secingest_tui.services.offline import load_key_file

        return [load_key_file(private_key, passphrase_file)]
    return workspace.keyring.openers(key_ids, key_passphrase(passphrase_file))


def say(text: str) -> None:
    """A line for a person, on standard error: standard output is for data."""
    from secingest_tui.text import visible

    click.echo(visible(text), err=True)


@contextmanager
def progress_bar(progress: TransferProgress, *, quiet: bool = False) -> Iterator[None]:
    """Show ``progress`` on standard error while the block runs; nothing where that is no terminal."""
    if os.environ.get("SECINGEST_PLAIN") and not quiet:
        with _progress_lines(progress):
            yield
        return
    if quiet or not sys.stderr.isatty():
        yield
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )

    bar = Progress(
        TextColumn("{task.description:<16}", markup=False),
        BarColumn(),
        DownloadColumn(binary_units=True),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        auto_refresh=False,
        transient=True,
    )
    task = bar.add_task("scan", total=None)
    done = threading.Event()

    def show() -> None:
        while True:
            ended = done.wait(0.25)
            view = progress.view()
            fields: dict[str, Any] = {"description": view.phase, "completed": view.bytes_done}
            bar.update(task, total=view.bytes_total, **fields)
            bar.refresh()
            if ended:
                return

    thread = threading.Thread(target=show, name="progress", daemon=True)
    with bar:
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()


PROGRESS_LINE_SECONDS = 5.0


@contextmanager
def _progress_lines(progress: TransferProgress) -> Iterator[None]:
    """A line every few seconds: nothing is redrawn, so that a screen reader or a log can follow."""
    from secingest_tui.text import size

    done = threading.Event()

    def show() -> None:
        while not done.wait(PROGRESS_LINE_SECONDS):
            view = progress.view()
            total = f" of {size(view.bytes_total)}" if view.bytes_total else ""
            say(f"{view.phase}: {size(view.bytes_done)}{total}")

    thread = threading.Thread(target=show, name="progress", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()

"""``secingest demo``: the whole story on a throw-away stack."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("file", required=False, type=click.Path(path_type=Path, dir_okay=False))
@click.option("--keep", type=click.Path(path_type=Path, file_okay=False), metavar="DIR",
              help="Keep the home, keys and restored file in this folder.")  # fmt: skip
def demo(file: Path | None, keep: Path | None) -> int:
    """Keys, tenant, encrypt, upload, register, replicate, snapshot; then the metadata server is
    stopped, and FILE is restored from the replica with the private key alone.

    Real parts throughout: a SeaweedFS and a metadata server of their own, on loopback.
    """
    from secingest_tui.services.demo import run_demo

    return 0 if run_demo(file, keep, click.echo) else 1

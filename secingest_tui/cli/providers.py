"""``secingest providers``: the catalogue, and what is really there."""

from __future__ import annotations

import click

from secingest_tui.cli.probe import probe, probes


@click.group()
def providers() -> None:
    """S3 providers: what is known about them, and what an endpoint really does."""


providers.add_command(probe)
providers.add_command(probes)

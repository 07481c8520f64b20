"""``secingest serve``: the metadata server alone."""

from __future__ import annotations

import os
import sys

import click


@click.command(context_settings={"ignore_unknown_options": False})
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8080, show_default=True, help="0 takes a free one."
)
@click.option("--database-url", metavar="URL", help="sqlite:///FILE or postgresql+psycopg://…")
@click.option("--tls-cert", metavar="PEM", help="Certificate chain: needed on anything but loopback.")
@click.option("--tls-key", metavar="PEM", help="The certificate's private key.")
@click.option("--behind-proxy", is_flag=True, help="A proxy in front terminates TLS.")
def serve(host: str, port: int, database_url: str | None, **tls: str | bool | None) -> None:
    """Run the metadata server alone.

    Reads ADMIN_API_KEY and TENANT_SECRET_PASSPHRASE from the environment (or a .env file) and does not
    start without them. Secrets are never given as options, where other users could read them.
    """
    arguments = ["--host", host, "--port", str(port)]
    if database_url:
        arguments += ["--database-url", database_url]
    for name, value in tls.items():
        option = f"--{name.replace('_', '-')}"
        if value is True:
            arguments.append(option)
        elif value:
            arguments += [option, str(value)]
    # Its own process image: nothing of the customer's side is in the server's memory.
    os.execv(sys.executable, [sys.executable, "-m", "backend_stub", *arguments])  # noqa: S606

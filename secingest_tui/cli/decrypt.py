"""``secingest decrypt`` and ``secingest inspect``: offline, without configuration, server or network."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from secingest_tui.cli.common import passphrase_file_option, say
from secingest_tui.cli.output import json_option, print_json, print_record

_file = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.argument("ciphertext", type=_file)
@click.option("-o", "--output", required=True, metavar="FILE", help="Where to write; - is standard output.")
@click.option("--private-key", required=True, type=_file, metavar="PEM", help="Private key of a recipient.")
@passphrase_file_option
@click.option(
    "--expect", multiple=True, metavar="KEY=VALUE", help="Require this encryption context; repeatable."
)
@click.option("--signature", type=_file, help="The signature beside the object (OBJECT.sig).")
@click.option(
    "--signer", "signers", multiple=True, type=_file, metavar="PEM",
    help="Public key of an uploader to check it by; repeatable.",
)  # fmt: skip
@click.option(
    "--wrapped-keys", type=_file, metavar="FILE",
    help="The keys beside the object (OBJECT.keys), for a key that was given access later.",
)  # fmt: skip
@click.option("--require-signature", is_flag=True, help="Refuse an object without a checked signature.")
@click.option("--force", is_flag=True, help="Replace FILE if it exists.")
@json_option
def decrypt(
    ciphertext: Path,
    output: str,
    private_key: Path,
    passphrase_file: Path | None,
    expect: tuple[str, ...],
    signature: Path | None,
    signers: tuple[Path, ...],
    wrapped_keys: Path | None,
    require_signature: bool,
    force: bool,
    as_json: bool,
) -> None:
    """Decrypt a CIPHERTEXT file with a private key alone: no server, no network, no configuration."""
    from secingest_tui.services.offline import decrypt_ciphertext, load_key_file

    wanted = {}
    for item in expect:
        name, equals, value = item.partition("=")
        if not equals:
            raise click.UsageError(f"--expect takes KEY=VALUE, not {item!r}.")
        wanted[name] = value
    done = decrypt_ciphertext(
        ciphertext, output, load_key_file(private_key, passphrase_file), expect=wanted, signature=signature,
        signers=signers, wrapped_keys=wrapped_keys, require_signature=require_signature, force=force,
        stdout=sys.stdout.buffer,
    )  # fmt: skip
    if done.signer is None:
        say(
            "origin not verified: no signature was checked, anyone with the public key could have written it."
        )
    if output != "-":
        record: dict[str, Any] = {"output": done.output, "size": done.size, "signer": done.signer}
        print_record(record | {"encryption_context": done.context}, as_json=as_json)


@click.command()
@click.argument("ciphertext", type=_file)
def inspect(ciphertext: Path) -> None:
    """Show the header of a CIPHERTEXT file as JSON, without any key (so nothing of it is proven)."""
    from secingest_tui.crypto.esdk import MAX_HEADER_LENGTH
    from secingest_tui.errors import UsageError
    from secingest_tui.services.inspection import describe_header, read_header

    try:
        with ciphertext.open("rb") as stream:
            data = stream.read(MAX_HEADER_LENGTH)
    except OSError as error:
        raise UsageError(f"Cannot read {ciphertext}: {error.strerror}.") from None
    print_json(describe_header(read_header(data)))

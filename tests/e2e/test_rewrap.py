"""Access for further keys without moving the object, on the real stack."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from secingest_tui.crypto import standalone_reader
from secingest_tui.crypto.esdk import parse_header
from secingest_tui.crypto.keyfile import KeyType, generate
from secingest_tui.crypto.recipients import load_private_key, load_recipient
from secingest_tui.crypto.rewrap import wrap_further
from secingest_tui.crypto.signature import KeySidecar, SignerKey
from secingest_tui.embedded import EmbeddedStack
from secingest_tui.paths import Home
from secingest_tui.services.restore.beside import is_sidecar
from tests.e2e.conftest import KEY_ID, Cli
from tests.e2e.sharing import MIB, People, Provider, ingest, profile, shown

# ---- giving access


@pytest.fixture(scope="module")
def shared(
    cli: Cli, people: People, provider: Provider, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, bytes]:
    """An object of three frames, given to bob and carol, then replicated by a worker."""
    data = os.urandom(2 * MIB + 77)
    key = ingest(cli, tmp_path_factory.mktemp("s"), "shared/big.bin", data, "--target", "local-de")
    before = provider.read(key)
    done = cli.json("rewrap", key, "--recipient", "bob", "--recipient", "carol")
    assert (done["revision"], done["added"], done["written"]) == (1, ["bob", "carol"], ["local-fi"])
    assert (done["present"], done["missed"]) == ([], [])
    assert provider.read(key) == before, "nothing is moved"
    cli("worker", "--once")
    return key, data


def test_the_worker_brings_the_keys_along(cli: Cli, provider: Provider, shared: tuple[str, bytes]) -> None:
    key, _ = shared
    for suffix in ("", ".keys"):
        assert provider.read(key, suffix, "local-de") == provider.read(key, suffix) is not None


def test_the_record_names_who_got_access(cli: Cli, provider: Provider, shared: tuple[str, bytes]) -> None:
    key, _ = shared
    recorded = shown(cli, key)["further_keys"]
    assert [item["key_id"] for item in recorded["wrapped_keys"]] == ["bob", "carol"]
    keys = KeySidecar.parse(provider.read(key, ".keys") or b"")
    assert [item.fingerprint for item in keys.keys] == [
        item["fingerprint"] for item in recorded["wrapped_keys"]
    ]


@pytest.mark.parametrize("who", ["bob", "carol"])
@pytest.mark.parametrize("backend", ["local-fi", "local-de"])
def test_the_new_key_alone_restores(
    cli: Cli, people: People, shared: tuple[str, bytes], who: str, backend: str, tmp_path: Path
) -> None:
    key, data = shared
    out = tmp_path / "out"
    cli("restore", key, "-o", out, "--backend", backend, "--private-key", people.key(who))
    assert out.read_bytes() == data
    cli("restore", key, "-o", tmp_path / "part", "--range", f"{MIB - 5}-{MIB + 5}", "--backend", backend,
        "--private-key", people.key(who))  # fmt: skip
    assert (tmp_path / "part").read_bytes() == data[MIB - 5 : MIB + 6]


def test_the_old_key_restores_as_before(cli: Cli, shared: tuple[str, bytes], tmp_path: Path) -> None:
    key, data = shared
    cli("restore", key, "-o", tmp_path / "out")
    assert (tmp_path / "out").read_bytes() == data


def test_nobody_else_does(cli: Cli, people: People, shared: tuple[str, bytes], tmp_path: Path) -> None:
    said = cli("restore", shared[0], "-o", tmp_path / "out", "--private-key", people.key("dave"), code=1)
    assert "no wrapped key in this object is for" in said.stderr
    assert not (tmp_path / "out").exists()


def test_a_prefix_and_a_whole_provider(
    cli: Cli, people: People, shared: tuple[str, bytes], tmp_path: Path
) -> None:
    _, data = shared
    more = ("--private-key", people.key("bob"))
    cli("restore", "--prefix", "customer42/shared/", "-o", tmp_path / "prefix", *more)
    assert (tmp_path / "prefix" / "big.bin").read_bytes() == data
    # Sidecars are no objects: none of them is among what failed.
    said = cli("recover", "--backend", "local-de", "-o", tmp_path / "all", *more)
    assert (tmp_path / "all" / "shared" / "big.bin").read_bytes() == data
    assert ".keys" not in said.stderr


def test_fetched_and_opened_offline(
    cli: Cli, home: Home, people: People, shared: tuple[str, bytes], tmp_path: Path
) -> None:
    key, data = shared
    fetched = cli.json("fetch", key, "-o", tmp_path / "object")
    assert fetched["wrapped_keys"] == str(tmp_path / "object.keys")
    shutil.copy(home.keys_dir / "signer.pub.pem", tmp_path / "signer.pem")
    shutil.copy(standalone_reader.__file__, tmp_path / "reader.py")
    for who in ("bob", "carol"):
        common = (
            "--private-key", str(people.key(who)), "--signature", "object.sig", "--signer", "signer.pem",
            "--wrapped-keys", "object.keys",
        )  # fmt: skip
        ours = [
            str(tmp_path / item) if item.endswith((".sig", "signer.pem", ".keys")) else item
            for item in common
        ]
        done = cli.json("decrypt", tmp_path / "object", "-o", tmp_path / "ours", "--force", *ours)
        assert done["signer"]
        assert (tmp_path / "ours").read_bytes() == data
        subprocess.run(
            [sys.executable, "-I", "reader.py", "object", "-o", "single", *common],
            cwd=tmp_path, check=True, capture_output=True, timeout=60,
        )  # fmt: skip
        assert (tmp_path / "single").read_bytes() == data
    without = cli(
        "decrypt", tmp_path / "object", "-o", tmp_path / "no", "--private-key", people.key("bob"), code=1
    )
    assert "no wrapped key" in without.stderr
    cli("keys", "new", "--key-id", "stranger", "--type", "ed25519", "--no-passphrase")
    wrong = cli(
        "decrypt", tmp_path / "object", "-o", tmp_path / "no", "--private-key", people.key("bob"),
        "--signature", tmp_path / "object.sig", "--wrapped-keys", tmp_path / "object.keys",
        "--signer", home.keys_dir / "stranger.pub.pem", code=1,
    )  # fmt: skip
    assert "signature is not by signer" in wrong.stderr
    assert not (tmp_path / "no").exists()


def test_again_changes_nothing(cli: Cli, provider: Provider, shared: tuple[str, bytes]) -> None:
    key, _ = shared
    before = provider.everything()
    done = cli.json("rewrap", key, "--recipient", "bob", "--recipient", KEY_ID)
    assert (done["revision"], done["added"], done["written"]) == (1, [], [])
    assert done["present"] == ["bob", KEY_ID]
    assert sorted(done["current"]) == ["local-de", "local-fi"]
    assert provider.everything() == before


def test_access_is_given_on(cli: Cli, people: People, tmp_path: Path) -> None:
    """Who got access later gives it to a third person, with nothing but the own private key."""
    key = ingest(cli, tmp_path, "given-on", b"secret")
    cli("rewrap", key, "--recipient", "bob")
    done = cli.json("rewrap", key, "--recipient", "dave", "--private-key", people.key("bob"))
    assert (done["revision"], done["added"]) == (2, ["dave"])
    for who in ("bob", "dave"):
        cli("restore", key, "-o", tmp_path / who, "--private-key", people.key(who))
        assert (tmp_path / who).read_bytes() == b"secret"


def test_post_quantum_is_given_away_and_said(cli: Cli, people: People, tmp_path: Path) -> None:
    key = ingest(cli, tmp_path, "quantum", b"secret", "--recipient", "quinn")
    mine = ("--private-key", people.key("quinn"))
    said = cli("rewrap", key, "--recipient", "bob", *mine)
    assert "bob is no post-quantum key" in said.stderr
    other = ingest(cli, tmp_path, "classic", b"secret")
    assert "quantum" not in cli("rewrap", other, "--recipient", "quinn").stderr
    cli("restore", other, "-o", tmp_path / "out", *mine)


def test_two_at_the_same_moment(cli: Cli, people: People, provider: Provider, tmp_path: Path) -> None:
    """Nobody's access is lost: the server takes one list first, and the other is told to start over."""
    key = ingest(cli, tmp_path, "race", b"secret")
    both = {who: cli.start("rewrap", key, "--recipient", who) for who in ("bob", "carol", "dave")}
    for who, process in both.items():
        _, err = process.communicate(timeout=120)
        if process.returncode:
            assert b"Somebody else gave access at the same moment" in err
            cli("rewrap", key, "--recipient", who)
    # A slower one may have laid an older list beside the copy; the record has the newest.
    cli("rewrap", key, "--recipient", "bob")
    recorded = shown(cli, key)["further_keys"]
    assert {item["key_id"] for item in recorded["wrapped_keys"]} == both.keys()
    keys = KeySidecar.parse(provider.read(key, ".keys") or b"")
    assert keys.revision == recorded["revision"]
    for who in both:
        cli("restore", key, "-o", tmp_path / who, "--private-key", people.key(who))


# ---- lists that were tampered with


def test_an_altered_list(cli: Cli, people: People, provider: Provider, tmp_path: Path) -> None:
    key = ingest(cli, tmp_path, "altered/object", b"secret")
    cli("rewrap", key, "--recipient", "bob")
    good = provider.read(key, ".keys")
    assert good is not None
    other = ingest(cli, tmp_path, "altered/other", b"other")
    cli("rewrap", other, "--recipient", "bob")
    bob = ("--private-key", people.key("bob"))
    everywhere = (
        (good.replace(b'"revision":1', b'"revision":9'), "the signature is not by signer"),
        (provider.read(other, ".keys") or b"", "is another object's"),
        (b"noise", "does not end with its line"),
        (b"x" * 600_000, "longer than"),
    )
    for number, (forged, why) in enumerate(everywhere):
        provider.put(key, ".keys", forged)
        # The provider alone cannot be believed; together with the server's record it opens, and it is said.
        said = cli("recover", "--backend", "local-fi", "-o", tmp_path / f"r{number}", *bob, code=1)
        assert why in said.stderr
        assert not (tmp_path / f"r{number}" / "altered" / "object").exists()
        said = cli("restore", key, "-o", tmp_path / f"o{number}", *bob)
        assert "cannot be used" in said.stderr
        assert (tmp_path / f"o{number}").read_bytes() == b"secret"
        # Whom the header names is not bothered.
        assert "cannot be used" not in cli("restore", key, "-o", tmp_path / f"a{number}").stderr
        said = cli("rewrap", key, "--recipient", "bob")
        assert "were altered" in said.stderr
        assert provider.read(key, ".keys") == good


def test_an_older_list_put_back(cli: Cli, people: People, provider: Provider, tmp_path: Path) -> None:
    key = ingest(cli, tmp_path, "replayed", b"secret")
    cli("rewrap", key, "--recipient", "bob")
    first = provider.read(key, ".keys")
    cli("rewrap", key, "--recipient", "carol")
    second = provider.read(key, ".keys")
    assert first is not None
    assert second is not None
    provider.put(key, ".keys", first)
    said = cli("restore", key, "-o", tmp_path / "out", "--private-key", people.key("carol"))
    assert "has revision 1 of them, the server's record has revision 2" in said.stderr
    said = cli("rewrap", key, "--recipient", "carol")
    assert "an older list: revision 1, the server's record has 2" in said.stderr
    assert provider.read(key, ".keys") == second


def test_a_strangers_list(cli: Cli, home: Home, people: People, provider: Provider, tmp_path: Path) -> None:
    """It is neither used nor written over, until its signer is named as trusted."""
    key = ingest(cli, tmp_path, "strangers/object", b"secret")
    header = parse_header(provider.read(key) or b"")
    mine = load_private_key((home.keys_dir / f"{KEY_ID}.pem").read_bytes(), None, KEY_ID)
    dave = load_recipient((home.keys_dir / "dave.pub.pem").read_bytes(), "dave")
    mallory = SignerKey(generate(KeyType.ED25519), "mallory")
    planted = KeySidecar.sign(header, 5, wrap_further(header, mine, [dave]), mallory).encode()
    provider.put(key, ".keys", planted)
    (tmp_path / "mallory.pub.pem").write_bytes(mallory.public.to_pem())
    as_dave = ("--private-key", people.key("dave"))
    said = cli("restore", key, "-o", tmp_path / "out", *as_dave, code=1)
    assert "whom you did not name as trusted" in said.stderr
    said = cli("rewrap", key, "--recipient", "bob", code=1)
    assert "not reached: local-fi" in said.stderr
    assert provider.read(key, ".keys") == planted
    done = cli.json("rewrap", key, "--recipient", "bob", "--signer", tmp_path / "mallory.pub.pem")
    assert (done["revision"], done["written"]) == (6, ["local-fi"])
    cli("restore", key, "-o", tmp_path / "out", *as_dave)
    assert (tmp_path / "out").read_bytes() == b"secret"


# ---- what is not there


def test_without_a_private_key(
    cli: Cli, stack: EmbeddedStack, people: People, provider: Provider, tmp_path: Path
) -> None:
    key = ingest(cli, tmp_path, "keyless", b"secret")
    before = provider.everything()
    poor = profile(cli, stack, tmp_path / "poor", private=False)
    said = poor("rewrap", key, "--recipient", "bob", code=2)
    assert f"No private key is here for {KEY_ID}" in said.stderr
    said = cli("rewrap", key, "--recipient", "bob", "--private-key", people.key("dave"), code=1)
    assert "no wrapped key in this object is for" in said.stderr
    for more in ((), ("--reencrypt",)):
        assert "There is no key nobody" in cli("rewrap", key, "--recipient", "nobody", *more, code=2).stderr
    assert provider.everything() == before
    assert shown(cli, key)["further_keys"] is None
    assert not list((tmp_path / "poor" / "keys").glob("signer.pem"))


def test_the_server_is_down(
    cli: Cli, stack: EmbeddedStack, people: People, provider: Provider, tmp_path: Path
) -> None:
    key = ingest(cli, tmp_path, "down", b"secret")
    remote = profile(cli, stack, tmp_path / "remote", private=True)
    before = provider.everything()
    stack.stop_server()
    try:
        for more in ((), ("--reencrypt",)):
            said = remote("rewrap", key, "--recipient", "bob", *more, code=1)
            assert "cannot be reached" in said.stderr
    finally:
        stack.start_server()
    assert provider.everything() == before
    again = profile(cli, stack, tmp_path / "again", private=True)
    assert again.json("rewrap", key, "--recipient", "bob")["written"] == ["local-fi"]


def test_a_provider_is_down(
    cli: Cli, stack: EmbeddedStack, people: People, provider: Provider, tmp_path: Path
) -> None:
    """The server and the other copies have the list; what is left is said and the next run does it."""
    key = ingest(cli, tmp_path, "half", b"secret", "--target", "local-de")
    cli("worker", "--once")
    cut = profile(cli, stack, tmp_path / "cut", private=True, DE="http://127.0.0.1:1")
    said = cut("rewrap", key, "--recipient", "bob", "--json", code=1)
    done = json.loads(said.stdout)
    assert (done["written"], done["missed"], done["revision"]) == (["local-fi"], ["local-de"], 1)
    assert "not reached: local-de" in said.stderr
    assert "the same command again" in said.stderr
    assert provider.read(key, ".keys", "local-de") is None
    # Meanwhile the record opens that copy too.
    bob = ("--private-key", people.key("bob"))
    said = cli("restore", key, "-o", tmp_path / "out", "--backend", "local-de", *bob)
    assert "has no further keys" in said.stderr
    done = cli.json("rewrap", key, "--recipient", "bob")
    assert (done["added"], done["written"], done["current"]) == ([], ["local-de"], ["local-fi"])
    assert done["revision"] == 1
    assert provider.read(key, ".keys", "local-de") == provider.read(key, ".keys")


def test_what_a_crash_leaves(cli: Cli, people: People, provider: Provider, tmp_path: Path) -> None:
    """Recorded at the server and nowhere else: the next run goes on, with the same list."""
    key = ingest(cli, tmp_path, "crash", b"secret")
    cli("rewrap", key, "--recipient", "bob")
    written = provider.read(key, ".keys")
    provider.delete(key, ".keys")
    done = cli.json("rewrap", key, "--recipient", "bob")
    assert (done["revision"], done["added"], done["written"]) == (1, [], ["local-fi"])
    assert provider.read(key, ".keys") == written


def test_a_deleted_version(cli: Cli, people: People, tmp_path: Path) -> None:
    key = ingest(cli, tmp_path, "deleted", b"secret")
    cli("objects", "delete", key, "--yes")
    for more in ((), ("--reencrypt",)):
        said = cli("rewrap", key, "--recipient", "bob", "--object-version", "v1", *more, code=2)
        assert "was deleted" in said.stderr


def test_names_of_sidecars() -> None:
    listed = {"a/v/1", "a/v/1.sig", "a/v/1.keys", "b.keys", "c.sig"}
    assert {key for key in listed if is_sidecar(key, listed)} == {"a/v/1.sig", "a/v/1.keys"}


def test_usage(cli: Cli, tenant: str) -> None:
    assert "--recipient" in cli("rewrap", "customer42/x", code=2).stderr
    assert "No object customer42/x" in cli("rewrap", "customer42/x", "--recipient", KEY_ID, code=2).stderr
    said = " ".join(cli("rewrap", "--help").stdout.split())
    assert "Access cannot be taken back" in said

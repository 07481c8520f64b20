"""What others on this machine can reach and read of a running stack: nothing."""

from __future__ import annotations

import json
import os
import socket
import ssl
import stat
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from secingest_tui.embedded import BACKENDS, EmbeddedError, EmbeddedStack
from secingest_tui.embedded.layout import StackPaths
from secingest_tui.embedded.listeners import listens
from secingest_tui.embedded.ports import STORE_PORTS
from secingest_tui.embedded.secrets import StackSecrets
from secingest_tui.embedded.tenants import TenantIdentities, user_name
from secingest_tui.paths import Home
from secingest_tui.storage import AccessRefused, BucketNotYours, S3Store, StorageError, WrongCredentials
from tests.rigs.homes import mode, pids


def home_of(stack: EmbeddedStack) -> Path:
    return Path(stack.status()["home"])


def tenant(stack: EmbeddedStack, name: str) -> S3Store:
    return S3Store(stack.settings(BACKENDS[0], stack.tenant_key(*stack.mint_tenant(name))))


def listening(pid: int) -> Iterator[str]:
    """Local addresses of this process's listening TCP and bound UDP sockets, in the kernel's notation."""
    inodes = set()
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        try:
            target = descriptor.readlink().name
        except OSError:
            continue
        if target.startswith("socket:["):
            inodes.add(target[8:-1])
    for table, states in (("tcp", {"0A"}), ("tcp6", {"0A"}), ("udp", {"07"}), ("udp6", {"07"})):
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[9] in inodes and fields[3] in states:
                yield fields[1]


def test_nothing_listens_on_anything_but_loopback(shared: EmbeddedStack) -> None:
    found = [address for pid in pids(shared.status()) for address in listening(pid)]
    assert len(found) >= 1 + 2 * len(STORE_PORTS) - 1, "the listeners were not found"
    assert {address.partition(":")[0] for address in found} == {"0100007F"}


def test_only_the_owner_reads_what_the_stack_keeps(shared: EmbeddedStack) -> None:
    home = home_of(shared)
    for folder in (
        home,
        home / "log",
        home / "stack",
        *(path for path in (home / "stack").iterdir() if path.is_dir()),
    ):
        assert mode(folder) == "0o700", folder
    ours = [
        *(path for path in (home / "stack").rglob("*") if "data" not in path.relative_to(home).parts),
        *(home / "log").iterdir(),
    ]
    for path in ours:
        if stat.S_ISREG(path.lstat().st_mode) or stat.S_ISSOCK(path.lstat().st_mode):
            assert mode(path) in ("0o600", "0o700"), path
    sockets = StackPaths(Home(home)).sockets()
    assert sockets is not None
    assert mode(sockets) == "0o700"
    assert mode(sockets / "supervisor.sock") == "0o600"


def test_no_secret_is_in_a_command_line_a_log_or_a_repr(shared: EmbeddedStack) -> None:
    home = home_of(shared)
    kept = json.loads((home / "stack" / "secrets.json").read_bytes())
    secrets = [value for name, value in kept.items() if name != "s3_access_key"]
    minted = shared.mint_tenant("quiet")[1]
    shown = [repr(shared), repr(shared.operator), repr(StackSecrets(**kept)), json.dumps(shared.status())]
    shown += [path.read_text(errors="replace") for path in (home / "log").iterdir()]
    for pid in pids(shared.status()):
        shown.append(Path(f"/proc/{pid}/cmdline").read_text())
    store = shared.status()["services"]["store"]["pid"]
    shown.append(Path(f"/proc/{store}/environ").read_text())
    for text in shown:
        for secret in [*secrets, minted]:
            assert secret not in text


def test_the_stores_inner_doors_are_shut(shared: EmbeddedStack) -> None:
    ports = shared.status()["ports"]
    store = S3Store(shared.operator)
    store.ensure_bucket("inner")
    store.put("inner", "k", b"x")
    for path in ("/", "/buckets/inner/k", "/buckets/?pretty=y"):
        with pytest.raises((urllib.error.HTTPError, ConnectionError)) as raised:
            urllib.request.urlopen(f"http://127.0.0.1:{ports['filer']}{path}", timeout=60)
        if isinstance(raised.value, urllib.error.HTTPError):
            assert raised.value.code in (401, 403, 404, 405)


@pytest.mark.parametrize("name", STORE_PORTS)
def test_inner_connections_need_the_stacks_certificate(shared: EmbeddedStack, name: str) -> None:
    folder = home_of(shared) / "stack" / "store"
    port = shared.status()["ports"][f"{name}.grpc"]
    with socket.create_connection(("127.0.0.1", port), timeout=60) as plain:
        plain.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00")
        assert not answered(plain), "gRPC without TLS"
    context = ssl.create_default_context(cafile=str(folder / "ca.crt"))
    context.set_alpn_protocols(["h2"])
    with pytest.raises(ssl.SSLError), tls(context, port) as anonymous:
        anonymous.recv(1)
    context.load_cert_chain(folder / "node.crt", folder / "node.key")
    with tls(context, port) as known:
        assert answered(known)


def answered(connection: socket.socket) -> bool:
    """Whether the other side speaks HTTP/2: it opens with a SETTINGS frame."""
    try:
        return len(opening := connection.recv(9)) == 9 and opening[3] == 4
    except ConnectionError:
        return False


def tls(context: ssl.SSLContext, port: int) -> ssl.SSLSocket:
    raw = socket.create_connection(("127.0.0.1", port), timeout=60)
    return context.wrap_socket(raw, server_hostname="localhost")


def test_a_tenant_reaches_only_its_own_buckets(shared: EmbeddedStack) -> None:
    alice, bob = tenant(shared, "iso-alice"), tenant(shared, "iso-bob")
    shared.grant_bucket("iso-alice", "s3gw-aaaa-seaweedf")
    shared.grant_bucket("iso-bob", "s3gw-bbbb-seaweedf")
    assert alice.ensure_bucket("s3gw-aaaa-seaweedf") == "created"
    assert bob.ensure_bucket("s3gw-bbbb-seaweedf") == "created"
    alice.put("s3gw-aaaa-seaweedf", "k", b"alice's")
    upload = alice.create_multipart("s3gw-aaaa-seaweedf", "m")
    client = bob._client
    source = {"Bucket": "s3gw-aaaa-seaweedf", "Key": "k"}
    refused = [
        lambda: bob.get("s3gw-aaaa-seaweedf", "k"),
        lambda: bob.put("s3gw-aaaa-seaweedf", "k2", b"x"),
        lambda: bob.delete("s3gw-aaaa-seaweedf", "k"),
        lambda: list(bob.list_objects("s3gw-aaaa-seaweedf")),
        lambda: list(bob.list_objects("s3gw-aaaa-seaweedf", versions=True)),
        lambda: bob.upload_part("s3gw-aaaa-seaweedf", "m", upload, 1, b"x"),
        lambda: bob.abort("s3gw-aaaa-seaweedf", "m", upload),
    ]
    for attempt in refused:
        with pytest.raises(AccessRefused):
            attempt()
    for call, arguments in (
        (client.copy_object, {"Bucket": "s3gw-bbbb-seaweedf", "Key": "stolen", "CopySource": source}),
        (client.get_bucket_acl, {"Bucket": "s3gw-aaaa-seaweedf"}),
        (client.put_bucket_acl, {"Bucket": "s3gw-aaaa-seaweedf", "ACL": "public-read"}),
        (client.put_bucket_policy, {"Bucket": "s3gw-aaaa-seaweedf", "Policy": "{}"}),
        (client.delete_bucket, {"Bucket": "s3gw-aaaa-seaweedf"}),
    ):
        with pytest.raises(client.exceptions.ClientError) as raised:
            call(**arguments)
        assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403, call
    with pytest.raises(BucketNotYours):
        bob.ensure_bucket("s3gw-aaaa-seaweedf")
    with pytest.raises(StorageError):
        bob.ensure_bucket("s3gw-cccc-seaweedf")
    assert bob.list_buckets() == ["s3gw-bbbb-seaweedf"]
    assert alice.get("s3gw-aaaa-seaweedf", "k").read() == b"alice's"


def test_a_tenant_cannot_make_itself_more(shared: EmbeddedStack) -> None:
    key = shared.tenant_key(*shared.mint_tenant("climber"))
    own = TenantIdentities(shared.settings(BACKENDS[0], key))
    with pytest.raises(AccessRefused):
        own.grant("climber", "s3gw-aaaa-seaweedf")
    with pytest.raises(AccessRefused):
        own.mint("somebody")


def test_a_revoked_key_is_dead_and_another_of_the_tenant_is_not(shared: EmbeddedStack) -> None:
    first, second = shared.mint_tenant("twice"), shared.mint_tenant("twice")
    shared.grant_bucket("twice", "s3gw-twice-seaweedf")
    stores = [S3Store(shared.settings(BACKENDS[0], shared.tenant_key(*key))) for key in (first, second)]
    stores[0].ensure_bucket("s3gw-twice-seaweedf")
    stores[1].put("s3gw-twice-seaweedf", "k", b"x")
    shared.revoke_key("twice", first[0])
    with pytest.raises(WrongCredentials):
        stores[0].get("s3gw-twice-seaweedf", "k")
    assert stores[1].get("s3gw-twice-seaweedf", "k").read() == b"x"


def test_any_tenant_name_has_a_user_of_its_own(shared: EmbeddedStack) -> None:
    names = ["plain", "with space", "släsh/и", "x" * 200, "tenant-plain", "../up"]
    assert len({user_name(name) for name in names}) == len(names)
    for name in names:
        assert tenant(shared, name).list_buckets() == []


def test_a_foreign_folder_for_sockets_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    # Short, since a runtime folder whose path leaves no room for a socket is passed over.
    with tempfile.TemporaryDirectory(prefix="s", dir="/tmp") as runtime:
        monkeypatch.setenv("XDG_RUNTIME_DIR", runtime)
        (Path(runtime) / f"secingest-{os.getuid()}").symlink_to(elsewhere)
        paths = StackPaths(Home(tmp_path / ("d" * 90))).prepare()
        with pytest.raises(EmbeddedError, match="not a private folder"):
            paths.choose_sockets()


def test_a_port_is_known_by_who_listens_there(shared: EmbeddedStack) -> None:
    status = shared.status()
    server, store = (status["services"][name]["pid"] for name in ("server", "store"))
    assert listens(server, status["ports"]["server"])
    assert listens(store, status["ports"]["s3"])
    assert not listens(server, status["ports"]["s3"])
    assert not listens(os.getpid(), status["ports"]["server"])

"""How a stack begins, is shared, and ends: with real processes, and signals that allow no farewell."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from secingest_tui.embedded import EmbeddedError, EmbeddedStack
from secingest_tui.embedded.layout import StackPaths
from secingest_tui.embedded.ports import STORE_PORTS, local_grpc_socket
from secingest_tui.embedded.processes import birth
from secingest_tui.paths import Home
from secingest_tui.storage import S3Store
from tests.rigs.homes import Client, gone, pids, wait_until_ended
from tests.rigs.waiting import wait_for


def socket_of(home: Home) -> Path:
    folder = StackPaths(home).sockets()
    assert folder is not None
    return folder / "supervisor.sock"


def ready(stack: EmbeddedStack) -> bool:
    try:
        with urllib.request.urlopen(f"{stack.server_url}/readyz", timeout=60) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, ConnectionError):
        return False


def test_later_starts_find_the_data(home: Home) -> None:
    """At the same address, also while the last stack still closes; elsewhere where a port is taken."""
    with EmbeddedStack.join(home) as stack:
        assert stack.started_in is not None
        assert ready(stack)
        store = S3Store(stack.operator)
        store.ensure_bucket("kept")
        store.put("kept", "k", b"from the first start")
        key = stack.mint_tenant("acme")
        first, endpoint, admin_key = stack.status(), stack.s3_endpoint, stack.admin_key
    # The supervisor has gone from the socket, its children have not ended yet.
    wait_for(lambda: not socket_of(home).exists(), "the closing of the socket")
    with EmbeddedStack.join(home) as stack:
        assert stack.started_in is not None
        assert gone(*pids(first))
        assert ready(stack)
        assert (stack.s3_endpoint, stack.admin_key) == (endpoint, admin_key)
        assert S3Store(stack.operator).get("kept", "k").read() == b"from the first start"
        tenant = S3Store(stack.settings(stack.backend("local-de"), stack.tenant_key(*key)))
        stack.grant_bucket("acme", "s3gw-later-seaweedf")
        assert tenant.ensure_bucket("s3gw-later-seaweedf") == "created"
        second = stack.status()
    wait_until_ended(second)
    taken = ("s3", "master", "server", "filer.grpc")
    squatters = [socket.create_server(("127.0.0.1", first["ports"][name])) for name in taken]
    try:
        with EmbeddedStack.join(home) as stack:
            third = stack.status()
            assert all(third["ports"][name] != first["ports"][name] for name in taken)
            assert third["ports"]["volume"] == first["ports"]["volume"]
            assert S3Store(stack.operator).get("kept", "k").read() == b"from the first start"
        wait_until_ended(third)
    finally:
        for squatter in squatters:
            squatter.close()


def test_who_starts_at_once_shares_one_and_the_last_one_ends_it(home: Home) -> None:
    with Client(home) as one, Client(home) as two, ThreadPoolExecutor(4) as pool:
        stacks = list(pool.map(lambda _: EmbeddedStack.join(home), range(4)))
        stack = stacks[0]
        everyone = [one.status, two.status, *(each.status() for each in stacks)]
        assert {tuple(pids(status)) for status in everyone} == {tuple(pids(stack.status()))}
        starts = [one.said["started_in"], two.said["started_in"], *(each.started_in for each in stacks)]
        assert sum(each is not None for each in starts) == 1
        assert stack.status()["clients"] == 6
        one.leave()
        two.kill()
        for each in stacks[1:]:
            each.close()
        wait_for(lambda: stack.status()["clients"] == 1, "the end of the others")
        assert ready(stack)
        assert S3Store(stack.operator).list_buckets() == []
        last = stack.status()
        stack.close()
    wait_until_ended(last)


@pytest.mark.fault
def test_a_killed_supervisor_takes_its_children_with_it(home: Home) -> None:
    with EmbeddedStack.join(home) as stack:
        store = S3Store(stack.operator)
        store.ensure_bucket("kept")
        store.put("kept", "k", b"survives")
        status = stack.status()
        os.kill(status["pid"], signal.SIGKILL)
        wait_until_ended(status)
        with pytest.raises(EmbeddedError, match="has stopped"):
            stack.status()
    left = [local_grpc_socket(name, status["ports"][f"{name}.grpc"]) for name in STORE_PORTS]
    with EmbeddedStack.join(home) as stack:
        assert S3Store(stack.operator).get("kept", "k").read() == b"survives"
        second = stack.status()
        assert second["ports"] == status["ports"]
    wait_until_ended(second)
    assert not [path for path in left if path.exists()]


@pytest.mark.fault
def test_a_killed_client_takes_the_stack_with_it(home: Home) -> None:
    """And the start before clears away what outlived a supervisor, but no stranger with a recycled pid."""
    left, stranger = (subprocess.Popen(["sleep", "300"]) for _ in range(2))
    try:
        run = home.stack_dir / "run"
        run.mkdir(parents=True)
        record = [
            {"name": "store", "pid": left.pid, "birth": birth(left.pid)},
            {"name": "server", "pid": stranger.pid, "birth": "1"},
        ]
        (run / "children.json").write_text(json.dumps(record))
        with Client(home) as client:
            status = client.status
            assert left.wait(60) == -signal.SIGTERM
            assert stranger.poll() is None
            assert "ended store" in (home.log_dir / "supervisor.log").read_text()
            client.kill()
        wait_until_ended(status)
        assert not socket_of(home).exists()
    finally:
        for process in (left, stranger):
            process.kill()
            process.wait()


@pytest.mark.fault
def test_one_part_can_fall_without_the_other(home: Home) -> None:
    with EmbeddedStack.join(home) as stack:
        store = S3Store(stack.operator)
        store.ensure_bucket("kept")
        store.put("kept", "k", b"survives")
        before = stack.status()
        # A store that is killed is started again, with its data and at its address.
        os.kill(before["services"]["store"]["pid"], signal.SIGKILL)

        def again() -> bool:
            service = stack.status()["services"]["store"]
            return bool(service["state"] == "ready" and service["restarts"] == 1)

        wait_for(again, "the store's restart")
        assert store.get("kept", "k").read() == b"survives"
        assert stack.status()["ports"] == before["ports"]
        # A metadata server that is stopped on purpose stays down.
        stack.stop_server()
        assert not ready(stack)
        server = stack.status()["services"]["server"]
        assert (server["state"], server["pid"], server["restarts"]) == ("stopped", None, 0)
        assert store.list_buckets() == ["kept"]
        with EmbeddedStack.join(home) as other:
            assert not ready(other)
        stack.start_server()
        assert ready(stack)
        last = stack.status()
    wait_until_ended(last)


def test_a_stack_that_cannot_start_says_which_log_to_read(home: Home) -> None:
    home.stack_dir.mkdir(parents=True)
    (home.stack_dir / "secrets.json").write_text("{")
    with pytest.raises(EmbeddedError, match="does not start") as raised:
        EmbeddedStack.join(home)
    assert raised.value.hint is not None
    assert "supervisor.log" in raised.value.hint
    assert "secrets.json cannot be read" in (home.log_dir / "supervisor.log").read_text()


def test_secrets_are_not_made_anew_beside_old_data(home: Home) -> None:
    (home.stack_dir / "server").mkdir(parents=True)
    (home.stack_dir / "server" / "metadata.db").touch()
    with pytest.raises(EmbeddedError, match="does not start"):
        EmbeddedStack.join(home)
    assert "restore the file from a backup" in (home.log_dir / "supervisor.log").read_text()
    assert not (home.stack_dir / "secrets.json").exists()


def test_any_path_will_do(home: Home) -> None:
    """Spaces, commas, URL and shell characters, and longer than a socket's path may be."""
    odd = Home(home.root / "with spaces, commas; and ?quest#ion%20marks" / "ünï🔑" / ("d" * 200))
    with EmbeddedStack.join(odd) as stack:
        store = S3Store(stack.operator)
        store.ensure_bucket("here")
        store.put("here", "k", b"x")
        assert ready(stack)
        assert list(odd.stack_dir.glob("store/data/*.dat"))
        assert list(odd.stack_dir.glob("server/metadata.db"))
        with EmbeddedStack.join(odd) as other:
            assert pids(other.status()) == pids(stack.status())
        status = stack.status()
    wait_until_ended(status)

"""A real Ceph cluster on loopback for the tests: one monitor, one OSD and radosgw, without systemd.

``with RadosGateway(folder) as gateway: gateway.endpoint, gateway.user("alice")``. Everything lies in
``folder``; nothing of the system's Ceph configuration is read or written. The OSD keeps its objects in
memory unless ``durable``, when a sparse file holds them and they survive ``kill -9``.
Run as a program it starts one and serves until interrupted: ``python -m tests.rigs.rgw FOLDER [PORT]``.

Needs Debian's ceph-mon, ceph-osd, radosgw and ceph-common (16.2). No authentication between the daemons:
they listen on loopback only, and hold nothing.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import secrets
import shutil
import socket
import subprocess
import sys
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.rigs.waiting import wait_for

PACKAGES = {
    "ceph-mon": "ceph-mon",
    "monmaptool": "ceph-base",
    "ceph-osd": "ceph-osd",
    "radosgw": "radosgw",
    "radosgw-admin": "radosgw",
    "ceph": "ceph-common",
}

_CONFIG = """\
[global]
fsid = {fsid}
mon host = [v2:127.0.0.1:{mon_port}]
public addr = 127.0.0.1
cluster addr = 127.0.0.1
ms bind msgr1 = false
# The gateway asks its monitor for encryption, which needs keys that a throw-away cluster lacks.
ms mon client mode = crc
auth cluster required = none
auth service required = none
auth client required = none
client mount timeout = 60
log file = {folder}/log/$name.log
mon cluster log file = {folder}/log/cluster.log
run dir = {folder}/run
pid file =
crash dir = {folder}/run
admin socket =
keyring = /dev/null
mon allow pool size one = true
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 4
osd pool default pgp num = 4
osd pool default pg autoscale mode = off
rgw rados pool pg num min = 4
osd crush chooseleaf type = 0
# A monitor stops itself on a full disk; these write next to nothing.
mon data avail warn = 0
mon data avail crit = 0
paxos propose interval = 0.05
paxos min wait = 0.01
[mon]
mon data = {folder}/mon
[osd]
osd data = {folder}/osd
osd objectstore = {objectstore}
osd memory target = 1G
bluestore block size = 20G
memstore device bytes = 6G
[client.rgw]
rgw data = {folder}/rgw
rgw frontends = beast endpoint=127.0.0.1:{port}
rgw thread pool size = 64
# Eleven by default: a bucket would take a second.
rgw override bucket index max shards = 1
"""


@dataclass(frozen=True, slots=True)
class GatewayUser:
    uid: str
    access_key: str
    secret_key: str = field(repr=False)


class RadosGateway:
    """One cluster. ``start`` takes 2 to 6 s the first time."""

    def __init__(self, folder: Path, *, port: int | None = None, durable: bool = False) -> None:
        missing = sorted({package for program, package in PACKAGES.items() if shutil.which(program) is None})
        if missing:
            raise RuntimeError(
                f"Ceph is not installed: apt-get install --no-install-recommends {' '.join(missing)}"
            )
        self.folder = folder
        self.port = port or _free_port()
        self.endpoint = f"http://127.0.0.1:{self.port}"
        self.config = folder / "ceph.conf"
        self._durable = durable
        self._daemons: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        if not self.config.exists():
            self._make()
        self._run("mon", "ceph-mon", "-i", "a")
        if not (self.folder / "osd" / "ready").exists():
            (self.folder / "osd").mkdir(exist_ok=True)
            self._call("ceph", "--connect-timeout", "30", "osd", "new", str(uuid.uuid4()), "0")
            self._call("ceph-osd", "-i", "0", "--mkfs", "--osd-uuid", self._osd_uuid())
        self._run("osd", "ceph-osd", "-i", "0")
        self._run("rgw", "radosgw", "-n", "client.rgw")
        wait_for(self._serving, "an answer of the Ceph gateway", 90)

    def stop(self) -> None:
        """End the daemons; data in memory are gone then."""
        for name in ("rgw", "osd", "mon"):
            if (daemon := self._daemons.pop(name, None)) is not None:
                daemon.kill()
                daemon.wait()

    def kill(self, name: str) -> None:
        """SIGKILL to "mon", "osd" or "rgw"; ``start`` brings it back."""
        daemon = self._daemons.pop(name)
        daemon.kill()
        daemon.wait()

    def user(self, uid: str) -> GatewayUser:
        """A new user with keys of its own."""
        user = GatewayUser(uid, secrets.token_hex(10).upper(), secrets.token_hex(20))
        keys = (f"--access-key={user.access_key}", f"--secret={user.secret_key}")
        self.admin("user", "create", f"--uid={uid}", f"--display-name={uid}", *keys)
        return user

    def admin(self, *arguments: str) -> Any:
        """`radosgw-admin` with these arguments; its JSON answer, or None."""
        out = self._call("radosgw-admin", *arguments)
        with contextlib.suppress(ValueError):
            return json.loads(out)
        return None

    def _make(self) -> None:
        for name in ("log", "run", "rgw"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        fsid = str(uuid.uuid4())
        mon_port = _free_port()
        self.config.write_text(
            _CONFIG.format(
                fsid=fsid,
                mon_port=mon_port,
                folder=self.folder,
                port=self.port,
                objectstore="bluestore" if self._durable else "memstore",
            )
        )
        monmap = self.folder / "monmap"
        address = f"[v2:127.0.0.1:{mon_port}]"
        self._call("monmaptool", "--create", "--clobber", "--fsid", fsid, "--addv", "a", address, str(monmap))
        self._call("ceph-mon", "-i", "a", "--mkfs", "--monmap", str(monmap))

    def _osd_uuid(self) -> str:
        dump = json.loads(self._call("ceph", "osd", "dump", "--format=json"))
        return str(next(osd["uuid"] for osd in dump["osds"] if osd["osd"] == 0))

    def _run(self, name: str, program: str, *arguments: str) -> None:
        if name not in self._daemons:
            with (self.folder / "log" / f"{name}.out").open("ab") as out:
                self._daemons[name] = subprocess.Popen(
                    [program, "-f", *arguments, "-c", str(self.config)],
                    stdin=subprocess.DEVNULL,
                    stdout=out,
                    stderr=out,
                )

    def _call(self, program: str, *arguments: str) -> str:
        extra = () if program == "monmaptool" else ("-c", str(self.config))
        done = subprocess.run(
            [program, *arguments, *extra], capture_output=True, text=True, timeout=90, check=False
        )
        if done.returncode != 0:
            raise RuntimeError(
                f"{program} {arguments[0]}: exit {done.returncode}: {done.stderr.strip()[-500:]}"
            )
        return done.stdout

    def _serving(self) -> bool:
        for name, daemon in self._daemons.items():
            if daemon.poll() is not None:
                raise RuntimeError(f"Ceph's {name} ended by itself; see {self.folder}/log")
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request("GET", "/")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()


def _free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def main() -> None:
    folder = Path(sys.argv[1]).resolve()
    port = int(sys.argv[2]) if len(sys.argv) > 2 else None
    with RadosGateway(folder, port=port, durable=True) as gateway:
        user = gateway.user(f"user-{secrets.token_hex(3)}")
        print(f"endpoint={gateway.endpoint}\nconfig={gateway.config}")
        print(f"access_key={user.access_key}\nsecret_key={user.secret_key}", flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            gateway._daemons["rgw"].wait()


if __name__ == "__main__":
    main()

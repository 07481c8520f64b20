"""A real server process, and clients that sign with botocore."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import uuid4

from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

ADMIN_KEY = "test-operator-key-5d1b7c"
PASSPHRASE = "test-passphrase-90ab33"
SIGNERS = {"s3": S3SigV4Auth, "plain": SigV4Auth, "query": S3SigV4QueryAuth}
WAIT = 30.0


@dataclass
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        """The problem's stable code."""
        assert self.headers["content-type"] == "application/problem+json", self.body
        return str(self.json["type"]).removeprefix("urn:secingest:problem:")


def exchange(
    url: str, method: str, target: str, headers: Mapping[str, str], body: bytes | None = None
) -> Answer:
    """One request whose target goes out exactly as given."""
    connection = HTTPConnection(url.removeprefix("http://"), timeout=WAIT)
    try:
        connection.request(method, target, body, dict(headers))
        answer = connection.getresponse()
        return Answer(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
    finally:
        connection.close()


def encode_query(query: Mapping[str, Any]) -> str:
    return "&".join(f"{quote(k, safe='-_.~')}={quote(str(v), safe='-_.~')}" for k, v in sorted(query.items()))


@dataclass
class Client:
    """Signs as `access_key`, or sends the operator's key where there is none."""

    url: str
    access_key: str | None = None
    secret: str = field(default="", repr=False)
    signer: str = "s3"

    def send(
        self, method: str, path: str, payload: Any = None, *, headers: Mapping[str, str] = {}, **query: Any
    ) -> Answer:
        target = quote(path, safe="/-_.~") + (f"?{encode_query(query)}" if query else "")
        body = (
            payload
            if isinstance(payload, bytes)
            else None
            if payload is None
            else json.dumps(payload).encode()
        )
        if self.access_key is None:
            return exchange(self.url, method, target, {"X-Admin-Key": ADMIN_KEY, **headers}, body)
        # As the product's client does: two requests that look alike are two.
        own = {} if method == "GET" or self.signer == "query" else {"x-amz-meta-request-id": uuid4().hex}
        signed = {**own, **headers}
        request = AWSRequest(method=method, url=self.url + target, data=body, headers=signed)
        arguments: dict[str, Any] = {"expires": 60} if self.signer == "query" else {}
        SIGNERS[self.signer](
            Credentials(self.access_key, self.secret), "s3", "eu-central-1", **arguments
        ).add_auth(request)
        return exchange(self.url, method, request.url.removeprefix(self.url), dict(request.headers), body)

    def get(self, path: str, **query: Any) -> Answer:
        return self.send("GET", path, **query)

    def post(self, path: str, payload: Any = None, **query: Any) -> Answer:
        return self.send("POST", path, payload, **query)


class Server:
    """`python -m backend_stub` in its own process."""

    def __init__(
        self,
        folder: Path,
        *arguments: str,
        program: tuple[str, ...] = ("-m", "backend_stub"),
        **environment: str,
    ) -> None:
        self.folder = folder
        self.database = folder / "server.sqlite"
        self.log: list[str] = []
        settings = {"ADMIN_API_KEY": ADMIN_KEY, "TENANT_SECRET_PASSPHRASE": PASSPHRASE} | environment
        self.database_url = environment.get("DATABASE_URL", f"sqlite:///{self.database}")
        database = () if "DATABASE_URL" in environment else ("--database-url", self.database_url)
        clean = {
            k: v for k, v in os.environ.items() if k not in ("ADMIN_API_KEY", "TENANT_SECRET_PASSPHRASE")
        }
        self.process = subprocess.Popen(
            [sys.executable, *program, "--port", "0", *database, *arguments],
            cwd=folder,
            env={**clean, **settings},
            stderr=subprocess.PIPE,
            text=True,
        )
        self._ready: queue.Queue[str | None] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        first = self._ready.get(timeout=WAIT)
        assert first is not None, "\n".join(self.log)
        self.url = f"http://127.0.0.1:{first}"

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.log.append(line)
            if line.startswith("{") and (event := json.loads(line))["event"] == "listening":
                self._ready.put(str(event["port"]))
        self._ready.put(None)

    def stop(self, how: int = signal.SIGTERM) -> int:
        self.process.send_signal(how)
        status = self.process.wait(WAIT)
        self._reader.join(WAIT)
        return status

    @property
    def operator(self) -> Client:
        return Client(self.url)

    def client(self, tenant: str, role: str = "tenant", **fields: Any) -> Client:
        """A client with a fresh credential; the tenant is made where it is new."""
        answer = self.operator.post("/proxy/credentials", {"tenant_id": tenant, "role": role, **fields})
        assert answer.status == 201, answer.body
        return Client(self.url, answer.json["access_key"], answer.json["secret_key"])


@contextmanager
def running(folder: Path, *arguments: str, **environment: Any) -> Iterator[Server]:
    server = Server(folder, *arguments, **environment)
    try:
        yield server
    finally:
        if server.process.poll() is None:
            server.stop()


def registration(
    tenant: str, name: str = "reports/2024-Q4.pdf", version: str = "v1", **fields: Any
) -> dict[str, Any]:
    """A payload that is accepted as it is."""
    return {
        "object_key": f"{tenant}/{name}",
        "version": version,
        "backends": {"ceph-eu1": {"url": "s3://s3gw-a1b2c3d4-spacetim", "etag": "abc123"}},
        "encrypted_key": "YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXoxMjM0NTY=",
        "key_id": f"{tenant}-k1",
        "key_alg": "rsa-oaep",
        "replica_count": 1,
        "residency": "FI",
        **fields,
    }


def recipients(object_key: str, revision: int = 1, owners: tuple[str, ...] = ("k2",)) -> dict[str, Any]:
    """A list of further wrapped keys that is accepted for a version of `registration`."""
    return {
        "object_key": object_key,
        "version": "v1",
        "header_sha256": "1" * 64,
        "revision": revision,
        "wrapped_keys": [
            {
                "key_id": owner,
                "key_alg": "ecdh-p256",
                "fingerprint": sha256(owner.encode()).hexdigest(),
                "wrapped": "YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXoxMjM0NTY=",
            }
            for owner in owners
        ],
        "signature": {"signer_fingerprint": "2" * 64, "value": "A" * 86 + "=="},
    }

"""One server for the tests that do not stop or break it; each test has tenants of its own."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from .postgres import Cluster, cluster
from .support import Server, running


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Cluster]:
    with cluster() as started:
        yield started


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    environment: dict[str, str] = {"RATE_LIMIT": "0"}
    if request.param == "postgresql":
        environment["DATABASE_URL"] = request.getfixturevalue("postgresql").url("shared")
    with running(tmp_path_factory.mktemp("server"), **environment) as started:
        for backend, country in (("fi-1", "FI"), ("de-1", "DE"), ("us-1", "US"), ("nowhere", None)):
            body = {"id": backend, "provider": "spacetime", "region": f"{backend}-region", "country": country}
            answer = started.operator.post("/proxy/backends", {**body, "endpoint": "https://s3.example.net"})
            # 200: the database is the same one when pytest sets this fixture up again.
            assert answer.status in {200, 201}, answer.body
        yield started


@pytest.fixture
def tenant() -> str:
    return f"t{uuid4().hex[:12]}"


@pytest.fixture(scope="session")
def p256_pem() -> str:
    public = ec.generate_private_key(ec.SECP256R1()).public_key()
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

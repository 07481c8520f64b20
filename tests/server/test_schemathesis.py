"""The whole OpenAPI document, driven by schemathesis as operator, tenant and nobody: every answer is one that
the document describes, and none is a failure of the server.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
import requests
import schemathesis
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from backend_stub.server.app import openapi

from .released import SNAPSHOT
from .support import ADMIN_KEY, Client, Server, exchange, registration, running

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
EXAMPLES = 12
SENT = ("content-type", "last-event-id", "x-amz-meta-request-id")


class Nobody(requests.auth.AuthBase):
    """Nothing to authenticate by, whatever was generated."""

    def __call__(self, prepared: requests.PreparedRequest) -> requests.PreparedRequest:
        for name in ("X-Admin-Key", "Authorization"):
            prepared.headers.pop(name, None)
        return prepared


class Signed(Nobody):
    """Signs what is sent, exactly as it is sent."""

    def __init__(self, client: Client) -> None:
        self._credentials = Credentials(str(client.access_key), client.secret)

    def __call__(self, prepared: requests.PreparedRequest) -> requests.PreparedRequest:
        super().__call__(prepared)
        kept = {k.lower(): v for k, v in prepared.headers.items() if k.lower() in SENT}
        kept.setdefault("x-amz-meta-request-id", uuid4().hex)
        wire = AWSRequest(
            method=str(prepared.method), url=str(prepared.url), data=prepared.body or b"", headers=kept
        )
        S3SigV4Auth(self._credentials, "s3", "eu-central-1").add_auth(wire)
        prepared.headers.update(dict(wire.headers))
        return prepared


class Operator(Nobody):
    def __call__(self, prepared: requests.PreparedRequest) -> requests.PreparedRequest:
        super().__call__(prepared)
        prepared.headers["X-Admin-Key"] = ADMIN_KEY
        return prepared


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of its own, with something in it: what is made here is random."""
    with running(tmp_path_factory.mktemp("schemathesis"), RATE_LIMIT="0") as server:
        yield server


@dataclass(frozen=True)
class Made:
    """What is there before: a tenant, and an id for each kind of path parameter."""

    tenant: Client
    ids: dict[str, str]


@pytest.fixture(scope="module")
def made(own: Server, p256_pem: str) -> Made:
    tenant = own.client("t1")
    own.operator.post("/proxy/backends", BACKEND)
    body = registration("t1", targets=["de-1"], replica_count=2, residency="EU")
    receipt = tenant.post("/proxy/objects", body).json
    tenant.post("/proxy/keys", {"key_id": "k1", "key_alg": "ecdh-p256", "public_key": p256_pem})
    ids = {
        "tenant_id": "t1",
        "object_key": receipt["object_key"],
        "receipt_id": receipt["receipt_id"],
        "job_id": receipt["jobs"][0]["id"],
        "snapshot_id": tenant.post("/snapshots", SNAPSHOT).json["id"],
        "access_key": own.client("t2").access_key or "",
        "key_id": own.operator.post("/proxy/operators", {"name": "alice"}).json["key_id"],
    }
    return Made(tenant, ids)


@pytest.fixture(scope="module")
def callers(made: Made) -> dict[str, requests.auth.AuthBase]:
    return {"operator": Operator(), "tenant": Signed(made.tenant), "anonymous": Nobody()}


BACKEND = {
    "id": "de-1",
    "provider": "spacetime",
    "region": "de",
    "country": "DE",
    "endpoint": "https://s3.example.net",
}
DOCUMENT: dict[str, Any] = openapi()
SCHEMA = schemathesis.openapi.from_dict(DOCUMENT)
OPERATIONS = [
    (method.upper(), path)
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
    # A stream does not end: test_observe.
    if "text/event-stream" not in json.dumps(operation["responses"])
]


@pytest.mark.parametrize("caller", ["operator", "tenant", "anonymous"])
@pytest.mark.parametrize(("method", "path"), OPERATIONS, ids=[" ".join(one) for one in OPERATIONS])
def test_every_answer_is_as_the_document_says(
    own: Server,
    made: Made,
    callers: dict[str, requests.auth.AuthBase],
    caller: str,
    method: str,
    path: str,
) -> None:
    operation = SCHEMA[path][method]
    public = "public" in DOCUMENT["paths"][path][method.lower()]["tags"]
    session = requests.Session()

    @given(
        case=st.one_of(
            operation.as_strategy(generation_mode=GenerationMode.POSITIVE),
            operation.as_strategy(generation_mode=GenerationMode.NEGATIVE),
        ),
        known=st.booleans(),
    )
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def run(case: schemathesis.Case, known: bool) -> None:
        if known:
            # What is there: random ids alone would meet 404 only.
            case.path_parameters.update({k: v for k, v in made.ids.items() if f"{{{k}}}" in path})
        answer = case.call(base_url=own.url, session=session, auth=callers[caller])
        case.validate_response(answer, checks=CHECKS)
        if caller == "anonymous" and not public:
            assert answer.status_code in (400, 401, 404, 405, 414, 431), answer.text

    run()


@pytest.mark.parametrize("change", ["status", "field"])
def test_a_document_that_says_something_else_is_noticed(
    own: Server, callers: dict[str, requests.auth.AuthBase], change: str
) -> None:
    """The checks are worth something: an answer that is not documented, or lacks a field, fails."""
    other = copy.deepcopy(DOCUMENT)
    if change == "status":
        other["paths"]["/proxy/tenants"]["get"]["responses"] = {"404": {"description": "Nothing else."}}
    else:
        other["components"]["schemas"]["TenantPage"]["required"].append("total")
    case = schemathesis.openapi.from_dict(other)["/proxy/tenants"]["GET"].Case()
    answer = case.call(base_url=own.url, auth=callers["operator"])
    with pytest.raises(FailureGroup):
        case.validate_response(answer, checks=CHECKS)


def test_the_document_is_the_one_that_is_published(own: Server) -> None:
    assert exchange(own.url, "GET", "/openapi.json", {}).json == json.loads(json.dumps(DOCUMENT))
    assert len(OPERATIONS) > 40


def test_afterwards_the_chain_holds(own: Server, callers: object) -> None:
    assert own.operator.get("/audit/verify").json["valid"]
    assert not [line for line in own.log if '"error"' in line and '"status": 500' in line]

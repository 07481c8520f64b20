"""Calls to the metadata server, one method a route, answers as models of the contract.

Everything the server says is data: an answer that does not fit the contract is a
``ServerRefused``, never a crash. Nothing here sees plaintext, data keys or provider credentials.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from secingest_tui.metadata.auth import OperatorKey, SigV4
from secingest_tui.metadata.errors import ServerRefused
from secingest_tui.metadata.later import Later
from secingest_tui.metadata.requests import (
    ServerRequest,
    credential_change,
    credential_creation,
    tenant_creation,
)
from secingest_tui.metadata.transport import Model, Transport
from secingest_tui.services.credentials import Credential

if TYPE_CHECKING:
    from backend_stub.contract import audit as audit_models
    from backend_stub.contract import auditing as auditing_models
    from backend_stub.contract import backends as backend_models
    from backend_stub.contract import credentials as credential_models
    from backend_stub.contract import drills as drill_models
    from backend_stub.contract import erasure as erasure_models
    from backend_stub.contract import identity as identity_models
    from backend_stub.contract import jobs as job_models
    from backend_stub.contract import keys as key_models
    from backend_stub.contract import objects as object_models
    from backend_stub.contract import operators as operator_models
    from backend_stub.contract import recipients as recipient_models
    from backend_stub.contract import replication as replication_models
    from backend_stub.contract import snapshots as snapshot_models
    from backend_stub.contract import stored as stored_models
    from backend_stub.contract import tenants as tenant_models
else:
    audit_models = Later("backend_stub.contract.audit")
    auditing_models = Later("backend_stub.contract.auditing")
    backend_models = Later("backend_stub.contract.backends")
    credential_models = Later("backend_stub.contract.credentials")
    drill_models = Later("backend_stub.contract.drills")
    erasure_models = Later("backend_stub.contract.erasure")
    identity_models = Later("backend_stub.contract.identity")
    job_models = Later("backend_stub.contract.jobs")
    key_models = Later("backend_stub.contract.keys")
    object_models = Later("backend_stub.contract.objects")
    operator_models = Later("backend_stub.contract.operators")
    recipient_models = Later("backend_stub.contract.recipients")
    replication_models = Later("backend_stub.contract.replication")
    snapshot_models = Later("backend_stub.contract.snapshots")
    stored_models = Later("backend_stub.contract.stored")
    tenant_models = Later("backend_stub.contract.tenants")


class _Reader(Transport):
    """What operators, tenants and auditors can all read; operators may name a tenant."""

    def server_key(self) -> key_models.ServerKey:
        return self.get(key_models.ServerKey, "/server/key")

    def identity(self) -> identity_models.Identity:
        """The role of this client's credential, and the tenants it sees."""
        return self.get(identity_models.Identity, "/proxy/identity")

    def objects(self, **query: str | int | None) -> object_models.ObjectPage:
        """One page; ``prefix``, ``residency``, ``backend``, ``key_id``, ``cursor``, ``limit``, ``tenant``."""
        return self.get(object_models.ObjectPage, "/proxy/objects", **query)

    def all_objects(self, **query: str | int | None) -> Iterator[object_models.ObjectSummary]:
        return self.every(object_models.ObjectPage, "/proxy/objects", **query)

    def compliance(self, **query: str | int | None) -> object_models.CompliancePage:
        """A page of copies, the rule's bucket beside the one in use. With ``differs`` it may be short."""
        return self.get(object_models.CompliancePage, "/proxy/namespace/compliance", **query)

    def versions(self, object_key: str, **query: str | None) -> object_models.ObjectVersions:
        return self.get(object_models.ObjectVersions, object_path(object_key), **query)

    def object(self, object_key: str, version: str, **query: str | None) -> object_models.ObjectRecord:
        found = self.versions(object_key, version=version, **query)
        return found.versions[0]

    def erasures(self, **query: str | int | None) -> list[dict[str, Any]]:
        """Recorded proofs of erasure (``object_key``, ``version``), as they came: signatures cover that."""
        answer = self.call("GET", "/proxy/erasures", query=query)
        self.read(erasure_models.ErasurePage, answer)
        return list(answer.json()["items"])

    def jobs(self, **query: str | int | None) -> job_models.JobPage:
        return self.get(job_models.JobPage, "/proxy/jobs", **query)

    def job(self, job_id: str) -> job_models.JobDetail:
        return self.get(job_models.JobDetail, f"/proxy/jobs/{quote(job_id, safe='')}")

    def pause_job(self, job_id: str) -> job_models.Job:
        return self.send(job_models.Job, "POST", f"/proxy/jobs/{quote(job_id, safe='')}/pause", {})

    def resume_job(self, job_id: str) -> job_models.Job:
        return self.send(job_models.Job, "POST", f"/proxy/jobs/{quote(job_id, safe='')}/resume", {})

    def change_jobs(self, action: job_models.JobsAction) -> job_models.JobsActionAnswer:
        """One batch of an action on many jobs; ``next`` of the answer goes on."""
        return self.send(job_models.JobsActionAnswer, "POST", "/proxy/jobs/actions", action)

    def job_totals(self, tenant: str | None = None) -> replication_models.JobTotals:
        return self.get(replication_models.JobTotals, "/proxy/replication/totals", tenant=tenant)

    def job_causes(self, **query: str | int | None) -> list[replication_models.CauseGroup]:
        """Dead, blocked and retrying jobs by cause; ``tenant``, ``state``, ``target``."""
        return self.get(replication_models.CausePage, "/proxy/replication/causes", **query).items

    def watch_jobs(self, **query: str | int | None) -> Iterator[tuple[str, str]]:
        """Events `jobs` (``JobsChanged``) and `totals` (``JobTotals``), as JSON text."""
        return self.stream("/proxy/replication/watch", query)

    def backend_health(self) -> list[replication_models.BackendHealth]:
        return self.get(replication_models.BackendHealthPage, "/proxy/replication/backends").items

    def control_backend(self, backend: str, **change: Any) -> replication_models.BackendHealth:
        """Operators only: ``paused``, ``reason``, ``max_concurrent``, ``max_bytes_per_second``, ``reset``."""
        path = f"/proxy/replication/backends/{quote(backend, safe='')}"
        return self.send(replication_models.BackendHealth, "PATCH", path, change)

    def replication_of_tenant(self, tenant: str) -> replication_models.TenantControlState:
        path = f"/proxy/replication/tenants/{quote(tenant, safe='')}"
        return self.get(replication_models.TenantControlState, path)

    def control_tenant(
        self, tenant: str, *, paused: bool, reason: str | None = None
    ) -> replication_models.TenantControlState:
        """Pause or resume it, as it is now."""
        path = f"/proxy/replication/tenants/{quote(tenant, safe='')}"
        before = self.replication_of_tenant(tenant).paused
        body = replication_models.TenantControl(paused=paused, before=before, reason=reason)
        return self.send(replication_models.TenantControlState, "PUT", path, body)

    def reconcile(self, request: replication_models.ReconcileRequest) -> replication_models.ReconcileAnswer:
        """One page of versions below their policy; ``next`` of the answer goes on."""
        return self.send(replication_models.ReconcileAnswer, "POST", "/proxy/replication/reconcile", request)

    def retry_job(self, job_id: str) -> job_models.Job:
        return self.send(job_models.Job, "POST", f"/proxy/jobs/{quote(job_id, safe='')}/retry", {})

    def cancel_job(self, job_id: str) -> job_models.Job:
        return self.send(job_models.Job, "POST", f"/proxy/jobs/{quote(job_id, safe='')}/cancel", {})

    def snapshots(self, **query: str | int | None) -> snapshot_models.SnapshotPage:
        return self.get(snapshot_models.SnapshotPage, "/snapshots", **query)

    def snapshot(self, snapshot_id: str, **query: str | int | None) -> snapshot_models.SnapshotDetail:
        return self.get(snapshot_models.SnapshotDetail, snapshot_path(snapshot_id), **query)

    def folder(self, snapshot_id: str, **query: str | int | None) -> snapshot_models.FolderPage:
        """What lies directly in a bucket or below a (percent-encoded) prefix; the buckets without one."""
        return self.get(snapshot_models.FolderPage, f"{snapshot_path(snapshot_id)}/folder", **query)

    def snapshot_manifest(self, snapshot_id: str) -> bytes:
        """The manifest's very bytes."""
        return self.call("GET", f"{snapshot_path(snapshot_id)}/manifest").content

    def snapshot_chunk(self, snapshot_id: str, sha256: str) -> bytes:
        """A chunk's very bytes."""
        return self.call("GET", f"{snapshot_path(snapshot_id)}/chunks/{sha256}").content

    def verify_snapshot(self, snapshot_id: str) -> snapshot_models.SnapshotVerification:
        path = f"{snapshot_path(snapshot_id)}/verification"
        return self.get(snapshot_models.SnapshotVerification, path)

    def statement(self, snapshot_id: str, report_sha256: str) -> dict[str, Any]:
        """The server's signed word about a snapshot, as it came."""
        answer = self.call("GET", f"{snapshot_path(snapshot_id)}/statement", query={"report": report_sha256})
        self.read(auditing_models.AuditStatement, answer)
        return dict(answer.json())

    def copies(self, **query: str | int | None) -> auditing_models.RegisteredCopyPage:
        """Registered copies; ``tenant``, ``backend``, ``url``, ``cursor``, ``limit``."""
        return self.get(auditing_models.RegisteredCopyPage, "/proxy/copies", **query)

    def drills(self, **query: str | int | None) -> drill_models.DrillPage:
        return self.get(drill_models.DrillPage, "/proxy/drills", **query)

    def all_drills(self) -> Iterator[drill_models.Drill]:
        """Every drill on record, the newest first."""
        return self.every(drill_models.DrillPage, "/proxy/drills")

    def stored(self, tenant: str | None = None) -> stored_models.StoredTotals:
        return self.get(stored_models.StoredTotals, "/proxy/stored", tenant=tenant)

    def recorded_keys(self, tenant: str | None = None) -> list[key_models.PublicKey]:
        """The public keys that are recorded of a tenant."""
        return list(self.every(key_models.KeyPage, "/proxy/keys", tenant=tenant))

    def audit(self, **query: str | int | None) -> audit_models.AuditPage:
        """The audit log: operators see all of it, auditors what is about their tenants."""
        return self.get(audit_models.AuditPage, "/audit", **query)

    def hold_snapshot(
        self, snapshot_id: str, change: snapshot_models.SnapshotHold
    ) -> snapshot_models.Snapshot:
        return self.send(snapshot_models.Snapshot, "PATCH", snapshot_path(snapshot_id), change)

    def delete_snapshot(self, snapshot_id: str) -> None:
        self.call("DELETE", snapshot_path(snapshot_id))

    def namespace(
        self, *, customer: str, region: str, logical: str, backend: str
    ) -> backend_models.NamespaceAnswer:
        """The bucket that the namespace rule gives, with its counter."""
        return self.get(
            backend_models.NamespaceAnswer,
            "/proxy/namespace",
            customer=customer,
            region=region,
            logical=logical,
            backend=backend,
        )

    def backends(self) -> list[backend_models.Backend]:
        return list(self.every(backend_models.BackendPage, "/proxy/backends"))


class TenantClient(_Reader):
    """A tenant's own view: everything is signed with its SigV4 credential."""

    def __init__(self, url: str, credential: Credential, *, ca_file: Path | None = None) -> None:
        super().__init__(url, SigV4(credential), ca_file=ca_file)

    def register(self, registration: Mapping[str, Any]) -> dict[str, Any]:
        """Register one object; answers the receipt as it came (its signature covers exactly that)."""
        answer = self.call("POST", "/proxy/objects", body=registration)
        self.read(object_models.Receipt, answer)
        return dict(answer.json())

    def register_batch(self, items: Sequence[Mapping[str, Any]]) -> list[dict[str, Any] | ServerRefused]:
        """Register up to 1,000 objects in one request; each has a receipt as it came, or its refusal."""
        answer = self.call("POST", "/proxy/objects/batch", body={"items": list(items)})
        checked = self.read(object_models.BatchAnswer, answer)
        raw = answer.json()["items"]
        found: list[dict[str, Any] | ServerRefused] = []
        for item, sent in zip(checked.items, raw, strict=True):
            if item.receipt is not None:
                found.append(dict(sent["receipt"]))
            else:
                found.append(self.refusal(item.problem, item.status))
        if len(found) != len(items):
            raise ServerRefused(f"{self.url} answered {len(found)} of {len(items)} items.", status=502)
        return found

    def add_recipients(self, keys: recipient_models.RecipientsSubmission) -> recipient_models.FurtherKeys:
        """Record the further wrapped keys of a version; 409 where the revision is not the next one."""
        return self.send(recipient_models.FurtherKeys, "POST", "/proxy/objects/recipients", keys)

    def change_policy(self, change: object_models.PolicyChange) -> object_models.VersionPolicy:
        """The policy in force then. Raises ServerRefused."""
        return self.send(object_models.VersionPolicy, "POST", "/proxy/objects/policy", change)

    def delete(self, object_key: str, version: str | None) -> object_models.Deletion:
        return self.read(
            object_models.Deletion, self.call("DELETE", object_path(object_key), query={"version": version})
        )

    def record_erasure(self, proof: Mapping[str, Any]) -> dict[str, Any]:
        """Post a proof of erasure; answers the server's acknowledgement as it came."""
        answer = self.call("POST", "/proxy/erasures", body=proof)
        self.read(erasure_models.Erasure, answer)
        return dict(answer.json())

    def own_policy(self, tenant_id: str) -> tenant_models.Tenant:
        """The tenant's residency, copies and limits."""
        return self.get(tenant_models.Tenant, f"/proxy/tenants/{quote(tenant_id, safe='')}")

    def add_key(self, request: key_models.KeyRequest) -> key_models.PublicKey:
        return self.send(key_models.PublicKey, "POST", "/proxy/keys", request)

    def keys(self) -> list[key_models.PublicKey]:
        return list(self.every(key_models.KeyPage, "/proxy/keys"))

    def add_job(self, request: job_models.JobRequest) -> job_models.Job:
        return self.send(job_models.Job, "POST", "/proxy/jobs", request)

    def lease(self, request: job_models.LeaseRequest) -> list[job_models.Lease]:
        return self.send(job_models.LeaseAnswer, "POST", "/proxy/jobs/lease", request).leases

    def heartbeat(self, job_id: str, beat: job_models.Heartbeat) -> job_models.Job:
        return self.send(job_models.Job, "POST", f"/proxy/jobs/{job_id}/heartbeat", beat)

    def complete(self, job_id: str, done: job_models.Complete) -> job_models.Job:
        return self.send(job_models.Job, "POST", f"/proxy/jobs/{job_id}/complete", done)

    def complete_batch(
        self, items: Sequence[job_models.CompletedJob]
    ) -> list[job_models.Job | ServerRefused]:
        """Complete up to 100 jobs in one request; each has its job, or its refusal."""
        body = job_models.CompleteBatch(items=list(items))
        answer = self.send(job_models.CompleteBatchAnswer, "POST", "/proxy/jobs/complete", body)
        if len(answer.items) != len(items):
            raise ServerRefused(f"{self.url} answered {len(answer.items)} of {len(items)} items.", status=502)
        return [item.job or self.refusal(item.problem, item.status) for item in answer.items]

    def fail(self, job_id: str, failure: job_models.Fail) -> job_models.Job:
        return self.send(job_models.Job, "POST", f"/proxy/jobs/{job_id}/fail", failure)

    def release(self, job_id: str, back: job_models.Release) -> job_models.Job:
        return self.send(job_models.Job, "POST", f"/proxy/jobs/{job_id}/release", back)

    def record_checks(
        self, checks: replication_models.ReplicaChecks
    ) -> replication_models.ReplicaChecksAnswer:
        return self.send(replication_models.ReplicaChecksAnswer, "POST", "/proxy/replication/checks", checks)

    def add_snapshot(self, upload: snapshot_models.SnapshotUpload) -> snapshot_models.Snapshot:
        return self.send(snapshot_models.Snapshot, "POST", "/snapshots", upload)

    def add_drill(self, result: drill_models.DrillResult) -> drill_models.Drill:
        return self.send(drill_models.Drill, "POST", "/proxy/drills", result)

    def add_chunk(self, upload: snapshot_models.ChunkUpload) -> snapshot_models.ChunkAnswer:
        # None stands for itself in a row, so it must not be left out.
        body = {"rows": upload.rows}
        return self.send(snapshot_models.ChunkAnswer, "POST", "/snapshots/chunks", body)

    def missing_chunks(self, names: Sequence[str]) -> list[str]:
        """Which of these chunks the server does not have."""
        body = {"chunks": list(names)}
        return self.send(snapshot_models.ChunkList, "POST", "/snapshots/chunks/missing", body).chunks


class AdminClient(_Reader):
    """The operator's view, by ``X-Admin-Key``."""

    def __init__(self, url: str, admin_key: str, *, ca_file: Path | None = None) -> None:
        super().__init__(url, OperatorKey(admin_key), ca_file=ca_file)

    def ready(self) -> bool:
        return self.call("GET", "/readyz").is_success

    def change(self, model: type[Model], request: ServerRequest) -> Model:
        return self.send(model, request.method, request.path, request.body)

    def create_tenant(self, request: tenant_models.TenantRequest) -> tenant_models.Tenant:
        return self.change(tenant_models.Tenant, tenant_creation(request))

    def tenant(self, tenant_id: str) -> tenant_models.Tenant | None:
        """One tenant; None where there is none."""
        try:
            return self.get(tenant_models.Tenant, f"/proxy/tenants/{quote(tenant_id, safe='')}")
        except ServerRefused as error:
            if error.status != 404:
                raise
            return None

    def tenants(self) -> list[tenant_models.Tenant]:
        return list(self.every(tenant_models.TenantPage, "/proxy/tenants"))

    def create_credential(
        self, request: credential_models.CredentialRequest
    ) -> credential_models.NewCredential:
        return self.change(credential_models.NewCredential, credential_creation(request))

    def change_credential(
        self, access_key: str, change: credential_models.CredentialChange
    ) -> credential_models.Credential:
        """Disable, enable or end a credential; what the change does not name stays."""
        return self.change(credential_models.Credential, credential_change(access_key, change))

    def credentials(self, tenant: str | None = None) -> list[credential_models.Credential]:
        return list(self.every(credential_models.CredentialPage, "/proxy/credentials", tenant=tenant))

    def rotate_credential(
        self, access_key: str, rotation: Mapping[str, Any]
    ) -> credential_models.RotatedCredential:
        path = f"/proxy/credentials/{quote(access_key, safe='')}/rotate"
        return self.send(credential_models.RotatedCredential, "POST", path, rotation)

    def create_operator(self, request: operator_models.OperatorRequest) -> operator_models.NewOperatorKey:
        return self.send(operator_models.NewOperatorKey, "POST", "/proxy/operators", request)

    def operators(self) -> list[operator_models.OperatorKey]:
        return list(self.every(operator_models.OperatorPage, "/proxy/operators"))

    def change_operator(self, key_id: str, change: Mapping[str, Any]) -> operator_models.OperatorKey:
        path = f"/proxy/operators/{quote(key_id, safe='')}"
        return self.send(operator_models.OperatorKey, "PATCH", path, change)

    def add_backend(self, request: backend_models.BackendRequest) -> backend_models.Backend:
        return self.send(backend_models.Backend, "POST", "/proxy/backends", request)


def snapshot_path(snapshot_id: str) -> str:
    """The route of one snapshot."""
    return f"/snapshots/{quote(snapshot_id, safe='')}"


def object_path(object_key: str) -> str:
    """The route of one object: its key percent-encoded, '/' kept."""
    return f"/proxy/objects/{quote(object_key, safe='/-_.~')}"

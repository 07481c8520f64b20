"""What an upload or a restore would do, with problems as data that a form shows beside its fields."""

from __future__ import annotations

from pathlib import Path

from secingest_tui.errors import SecingestError
from secingest_tui.models.paging import PAGE_LIMIT
from secingest_tui.models.transfer import IngestPlan, IngestRequest, PlanItem, Problem, RestorePlan
from secingest_tui.paths import expanded
from secingest_tui.services.ingest.plan import IngestRequest as ServiceRequest
from secingest_tui.services.ingest.run import Ingest
from secingest_tui.services.restore.locate import locate
from secingest_tui.services.session.paths import free_name
from secingest_tui.services.workspace import Workspace

_FIELDS = {
    "--as": "object_key",
    "--prefix": "object_key",
    "--backend": "backend",
    "--tenant": "tenant",
    "--recipient": "recipients",
    "--object-version": "version",
    "--residency": "residency",
    "--replicas": "replicas",
    "-o": "target",
}


def service_request(request: IngestRequest) -> ServiceRequest:
    """The form's request in the services' terms; an empty version is made from the time."""
    return ServiceRequest(
        paths=tuple(str(expanded(path)) for path in request.paths),
        tenant=request.tenant,
        backend=request.backend,
        recipients=request.recipients,
        object_key=request.object_key or None,
        prefix=request.prefix or None,
        version=request.version or None,
        residency=request.residency or None,
        replicas=request.replicas,
        targets=request.targets,
    )


def problem_of(error: SecingestError) -> Problem:
    return Problem(error.message, error.hint or "", _FIELDS.get(error.field or "", error.field or ""))


def plan_upload(workspace: Workspace, request: IngestRequest) -> IngestPlan:
    """Walk and check; nothing is sent, and problems do not raise."""
    try:
        ingest = Ingest(workspace, service_request(request))
        plan = ingest.plan()
        recipients = ingest.recipients()
        ingest.check_versions(plan)
    except SecingestError as error:
        return IngestPlan((), 0, 0, (problem_of(error),))
    problems = [Problem(f"{path}: {reason}", "Make it readable, or leave it out.", "paths")
                for path, reason in plan.problems]  # fmt: skip
    if not plan.items and not problems:
        problems.append(
            Problem("There is nothing to upload.", "Choose a file, or a folder with files.", "paths")
        )
    notes = []
    if all(recipient.post_quantum for recipient in recipients):
        notes.append("Protected against quantum computers: every recipient is post-quantum.")
    else:
        notes.append("Not protected against quantum computers (not every recipient is post-quantum).")
    recovery = workspace.recovery_recipients(request.tenant)
    if recovery:
        notes.append(f"Recovery recipients by policy: {', '.join(recovery)}.")
    else:
        notes.append("No recovery recipient: whoever loses the private key loses the data.")
    if plan.skipped:
        notes.append(f"{len(plan.skipped)} left out: {plan.skipped[0][0]}: {plan.skipped[0][1]}")
    return IngestPlan(
        tuple(PlanItem(item.source, item.object_key, item.size or 0) for item in plan.items[:PAGE_LIMIT]),
        len(plan.items),
        plan.total_bytes,
        tuple(problems),
        tuple(notes),
    )


def plan_restore(workspace: Workspace, object_key: str, version: str) -> RestorePlan:
    """Where the plaintext could go, who signed it, and which private key has to be unlocked."""
    suggestion = str(free_name(Path.cwd() / (object_key.rsplit("/", 1)[-1] or "restored")))
    try:
        registration = locate(workspace, object_key, version=version).record.registration
    except SecingestError as error:
        return RestorePlan(suggestion, problems=(problem_of(error),))
    signature = registration.signature
    here = {key.key_id: key for key in workspace.keyring.stored() if key.private is not None}
    problems = []
    if registration.key_id not in here:
        problems.append(
            Problem(
                f"The private key {registration.key_id} is not in this keyring.",
                f"Put {registration.key_id}.pem into {workspace.home.keys_dir}.",
            )
        )
    locked = tuple(key.key_id for key in here.values() if key.key_id == registration.key_id and key.protected)
    return RestorePlan(
        suggestion, registration.size, tuple(problems), locked, signature.signer if signature else None
    )

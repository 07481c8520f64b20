"""What the upload form may say, checked at every key press. No Textual here, and no I/O."""

from __future__ import annotations

import posixpath
from collections.abc import Sequence
from dataclasses import dataclass

from backend_stub.contract.residency import residency_allows
from secingest_tui.models.directory import BackendView
from secingest_tui.models.naming import number_problem, residency_problem, stays_in
from secingest_tui.models.transfer import IngestRequest, Source

FIELDS = (
    "paths",
    "tenant",
    "recipients",
    "backend",
    "residency",
    "replicas",
    "targets",
    "object_key",
    "version",
)


@dataclass(frozen=True, slots=True)
class Draft:
    """The form as it stands, every value as typed or chosen."""

    path: str = ""
    source: Source | None = None
    """What the path is; ``None`` until that is known."""
    tenant: str = ""
    recipients: tuple[str, ...] = ()
    backend: str = ""
    residency: str = ""
    replicas: str = "1"
    targets: tuple[str, ...] = ()
    object_key: str = ""
    version: str = "v1"

    @property
    def is_folder(self) -> bool:
        """Whether the object key is a prefix."""
        return self.source is not None and self.source.is_folder

    def request(self) -> IngestRequest:
        """What to ask the services for; call when there are no problems."""
        key = self.object_key
        return IngestRequest(
            paths=(self.path,),
            tenant=self.tenant,
            recipients=self.recipients,
            backend=self.backend,
            residency=stays_in(self.residency),
            replicas=int(self.replicas),
            targets=self.targets,
            object_key=None if self.is_folder else key,
            prefix=key if self.is_folder else None,
            version=self.version,
        )


def suggest_key(tenant: str, path: str, is_folder: bool) -> str:
    """The object key or prefix for a path: the tenant first, as the server requires."""
    name = posixpath.basename(path.rstrip("/"))
    if not tenant or not name:
        return tenant + "/" if tenant else ""
    return tenant + "/" + name + ("/" if is_folder else "")


def problems(draft: Draft, backends: Sequence[BackendView]) -> dict[str, str]:
    """Field to what is wrong with it; an empty form has a problem in each field that must be filled."""
    found: dict[str, str] = {}
    if not draft.path:
        found["paths"] = "choose a file or a folder"
    elif draft.source is not None and draft.source.problem:
        found["paths"] = draft.source.problem
    elif draft.source is not None and not draft.source.exists:
        found["paths"] = "there is nothing of this name"
    if not draft.tenant:
        found["tenant"] = "choose whose data it is"
    if not draft.recipients:
        found["recipients"] = "choose who may decrypt"
    if not draft.backend:
        found["backend"] = "choose where it goes"
    if problem := residency_problem(draft.residency):
        found["residency"] = problem
    if problem := number_problem(draft.replicas):
        found["replicas"] = problem
    if problem := _key_problem(draft):
        found["object_key"] = problem
    if not draft.version or "/" in draft.version:
        found["version"] = "a word such as v1, without /"
    by_id = {backend.id: backend for backend in backends}
    if draft.backend in draft.targets:
        found["targets"] = "the first copy is there already"
    elif (abroad := _abroad(draft, by_id, draft.targets)) is not None:
        found["targets"] = abroad
    if "backend" not in found and (abroad := _abroad(draft, by_id, (draft.backend,))) is not None:
        found["backend"] = abroad
    return found


def _key_problem(draft: Draft) -> str:
    key = draft.object_key
    if not key:
        return "needs a key"
    if draft.tenant and not key.startswith(draft.tenant + "/"):
        return "must begin with " + draft.tenant + "/"
    if not draft.is_folder and key.endswith("/"):
        return "must not end with /"
    if any(part in {".", ".."} for part in key.split("/")) or "//" in key:
        return "no empty parts, no . and no .."
    return ""


def _abroad(draft: Draft, by_id: dict[str, BackendView], chosen: Sequence[str]) -> str | None:
    """A backend outside the countries the data must stay in; one of unknown country counts as outside."""
    wanted = stays_in(draft.residency)
    if wanted is None or residency_problem(draft.residency):
        return None
    for backend_id in chosen:
        backend = by_id.get(backend_id)
        if backend is not None and not residency_allows(wanted, backend.country):
            return backend_id + " is in " + (backend.country or "an unknown country") + ", not in " + wanted
    return None


def hints(draft: Draft, backends: Sequence[BackendView]) -> dict[str, str]:
    """What a fine field comes to, in a few words."""
    countries = {backend.id: backend.country or "unknown country" for backend in backends}
    many, wanted = len(draft.recipients) > 1, stays_in(draft.residency)
    return {
        "tenant": "whose data it is",
        "recipients": "any one of these keys decrypts" if many else "only this key decrypts",
        "backend": countries.get(draft.backend, ""),
        "residency": "stays in " + wanted if wanted else "any country",
        "replicas": "copies wanted in all",
        "targets": ", ".join(countries.get(target, target) for target in draft.targets)
        or "no further copy now",
        "object_key": "a prefix for each file's path" if draft.is_folder else "the name it is recorded by",
        "version": "never replaces an older one",
    }

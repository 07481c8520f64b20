"""Registering what other software uploaded: an object chosen in its bucket, or a file of thousands."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, ClassVar

from pydantic import ValidationError

from backend_stub.contract.objects import ObjectRegistration
from secingest_tui.models.directory import BackendView, TenantView
from secingest_tui.models.records import Receipt
from secingest_tui.models.registering import Draft, DraftRequest, Placed
from secingest_tui.models.transfer import Source
from secingest_tui.models.trouble import Trouble
from secingest_tui.screens.base import Acting
from secingest_tui.screens.common.completion import PathSuggester
from secingest_tui.screens.common.form import FormScreen
from secingest_tui.screens.common.pick import Choice, PickScreen
from secingest_tui.screens.metadata.payload import PayloadScreen
from secingest_tui.text import size
from secingest_tui.widgets.field import Field
from secingest_tui.widgets.form_row import FormRow
from secingest_tui.widgets.pick_field import PickField

_TYPED = "\x00typed"
_FIELDS = {
    "object_key": "row-key",
    "version": "row-version",
    "residency": "row-residency",
    "replica_count": "row-copies",
    "targets": "row-targets",
}
_HINTS = {
    "row-key": "the tenant's name, then what you like",
    "row-version": "as the object says of itself, where it does",
    "row-residency": "where copies may lie; empty: the tenant's",
    "row-copies": "how many in all, this one included",
    "row-targets": "object stores for further copies",
}


class RegisterForm(FormScreen[Receipt]):
    """Filled from the object; every field is checked by the server's own contract while you type."""

    HEADLINE: ClassVar[str] = "Register an object"
    DO: ClassVar[str] = "Show what is sent"
    MANY: ClassVar[frozenset[str]] = frozenset({"targets"})

    def __init__(self, request: DraftRequest, draft: Draft) -> None:
        super().__init__()
        self._request, self._draft = request, draft
        self._stores: list[BackendView] = []

    def on_mount(self) -> None:
        super().on_mount()

        def arrived(stores: list[BackendView]) -> None:
            self._stores = [store for store in stores if store.id != self._request.backend]

        def failed(trouble: Trouble) -> None:
            self.row("row-targets").wrong(trouble.cause)

        self.fetch("Reading the object stores", self.ours.session.backends, arrived, failed, group="stores")

    def choices(self, field: PickField) -> tuple[str, list[Choice]]:
        """Where it does not lie yet."""
        return "Further copies where?", [Choice(one.id, one.id, one.country or "") for one in self._stores]

    def rows(self) -> Iterable[FormRow]:
        payload = self._draft.payload
        yield FormRow("Object key", Field(str(payload["object_key"]), id="key"), id="row-key")
        yield FormRow("Version", Field(str(payload["version"]), id="version"), id="row-version")
        yield FormRow("Residency", Field(placeholder="the tenant's", id="residency"), id="row-residency")
        yield FormRow("Copies", Field(str(payload["replica_count"]), id="copies"), id="row-copies")
        yield FormRow("Copy to", PickField(placeholder="nowhere else", id="targets"), id="row-targets")

    def check(self) -> bool:
        """The contract's own words beside the field they are about."""
        problems = self._problems()
        for row, hint in _HINTS.items():
            if row in problems:
                self.row(row).wrong(problems[row])
            else:
                self.row(row).hint(hint)
        return not problems

    def _problems(self) -> dict[str, str]:
        try:
            item = ObjectRegistration.model_validate(self._payload())
        except ValidationError as error:
            found = error.errors(include_url=False, include_input=False, include_context=False)
            texts = [(str((*one["loc"], "")[0]), one["msg"].removeprefix("Value error, ")) for one in found]
            # What is said of the whole begins with the field's name.
            return {_FIELDS.get(name or text.partition(":")[0], "row-key"): text for name, text in texts}
        if not item.object_key.startswith(self._request.tenant + "/"):
            return {"row-key": f"it begins with {self._request.tenant}/"}
        if item.replica_count < 1 + len(item.targets):
            return {"row-copies": f"with these targets it is {1 + len(item.targets)}"}
        return {}

    def _payload(self) -> dict[str, Any]:
        copies = self.typed("copies")
        return {
            **self._draft.payload,
            "object_key": self.typed("key"),
            "version": self.typed("version"),
            "residency": self.typed("residency") or None,
            "replica_count": int(copies) if copies.isascii() and copies.isdigit() else copies,
            "targets": list(self.query_one("#targets", PickField).values),
        }

    def submit(self) -> None:
        session = self.ours.session
        typed = self._payload()
        request = replace(
            self._request,
            object_key=typed["object_key"],
            version=typed["version"],
            residency=typed["residency"],
            replicas=typed["replica_count"],
            targets=tuple(typed["targets"]),
        )

        def read(draft: Draft) -> None:
            self._refresh()
            self.app.push_screen(PayloadScreen(draft), sent)

        def sent(receipt: Receipt | None) -> None:
            if receipt is not None:
                self.dismiss(receipt)

        self.attempt("Reading it again", lambda: session.draft(request), read)


class LocationForm(FormScreen[str]):
    """Where it lies, typed."""

    HEADLINE: ClassVar[str] = "Where does it lie?"
    DO: ClassVar[str] = "Read it"

    def rows(self) -> Iterable[FormRow]:
        yield FormRow("Location", Field(placeholder="s3://bucket/key", id="location"), id="row-location")

    def check(self) -> bool:
        """An S3 URL."""
        from backend_stub.contract.locations import check_s3_url

        try:
            check_s3_url(self.typed("location"))
        except ValueError as error:
            if self.typed("location"):
                self.row("row-location").wrong(str(error))
            return False
        self.row("row-location").good("a bucket, and the key in it")
        return True

    def submit(self) -> None:
        self.dismiss(self.typed("location"))


class BatchForm(FormScreen[str]):
    """A file of pointers; returns the task's id."""

    HEADLINE: ClassVar[str] = "Register every line of a file"
    DO: ClassVar[str] = "Register"

    def __init__(self, backends: Iterable[BackendView]) -> None:
        super().__init__()
        self._backends = tuple(backends)

    def rows(self) -> Iterable[FormRow]:
        yield FormRow(
            "Object store", PickField(placeholder="as each line says", id="backend"), id="row-backend"
        )
        paths = PathSuggester(self.ours.session)
        yield FormRow("File", Field(placeholder="pointers.csv", suggester=paths, id="file"), id="row-file")

    def choices(self, field: PickField) -> tuple[str, list[Choice]]:
        return "Where do they lie?", [Choice(item.id, item.id, item.country or "") for item in self._backends]

    def check(self) -> bool:
        """Its ending says how it is read."""
        name = self.typed("file")
        fine = name.lower().endswith((".jsonl", ".ndjson", ".csv"))
        if name and not fine:
            self.row("row-file").wrong("a .jsonl or .csv file; docs/registering.md says what is in it")
        else:
            self.row("row-file").hint("one object a line: object_key, backend, location, version, …")
        return fine

    def submit(self) -> None:
        session, path = self.ours.session, self.typed("file")
        backend = self.picked("backend") or None

        def looked(source: Source) -> None:
            if not source.exists or source.is_folder or source.problem:
                self.row("row-file").wrong(source.problem or "there is no such file")
                return
            jobs = session.jobs_service
            self.attempt("Starting", lambda: jobs.start_register(path, backend), self.dismiss)

        self.attempt("Looking at the file", lambda: session.source(path), looked)


def ask_register(
    screen: Acting, tenant: str | None, failed: Callable[[Trouble], None], done: Callable[[Receipt], None]
) -> None:
    """Tenant, object store, object: each chosen from what there is; then the form, then the payload."""
    session = screen.ours.session

    def of_tenant(chosen: str) -> None:
        def arrived(backends: list[BackendView]) -> None:
            choices = [
                Choice(item.id, item.id, item.country or "", item.has_credentials) for item in backends
            ]
            pick("Where does it lie?", choices, lambda backend: at_backend(chosen, backend))

        screen.fetch("Reading the object stores", session.backends, arrived, failed, group="register")

    def at_backend(owner: str, backend: str) -> None:
        def arrived(placed: list[Placed]) -> None:
            choices = [Choice(_TYPED, "somewhere else", "type its location")]
            choices += [Choice(item.location, _short(item.location), size(item.size)) for item in placed]
            pick("Which object?", choices, lambda where: located(owner, backend, where))

        screen.fetch(
            "Listing the bucket", lambda: session.placed_objects(owner, backend), arrived, failed,
            group="register",
        )  # fmt: skip

    def located(owner: str, backend: str, where: str) -> None:
        if where == _TYPED:
            screen.app.push_screen(LocationForm(), lambda typed: read(owner, backend, typed or ""))
        else:
            read(owner, backend, where)

    def read(owner: str, backend: str, where: str) -> None:
        if not where:
            return
        request = DraftRequest(owner, backend, where)

        def arrived(draft: Draft) -> None:
            screen.app.push_screen(RegisterForm(request, draft), registered)

        def registered(receipt: Receipt | None) -> None:
            if receipt is not None:
                done(receipt)

        screen.fetch("Reading the object", lambda: session.draft(request), arrived, failed, group="register")

    def pick(title: str, choices: list[Choice], then: Callable[[str], None]) -> None:
        def chosen(values: tuple[str, ...] | None) -> None:
            if values:
                then(values[0])

        screen.app.push_screen(PickScreen(title, choices, empty="There is none yet."), chosen)

    def tenants(rows: list[TenantView]) -> None:
        pick("Whose object?", [Choice(row.id, row.id) for row in rows], of_tenant)

    if tenant is not None:
        of_tenant(tenant)
    else:
        screen.fetch("Reading the tenants", session.tenants, tenants, failed, group="register")


def _short(location: str) -> str:
    return location.removeprefix("s3://").partition("/")[2] or location

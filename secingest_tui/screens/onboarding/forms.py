"""What an onboarding asks a person: its beginning, and what a provider's portal showed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from secingest_tui.models.directory import BackendView, KeyView
from secingest_tui.models.naming import name_problem, residency_list_problem, size_problem
from secingest_tui.models.provisioning import OnboardingRequest
from secingest_tui.screens.common.form import FormScreen
from secingest_tui.screens.common.pick import Choice
from secingest_tui.widgets.field import Field
from secingest_tui.widgets.form_row import FormRow
from secingest_tui.widgets.pick_field import PickField

_NONE, _HERE, _TENANT = "none", "here, by us", "by the tenant"


class OnboardingForm(FormScreen[str]):
    """Begins an onboarding; the result is the tenant's name. Nothing is made before the checklist."""

    HEADLINE: ClassVar[str] = "Onboard a tenant"
    DO: ClassVar[str] = "Begin"

    def __init__(self, backends: Sequence[BackendView], keys: Sequence[KeyView]) -> None:
        super().__init__()
        self._backends = {item.id: item for item in backends}
        self._keys = [key for key in keys if key.receives]

    def rows(self) -> Iterable[FormRow]:
        yield FormRow("Tenant", Field(placeholder="customer42", id="tenant"), id="row-tenant")
        yield FormRow("Provider", PickField(placeholder="choose", id="backend"), id="row-backend")
        yield FormRow("Second copy", PickField(placeholder="choose", id="target"), id="row-target")
        yield FormRow("Residency", Field(placeholder="anywhere", id="residency"), id="row-residency")
        yield FormRow("Quota", Field(placeholder="no limit", id="quota"), id="row-quota")
        yield FormRow("Recovery key", PickField(placeholder="choose", id="recovery"), id="row-recovery")
        yield FormRow("Key is made", PickField(placeholder="choose", id="held"), id="row-held")
        yield FormRow("Hand-over", PickField(placeholder="choose", id="seal"), id="row-seal")

    def on_mount(self) -> None:
        names = list(self._backends)
        self.query_one("#backend", PickField).values = tuple(names[:1])
        self.query_one("#target", PickField).values = (names[1] if len(names) > 1 else _NONE,)
        for field, value in (("recovery", _NONE), ("held", _HERE), ("seal", _NONE)):
            self.query_one("#" + field, PickField).values = (value,)
        super().on_mount()

    def choices(self, field: PickField) -> tuple[str, list[Choice]]:
        if field.id == "held":
            return "Who makes the tenant's key", [
                Choice(_HERE, _HERE, "this machine can decrypt the tenant's data"),
                Choice(_TENANT, _TENANT, "only the tenant can; it joins and publishes its key"),
            ]
        if field.id in ("recovery", "seal"):
            title = "Who else can decrypt" if field.id == "recovery" else "Whose key the file is sealed for"
            note = "only the tenant's key" if field.id == "recovery" else "plain file, only you can read it"
            return title, [
                Choice(_NONE, _NONE, note),
                *(Choice(key.key_id, key.key_id, key.kind) for key in self._keys),
            ]
        stores = [
            Choice(item.id, item.id, f"{item.country or 'unknown'}  {item.provider}  {item.endpoint}")
            for item in self._backends.values()
        ]
        if field.id == "backend":
            return "Where the first copy lies", stores
        return "Where the second copy lies", [Choice(_NONE, _NONE, "no replica"), *stores]

    def check(self) -> bool:
        """Each field by its rule; the residency against the countries of the stores."""
        name, where = self.typed("tenant"), self.typed("residency")
        first, second = self.picked("backend"), self._second()
        naming = name_problem(name, "a tenant's name") or ("" if name == name.lower() else "in lower case")
        chosen = [self._backends[name] for name in (first, second) if name in self._backends]
        place = residency_list_problem(where, {item.id: item.country for item in chosen})
        quota = size_problem(self.typed("quota"))
        same = "the same as the first" if second and second == first else ""
        for row, problem, hint in (
            ("row-tenant", naming if name else "", "the first part of each of its object keys"),
            ("row-backend", "" if first else "needs one", self._about(first)),
            ("row-target", same, self._about(second) if second else "no replica"),
            ("row-residency", place, "countries where its data may lie, such as FI,SE"),
            ("row-quota", quota, "most it may store, such as 500GiB"),
        ):
            if problem:
                self.row(row).wrong(problem)
            else:
                self.row(row).hint(hint)
        self.row("row-recovery").hint("a key of yours that opens everything, if any")
        for row, field in (("row-held", "held"), ("row-seal", "seal")):
            self.row(row).hint(self._note(field))
        return not (naming or place or same or quota) and bool(first)

    def submit(self) -> None:
        request = OnboardingRequest(
            tenant=self.typed("tenant"),
            backend=self.picked("backend"),
            target=self._second(),
            residency=self.typed("residency"),
            quota=self.typed("quota"),
            recovery=self._named("recovery"),
            held_by_tenant=self.picked("held") == _TENANT,
            seal_for=self._named("seal"),
        )
        service = self.ours.session.onboarding
        self.attempt(
            "Looking at the plan", lambda: service.begin(request), lambda _none: self.dismiss(request.tenant)
        )

    def _second(self) -> str:
        return self._named("target")

    def _named(self, field: str) -> str:
        value = self.picked(field)
        return "" if value == _NONE else value

    def _note(self, field: str) -> str:
        """What the list says of the choice that was made."""
        picker = self.query_one("#" + field, PickField)
        return next(
            (choice.note for choice in self.choices(picker)[1] if (choice.value,) == picker.values), ""
        )

    def _about(self, backend: str) -> str:
        item = self._backends.get(backend)
        return f"{item.country or 'unknown country'}, {item.endpoint}" if item is not None else ""


class PasteForm(FormScreen[tuple[str, str]]):
    """The key pair that a provider's portal showed for the tenant."""

    HEADLINE: ClassVar[str] = "Paste what the provider's portal gave you"
    DO: ClassVar[str] = "Use it"

    def __init__(self, backend: str, tenant: str) -> None:
        super().__init__()
        self._backend, self._tenant = backend, tenant

    def rows(self) -> Iterable[FormRow]:
        yield FormRow("Access key", Field(id="access"), id="row-access")
        yield FormRow("Secret key", Field(password=True, id="secret"), id="row-secret")

    def check(self) -> bool:
        """Both are needed; whether they work is tried."""
        self.row("row-access").hint("of the user for " + self._tenant + " at " + self._backend)
        self.row("row-secret").hint("kept in this installation; never sent to the metadata server")
        return bool(self.typed("access").strip() and self.typed("secret").strip())

    def submit(self) -> None:
        self.dismiss((self.typed("access").strip(), self.typed("secret").strip()))

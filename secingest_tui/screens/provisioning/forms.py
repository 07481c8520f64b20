"""Making a tenant and making a key; the upload screen opens them too, for a fresh start."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from secingest_tui.models.directory import RECIPIENT_KINDS, KeyView, TenantCreated
from secingest_tui.models.naming import name_problem, number_problem, residency_problem, stays_in
from secingest_tui.screens.common.form import FormScreen
from secingest_tui.screens.common.pick import Choice
from secingest_tui.widgets.field import Field
from secingest_tui.widgets.form_row import FormRow
from secingest_tui.widgets.pick_field import PickField

_KIND_NOTES = {
    "rsa-3072": "RSA-OAEP, opens with any tool; good to about 2030",
    "rsa-4096": "RSA-OAEP, opens with any tool; slower",
    "p256": "elliptic curve, small and fast",
    "p384": "elliptic curve, the one most rules ask for",
    "p521": "elliptic curve, the largest",
    "mlkem768-x25519": "post-quantum; holds only if every recipient is one",
}
_WITH, _WITHOUT = "a passphrase", "nothing"


class TenantForm(FormScreen[TenantCreated]):
    """Registers a tenant; the result holds the secret, which the caller shows."""

    HEADLINE: ClassVar[str] = "New tenant"
    DO: ClassVar[str] = "Create"

    def rows(self) -> Iterable[FormRow]:
        yield FormRow("Name", Field(placeholder="customer42", id="tenant"), id="row-tenant")
        yield FormRow("Residency", Field(placeholder="any country", id="residency"), id="row-residency")
        yield FormRow("Copies", Field("1", id="replicas"), id="row-replicas")

    def check(self) -> bool:
        """Each field by its rule."""
        name, where, copies = self.typed("tenant"), self.typed("residency"), self.typed("replicas")
        problems = {
            "row-tenant": name_problem(name, "a tenant's name"),
            "row-residency": residency_problem(where),
            "row-replicas": number_problem(copies),
        }
        hints = {
            "row-tenant": "the first part of each of its object keys",
            "row-residency": "its data stays there: FI, or FI,SE, or EU",
            "row-replicas": "how many copies an object should have",
        }
        for row, problem in problems.items():
            if problem and not (row == "row-tenant" and not name):
                self.row(row).wrong(problem)
            else:
                self.row(row).hint(hints[row])
        return not any(problems.values())

    def submit(self) -> None:
        session = self.ours.session
        name, where = self.typed("tenant"), stays_in(self.typed("residency"))
        copies = int(self.typed("replicas"))
        self.attempt(
            "Creating tenant " + name, lambda: session.create_tenant(name, where, copies), self.dismiss
        )


class KeyForm(FormScreen[KeyView]):
    """Makes a key pair. Going without a passphrase is a choice of its own, never an empty field."""

    HEADLINE: ClassVar[str] = "New key"
    DO: ClassVar[str] = "Create"

    def __init__(self, suggestion: str = "") -> None:
        super().__init__()
        self._suggestion = suggestion

    def rows(self) -> Iterable[FormRow]:
        yield FormRow("Name", Field(self._suggestion, placeholder="customer42-k1", id="key"), id="row-key")
        yield FormRow("Kind", PickField(placeholder="choose", id="kind"), id="row-kind")
        yield FormRow("Protect by", PickField(placeholder="choose", id="protection"), id="row-protection")
        yield FormRow("Passphrase", Field(password=True, id="passphrase"), id="row-passphrase")
        yield FormRow("Once more", Field(password=True, id="again"), id="row-again")

    def on_mount(self) -> None:
        self.query_one("#kind", PickField).values = ("rsa-3072",)
        self.query_one("#protection", PickField).values = (_WITH,)
        super().on_mount()

    def choices(self, field: PickField) -> tuple[str, list[Choice]]:
        if field.id == "kind":
            return "Kind of key", [Choice(kind, kind, _KIND_NOTES[kind]) for kind in RECIPIENT_KINDS]
        return "What protects the private key", [
            Choice(_WITH, _WITH, "asked for when it decrypts"),
            Choice(_WITHOUT, _WITHOUT, "whoever reads the file can decrypt everything"),
        ]

    def check(self) -> bool:
        """Names, kinds, and two passphrases that agree."""
        name, passphrase = self.typed("key"), self.typed("passphrase")
        naming = name_problem(name, "a key's name")
        if naming and name:
            self.row("row-key").wrong(naming)
        else:
            self.row("row-key").hint("how objects and receipts call it")
        self.row("row-kind").hint(_KIND_NOTES.get(self.picked("kind"), ""))
        bare = self.picked("protection") == _WITHOUT
        self.row("row-passphrase").display = self.row("row-again").display = not bare
        if bare:
            self.row("row-protection").wrong("whoever reads the file can decrypt everything")
            return not naming
        self.row("row-protection").hint("lost passphrase: the data is lost too, unless there is a second key")
        agree = passphrase == self.typed("again")
        short = len(passphrase) < 8
        if short and passphrase:
            self.row("row-passphrase").wrong("at least 8 characters")
        else:
            self.row("row-passphrase").hint("at least 8 characters")
        if self.typed("again") and not agree:
            self.row("row-again").wrong("not the same yet")
        else:
            self.row("row-again").hint("")
        return not naming and agree and not short

    def submit(self) -> None:
        session, name, kind = self.ours.session, self.typed("key"), self.picked("kind")
        passphrase = None if self.picked("protection") == _WITHOUT else self.typed("passphrase")
        self.attempt("Creating key " + name, lambda: session.create_key(name, kind, passphrase), self.dismiss)

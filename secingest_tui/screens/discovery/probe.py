"""What a probe is made with: whose credentials, who is to be refused, where, and whom to trust."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from secingest_tui.models.discovery import ProbeRequest
from secingest_tui.screens.common.completion import PathSuggester
from secingest_tui.screens.common.form import FormScreen
from secingest_tui.screens.common.pick import Choice
from secingest_tui.widgets.field import Field
from secingest_tui.widgets.form_row import FormRow
from secingest_tui.widgets.pick_field import PickField

# No tenant is called like these: a tenant's name has no blank.
_OWN, _OPERATOR, _NOBODY = "this profile", "the operator's key", "nobody else"


class ProbeForm(FormScreen[str]):
    """Starts the probe; the result is its task's id. Enter at once takes what is suggested."""

    HEADLINE: ClassVar[str] = "Find out what the backend really does"
    DO: ClassVar[str] = "Probe"
    AUTO_FOCUS: ClassVar[str | None] = "#do"

    def __init__(self, backend: str, identities: Sequence[str | None], *, operator: bool) -> None:
        """``identities`` as the discovery service has them; ``operator``: the provider's own key is here."""
        super().__init__()
        self._backend = backend
        self._tenants = [name for name in identities if name is not None]
        own, provider = [_OWN] if None in identities else [], [_OPERATOR] if operator else []
        self._who = [*own, *self._tenants, *provider]

    def rows(self) -> Iterable[FormRow]:
        yield FormRow("Probe as", PickField(placeholder="choose", id="who"), id="row-who")
        yield FormRow("Refuses", PickField(placeholder="choose", id="other"), id="row-other")
        yield FormRow("Bucket", Field(placeholder="one of its own", id="bucket"), id="row-bucket")
        yield FormRow(
            "CA file",
            Field(placeholder="as configured", suggester=PathSuggester(self.ours.session), id="ca"),
            id="row-ca",
        )

    def on_mount(self) -> None:
        self.query_one("#who", PickField).values = tuple(self._who[:1])
        others = [name for name in self._tenants if name != self._who[0]]
        self.query_one("#other", PickField).values = (others[0] if others else _NOBODY,)
        super().on_mount()

    def choices(self, field: PickField) -> tuple[str, list[Choice]]:
        if field.id == "who":
            notes = {_OWN: "its own credentials", _OPERATOR: "as the backend was connected"}
            return "Probe with whose credentials?", [
                Choice(name, name, notes.get(name, "tenant")) for name in self._who
            ]
        return "Whose credentials should be refused?", [
            *(Choice(name, name, "must be refused") for name in self._tenants if name != self.picked("who")),
            Choice(_NOBODY, _NOBODY, "that question stays open"),
        ]

    def check(self) -> bool:
        """The same credentials cannot be refused; everything else the probe finds out."""
        who, other = self.picked("who"), self.picked("other")
        self.row("row-who").hint("at " + self._backend)
        self.row("row-bucket").hint("or yours: under a prefix, which is removed again")
        self.row("row-ca").hint("a PEM file to trust, for this probe only")
        if other == who:
            self.row("row-other").wrong("the same as the one who probes")
            return False
        self.row("row-other").hint("its credentials should get nothing here")
        return bool(who)

    def submit(self) -> None:
        who, other, service = self.picked("who"), self.picked("other"), self.ours.session.discovery
        request = ProbeRequest(
            self._backend,
            None if who in (_OWN, _OPERATOR) else who,
            None if other == _NOBODY else other,
            bucket=self.typed("bucket").strip() or None,
            ca_file=self.typed("ca").strip() or None,
            operator=who == _OPERATOR,
        )
        self.attempt("Probing", lambda: service.start_probe(request), self.dismiss)

"""Saying how users are made at a backend, and a quota."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from secingest_tui.models.directory import BackendView
from secingest_tui.models.naming import size_problem
from secingest_tui.models.provisioning import ConnectRequest
from secingest_tui.screens.common.form import FormScreen
from secingest_tui.screens.common.pick import Choice
from secingest_tui.widgets.field import Field
from secingest_tui.widgets.form_row import FormRow
from secingest_tui.widgets.pick_field import PickField

_COMMAND, _BY_HAND = "radosgw-admin", "portal"


class ConnectForm(FormScreen[str]):
    """Tried before it is kept; the result says what was seen."""

    HEADLINE: ClassVar[str] = "How are users made at this backend?"
    DO: ClassVar[str] = "Try it"

    def __init__(self, backends: Sequence[BackendView], kinds: Sequence[tuple[str, str]]) -> None:
        super().__init__()
        self._backends, self._kinds = backends, kinds

    def rows(self) -> Iterable[FormRow]:
        yield FormRow("Backend", PickField(placeholder="choose", id="backend"), id="row-backend")
        yield FormRow("Way in", PickField(placeholder="choose", id="kind"), id="row-kind")
        yield FormRow("Command", Field(_COMMAND, id="command"), id="row-command")
        yield FormRow("Endpoint", Field(placeholder="the backend's own", id="endpoint"), id="row-endpoint")
        yield FormRow("Region", Field(placeholder="the backend's own", id="region"), id="row-region")
        yield FormRow("Access key", Field(id="access"), id="row-access")
        yield FormRow("Secret key", Field(password=True, id="secret"), id="row-secret")

    def choices(self, field: PickField) -> tuple[str, list[Choice]]:
        if field.id == "backend":
            return "Backend", [Choice(item.id, item.id, item.endpoint) for item in self._backends]
        return "Way in", [Choice(kind, kind, note) for kind, note in self._kinds]

    def check(self) -> bool:
        """A command for one way in, a key for the others, nothing for the portal."""
        kind = self.picked("kind")
        command = kind == _COMMAND
        key = bool(kind) and kind not in (_COMMAND, _BY_HAND)
        self.row("row-backend").hint("see also: secingest backends add")
        self.row("row-kind").hint(dict(self._kinds).get(kind, ""))
        self.row("row-command").display = command
        for row in ("row-endpoint", "row-region", "row-access", "row-secret"):
            self.row(row).display = key
        self.row("row-command").hint("or: ssh root@ceph1 radosgw-admin")
        where = self.typed("endpoint").strip()
        strange = bool(where) and not where.startswith(("https://", "http://"))
        if strange:
            self.row("row-endpoint").wrong("begins with https:// or http://")
        else:
            self.row("row-endpoint").hint("of the admin or IAM API, https://...")
        self.row("row-region").hint("that API's, for its signatures")
        self.row("row-access").hint("the operator's own, which may make users")
        self.row("row-secret").hint("kept in this installation's credentials file")
        given = (not command or self.typed("command").strip()) and (
            not key or (self.typed("access").strip() and self.typed("secret").strip())
        )
        return bool(self.picked("backend") and kind and given) and not (key and strange)

    def submit(self) -> None:
        kind, service = self.picked("kind"), self.ours.session.provisioning
        key = kind not in (_COMMAND, _BY_HAND)
        request = ConnectRequest(
            self.picked("backend"),
            kind,
            self.typed("command").strip() if kind == _COMMAND else "",
            self.typed("endpoint").strip() if key else "",
            self.typed("region").strip() if key else "",
            self.typed("access").strip() if key else "",
            self.typed("secret").strip() if key else "",
        )
        self.attempt("Trying it", lambda: service.connect(request), self.dismiss)


class QuotaForm(FormScreen[str]):
    """The result is the quota as typed; empty takes the limit away."""

    HEADLINE: ClassVar[str] = "Quota at the provider"
    DO: ClassVar[str] = "Go on"

    def __init__(self, subject: str) -> None:
        super().__init__()
        self._subject = subject

    def rows(self) -> Iterable[FormRow]:
        yield FormRow("Most bytes", Field(placeholder="no limit", id="quota"), id="row-quota")

    def check(self) -> bool:
        """A size, or nothing."""
        problem = size_problem(self.typed("quota"))
        if problem:
            self.row("row-quota").wrong(problem)
        else:
            self.row("row-quota").hint("of " + self._subject + ", such as 500GiB; empty: no limit")
        return not problem

    def submit(self) -> None:
        self.dismiss(self.typed("quota"))

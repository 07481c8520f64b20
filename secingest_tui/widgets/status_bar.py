"""The second line: which server, which tenant, which role, and what waits."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from textual.app import RenderResult
from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from secingest_tui.models.session import Stack, StatusView
from secingest_tui.text import join

if TYPE_CHECKING:
    from secingest_tui.app import SecingestApp


class StatusBar(Widget):
    """The banner is a word first and a colour second."""

    status: reactive[StatusView | None] = reactive(None)
    running: reactive[int] = reactive(0)
    banner: reactive[str] = reactive("")
    read_only: reactive[bool] = reactive(False)

    def on_mount(self) -> None:
        app = cast("SecingestApp", self.app)
        self.banner, self.read_only = app.options.environment, app.options.read_only
        app.changed_signal.subscribe(self, self._changed)
        self._changed(app)

    def _changed(self, app: SecingestApp) -> None:
        self.status, self.running = app.status, app.feed.running if app.feed else 0

    def render(self) -> RenderResult:
        status = self.status
        if status is None:
            return Content("")
        embedded = status.stack is Stack.EMBEDDED
        word = self.banner or status.environment or ("this machine" if embedded else "remote")
        style = "bold reverse $success" if embedded and not self.banner else "bold reverse $warning"
        if word.lower().startswith("prod"):
            style = "bold reverse $error"
        parts: list[str | Content | tuple[str, str]] = [(f" {word.upper()} ", style)]
        if self.read_only:
            parts += [" ", (" READ-ONLY ", "bold reverse")]
        # What changes comes first: on 80 columns the end of the line may be cut.
        if self.running:
            parts.append((f" ▶ {self.running} running ", "bold $accent"))
        if status.outbox_count:
            parts.append((f" ▲ {status.outbox_count} to register ", "bold $warning"))
        app = cast("SecingestApp", self.app)
        if app.options.profile:
            parts += [(" profile ", "$muted"), app.options.profile, " "]
        parts += [
            (" tenant ", "$muted"), status.tenant or "all",
            ("  role ", "$muted"), status.role.value,
            # Without encryption only this machine may be spoken to, so only there it goes unsaid.
            ("  server ", "$muted"), status.server.removeprefix("http://") if embedded else status.server,
        ]  # fmt: skip
        return join(*parts)

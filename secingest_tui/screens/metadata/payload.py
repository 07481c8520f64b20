"""The exact payload of a registration, to be read before it is sent."""

from __future__ import annotations

import json
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content

from secingest_tui.models.records import Receipt
from secingest_tui.models.registering import Draft
from secingest_tui.models.trouble import Trouble
from secingest_tui.screens.base import Modal
from secingest_tui.text import join, lines
from secingest_tui.widgets.crumbs import Crumbs
from secingest_tui.widgets.line import Line
from secingest_tui.widgets.native import Button, ScrollingText
from secingest_tui.widgets.notice import NoticeBox


class PayloadScreen(Modal[Receipt]):
    """Returns the receipt; ``None`` if nothing was sent."""

    CSS_PATH = "payload.tcss"
    CRUMB: ClassVar[str] = "What is sent"
    AUTO_FOCUS: ClassVar[str | None] = "#send"

    def __init__(self, draft: Draft) -> None:
        super().__init__()
        self._draft = draft

    def compose(self) -> ComposeResult:
        yield Crumbs()
        yield Line(
            join(
                ("POST /proxy/objects", "bold"),
                (", signed by tenant ", "$muted"),
                self._draft.tenant,
                (" · tab: into the text", "$muted"),
            ),
            classes="hint",
        )
        with ScrollingText(id="scroll"):
            yield Line(lines(json.dumps(self._draft.payload, indent=2)), id="payload")
        yield NoticeBox(id="notice")
        with Horizontal(classes="buttons"):
            yield Button(Content("Back"), id="back", compact=True)
            yield Button(Content("Register"), id="send", variant="primary", compact=True)

    @on(Button.Pressed)
    def handle_button(self, event: Button.Pressed) -> None:
        """Back to the form, or send it."""
        event.stop()
        if event.button.id == "back":
            self.dismiss(None)
            return
        button = self.query_one("#send", Button)
        button.disabled = True
        self.query_one("#notice", NoticeBox).say(join(("registering …", "$muted")))
        session, draft = self.ours.session, self._draft

        def failed(trouble: Trouble) -> None:
            self.query_one("#notice", NoticeBox).trouble(trouble, "nothing was registered")
            button.disabled = False

        self.fetch(
            "Registering",
            lambda: session.register_payload(draft.tenant, draft.payload),
            self.dismiss,
            failed,
            group="send",
        )

"""Opens a private key for this session."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import ClassVar

from secingest_tui.screens.base import Acting
from secingest_tui.screens.common.form import FormScreen
from secingest_tui.widgets.field import Field
from secingest_tui.widgets.form_row import FormRow


class PassphraseScreen(FormScreen[bool]):
    """``True`` once the key is open; a wrong passphrase is said and asked again."""

    HEADLINE: ClassVar[str] = "Unlock a private key"
    DO: ClassVar[str] = "Unlock"
    MINDS: ClassVar[bool] = False

    def __init__(self, key_id: str) -> None:
        super().__init__()
        self._key_id = key_id

    def rows(self) -> Iterable[FormRow]:
        yield FormRow("Passphrase", Field(password=True, id="passphrase"), id="row-passphrase")

    def check(self) -> bool:
        """Anything but nothing."""
        self.row("row-passphrase").hint("of key " + self._key_id + ", kept in memory until you leave")
        return bool(self.typed("passphrase"))

    def submit(self) -> None:
        session, key_id, passphrase = self.ours.session, self._key_id, self.typed("passphrase")
        self.attempt(
            "Unlocking " + key_id,
            lambda: session.unlock_key(key_id, passphrase),
            lambda _none: self.dismiss(True),
        )


def unlock_then(screen: Acting, key_ids: Sequence[str], go: Callable[[], None]) -> None:
    """Ask for each key's passphrase in turn, then go on; leaving one of them stops here."""
    if not key_ids:
        go()
        return

    def answered(unlocked: bool | None) -> None:
        if unlocked:
            unlock_then(screen, key_ids[1:], go)

    screen.app.push_screen(PassphraseScreen(key_ids[0]), answered)

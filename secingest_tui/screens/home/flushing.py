"""Registering what waits in the outbox, as a task: Home and the outbox's list follow it alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secingest_tui.models.trouble import Trouble
from secingest_tui.screens.base import Acting
from secingest_tui.screens.common.follow import Ends, Follower
from secingest_tui.screens.common.task_words import at_work
from secingest_tui.text import count
from secingest_tui.widgets.notice import NoticeBox


class Flushes(Acting):
    """Subclasses have a ``follower`` once they are mounted, and rows to read again when it has ended."""

    follower: Follower | None = None

    if TYPE_CHECKING:

        def reload(self) -> None: ...

    @property
    def flushing(self) -> bool:
        return self.follower is not None and bool(self.follower.current)

    def do_flush(self) -> None:
        """Register everything that waits, now."""
        notice, follower = self.query_one("#notice", NoticeBox), self.follower
        assert follower is not None, "a key comes after the mount"

        def ended() -> None:
            self.ours.refresh_status()
            self.refresh_bindings()
            self.reload()

        def done(left: int) -> None:
            notice.clear()
            self.ours.notify(
                f"{count(left, 'registration')} still waiting." if left else "Everything is registered."
            )
            ended()

        def stopped(words: str) -> None:
            self.ours.notify(words)
            ended()

        def failed(trouble: Trouble) -> None:
            notice.trouble(trouble)
            self.refresh_bindings()

        def told(progress: str) -> None:
            notice.say(at_work("registering", progress))

        told("")
        ends = Ends("Registering what waits", done, failed, stopped, told)
        follower.start(self.ours.session.start_flush, ends, group="flush", begun=self.refresh_bindings)

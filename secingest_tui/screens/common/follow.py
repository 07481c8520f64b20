"""Tasks that a screen started: it hears how they go and how they end, and they outlive it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from secingest_tui.errors import Cancelled
from secingest_tui.models.transfer import TaskView
from secingest_tui.models.trouble import Trouble
from secingest_tui.screens.base import Acting
from secingest_tui.screens.common.task_words import progress_words


@dataclass(frozen=True, slots=True)
class Ends:
    """What a screen does about a task. What ``done`` is given is what the work made."""

    what: str
    done: Callable[[Any], object]
    failed: Callable[[Trouble], None]
    stopped: Callable[[str], object]
    told: Callable[[str], object]


class Follower:
    """Holds no thread while a task runs. A screen that is left hears nothing more: the tasks list has it."""

    def __init__(self, screen: Acting) -> None:
        """Once the screen is mounted."""
        self._screen = screen
        self._followed: dict[str, Ends] = {}
        screen.ours.tasks_signal.subscribe(screen, self._changed)

    @property
    def current(self) -> str:
        """The task that was begun last and has not ended; else nothing."""
        return next(reversed(self._followed), "")

    def start(
        self, start: Callable[[], str], ends: Ends, *, group: str, begun: Callable[[], object] = lambda: None
    ) -> None:
        """Start a task in a thread and follow it; where it can't be started, ``ends.failed`` says why."""

        def started(task_id: str) -> None:
            self.follow(task_id, ends)
            begun()

        self._screen.fetch(ends.what, start, started, ends.failed, group=group)

    def follow(self, task_id: str, ends: Ends) -> None:
        """Hear of a task from now on, or at once how it ended."""
        self._followed[task_id] = ends
        feed = self._screen.ours.feed
        task = feed.get(task_id) if feed is not None else None
        if task is not None:
            self._changed((task,))

    def stop(self, said: Callable[[Trouble], None]) -> None:
        """Ask the current task to stop; it says itself when it has."""
        task_id, jobs = self.current, self._screen.ours.session.jobs_service
        self._screen.fetch("Stopping", lambda: jobs.cancel(task_id), lambda _none: None, said, group="stop")

    def _changed(self, tasks: tuple[TaskView, ...]) -> None:
        if self._screen.leaving:
            return
        for task in tasks:
            ends = self._followed.get(task.id)
            if ends is None:
                continue
            if not task.phase.ended:
                ends.told(progress_words(task))
                continue
            del self._followed[task.id]
            self._ended(task.id, ends)

    def _ended(self, task_id: str, ends: Ends) -> None:
        try:
            value = self._screen.ours.session.jobs_service.take(task_id)
        except Cancelled as error:
            ends.stopped(" ".join(part for part in (error.message, error.hint) if part))
        except Exception as error:  # noqa: BLE001 - whatever failed is shown, never lost, never fatal
            ends.failed(Trouble.of(ends.what, error))
        else:
            ends.done(value)

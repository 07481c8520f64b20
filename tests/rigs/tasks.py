"""Waiting, without a terminal, for what a task of a session makes."""

from __future__ import annotations

import threading
from typing import Any

from secingest_tui.models.transfer import TaskView
from secingest_tui.services.session.session import ScreenSession


def ended(session: ScreenSession, task_id: str, seconds: float = 60) -> TaskView:
    """The task once nothing happens any more."""
    jobs, over = session.jobs_service, threading.Event()

    def view() -> TaskView:
        return next(task for task in jobs.tasks() if task.id == task_id)

    stop = jobs.subscribe(lambda task: over.set() if task.id == task_id and task.phase.ended else None)
    try:
        assert view().phase.ended or over.wait(seconds), view()
    finally:
        stop()
    return view()


def made(session: ScreenSession, task_id: str) -> Any:
    """What it made; raises what ended it instead."""
    ended(session, task_id)
    return session.jobs_service.take(task_id)

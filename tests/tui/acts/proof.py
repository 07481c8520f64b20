"""Which action each test proves: the table and these have to agree, and the action has to have run in it."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable
from typing import Any

from secingest_tui.actions import ACTIONS

PROVEN: dict[str, str] = {}
"""Action to the test that proves it."""
PENDING = frozenset({
    "discovery.probe", "discovery.snapshot", "home.flush", "keys.change", "keys.default",
    "metadata.restore", "objects.batch", "objects.copy_to", "objects.delete", "objects.erase",
    "objects.register", "onboarding.check", "onboarding.do", "onboarding.next", "onboarding.open",
    "onboarding.report", "onboarding.roll_back", "outbox.discard", "outbox.flush",
    "provisioning.connect", "provisioning.mint", "provisioning.new_key", "provisioning.new_tenant",
    "provisioning.onboard", "provisioning.quota", "provisioning.remove", "provisioning.revoke",
    "provisioning.rotate", "provisioning.suspend", "replication.reconcile", "settings.change",
    "settings.default", "snapshots.compare", "snapshots.find", "snapshots.hold", "snapshots.mend",
    "snapshots.reconcile", "snapshots.report", "snapshots.stop", "snapshots.take",
    "snapshots.verify", "task.cancel", "task.log", "task.receipt", "unfinished.abort",
    "unfinished.open", "unfinished.resume",
    "upload.browse", "upload.clear", "upload.plan", "upload.unfinished",
    "objects.buckets", "objects.policy",
})  # fmt: skip
"""Still without one on the real stack: ``tests/tui`` drives them against the session in memory. Take away
what you prove; add nothing."""
RAN: set[str] = set()
"""What ran since the test began; a fixture clears and fills it."""

Test = Callable[..., Awaitable[None]]


def proves(*actions: str) -> Callable[[Test], Test]:
    """For tests of these actions: each has to run in it, by its key or by its widget's own."""
    for action in actions:
        assert action in ACTIONS, action

    def mark(test: Test) -> Test:
        for action in actions:
            # pytest may have imported this very file before, rewritten.
            assert PROVEN.get(action, test.__name__) == test.__name__, f"{action} is proven already"
        PROVEN.update(dict.fromkeys(actions, test.__name__))

        @functools.wraps(test)
        async def run(*arguments: Any, **named: Any) -> None:
            await test(*arguments, **named)
            missing = {action for action in actions if action not in RAN and not ACTIONS[action].native}
            assert not missing, f"never ran: {missing}"

        return run

    return mark

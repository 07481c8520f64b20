"""Which action each test proves: the table and these have to agree, and the action has to have run in it.

An action that changes something is proven by what the server, the bucket or the file is afterwards, asked
past the screens. One that only shows, moves or chooses is proven by what is on the screen and by
``World.unchanged``: the server's audit chain, every object at the provider and every file of the home are the
same before and after.
"""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable
from typing import Any

from secingest_tui.actions import ACTIONS

PROVEN: dict[str, str] = {}
"""Action to the test that proves it."""
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
            missing = {
                action
                for action in actions
                if action not in RAN and not (ACTIONS[action].native or ACTIONS[action].like)
            }
            assert not missing, f"never ran: {missing}"

        return run

    return mark

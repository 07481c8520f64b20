"""No action without a test: whoever adds one to the table adds what proves it here."""

from __future__ import annotations

import importlib
import pkgutil

import tests.tui.acts
from secingest_tui.actions import ACTIONS
from tests.tui.acts.proof import PROVEN


def test_every_action_of_the_table_is_proven() -> None:
    for module in pkgutil.iter_modules(tests.tui.acts.__path__, "tests.tui.acts."):
        importlib.import_module(module.name)
    missing = set(ACTIONS) - set(PROVEN)
    assert not missing, f"write a Pilot test on the real stack for {sorted(missing)} and mark it with @proves"

"""No action without a test: whoever adds one to the table adds what proves it here."""

from __future__ import annotations

import importlib
import pkgutil

import tests.tui.acts
from secingest_tui.actions import ACTIONS
from tests.tui.acts.proof import PENDING, PROVEN


def test_every_action_of_the_table_is_proven() -> None:
    for module in pkgutil.iter_modules(tests.tui.acts.__path__, "tests.tui.acts."):
        importlib.import_module(module.name)
    missing = set(ACTIONS) - set(PROVEN) - PENDING
    assert not missing, f"write a Pilot test on the real stack for {sorted(missing)} and mark it with @proves"
    assert not PENDING & set(PROVEN), "it is proven now: take it off the list"
    assert len(PENDING) <= 53, "the list only gets shorter"

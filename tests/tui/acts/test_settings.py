"""Settings and keys: what the configuration file says afterwards."""

from __future__ import annotations

import tomllib

from tests.tui.acts.conftest import SLOW, World, press, select
from tests.tui.acts.proof import proves
from tests.tui.conftest import until


@proves("settings.change", "settings.default", "keys.change", "keys.default")
async def test_the_configuration_file(world: World) -> None:
    def written() -> dict[str, object]:
        return tomllib.loads(world.home.config_file.read_text()) if world.home.config_file.exists() else {}

    async with world.app("home") as (_, pilot):
        await press(pilot, "comma")
        await select(pilot, "transfer.jobs")
        await press(pilot, "enter", "backspace", "7", "enter")
        await until(pilot, lambda: written().get("transfer") == {"jobs": 7}, SLOW)
        await select(pilot, "transfer.jobs")
        await press(pilot, "d")
        await until(pilot, lambda: not written().get("transfer"), SLOW)
        await press(pilot, "escape", "K")
        await select(pilot, "app.tasks")
        await press(pilot, "enter", "ctrl+y")
        await until(pilot, lambda: "ctrl+y" in str(written()), SLOW)
        await select(pilot, "app.tasks")
        await press(pilot, "d")
        await until(pilot, lambda: "ctrl+y" not in str(written()), SLOW)

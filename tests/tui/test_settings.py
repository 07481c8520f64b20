"""The settings screen, keys changed on the keys screen, and the file that both write."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from secingest_tui.config import load_config
from secingest_tui.errors import UsageError
from secingest_tui.paths import Home
from secingest_tui.screens.common.keys import KeysScreen
from secingest_tui.screens.common.settings import EditScreen, SettingsScreen
from secingest_tui.services.settings import save_setting
from secingest_tui.services.settings import settings as read_settings
from tests.tui.conftest import running, screen_text, settled, until
from tests.tui.fake import FakeSession

FILE = """\
# written by hand
tenant = "acme"   # the only one

[transfer]
# what the line takes
jobs = 8  # not more
"""


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home(tmp_path / "home").prepare()
    made.config_file.write_text(FILE)
    return made


def test_only_the_line_changes_and_comments_stay(home: Home) -> None:
    assert not save_setting(home, "transfer.jobs", "12").comments_lost
    assert home.config_file.read_text() == FILE.replace("jobs = 8", "jobs = 12")
    save_setting(home, "transfer.part_size", str(16 << 20))
    save_setting(home, "screens.theme", "ansi-dark")
    save_setting(home, "screens.keymap.app.quit", "ctrl+y")
    text = home.config_file.read_text()
    for comment in ("# written by hand", "# the only one", "# what the line takes", "# not more"):
        assert comment in text
    config = load_config(home)
    assert (config.transfer.part_size, config.screens.theme) == (16 << 20, "ansi-dark")
    assert config.screens.keymap == {"app.quit": "ctrl+y"}
    save_setting(home, "transfer.part_size", "")
    assert "part_size" not in home.config_file.read_text()


def test_where_it_is_not_that_simple_the_former_file_is_kept(home: Home) -> None:
    before = 'transfer = { jobs = 8 }  # in one line\n[encryption]\nrecipients = [\n "a", # first\n "b",\n]\n'
    home.config_file.write_text(before)
    saved = save_setting(home, "transfer.jobs", "9")
    assert saved.comments_lost
    assert load_config(home).transfer.jobs == 9
    assert load_config(home).encryption.recipients == ("a", "b")
    assert Path(saved.path + ".before").read_text() == before


@pytest.mark.parametrize(
    ("name", "typed", "said"),
    [
        ("transfer.jobs", "0", "greater than or equal to 1"),
        ("transfer.jobs", "many", "is no whole number"),
        ("screens.mouse", "perhaps", "say yes or no"),
        ("server.url", "http://example.org", "must use https://"),
        ("screens.keymap.app.nothing", "x", "there is no action"),
        ("screens.keymap.app.quit", "ctrl+a", "taken by terminals"),
        ("nonsense", "1", "There is no setting"),
        ("tenants", "1", "changed in the file itself"),
    ],
)
def test_what_is_wrong_is_never_written(home: Home, name: str, typed: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        save_setting(home, name, typed)
    assert home.config_file.read_text() == FILE


def test_every_setting_says_what_it_does(home: Home) -> None:
    found = {item.name: item for item in read_settings(home)}
    assert found["transfer.jobs"].value == "8"
    assert found["transfer.jobs"].own
    assert found["transfer.part_size"].help.startswith("Smallest part")
    assert "secingest-dark" in found["screens.theme"].choices
    assert not [name for name, item in found.items() if item.kind == "choice" and not item.choices]


@settings(max_examples=40, deadline=None)
@given(word=st.text(st.characters(blacklist_categories=("Cs", "Cc")), max_size=24))
def test_any_text_comes_back_as_it_was_typed(tmp_path_factory: pytest.TempPathFactory, word: str) -> None:
    home = Home(tmp_path_factory.mktemp("home"))
    home.config_file.write_text(FILE)
    save_setting(home, "screens.environment", word)
    document = tomllib.loads(home.config_file.read_text())
    assert document.get("screens", {}).get("environment", "") == word.strip()
    assert document["transfer"]["jobs"] == 8


async def test_a_setting_is_checked_while_typing_and_saved_on_enter() -> None:
    session = FakeSession()
    async with running(session, start="home", size=(120, 40)) as (app, pilot):
        await pilot.press("comma")
        await settled(pilot)
        assert isinstance(app.screen, SettingsScreen)
        assert "Parts under way at once." in screen_text(app)
        await pilot.press("enter")
        await settled(pilot)
        assert isinstance(app.screen, EditScreen)
        await pilot.press("backspace", *"1000")
        await until(pilot, lambda: "less than or equal to 64" in screen_text(app))
        await pilot.press("enter")
        await settled(pilot)
        assert isinstance(app.screen, EditScreen)
        await pilot.press(*["backspace"] * 4, *"12", "enter")
        await settled(pilot)
        assert session.saved == {"transfer.jobs": "12"}
        assert isinstance(app.screen, SettingsScreen)
        await pilot.press("d")
        await settled(pilot)
        assert session.saved == {"transfer.jobs": ""}


async def test_a_setting_of_few_values_is_chosen() -> None:
    session = FakeSession()
    async with running(session, start="home", size=(120, 40)) as (_, pilot):
        await pilot.press("comma")
        await settled(pilot)
        await pilot.press("down", "enter")
        await settled(pilot)
        await pilot.press(*"no", "down", "enter")
        await settled(pilot)
        assert session.saved == {"screens.mouse": "no"}


async def test_read_only_changes_no_setting_and_a_kiosk_has_none() -> None:
    session = FakeSession()
    async with running(session, start="home", read_only=True) as (app, pilot):
        await pilot.press("comma")
        await settled(pilot)
        await pilot.press("enter", "d")
        await settled(pilot)
        assert isinstance(app.screen, SettingsScreen)
        assert session.saved == {}
    async with running(FakeSession(), start="home", kiosk=True) as (app, pilot):
        await pilot.press("comma")
        await settled(pilot)
        assert not isinstance(app.screen, SettingsScreen)


async def test_a_key_is_changed_by_pressing_it_and_holds_at_once() -> None:
    session = FakeSession()
    async with running(session, start="home", size=(160, 60)) as (app, pilot):
        await pilot.press("K")
        await settled(pilot)
        screen = app.screen
        assert isinstance(screen, KeysScreen)
        await pilot.press(*["down"] * 7, "enter")
        await settled(pilot)
        assert "Press the key for: tasks" in screen_text(app)
        await pilot.press("T")
        await settled(pilot)
        assert session.saved == {"screens.keymap.app.tasks": "T"}
        assert "T (yours)" in screen_text(app)
        await pilot.press("enter", "ctrl+a")
        await until(pilot, lambda: "taken by terminals" in screen_text(app))
        await pilot.press("escape", "t")
        await settled(pilot)
        assert app.screen.crumb == "Home"
        await pilot.press("T")
        await settled(pilot)
        assert app.screen.crumb == "Tasks"


def test_what_the_file_says_of_tenants_and_providers_is_there_too(home: Home) -> None:
    home.config_file.write_text(FILE + '\n[providers.own]\nname = "Ours"\nkind = "hosted"\n')
    save_setting(home, "tenants.acme.residency", "FI")
    assert load_config(home).tenants["acme"].residency == "FI"
    found = {item.name: item for item in read_settings(home)}
    assert found["tenants.acme.residency"].value == "FI"
    assert found["tenants.acme.residency"].own
    assert found["tenants.acme.tombstones"].choices == ("keep", "replicate")
    assert "Ours" in found["providers.own"].value
    assert "providers.own" in found["providers.own"].elsewhere
    with pytest.raises(UsageError):
        save_setting(home, "tenants.acme.residency", "Atlantis")
    with pytest.raises(UsageError):
        save_setting(home, "tenants.No Tenant.residency", "FI")
    with pytest.raises(UsageError, match="changed in the file itself"):
        save_setting(home, "providers.own.name", "Theirs")
    save_setting(home, "tenants.acme.residency", "")
    assert load_config(home).tenants["acme"].residency is None
    assert "# the only one" in home.config_file.read_text()


async def test_the_screen_says_where_the_file_is_and_what_is_changed_elsewhere() -> None:
    session = FakeSession()
    async with running(session, start="home", size=(120, 40)) as (app, pilot):
        await pilot.press("comma")
        await settled(pilot)
        for text in ("/home/config.toml", "secingest profiles", "secingest import"):
            assert text in screen_text(app)
        await pilot.press("end", "enter", "d")
        await settled(pilot)
        assert "Changed in the file" in screen_text(app)
        assert isinstance(app.screen, SettingsScreen)
    assert "save_setting" not in {call[0] for call in session.calls}

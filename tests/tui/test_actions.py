"""The action table: keys that arrive, no key twice, every action done by somebody."""

from __future__ import annotations

import pytest

from secingest_tui.actions import (
    ACTIONS,
    AREAS,
    GROUP_TITLES,
    RESERVED_KEYS,
    TOGETHER,
    in_groups,
    keymap_problems,
    keys_of,
)
from secingest_tui.app import SecingestApp
from secingest_tui.errors import UsageError
from secingest_tui.models.options import THEME_NAMES, Options
from secingest_tui.screens.base import Acting, AreaScreen
from secingest_tui.screens.common.details import DetailScreen
from secingest_tui.screens.common.keys import KeysScreen
from secingest_tui.screens.common.pick import PickScreen
from secingest_tui.screens.common.settings import SettingsScreen
from secingest_tui.screens.common.start import StartScreen
from secingest_tui.screens.common.task import TaskScreen
from secingest_tui.screens.common.tasks import TasksScreen
from secingest_tui.screens.common.value import ValueScreen
from secingest_tui.screens.discovery.screen import DiscoveryScreen
from secingest_tui.screens.home.outbox import OutboxScreen
from secingest_tui.screens.home.screen import HomeScreen
from secingest_tui.screens.metadata.screen import MetadataScreen
from secingest_tui.screens.onboarding.screen import OnboardingScreen
from secingest_tui.screens.provisioning.screen import ProvisioningScreen
from secingest_tui.screens.replication.screen import ReplicationScreen
from secingest_tui.screens.snapshots.screen import SnapshotsScreen
from secingest_tui.screens.upload.browse import BrowseScreen
from secingest_tui.screens.upload.screen import UploadScreen
from secingest_tui.screens.upload.unfinished import UnfinishedScreen
from secingest_tui.tui import check
from secingest_tui.widgets.table import PagedTable
from tests.tui.fake import FakeSession

AREA_SCREENS = [
    HomeScreen, DiscoveryScreen, ProvisioningScreen, UploadScreen, MetadataScreen, ReplicationScreen,
    SnapshotsScreen,
]  # fmt: skip
HOSTS: list[type[Acting]] = [
    SecingestApp,
    *AREA_SCREENS,
    DetailScreen,
    OnboardingScreen,
    OutboxScreen,
    PickScreen,
    StartScreen,
    KeysScreen,
    SettingsScreen,
    UnfinishedScreen,
    BrowseScreen,
    TasksScreen,
    TaskScreen,
    ValueScreen,
]


def test_no_key_is_reserved() -> None:
    for action in ACTIONS.values():
        own = set(keys_of(action, {})) - ({"ctrl+c"} if action.id == "app.interrupt" else set())
        assert not RESERVED_KEYS.keys() & own, action.id


TAKEN = {
    "tmux's prefix, and those that people put in its place": {"ctrl+b", "ctrl+a", "ctrl+space"},
    "screen's prefix": {"ctrl+a"},
    "moving between panes": {"ctrl+h", "ctrl+j", "ctrl+k", "ctrl+l"},
    "signals and the end of input": {"ctrl+c", "ctrl+z", "ctrl+backslash", "ctrl+d"},
    "flow control": {"ctrl+s", "ctrl+q"},
    "the same byte as Tab, Enter, Backspace, Esc, nothing": {
        "ctrl+i", "ctrl+m", "ctrl+j", "ctrl+h", "ctrl+left_square_bracket", "ctrl+@",
    },
    "browsers' windows, which no page is asked about": {
        "ctrl+n", "ctrl+t", "ctrl+w", "ctrl+tab", "ctrl+shift+tab", "ctrl+pageup", "ctrl+pagedown",
    },
    "windows of browsers and terminals": {"f11", "shift+pageup", "shift+pagedown"},
}  # fmt: skip


@pytest.mark.parametrize("taker", TAKEN)
def test_what_others_take_is_reserved(taker: str) -> None:
    assert TAKEN[taker] <= RESERVED_KEYS.keys()


@pytest.mark.parametrize("screen", AREA_SCREENS)
def test_no_key_means_two_things_on_a_screen(screen: type[Acting]) -> None:
    taken: dict[str, str] = {}
    for action in in_groups(dict.fromkeys([*screen.KEY_GROUPS, "app", "move"])):
        for key in keys_of(action, {}):
            assert key not in taken, (screen, key, taken.get(key), action.id)
            taken[key] = action.id


@pytest.mark.parametrize("host", HOSTS)
def test_every_bound_action_has_somebody_who_does_it(host: type[Acting]) -> None:
    bound = {binding.id for binding in getattr(host, "BINDINGS", ()) if getattr(binding, "id", None)}
    for action_id in bound & set(ACTIONS):
        action = ACTIONS[action_id]
        if action.group in host.KEY_GROUPS and host not in (TaskScreen, ValueScreen):
            assert callable(getattr(host, action.method, None)), (host, action_id)


def test_every_action_belongs_to_some_host() -> None:
    for action in ACTIONS.values():
        if action.native:
            assert any(binding.id == action.id for binding in [*PagedTable.BINDINGS, *AreaScreen.BINDINGS])
            continue
        hosts = [host for host in HOSTS if action.group in host.KEY_GROUPS]
        assert hosts, action.id
        if not action.like:
            assert any(hasattr(host, action.method) for host in hosts), action.id


def test_help_knows_every_group_and_every_action_explains_itself() -> None:
    for action in ACTIONS.values():
        assert action.group in GROUP_TITLES
        assert action.help
        assert action.label
        assert action.roles


def test_areas_are_numbered_in_order() -> None:
    assert [area.number for area in AREAS.values()] == ["0", "1", "2", "3", "4", "5", "6"]


def test_a_keymap_is_checked_whole() -> None:
    problems = keymap_problems(
        {"app.nothing": "x", "app.quit": "ctrl+a", "metadata.restore": "f", "home.open": "z"}
    )
    assert len(problems) == 4
    assert any("app.nothing" in problem for problem in problems)
    assert any("ctrl+a" in problem for problem in problems)
    assert any("'f' is both" in problem for problem in problems)
    assert any("change that one" in problem for problem in problems)


@pytest.mark.parametrize(
    "keymap",
    [
        {"app.home": "q"},  # the one before it in the table
        {"app.quit": "0"},
        {"metadata.restore": "r"},  # another group of the same screen
        {"list.refresh": "o"},
        {"move.down": "r"},  # a widget's own, wherever there is one
        {"list.open": "l"},
        {"unfinished.resume": "escape"},  # what holds in windows on top too
        {"list.filter": "z", "list.next_view": "z"},
    ],
    ids=str,
)
def test_no_key_can_be_given_to_two_actions_of_a_screen(keymap: dict[str, str]) -> None:
    assert any("is both" in problem for problem in keymap_problems(keymap))


def test_every_action_can_have_another_key() -> None:
    for action in ACTIONS.values():
        assert action.like or keymap_problems({action.id: "ctrl+y"}) == [], action.id
        assert not action.like or keymap_problems({action.like: "ctrl+y"}) == []


@pytest.mark.parametrize("host", HOSTS)
def test_the_groups_of_each_screen_are_known_to_hold_together(host: type[Acting]) -> None:
    groups = set(host.KEY_GROUPS) - {"app"}  # these hold on each
    assert any(groups <= set(known) for known in TOGETHER), host


def test_a_good_keymap_has_no_problems() -> None:
    assert keymap_problems({"app.quit": "ctrl+y", "list.filter": "f12"}) == []


def test_every_problem_of_the_options_is_said_at_once() -> None:
    options = Options(theme="pink", start="nowhere", keymap={"app.quit": "ctrl+s"})
    with pytest.raises(UsageError) as raised:
        check(options)
    assert len(raised.value.message.splitlines()) == 3


def test_the_theme_names_are_those_there_are() -> None:
    app = SecingestApp(lambda report: FakeSession(), Options())
    assert set(THEME_NAMES) <= set(app.available_themes)

"""What only shows something: it shows it, and server, bucket and files stay as they are."""

from __future__ import annotations

from collections.abc import Callable

from secingest_tui.actions import ACTIONS, AREAS, keys_of
from secingest_tui.app import SecingestApp
from secingest_tui.errors import SecingestError
from secingest_tui.models.options import Options
from secingest_tui.models.trouble import Trouble
from secingest_tui.screens.base import AreaScreen
from secingest_tui.screens.common.details import DetailScreen
from secingest_tui.screens.common.help import HelpScreen
from secingest_tui.screens.common.jump import JumpScreen
from secingest_tui.screens.common.keys import KeysScreen
from secingest_tui.screens.common.palette import PaletteScreen
from secingest_tui.screens.common.pick import Choice, PickScreen
from secingest_tui.screens.common.settings import SettingsScreen
from secingest_tui.screens.common.tasks import TasksScreen
from secingest_tui.screens.common.value import ValueScreen
from secingest_tui.screens.discovery.compare import CompareScreen
from secingest_tui.screens.metadata.screen import ROWS
from secingest_tui.screens.upload.browse import BrowseScreen
from secingest_tui.screens.upload.plan import PlanScreen
from secingest_tui.screens.upload.unfinished import UnfinishedScreen
from secingest_tui.services.session import ScreenSession, open_session
from secingest_tui.services.tenants import create_tenant
from secingest_tui.widgets.field import Field
from secingest_tui.widgets.table import PagedTable
from tests.server.support import registration
from tests.tui.acts.conftest import KEY_ID, SIZE, SLOW, TENANT, World, as_tenant, fill, pick, press, select
from tests.tui.acts.proof import proves
from tests.tui.conftest import screen_text, until


@proves(*(f"app.{area}" for area in AREAS))
async def test_every_area(world: World) -> None:
    async with world.app("home") as (app, pilot):
        with world.unchanged():
            for area in [*list(AREAS)[1:], "home"]:
                await press(pilot, keys_of(ACTIONS[f"app.{area}"], {})[0])
                assert isinstance(app.screen, AreaScreen)
                assert area == app.screen.AREA
                if area == "upload":
                    await press(pilot, "escape")


@proves("app.tasks", "app.palette", "app.jump", "app.keys", "app.settings", "app.help", "app.back",
        "app.details")  # fmt: skip
async def test_what_lies_on_top(world: World) -> None:
    tops = {"t": TasksScreen, ":": PaletteScreen, "ctrl+o": JumpScreen, "K": KeysScreen,
            "comma": SettingsScreen, "?": HelpScreen}  # fmt: skip
    async with world.app("metadata") as (app, pilot):
        with world.unchanged():
            for key, screen in tops.items():
                await press(pilot, key)
                assert isinstance(app.screen, screen), key
                await press(pilot, "escape")
                assert isinstance(app.screen, AreaScreen), key
            app.remember(Trouble("Reading failed", "It is away.", "Wait."))
            await press(pilot, "ctrl+g")
            assert isinstance(app.screen, DetailScreen)
            assert "It is away." in screen_text(app)


@proves("move.up", "move.down", "move.page_up", "move.page_down", "move.first", "move.last", "move.next",
        "move.previous")  # fmt: skip
async def test_moving(world: World) -> None:
    world.ingest("second")
    async with world.app("metadata") as (app, pilot):
        table = app.screen.query_one(PagedTable)
        with world.unchanged():
            last = table.row_count - 1
            assert last > 0
            for key, row in (("end", last), ("up", last - 1), ("down", last), ("home", 0), ("pagedown", last),
                             ("pageup", 0)):  # fmt: skip
                await press(pilot, key)
                assert table.cursor_row == row, key
            await press(pilot, "slash")
            field = app.focused
            await press(pilot, "tab")
            assert app.focused is not field
            await press(pilot, "shift+tab")
            assert app.focused is field


@proves("app.quit", "app.interrupt")
async def test_quitting(world: World) -> None:
    for key in ("q", "ctrl+c"):
        async with world.app("metadata") as (app, pilot):
            with world.unchanged():
                await pilot.press(key)
                await until(pilot, lambda: app.return_code == 0 and not app.is_running, SLOW)


@proves("start.again")
async def test_starting_again(world: World) -> None:
    tries: list[object] = []

    def factory(report: Callable[[str], None]) -> ScreenSession:
        tries.append(report)
        if len(tries) == 1:
            raise SecingestError("The port is taken.", hint="Free it.")
        return open_session(report, world.home)

    app = SecingestApp(factory, Options(start="home"))
    try:
        async with app.run_test(size=SIZE) as pilot:
            await until(pilot, lambda: "The port is taken." in screen_text(app), SLOW)
            with world.unchanged():
                await pilot.press("r")
                await until(pilot, lambda: isinstance(app.screen, AreaScreen), SLOW)
    finally:
        app.session.close()


@proves("pick.next", "pick.previous", "pick.further", "pick.nearer", "pick.mark")
async def test_choosing_from_a_list(world: World) -> None:
    async with world.app("home") as (app, pilot):
        with world.unchanged():
            got: list[tuple[str, ...] | None] = []
            choices = [Choice(f"{at:02}", f"{at:02}") for at in range(30)]
            app.push_screen(PickScreen("Which?", choices, many=True), got.append)
            await press(pilot, "down", "down", "tab")  # the third; then one is below it
            await press(pilot, "pagedown", "tab", "pageup", "up", "tab", "enter")
            assert got == [("02", "13", "03")]


@proves("list.open", "list.filter", "list.next_view", "list.refresh")
async def test_lists(world: World) -> None:
    async with world.app("metadata") as (app, pilot):
        table = app.screen.query_one(PagedTable)
        with world.unchanged():
            await select(pilot, "acme/first")
            await press(pilot, "enter")
            assert isinstance(app.screen, DetailScreen)
            await press(pilot, "escape", "slash")
            await fill(pilot, filter="nothing like it")
            await until(pilot, lambda: table.row_count == 0, SLOW)
            await press(pilot, "escape", "escape")
        world.ingest("made-meanwhile")
        assert "made-meanwhile" not in screen_text(app)
        await press(pilot, "r")
        await until(pilot, lambda: "made-meanwhile" in screen_text(app), SLOW)
        with world.unchanged():
            await press(pilot, "2")
            before = screen_text(app)
            await press(pilot, "l")
            assert screen_text(app) != before
            assert "acme-k1" in screen_text(app)


@proves("list.next_page", "list.previous_page")
async def test_pages(world: World) -> None:
    create_tenant(world.workspace, "pages", residency="FI")
    copy = {"local-fi": {"url": "s3://bucket/k", "etag": "e"}}
    items = [registration("pages", f"{n:04}", backends=copy, residency="FI") for n in range(ROWS + 5)]
    for start in range(0, len(items), 500):
        world.workspace.tenant("pages").register_batch(items[start : start + 500])
    async with world.app("metadata") as (app, pilot):
        table = app.screen.query_one(PagedTable)
        with world.unchanged():
            assert table.row_count == ROWS
            await press(pilot, ">")
            await until(pilot, lambda: 0 < table.row_count < ROWS, SLOW)
            await press(pilot, "<")
            await until(pilot, lambda: table.row_count == ROWS, SLOW)


@proves("facts.copy", "facts.copy_all", "facts.full", "facts.reveal")
async def test_details(world: World) -> None:
    async with world.app("provisioning") as (app, pilot):
        await press(pilot, "n")
        await fill(pilot, tenant="revealed")
        await press(pilot, "enter", "enter", "enter")
        await until(pilot, lambda: isinstance(app.screen, DetailScreen), SLOW)
        with world.unchanged():
            await select(pilot, "••••")
            await press(pilot, "c")
            secret = app.clipboard
            assert len(secret) >= 20
            assert secret not in screen_text(app)
            await press(pilot, "x")
            assert secret in screen_text(app)
            await press(pilot, "x", "v")
            assert isinstance(app.screen, ValueScreen)
            await press(pilot, "escape", "escape", "4")
            await select(pilot, "acme/first")
            await press(pilot, "enter", "y")
            assert '"acme/first"' in app.clipboard
            assert secret not in app.clipboard


@proves("home.open", "home.outbox", "home.refresh", "outbox.open")
async def test_home(world: World) -> None:
    async with world.app("home") as (app, pilot):
        with world.unchanged():
            await select(pilot, "Object stores")
            await press(pilot, "enter")
            assert isinstance(app.screen, AreaScreen)
            assert app.screen.AREA == "discovery"
            await press(pilot, "0", "o")
            assert app.screen.crumb == "Outbox"
            await press(pilot, "escape")
        entry = world.outbox("waits-for-home")
        await press(pilot, "r")
        await until(pilot, lambda: "1 registration not acknowledged" in screen_text(app), SLOW)
        with world.unchanged():
            await press(pilot, "o")
            await select(pilot, "acme/waits-for-home")
            await press(pilot, "enter")
            assert isinstance(app.screen, DetailScreen)
    assert world.waiting() == [entry]
    world.forget(entry)


@proves("discovery.buckets", "discovery.versions", "discovery.narrow", "discovery.sort", "discovery.compare")
async def test_discovery(world: World) -> None:
    async with world.app("discovery") as (app, pilot):
        with world.unchanged():
            await select(pilot, "local-fi")
            await press(pilot, "b")
            await as_tenant(pilot)
            bucket = next(iter(world.bucket())).partition("/")[0]
            await until(pilot, lambda: bucket[:20] in screen_text(app), SLOW)
            await press(pilot, "v")
            await until(pilot, lambda: "+versions" in screen_text(app), SLOW)
            await press(pilot, "escape", "l")
            table = app.screen.query_one(PagedTable)
            every = [row.key for row in table._all]
            await press(pilot, "s", "down", "enter")
            assert sorted(row.key for row in table._all) == sorted(every)
            assert [row.key for row in table._all] != every
            await press(pilot, "c", "down", "tab", "enter")
            assert isinstance(app.screen, CompareScreen)
            await press(pilot, "escape", "f")
            assert isinstance(app.screen, PickScreen)
            await press(pilot, "escape")


@proves("upload.browse", "upload.plan", "upload.unfinished", "upload.clear", "browse.up", "browse.into",
        "browse.whole")  # fmt: skip
async def test_the_form(world: World) -> None:
    inside = world.folder / "inside"
    inside.mkdir()
    path = world.folder / "planned"
    path.write_bytes(b"p" * 5000)
    async with world.app("upload") as (app, pilot):
        with world.unchanged():
            await fill(pilot, path=f"{world.folder}/")
            await press(pilot, "f8")
            assert isinstance(app.screen, BrowseScreen)
            await press(pilot, "left")
            await select(pilot, world.folder.name)
            await press(pilot, "right")
            await select(pilot, "inside")
            await press(pilot, "w")
            assert app.screen.query_one("#path", Field).value == str(inside)
            await fill(pilot, path=f"{world.folder}/")
            await press(pilot, "f8")
            await select(pilot, "planned")
            await press(pilot, "enter")
            assert app.screen.query_one("#path", Field).value == str(path)
            await pick(pilot, tenant=TENANT, recipients=KEY_ID)
            await press(pilot, "f9")
            await until(pilot, lambda: isinstance(app.screen, PlanScreen), SLOW)
            assert "Ready to upload 1 file" in screen_text(app)
            await press(pilot, "escape", "f12")
            assert isinstance(app.screen, UnfinishedScreen)
            await press(pilot, "escape", "escape", "n")
            assert app.screen.query_one("#path", Field).value == ""


@proves("objects.buckets")
async def test_copies_in_other_buckets_than_the_rule_gives(world: World) -> None:
    create_tenant(world.workspace, "moved", residency="FI")
    copy = {"local-fi": {"url": "s3://somewhere-else/k", "etag": "e"}}
    world.workspace.tenant("moved").register_batch([registration("moved", backends=copy)])
    async with world.app("metadata") as (app, pilot):
        with world.unchanged():
            await press(pilot, "f", *"moved", "enter", "u")
            await until(pilot, lambda: "somewhere-else" in screen_text(app), SLOW)
            await press(pilot, "escape")
            await until(pilot, lambda: "somewhere-else" not in screen_text(app), SLOW)


@proves("metadata.tenant", "objects.narrow", "objects.mark", "objects.mark_all")
async def test_metadata(world: World) -> None:
    async with world.app("metadata") as (app, pilot):
        table = app.screen.query_one(PagedTable)
        with world.unchanged():
            await press(pilot, "w")
            await fill(pilot, prefix="acme/first")
            app.screen.query_one("#do").focus()
            await press(pilot, "enter")
            await until(pilot, lambda: table.row_count == 1, SLOW)
            await press(pilot, "space")
            assert "1 marked" in screen_text(app)
            await press(pilot, "a")
            assert "marked" not in screen_text(app), "the only row was: all are let go"
            await press(pilot, "a")
            assert "1 marked" in screen_text(app)
            await press(pilot, "escape", "escape", "f")
            assert isinstance(app.screen, PickScreen)
            await press(pilot, "escape")


@proves("replication.state", "replication.sort", "replication.mark")
async def test_replication(world: World) -> None:
    world.job("watched-only")
    async with world.app("replication") as (app, pilot):
        table = app.screen.query_one(PagedTable)
        await until(pilot, lambda: table.row_count > 0, SLOW)
        with world.unchanged():
            await press(pilot, "s", "o", "l", "d", "e", "s", "t", "enter")
            assert "oldest first" in screen_text(app)
            await press(pilot, "space")
            assert "1 marked" in screen_text(app)
            await press(pilot, "escape", "f", "d", "e", "a", "d", "enter")
            await until(pilot, lambda: "dead only" in screen_text(app), SLOW)

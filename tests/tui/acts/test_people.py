"""Tenants, keys, users at providers, onboarding: what server, provider and disk have afterwards."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from secingest_tui.config import Backend, save_backend
from secingest_tui.screens.common.details import DetailScreen
from secingest_tui.screens.common.value import ValueScreen
from secingest_tui.screens.onboarding.screen import OnboardingScreen
from secingest_tui.services.credentials import CredentialStore, tenant_entry
from secingest_tui.widgets.pick_field import PickField
from tests.rigs.minio_double import ROOT, ROOT_SECRET, MinioDouble
from tests.tui.acts.conftest import SLOW, TENANT, World, agree, fill, idle, press, select
from tests.tui.acts.proof import proves
from tests.tui.conftest import screen_text, until


@pytest.fixture(scope="module")
def double(world: World) -> Iterator[MinioDouble]:
    """A double of MinIO's admin API as a backend: it alone has suspensions, quotas and keys, all at once."""
    with MinioDouble() as running:
        backend = Backend(id="minio", endpoint=running.endpoint, checksums="none", country="FI")
        save_backend(world.home, backend)
        yield running
        (world.home.root / "backends" / "minio.toml").unlink()


@proves("provisioning.new_tenant")
async def test_a_tenant(world: World) -> None:
    async with world.app("provisioning") as (_, pilot):
        await press(pilot, "n")
        await fill(pilot, tenant="newone", residency="FI", replicas="2")
        await press(pilot, "enter")
        await until(pilot, lambda: "newone" in {one.id for one in world.admin.tenants()}, SLOW)
    [made] = [one for one in world.admin.tenants() if one.id == "newone"]
    assert (made.residency, made.replicas) == ("FI", 2)


@proves("provisioning.new_key")
async def test_a_key(world: World) -> None:
    async with world.app("provisioning") as (_, pilot):
        await press(pilot, "k")
        await fill(pilot, key="made-here", passphrase="correct horse", again="correct horse")
        await press(pilot, "enter")
        await until(
            pilot, lambda: any("made-here" in path.name for path in world.home.keys_dir.iterdir()), SLOW
        )
    private = [path for path in world.home.keys_dir.iterdir() if "made-here" in path.name]
    assert any(b"ENCRYPTED" in path.read_bytes() for path in private)


@proves("provisioning.connect", "provisioning.mint", "provisioning.rotate", "provisioning.revoke",
        "provisioning.suspend", "provisioning.quota", "provisioning.remove")  # fmt: skip
async def test_a_user_s_life(world: World, double: MinioDouble) -> None:
    users = double.state.users
    async with world.app("provisioning") as (app, pilot):
        await press(pilot, "w")
        for field, wanted in (("#backend", "minio"), ("#kind", "minio")):
            app.screen.query_one(field, PickField).focus()
            await press(pilot, "enter", *wanted, "down", "enter")
        await fill(pilot, access=ROOT, secret=ROOT_SECRET)
        await press(pilot, "enter")
        said = world.home.root / "provisioners" / "minio.toml"
        await until(pilot, lambda: any(world.home.root.glob("provision*/minio.toml")), SLOW)
        assert ROOT_SECRET not in "".join(
            path.read_text() for path in world.home.root.glob("*/minio.toml")
        ), said
        await select(pilot, TENANT)
        await press(pilot, "m", *"minio", "enter")
        await agree(pilot)
        await until(pilot, lambda: len(users) == 1, SLOW)
        first = set(users)
        await press(pilot, "escape", "l", "l")
        for key, done in (("a", lambda: len(users) == 2), ("v", lambda: len(users) == 1)):
            await select(pilot, "minio")
            await press(pilot, key)
            if key == "v":
                await press(pilot, "enter")
            await agree(pilot)
            await until(pilot, done, SLOW)
            await press(pilot, "escape")
        assert set(users) != first
        for status in ("disabled", "enabled"):
            await select(pilot, "minio")
            await press(pilot, "s")
            await agree(pilot)
            await until(pilot, lambda status=status: {u["status"] for u in users.values()} == {status}, SLOW)  # type: ignore[misc]
        await select(pilot, "minio")
        await press(pilot, "u")
        await fill(pilot, quota="1GiB")
        await press(pilot, "enter")
        await agree(pilot)
        await until(pilot, lambda: set(double.state.quotas.values()) == {1 << 30}, SLOW)
        await select(pilot, "minio")
        await press(pilot, "x")
        await fill(pilot, typed=TENANT)
        app.screen.query_one("#yes").focus()
        await press(pilot, "enter")
        await until(pilot, lambda: not users, SLOW)


@proves("provisioning.onboard", "onboarding.next", "onboarding.do", "onboarding.open", "onboarding.check",
        "onboarding.report", "onboarding.roll_back")  # fmt: skip
async def test_an_onboarding(world: World) -> None:
    state = world.home.root / "onboarding" / "boarder.state.json"
    async with world.app("provisioning") as (app, pilot):

        def takes_keys() -> bool:
            return isinstance(app.screen, OnboardingScreen) and app.screen.can("onboarding.next")

        await press(pilot, "o")
        if not app.screen.query("#tenant"):
            await press(pilot, "enter")
        await fill(pilot, tenant="boarder", residency="FI,DE")
        app.screen.query_one("#do").focus()
        await press(pilot, "enter")
        await until(pilot, lambda: isinstance(app.screen, OnboardingScreen), SLOW)
        await until(pilot, takes_keys, SLOW)
        await press(pilot, "e")  # one step alone
        await until(pilot, takes_keys, SLOW)
        assert "1 of 11 done" in screen_text(app) or "2 of 11 done" in screen_text(app)
        assert "boarder" not in {one.id for one in world.admin.tenants()}
        await pilot.press("a")
        for _ in range(60):
            await until(
                pilot,
                lambda: "11 of 11 done" in screen_text(app) or not isinstance(app.screen, OnboardingScreen),
                SLOW,
            )
            if "11 of 11 done" in screen_text(app):
                break
            if app.screen.query("#passphrase"):
                await fill(pilot, passphrase="correct horse", again="correct horse")
                await press(pilot, "enter")
            else:
                await press(pilot, "escape")
        assert "boarder" in {one.id for one in world.admin.tenants()}
        await idle(pilot)
        drilled = json.loads(state.read_bytes())["evidence"]["drill"]["facts"]
        assert drilled["sha256"]
        await until(pilot, takes_keys, SLOW)
        with world.unchanged():
            await press(pilot, "enter")
            await press(pilot, "escape")
        await press(pilot, "r")
        await until(pilot, takes_keys, SLOW)
        assert "11 of 11 done" in screen_text(app)
        await press(pilot, "p")
        await until(pilot, lambda: isinstance(app.screen, ValueScreen), SLOW)
        report = json.loads((state.parent / "boarder-report.json").read_bytes())
        assert report["complete"]
        await press(pilot, "escape", "b")
        await fill(pilot, typed="boarder")
        app.screen.query_one("#yes").focus()
        await press(pilot, "enter")

        def revoked() -> bool:
            held = [one for one in world.admin.credentials() if one.tenant_id == "boarder"]
            return all(one.status != "active" for one in held)

        await until(pilot, revoked, SLOW)
    assert [one for one in world.client.objects(limit=500).items if one.object_key == f"{TENANT}/first"]


async def test_a_revealed_secret_is_in_no_file_no_title_and_no_key_takes_a_picture(world: World) -> None:
    async with world.app("provisioning") as (app, pilot):
        await press(pilot, "n")
        await fill(pilot, tenant="secretly", residency="FI", replicas="1")
        await press(pilot, "enter")
        await until(pilot, lambda: isinstance(app.screen, DetailScreen), SLOW)
        made = CredentialStore(world.home.credentials_file, lambda: b"").get(tenant_entry("secretly"))
        assert made is not None
        assert made.secret_key not in app.export_screenshot()
        await press(pilot, "x")
        assert made.secret_key in screen_text(app)
        for node in (app, app.screen):
            assert made.secret_key not in f"{node.title} {node.sub_title}"
        keys = app.screen.active_bindings.values()
        assert not [one for one in keys if "screenshot" in one.binding.action]
        assert not app.ENABLE_COMMAND_PALETTE, "Textual's palette would offer a picture"
        await press(pilot, "escape")
        assert made.secret_key not in app.export_screenshot()
        assert made.secret_key not in repr(app.session.jobs_service.tasks())
    kept = {world.home.credentials_file}
    files = [path for path in world.home.root.rglob("*") if path.is_file() and path not in kept]
    assert files
    assert not [path for path in files if made.secret_key.encode() in path.read_bytes()]

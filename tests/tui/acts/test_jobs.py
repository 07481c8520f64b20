"""Copies are steered: the server says afterwards what state they are in."""

from __future__ import annotations

import pytest

from tests.tui.acts.conftest import SLOW, World, agree, press, select
from tests.tui.acts.proof import proves
from tests.tui.conftest import screen_text, until


@proves("replication.pause", "replication.resume", "replication.cancel")
async def test_one_job(world: World) -> None:
    job = world.job("steered")
    async with world.app("replication") as (_, pilot):
        for key, state in (("p", "paused"), ("u", "queued")):
            await select(pilot, job.id)
            await press(pilot, key)
            await until(pilot, lambda state=state: world.state("steered") == state, SLOW)  # type: ignore[misc]
        await select(pilot, job.id)
        await press(pilot, "x")
        await agree(pilot)
        await until(pilot, lambda: world.state("steered") == "cancelled", SLOW)


@proves("replication.retry")
async def test_a_dead_job_goes_on(world: World) -> None:
    job = world.job("given-up", dead=True)
    assert job.state == "dead"
    async with world.app("replication") as (_, pilot):
        await select(pilot, job.id)
        await press(pilot, "e")
        await until(pilot, lambda: world.state("given-up") == "queued", SLOW)


@proves("replication.retry_all", "replication.pause_all", "replication.resume_all", "replication.cancel_all")
async def test_every_job_that_is_listed(world: World) -> None:
    names = ["all-one", "all-two"]
    for name in names:
        world.job(name, dead=True)
    async with world.app("replication") as (app, pilot):
        await press(pilot, "slash", *"acme/all-", "enter")
        await until(pilot, lambda: "acme/all-" in screen_text(app), SLOW)
        for key, state in (("E", "queued"), ("P", "paused"), ("U", "queued"), ("X", "cancelled")):
            await press(pilot, key)
            await agree(pilot)
            await until(
                pilot,
                lambda state=state: [world.state(name) for name in names] == [state] * 2,  # type: ignore[misc]
                SLOW,
            )


@proves("replication.reconcile")
async def test_the_policy_makes_jobs(world: World) -> None:
    world.short("short")
    async with world.app("replication") as (_, pilot):
        await press(pilot, "m")
        await until(pilot, lambda: bool(world.jobs("short")), SLOW)
    assert world.state("short") == "queued"


@proves("replication.close_breaker")
async def test_a_breaker_is_closed(world: World) -> None:
    world.trip("broken", "local-de")
    assert world.breaker("local-de") == "open"
    async with world.app("replication") as (app, pilot):
        await press(pilot, "l", "l")
        await until(pilot, lambda: "✗ open" in screen_text(app), SLOW)
        await select(pilot, "local-de")
        await press(pilot, "k")
        await until(pilot, lambda: world.breaker("local-de") == "closed", SLOW)


@pytest.fixture(autouse=True)
def _no_job_is_left(world: World) -> None:
    """What other tests left must not be leased or listed here."""
    world.cancel_jobs()

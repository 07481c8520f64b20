"""A state is a word first: without any colour every state still reads as itself."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest

from secingest_tui.models.overview import Level
from secingest_tui.models.provisioning import StepMark
from secingest_tui.models.records import JobState
from secingest_tui.models.transfer import Phase
from secingest_tui.screens.common.tasks import phase_cell
from secingest_tui.screens.home.screen import _MARKS as LEVELS
from secingest_tui.screens.onboarding.screen import _MARKS as STEPS
from secingest_tui.screens.replication.rows import health_row
from secingest_tui.screens.replication.states import state_cell
from tests.tui.fake import FakeSession

STATES = {
    "jobs": [state_cell(state).plain for state in JobState],
    "tasks": [phase_cell(phase).plain for phase in Phase],
    "checks": [LEVELS[level][0] for level in Level],
    "steps": [STEPS[mark][0] for mark in StepMark],
}


@pytest.mark.parametrize("texts", STATES.values(), ids=STATES)
def test_every_state_has_a_word_of_its_own(texts: Sequence[str]) -> None:
    words = [" ".join(re.findall("[a-z]{3,}", text)) for text in texts]
    assert all(words), texts
    assert len(set(words)) == len(words), texts


def test_a_breaker_and_a_pause_are_told_in_words() -> None:
    closed, opened = FakeSession().replication.health_rows
    assert "closed" in " ".join(cell.plain for cell in health_row(closed).cells)
    assert "open" in " ".join(cell.plain for cell in health_row(opened).cells)

"""Steps of an onboarding as tasks, without a terminal: one at a time, stopped, secrets apart."""

from __future__ import annotations

import threading

import pytest

from secingest_tui.embedded import EmbeddedStack
from secingest_tui.errors import Cancelled, UsageError
from secingest_tui.models.provisioning import OnboardingRequest, StepMark, StepView
from secingest_tui.models.transfer import Phase
from secingest_tui.paths import Home
from secingest_tui.services.session.session import ScreenSession
from secingest_tui.services.workspace import Workspace
from tests.rigs.tasks import ended, made

TENANT = "boarder"


def test_checks_stop_and_steps_keep_their_secrets_to_the_checklist(home: Home, stack: EmbeddedStack) -> None:
    with Workspace(home) as workspace:
        session = ScreenSession(workspace)
        onboarding = session.onboarding
        onboarding.begin(OnboardingRequest(TENANT, "local-fi", residency="FI"))
        held, go_on = threading.Event(), threading.Event()

        def hold(_found: StepView) -> None:
            held.set()
            assert go_on.wait(30)

        checking = onboarding.start_check(TENANT, hold)
        assert held.wait(30)
        assert session.onboarding.running(TENANT) == checking
        with pytest.raises(UsageError, match="at work already"):
            onboarding.start_step(TENANT, "mint", {})
        session.jobs_service.cancel(checking)
        go_on.set()
        task = ended(session, checking)
        assert (task.phase, task.items_done) == (Phase.CANCELLED, 1)
        with pytest.raises(Cancelled):
            session.jobs_service.take(checking)

        found = made(session, onboarding.start_step(TENANT, "mint", {}))
        assert found.mark is StepMark.DONE
        assert "minting at local-fi" in [text for _, text in session.jobs_service.tasks()[0].log]
        [secret] = session.onboarding.secrets(TENANT)
        assert secret.secret_key
        assert secret.secret_key not in repr(session.jobs_service.tasks())
        assert session.onboarding.secrets(TENANT) == (), "shown once"
        views = made(session, onboarding.start_check(TENANT, lambda found: None))
        assert len(views) == 11
        lines = made(session, onboarding.start_roll_back(TENANT))
        assert lines

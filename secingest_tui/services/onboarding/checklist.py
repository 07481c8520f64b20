"""The checklist: eleven steps in order, each done for real and checked at provider and server."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from secingest_tui.errors import SecingestError, UsageError
from secingest_tui.services.onboarding import access, data
from secingest_tui.services.onboarding.context import Context, stopped
from secingest_tui.services.onboarding.plan import OnboardingPlan
from secingest_tui.services.onboarding.state import OnboardingState, load_state, save_state
from secingest_tui.services.onboarding.step import (
    Checked,
    NotNeeded,
    NotYet,
    Step,
    StepState,
    Waits,
    checked,
)
from secingest_tui.services.provisioning.settings import by_hand
from secingest_tui.services.provisioning.tenants import HalfDone
from secingest_tui.services.tenants import check_tenant_id
from secingest_tui.services.workspace import Workspace

STEPS: tuple[Step, ...] = (
    Step("provider", "Choose the provider", "Data may only lie where the tenant's residency allows it.",
         access.do_provider, access.check_provider),
    Step("probe", "Probe it", "A data sheet says what should work; only trying shows what does.",
         access.do_probe, access.check_probe),
    Step("mint", "Mint keys there", "A user of its own keeps all other tenants out of its buckets.",
         access.do_mint, access.check_mint),
    Step("register", "Register the tenant",
         "The server then holds the tenant to its policy, and knows its requests by a secret of its own.",
         access.do_register, access.check_register),
    Step("handover", "Hand over", "The tenant gets its secrets from you in one file, and from nobody else.",
         access.do_handover, access.check_handover),
    Step("key", "The tenant's key", "Uploads are sealed for this key: who loses it loses the data.",
         data.do_key, data.check_key),
    Step("upload", "First encrypted upload", "It shows that only ciphertext reaches the provider.",
         data.do_upload, data.check_upload),
    Step("registration", "Its registration", "The signed receipt proves what the server promised to keep.",
         data.do_registration, data.check_registration),
    Step("replica", "A replica", "A second provider is what is left when the first one is not.",
         data.do_replica, data.check_replica),
    Step("snapshot", "A snapshot", "An auditor sees from it what lay where, without seeing any content.",
         data.do_snapshot, data.check_snapshot),
    Step("drill", "Restore drill", "A backup that was never restored is a hope.",
         data.do_drill, data.check_drill),
)  # fmt: skip
_MAKES = ("mint", "register")


class Onboarding:
    """One tenant's onboarding; what is done stays done, whoever goes on with it."""

    def __init__(self, context: Context) -> None:
        self.context = context

    @property
    def plan(self) -> OnboardingPlan:
        return self.context.plan

    def steps(self) -> list[Step]:
        """In the order to do them: a provider whose keys are made by hand is probed with the tenant's."""
        order = list(STEPS)
        if any(by_hand(self.context.workspace, name) for name in self.plan.backends):
            order[1], order[2] = order[2], order[1]
        return order

    def check(self, step_id: str) -> Checked:
        """Whether one step is done, asked now."""
        return checked(self._step(step_id), self.context)

    def check_all(self, tell: Callable[[Checked], None] = lambda found: None) -> list[Checked]:
        """Every step, asked now; ``tell`` hears each as it is known."""
        found = []
        for step in self.steps():
            found.append(checked(step, self.context))
            tell(found[-1])
        return found

    def do(self, step_id: str) -> Checked:
        """Do one step (again), then ask whether it is done. Raises what stopped it."""
        step = self._step(step_id)
        try:
            self._do(step)
        except NotNeeded:
            return checked(step, self.context)
        except NotYet as why:
            return Checked(step, StepState.OPEN, problem=why.message, remedy=why.hint or "")
        except Waits as why:
            return Checked(step, StepState.WAITS, problem=why.message, remedy=why.hint or "")
        found = checked(step, self.context)
        if self.context.cancel.is_set() and not found.state.settled:
            raise stopped()
        return found

    def _do(self, step: Step) -> None:
        try:
            with self.context.showing():
                step.do(self.context)
        except SecingestError as error:
            # Half of a tenant at a provider is the one thing that may be wanted back.
            exists = self.context.provisioning().exists() if step.id in _MAKES else []
            if not exists or isinstance(error, NotYet | NotNeeded | Waits):
                raise
            raise HalfDone(error, exists, self.plan.tenant) from None

    def run(self, tell: Callable[[Checked], None] = lambda found: None) -> list[Checked]:
        """Everything that is not done yet, in order, up to the first step that does not come true."""
        found: list[Checked] = []
        for step in self.steps():
            now = checked(step, self.context)
            if not now.state.settled:
                self.context.tell(step.title)
                now = self.do(step.id)
            found.append(now)
            tell(now)
            if not now.state.settled:
                break
        return found

    def _step(self, step_id: str) -> Step:
        known = {step.id: step for step in STEPS}
        if step_id not in known:
            raise UsageError(f"There is no step {step_id}; there are: {', '.join(known)}.", field="STEP")
        return known[step_id]


def open_state(workspace: Workspace, tenant: str, plan: OnboardingPlan | None = None) -> OnboardingState:
    """The state of a tenant's onboarding, begun now where there is a plan and none was begun.

    A changed plan replaces the earlier one; what is done is found again by its checks. Raises UsageError.
    """
    check_tenant_id(tenant)
    state = load_state(workspace.home, tenant)
    if state is None and plan is None:
        raise UsageError(
            f"No onboarding of {tenant} was begun.",
            hint="Begin it: secingest onboard --plan FILE.toml",
            field="TENANT",
        )
    if state is None:
        assert plan is not None
        state = OnboardingState(plan=plan, begun_at=datetime.now(UTC))
    elif plan is not None:
        state.plan = plan
    for name in state.plan.backends:
        workspace.backend(name)
    save_state(workspace.home, state)
    return state

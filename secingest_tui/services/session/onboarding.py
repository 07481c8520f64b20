"""The onboarding checklist, as its screen sees it."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping

from secingest_tui.errors import Cancelled, SecingestError, UsageError
from secingest_tui.models.provisioning import OnboardingRequest, SecretView, StepMark, StepNeeds, StepView
from secingest_tui.models.transfer import TaskError, TaskKind
from secingest_tui.services.credentials import Credential, backend_entry
from secingest_tui.services.ingest.progress import TransferProgress
from secingest_tui.services.keyring import StoredKey
from secingest_tui.services.onboarding import report as reports
from secingest_tui.services.onboarding.checklist import Onboarding, open_state
from secingest_tui.services.onboarding.context import Context
from secingest_tui.services.onboarding.plan import make_plan
from secingest_tui.services.onboarding.state import begun
from secingest_tui.services.onboarding.step import Checked, Step
from secingest_tui.services.provisioning.settings import by_hand, connected
from secingest_tui.services.provisioning.tenants import TenantProvisioning
from secingest_tui.services.session.provisioning import typed_quota
from secingest_tui.services.session.transfers import Outcome, TransferTasks
from secingest_tui.services.workspace import Workspace


class OnboardingSession:
    """Satisfies ``screens.onboarding.ports.OnboardingService``."""

    def __init__(
        self,
        workspace: Workspace,
        unlock: Callable[[StoredKey], bytes],
        locked: Callable[[StoredKey], bool],
        tasks: TransferTasks,
    ) -> None:
        """``unlock`` gives a key's passphrase, if it was opened in this session; ``locked`` says if not."""
        self._workspace = workspace
        self._unlock, self._locked = unlock, locked
        self._tasks = tasks
        self._unshown: dict[str, list[SecretView]] = {}
        """What steps made, until a screen shows it: not in a task, which anybody may look at."""

    def begun(self) -> list[str]:
        return begun(self._workspace.home)

    def begin(self, request: OnboardingRequest) -> None:
        recovery = (request.recovery,) if request.recovery else ()
        for key_id in (*recovery, *((request.seal_for,) if request.seal_for else ())):
            self._workspace.keyring.recipient(key_id)
        plan = make_plan(
            request.tenant,
            request.backend,
            targets=(request.target,) if request.target else (),
            residency=request.residency or "ANY",
            quota=typed_quota(request.quota),
            recovery=recovery,
            key={"held": "tenant" if request.held_by_tenant else "here"},
            handover={"seal_for": request.seal_for or None},
        )
        for name in plan.backends:
            if not connected(self._workspace, name):
                raise UsageError(
                    f"Nobody said how users are made at backend {name}.",
                    hint="Leave this form and press w on the Provisioning screen.",
                    field="backend",
                )
        TenantProvisioning(self._workspace, request.tenant).check_policy(plan.backends, plan.policy)
        open_state(self._workspace, request.tenant, plan)

    def steps(self, tenant: str) -> tuple[StepView, ...]:
        return tuple(_unasked(step) for step in self._onboarding(tenant).steps())

    def running(self, tenant: str) -> str:
        return self._tasks.running(TaskKind.ONBOARD, tenant)

    def start_check(self, tenant: str, tell: Callable[[StepView], None]) -> str:
        def work(onboarding: Onboarding, progress: TransferProgress, cancel: threading.Event) -> Outcome:
            return Outcome(value=tuple(_view(found) for found in _checks(onboarding, progress, cancel, tell)))

        return self._start(tenant, "checking every step", work)

    def needs(self, tenant: str, step: str) -> StepNeeds:
        onboarding = self._onboarding(tenant)
        stored = {key.key_id: key for key in self._workspace.keyring.stored()}
        plan = onboarding.plan
        if step == "mint":
            pasted = [
                name
                for name in plan.backends
                if by_hand(self._workspace, name)
                and self._workspace.credentials.get(backend_entry(name, tenant)) is None
            ]
            adopt = [] if plan.adopt else [name for name in plan.backends if self._foreign(tenant, name)]
            return StepNeeds(paste=tuple(pasted), adopt=tuple(adopt))
        if step == "key" and plan.key.held == "here" and plan.key_id not in stored:
            return StepNeeds(new_key=plan.key_id)
        if step == "drill":
            wanted = (plan.key_id, *plan.policy.recovery_recipients)
            keys = [stored[name] for name in wanted if name in stored and stored[name].private is not None]
            return StepNeeds(locked=tuple(key.key_id for key in keys[:1] if self._locked(key)))
        return StepNeeds()

    def _foreign(self, tenant: str, backend: str) -> bool:
        """Whether somebody else's user is there. Where that cannot be asked, the step itself will say so."""
        try:
            with TenantProvisioning(self._workspace, tenant).at(backend) as minting:
                return minting.foreign() is not None
        except SecingestError:
            return False

    def adopt(self, tenant: str) -> None:
        open_state(self._workspace, tenant, self._onboarding(tenant).plan.model_copy(update={"adopt": True}))

    def use_key(self, tenant: str, key_id: str) -> None:
        onboarding = self._onboarding(tenant)
        key = onboarding.plan.key.model_copy(update={"id": key_id})
        open_state(self._workspace, tenant, onboarding.plan.model_copy(update={"key": key}))

    def start_step(self, tenant: str, step: str, pasted: Mapping[str, tuple[str, str]]) -> str:
        title = next(one.title for one in self._onboarding(tenant).steps() if one.id == step)

        def work(onboarding: Onboarding, progress: TransferProgress, _cancel: threading.Event) -> Outcome:
            found = _view(onboarding.do(step))
            result = (("step", title), ("state", found.mark.value), *found.facts)
            if found.mark.settled:
                return Outcome(result=result, value=found)
            if found.mark is StepMark.WAITS:
                return Outcome(result=(*result, ("waits for", found.problem)), value=found)
            error = TaskError(f"{title}: {found.mark.value}", found.problem, found.remedy)
            return Outcome(result=result, value=found, error=error)

        return self._start(tenant, title, work, pasted)

    def secrets(self, tenant: str) -> tuple[SecretView, ...]:
        return tuple(self._unshown.pop(tenant, ()))

    def start_roll_back(self, tenant: str) -> str:
        def work(onboarding: Onboarding, _progress: TransferProgress, _cancel: threading.Event) -> Outcome:
            lines = tuple(onboarding.context.provisioning().roll_back())
            return Outcome(result=tuple(("taken back", line) for line in lines), value=lines)

        return self._start(tenant, "taking back what was made", work)

    def start_report(self, tenant: str) -> str:
        def work(onboarding: Onboarding, progress: TransferProgress, cancel: threading.Event) -> Outcome:
            found = _checks(onboarding, progress, cancel)
            made = reports.report(onboarding.context.state, found)
            folder = self._workspace.home.root / "onboarding"
            text, path = reports.markdown(made), folder / f"{tenant}-report.md"
            reports.write_report(text, path)
            reports.write_report(json.dumps(made, indent=1) + "\n", path.with_suffix(".json"))
            return Outcome(result=(("report", str(path)),), value=(text, str(path)))

        return self._start(tenant, "checking for the report", work)

    def _start(
        self,
        tenant: str,
        what: str,
        work: Callable[[Onboarding, TransferProgress, threading.Event], Outcome],
        pasted: Mapping[str, tuple[str, str]] | None = None,
    ) -> str:
        """One thing at a time for one tenant."""
        if self.running(tenant):
            raise UsageError(
                f"The onboarding of {tenant} is at work already.",
                hint="The tasks (t) show it; x stops it there.",
            )

        def run(progress: TransferProgress, cancel: threading.Event) -> Outcome:
            progress.start("work")
            progress.note(what)
            return work(self._onboarding(tenant, pasted, progress.note, cancel), progress, cancel)

        return self._tasks.start(TaskKind.ONBOARD, tenant, run)

    def _onboarding(
        self,
        tenant: str,
        pasted: Mapping[str, tuple[str, str]] | None = None,
        tell: Callable[[str], None] = lambda text: None,
        cancel: threading.Event | None = None,
    ) -> Onboarding:
        given = {name: Credential(*pair) for name, pair in (pasted or {}).items()}

        def show(what: str, key: Credential) -> None:
            self._unshown.setdefault(tenant, []).append(SecretView(what, key.access_key, key.secret_key))

        return Onboarding(
            Context(
                self._workspace,
                open_state(self._workspace, tenant),
                show=show,
                given=given,
                new_passphrase=_no_passphrase,
                unlock=self._unlock,
                tell=tell,
                cancel=cancel,
            )
        )


def _checks(
    onboarding: Onboarding,
    progress: TransferProgress,
    cancel: threading.Event,
    tell: Callable[[StepView], None] = lambda found: None,
) -> list[Checked]:
    """Every step, asked now, each told as it is known."""
    progress.start("work", items_total=len(onboarding.steps()))

    def told(found: Checked) -> None:
        progress.add_item()
        progress.say(found.step.title, found.state.value)
        tell(_view(found))
        if cancel.is_set():
            raise Cancelled("Stopped. Checks change nothing.")

    return onboarding.check_all(told)


def _no_passphrase(key_id: str) -> bytes | None:
    raise UsageError(f"The key {key_id} is not made yet.", hint="Do this step on the screen: it asks for it.")


def _unasked(step: Step) -> StepView:
    return StepView(step.id, step.title, step.why)


def _view(found: Checked) -> StepView:
    step = found.step
    return StepView(
        step.id, step.title, step.why, StepMark(found.state.value), found.facts, found.problem, found.remedy
    )

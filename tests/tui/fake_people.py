"""Users at providers and onboarding, in memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from secingest_tui.models.provisioning import (
    ConnectRequest,
    OnboardingRequest,
    ProviderAction,
    ProviderChange,
    ProviderUserView,
    SecretView,
    StepMark,
    StepNeeds,
    StepView,
)
from secingest_tui.models.transfer import TaskKind
from tests.tui.fake_data import SECRET
from tests.tui.fake_jobs import FakeJobs


class FakeProvisioning:
    """Users at providers, in memory."""

    def __init__(self, users: list[ProviderUserView], call: Callable[..., None]) -> None:
        self.rows, self._call = users, call
        self.foreign_user = self.half_user = ""
        self.paste = False

    def kinds(self) -> list[tuple[str, str]]:
        return [("radosgw-admin", "Ceph by its command"), ("iam", "an IAM API"), ("portal", "by hand")]

    def connect(self, request: ConnectRequest) -> str:
        self._call("connect", request)
        return request.backend + " answers"

    def users(self) -> list[ProviderUserView]:
        self._call("users")
        return list(self.rows)

    def by_hand(self, backend: str) -> bool:
        return self.paste

    def foreign(self, change: ProviderChange) -> str:
        return self.foreign_user

    def unfinished(self, change: ProviderChange) -> str:
        return self.half_user

    def plan(self, change: ProviderChange) -> tuple[str, ...]:
        return (f"{change.action.value} {change.tenant} {change.value}".strip(),)

    def act(self, change: ProviderChange) -> tuple[SecretView, ...]:
        self._call("act", change)
        made = change.action in (ProviderAction.MINT, ProviderAction.ROTATE)
        return (SecretView("backend " + change.backend, "AKNEW", SECRET),) if made else ()


class FakeOnboarding:
    """A checklist whose steps come true when they are done."""

    def __init__(self, names: Sequence[str], call: Callable[..., None], jobs: FakeJobs) -> None:
        self._jobs = jobs
        self.at_work = ""
        """The task that is at work for a tenant."""
        self.made: tuple[SecretView, ...] = ()
        """Secrets that were not shown yet."""
        texts = list(names) or ["Choose the provider", "Mint keys there"]
        self._call = call
        self.marks: dict[str, StepMark] = {f"s{index}": StepMark.OPEN for index in range(len(texts))}
        self._texts = dict(zip(self.marks, texts, strict=True))
        self.tenants = ["customer42"]
        self.wants: dict[str, StepNeeds] = {}
        self.pasted: list[dict[str, tuple[str, str]]] = []

    def begun(self) -> list[str]:
        return self.tenants

    def begin(self, request: OnboardingRequest) -> None:
        self._call("begin", request)
        self.tenants.append(request.tenant)

    def steps(self, tenant: str) -> tuple[StepView, ...]:
        return tuple(StepView(step, text, text) for step, text in self._texts.items())

    def running(self, tenant: str) -> str:
        return self.at_work

    def start_check(self, tenant: str, tell: Callable[[StepView], None]) -> str:
        def check() -> tuple[StepView, ...]:
            self._call("check", tenant)
            return tuple(self._view(step) for step in self.marks)

        return self._begin(tenant, check)

    def _begin(self, tenant: str, call: Callable[[], object]) -> str:
        return self._jobs.begin(TaskKind.ONBOARD, tenant, call)

    def _view(self, step: str) -> StepView:
        text = self._texts[step]
        return StepView(step, text, text, self.marks[step], ((text, text),), text, text)

    def needs(self, tenant: str, step: str) -> StepNeeds:
        return self.wants.pop(step, StepNeeds())

    def adopt(self, tenant: str) -> None:
        self._call("adopt", tenant)

    def use_key(self, tenant: str, key_id: str) -> None:
        self._call("use_key", key_id)

    def start_step(self, tenant: str, step: str, pasted: Mapping[str, tuple[str, str]]) -> str:
        def do() -> StepView:
            self._call("do", step)
            self.pasted.append(dict(pasted))
            self.marks[step] = StepMark.DONE
            return self._view(step)

        return self._begin(tenant, do)

    def secrets(self, tenant: str) -> tuple[SecretView, ...]:
        made, self.made = self.made, ()
        return made

    def start_roll_back(self, tenant: str) -> str:
        def roll_back() -> tuple[str, ...]:
            self._call("roll_back", tenant)
            return ("user removed",)

        return self._begin(tenant, roll_back)

    def start_report(self, tenant: str) -> str:
        return self._begin(tenant, lambda: ("# Onboarding of " + tenant + "\n", "/home/report.md"))

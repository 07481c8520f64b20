"""The onboarding report: what was proved, and how. Markdown for people, JSON for programs; no secret."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from secingest_tui.errors import UsageError
from secingest_tui.files import write_atomic
from secingest_tui.services.onboarding.state import OnboardingState
from secingest_tui.services.onboarding.step import Checked, StepState
from secingest_tui.text import visible


def report(state: OnboardingState, found: Sequence[Checked]) -> dict[str, Any]:
    """Everything as plain data; it comes from the checks, which were made just now."""
    plan = state.plan
    return {
        "format": "secingest-onboarding-report/1",
        "tenant": plan.tenant,
        "begun_at": state.begun_at.isoformat(timespec="seconds"),
        "checked_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "complete": all(item.state.settled for item in found),
        "backend": plan.backend,
        "targets": list(plan.targets),
        "policy": plan.policy.model_dump(mode="json"),
        "steps": [
            {
                "id": item.step.id,
                "title": item.step.title,
                "why": item.step.why,
                "state": item.state.value,
                "facts": dict(item.facts),
                "problem": item.problem or None,
            }
            for item in found
        ],
    }


def markdown(made: dict[str, Any]) -> str:
    """The report as a page."""
    policy = made["policy"]
    quotas = {name: value for name, value in policy["quotas"].items() if value is not None}
    lines = [
        f"# Onboarding of {made['tenant']}",
        "",
        f"Begun {made['begun_at']}, checked {made['checked_at']}: "
        + ("complete." if made["complete"] else "**not complete.**"),
        "",
        f"- Backend: {made['backend']}; copies at: {', '.join(made['targets']) or 'none'}",
        f"- Residency: {policy['residency']}; copies in all: {policy['replicas']}",
        f"- Allowed backends: {', '.join(policy['allowed_backends'] or ['any'])}",
        f"- Quota: {', '.join(f'{value} {name}' for name, value in quotas.items()) or 'none'}",
        f"- Recovery recipients: {', '.join(policy['recovery_recipients']) or 'none'}",
        "",
        "Every line below was read from the provider and the metadata server when this was written.",
        "",
    ]
    for number, step in enumerate(made["steps"], start=1):
        mark = "x" if step["state"] in (StepState.DONE, StepState.NOT_NEEDED) else " "
        lines.append(f"{number}. [{mark}] **{step['title']}** ({step['state']}): {step['why']}")
        lines += [f"    - {_plain(name)}: {_plain(value)}" for name, value in step["facts"].items()]
        if step["problem"]:
            lines.append(f"    - {_plain(step['problem'])}")
    return "\n".join(lines) + "\n"


def _plain(text: str) -> str:
    """Text of others in a page: nothing in it acts, in a terminal or as markup."""
    return "".join("\\" + c if c in "\\`*_[]<>|#" else c for c in visible(text))


def write_report(text: str, path: Path) -> None:
    """Write a report (0600), replacing an earlier one. Raises UsageError."""
    try:
        write_atomic(path, text.encode())
    except OSError as error:
        raise UsageError(f"Cannot write {path}: {error.strerror}.", field="-o") from None

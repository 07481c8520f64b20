"""How far an onboarding is: its plan, and what each step left behind; no secret.

What is kept here only says where to look; whether a step is done is always asked again.
"""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from secingest_tui.config import parse
from secingest_tui.errors import SecingestError
from secingest_tui.files import private_dir, write_atomic
from secingest_tui.paths import Home
from secingest_tui.services.onboarding.plan import OnboardingPlan

_SUFFIX = ".state.json"


class Evidence(BaseModel):
    """What a step left: names and digests by which its check finds it again."""

    model_config = ConfigDict(extra="forbid")

    at: datetime
    facts: dict[str, str] = Field(default_factory=dict)


class OnboardingState(BaseModel):
    model_config = ConfigDict(extra="forbid")

    format: Annotated[int, Field(ge=1, le=1)] = 1
    plan: OnboardingPlan
    begun_at: datetime
    evidence: dict[str, Evidence] = Field(default_factory=dict)


def load_state(home: Home, tenant: str) -> OnboardingState | None:
    """None where none was begun for this tenant. Raises SecingestError."""
    path = _file(home, tenant)
    try:
        data = json.loads(path.read_bytes())
    except FileNotFoundError:
        return None
    except ValueError:
        raise SecingestError(
            f"{path} cannot be read.", hint="Move it away and begin again: steps that are done are found."
        ) from None
    return parse(OnboardingState, data, str(path))


def save_state(home: Home, state: OnboardingState) -> None:
    private_dir(_file(home, state.plan.tenant).parent)
    write_atomic(_file(home, state.plan.tenant), state.model_dump_json(indent=1).encode())


def begun(home: Home) -> list[str]:
    """The tenants whose onboarding was begun, by name."""
    found = (path.name.removesuffix(_SUFFIX) for path in (home.root / "onboarding").glob(f"*{_SUFFIX}"))
    return sorted(found)


def _file(home: Home, tenant: str) -> Path:
    return home.root / "onboarding" / f"{tenant}{_SUFFIX}"

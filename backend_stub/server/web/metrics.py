"""Numbers for Prometheus: the text exposition format, version 0.0.4."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class RequestCounts:
    """What this process answered. Labels are route templates: no name of anybody's goes into a metric."""

    def __init__(self) -> None:
        self.answers: Counter[tuple[str, str, int]] = Counter()
        self.seconds: defaultdict[tuple[str, str], float] = defaultdict(float)

    def count(self, method: str, route: str, status: int, seconds: float) -> None:
        self.answers[method, route, status] += 1
        self.seconds[method, route] += seconds


def family(name: str, kind: str, text: str, samples: Iterable[tuple[Mapping[str, object], float]]) -> str:
    """One metric with its samples; `samples` are labels and value."""
    lines = [f"# HELP {name} {text}", f"# TYPE {name} {kind}"]
    for labels, value in samples:
        inner = ",".join(f'{label}="{_escaped(str(content))}"' for label, content in labels.items())
        lines.append(f"{name}{{{inner}}} {value:g}" if inner else f"{name} {value:g}")
    return "\n".join(lines) + "\n"


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")

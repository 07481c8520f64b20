"""What a probe asks, and what it heard."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field


class Verdict(StrEnum):
    """``COULD_NOT_TELL``: it was not asked, or the answer proves neither; never to be read as "no"."""

    YES = "yes"
    NO = "no"
    COULD_NOT_TELL = "could-not-tell"


QUESTIONS: Final[dict[str, str]] = {
    "reachable": "Does the endpoint answer?",
    "latency": "Is a round trip short (under 0.5 s)?",
    "tls": "Does its TLS certificate verify?",
    "clock": "Do the clocks agree (within 5 minutes)?",
    "signature_v4": "Does it accept our SigV4 signature?",
    "refuses_strangers": "Does it refuse wrong signatures and unsigned requests?",
    "addressing_path": "Does path-style addressing work?",
    "addressing_virtual": "Does virtual-hosted addressing work?",
    "make_buckets": "May these credentials make a bucket?",
    "objects": "Can objects be put, read, listed and deleted?",
    "checksum_crc64nvme": "Does it verify CRC64NVME?",
    "checksum_crc32c": "Does it verify CRC32C?",
    "checksum_md5": "Does it verify Content-MD5?",
    "checksum_trailer": "Does it take and verify checksum trailers?",
    "conditional_put": "Is If-None-Match honoured on PutObject?",
    "multipart": "Do multipart uploads work?",
    "conditional_complete": "Is If-None-Match honoured on CompleteMultipartUpload?",
    "range_reads": "Are ranges of an object read exactly?",
    "user_metadata": "Does it keep 2 KiB of user metadata?",
    "presigned_urls": "Do presigned URLs work, and only unchanged?",
    "versioning": "Does versioning keep older versions?",
    "object_lock": "Does a legal hold stop a deletion?",
    "tenant_isolation": "Are another tenant's credentials refused?",
}
"""Every question by its id, in the order they are asked."""

NEEDED: Final = ("reachable", "tls", "clock", "signature_v4", "objects")
"""With a no here a backend can't be used (``tls``: unless the endpoint says http)."""


class Answer(BaseModel):
    """One answer. ``detail`` is ours, ``words`` the provider's own (``412 PreconditionFailed: ...``)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    verdict: Verdict
    detail: str = ""
    words: str = ""
    value: dict[str, Any] = Field(default_factory=dict)
    """What was measured: ``seconds`` (latency, skew), ``bytes`` (metadata), fields of a certificate."""

    @property
    def question(self) -> str:
        return QUESTIONS[self.id]

    @property
    def line(self) -> str:
        """Detail and the provider's words in one line."""
        said = f'the provider said "{self.words}"' if self.words else ""
        return "; ".join(part for part in (self.detail, said) if part)


class Residue(BaseModel):
    """Something a probe made and could not remove. ``backend`` and ``tenant`` say with whose credentials."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    bucket: str
    prefix: str = ""
    reason: str


class ProbeReport(BaseModel):
    """What one probe found, as it is kept."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: int = 1
    backend: str
    provider: str
    endpoint: str
    region: str
    embedded: bool = False
    tenant: str | None = None
    started_at: datetime
    seconds: float
    complete: bool
    """False where it was cancelled."""
    answers: tuple[Answer, ...]
    residue: tuple[Residue, ...] = ()
    """What could not be cleaned up; the next probe, or ``--cleanup``, tries again."""

    def get(self, question: str) -> Answer | None:
        return next((answer for answer in self.answers if answer.id == question), None)

    def says(self, question: str, verdict: Verdict) -> bool:
        answer = self.get(question)
        return answer is not None and answer.verdict is verdict

    @property
    def problems(self) -> tuple[Answer, ...]:
        """The answers that stand in the way of using this backend, the cause of the others first."""
        return tuple(answer for answer in self.answers if _stands_in_the_way(answer))


def _stands_in_the_way(answer: Answer) -> bool:
    if answer.verdict is Verdict.YES or answer.id not in NEEDED:
        return False
    # Chosen: the person wrote http://, and it works.
    if answer.value.get("plain"):
        return False
    return answer.verdict is Verdict.NO or answer.id in ("signature_v4", "objects")


def yes(question: str, detail: str = "", words: str = "", **value: Any) -> Answer:
    return Answer(id=question, verdict=Verdict.YES, detail=detail, words=words, value=value)


def no(question: str, detail: str = "", words: str = "", **value: Any) -> Answer:
    return Answer(id=question, verdict=Verdict.NO, detail=detail, words=words, value=value)


def could_not_tell(question: str, detail: str, words: str = "", **value: Any) -> Answer:
    return Answer(id=question, verdict=Verdict.COULD_NOT_TELL, detail=detail, words=words, value=value)


def unasked(asked: Iterable[str], reason: str) -> Iterable[Answer]:
    """A could-not-tell for every question that is not in ``asked``."""
    done = set(asked)
    return [could_not_tell(question, reason) for question in QUESTIONS if question not in done]

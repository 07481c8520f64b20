"""Many registrations in one request: each recorded or refused on its own, all in one transaction."""

from __future__ import annotations

from pydantic import ValidationError
from sqlalchemy import Connection

from backend_stub.contract.objects import Batch, ObjectRegistration

from ..auth.known import confirm
from ..auth.principal import Principal
from ..problems import ProblemError, refused_fields
from ..services import Services
from .planning import Outcome
from .registration import register


def record(services: Services, principal: Principal, batch: Batch) -> str:
    """The JSON text of the contract's BatchAnswer; its receipts are the very texts that were signed.

    Raises ProblemError 403 where the caller was shut out meanwhile.
    """
    answers: list[Outcome | ProblemError | None] = [None] * len(batch.items)
    good: dict[int, ObjectRegistration] = {}
    for at, item in enumerate(batch.items):
        try:
            good[at] = ObjectRegistration.model_validate(item)
        except ValidationError as error:
            answers[at] = refused_fields(error)
    items = list(good.values())

    def work(connection: Connection) -> list[Outcome | ProblemError]:
        if (refused := confirm(connection, principal)) is not None:
            raise refused
        return register(connection, services, principal, items)

    found = services.database.write(work)
    for at, answer in zip(good, found, strict=True):
        answers[at] = answer
    made = [answer for answer in answers if answer is not None]
    statuses = [answer.status_code if isinstance(answer, ProblemError) else answer.status for answer in made]
    recorded, repeated = statuses.count(201), statuses.count(200)
    lines = ",".join(_item(at, answer) for at, answer in enumerate(made))
    refused = len(made) - recorded - repeated
    return f'{{"recorded":{recorded},"repeated":{repeated},"refused":{refused},"items":[{lines}]}}'


def _item(at: int, answer: Outcome | ProblemError) -> str:
    if isinstance(answer, ProblemError):
        problem = answer.problem().model_dump_json()
        return f'{{"index":{at},"status":{answer.status_code},"receipt":null,"problem":{problem}}}'
    return f'{{"index":{at},"status":{answer.status},"receipt":{answer.receipt},"problem":null}}'

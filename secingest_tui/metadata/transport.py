"""One connection to the metadata server, and how its failures are told to people."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar
from urllib.parse import quote

import httpx
from pydantic import BaseModel, ValidationError

from backend_stub.contract.problems import Problem
from secingest_tui.metadata.errors import ServerRefused, ServerUnreachable
from secingest_tui.trust import is_loopback, trust

Model = TypeVar("Model", bound=BaseModel)
PAGE = 500


class Transport:
    """The connection and how its failures are told; one a role."""

    def __init__(self, url: str, auth: httpx.Auth | None, *, ca_file: Path | None = None) -> None:
        self.url = url
        self._http = httpx.Client(
            base_url=url,
            auth=auth,
            verify=trust(url, ca_file),
            timeout=httpx.Timeout(30, connect=5),
            follow_redirects=False,
            trust_env=not is_loopback(url),
            headers={"User-Agent": "secingest"},
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    def call(
        self,
        method: str,
        path: str,
        *,
        body: BaseModel | Mapping[str, Any] | None = None,
        query: Mapping[str, str | int | None] | None = None,
    ) -> httpx.Response:
        """One request. Raises ServerUnreachable or ServerRefused."""
        content = None
        if body is not None:
            content = (
                body.model_dump_json(exclude_none=True)
                if isinstance(body, BaseModel)
                else json.dumps(body, separators=(",", ":"))
            ).encode()
        try:
            answer = self._http.request(
                method,
                _with_query(path, query or {}),
                content=content,
                headers={"Content-Type": "application/json"} if content is not None else None,
            )
        except httpx.TransportError as error:
            raise self._unreachable(error) from None
        if answer.is_success:
            return answer
        raise self._refused(answer)

    def get(self, model: type[Model], path: str, **query: str | int | None) -> Model:
        return self.read(model, self.call("GET", path, query=query))

    def every(self, page_model: type[Any], path: str, **query: str | int | None) -> Iterator[Any]:
        """The items of a list, page after page."""
        cursor: str | None = None
        while True:
            page = self.get(page_model, path, **{"limit": PAGE, **query, "cursor": cursor})
            yield from page.items
            if page.next is None:
                return
            cursor = page.next

    def send(self, model: type[Model], method: str, path: str, body: BaseModel | Mapping[str, Any]) -> Model:
        return self.read(model, self.call(method, path, body=body))

    def read(self, model: type[Model], answer: httpx.Response) -> Model:
        try:
            return model.model_validate_json(answer.content)
        except ValidationError:
            raise ServerRefused(
                f"{self.url} answered something that is no {model.__name__}.",
                status=502,
                hint="Is this the address of a secingest metadata server, and of a matching version?",
            ) from None

    def stream(self, path: str, query: Mapping[str, str | int | None]) -> Iterator[tuple[str, str]]:
        """Server-sent events: name and data of each, until the server ends the stream.

        Raises ServerUnreachable or ServerRefused. Close the generator to stop listening.
        """
        try:
            with self._http.stream("GET", _with_query(path, query)) as answer:
                if not answer.is_success:
                    answer.read()
                    raise self._refused(answer)
                name = "message"
                for line in answer.iter_lines():
                    field, _, value = line.partition(": ")
                    if field == "event":
                        name = value
                    elif field == "data":
                        yield name, value
        except httpx.TransportError as error:
            raise self._unreachable(error) from None

    def _unreachable(self, error: httpx.TransportError) -> ServerUnreachable:
        cause = str(error) or type(error).__name__
        if "CERTIFICATE" in cause.upper():
            return ServerUnreachable(
                f"The certificate of {self.url} is not trusted: {cause}.",
                hint="Set [server] ca_file to the authority that issued it.",
            )
        return ServerUnreachable(
            f"The metadata server {self.url} cannot be reached: {cause}.",
            hint="Check that it runs and the address is right; nothing that was uploaded is lost.",
        )

    def _refused(self, answer: httpx.Response) -> ServerRefused:
        try:
            problem = Problem.model_validate_json(answer.content)
        except ValidationError:
            return ServerRefused(
                f"{self.url} answered {answer.status_code}.",
                status=answer.status_code,
                hint="Is this the address of a secingest metadata server?",
            )
        return self.refusal(problem, answer.status_code)

    def refusal(self, problem: Problem | None, status: int) -> ServerRefused:
        if problem is None:
            return ServerRefused(f"The metadata server refused ({status}).", status=status)
        message = "; ".join([problem.detail, *(f"{item.field}: {item.message}" for item in problem.errors)])
        return ServerRefused(
            f"The metadata server refused ({status}): {message}",
            status=status,
            hint="; ".join(item.fix for item in problem.errors) or None,
            code=problem.type.rsplit(":", 1)[-1],
        )


def _with_query(path: str, query: Mapping[str, str | int | None]) -> str:
    # Sorted and RFC 3986-encoded here, since SigV4 signs the query exactly as it is sent.
    pairs = sorted((name, str(value)) for name, value in query.items() if value is not None)
    text = "&".join(f"{quote(name, safe='-_.~')}={quote(value, safe='-_.~')}" for name, value in pairs)
    return f"{path}?{text}" if text else path

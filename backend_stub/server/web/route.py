"""Routes that know their caller before they read a body."""

from __future__ import annotations

from collections.abc import Callable, Collection, Coroutine
from typing import Annotated, Any

from fastapi import Depends
from fastapi.routing import APIRoute
from pydantic_core import from_json
from starlette.requests import Request
from starlette.responses import Response

from ..auth.authenticate import authenticate
from ..auth.principal import Kind, Principal
from ..problems import BODY, ProblemError, beyond, invalid
from ..services import Services

# The parser's own limit and word (a test looks at both).
MAX_DEPTH = 200
_TOO_DEEP = "recursion limit"


class JsonRequest(Request):
    """A request whose body is JSON whatever its content type says."""

    async def json(self) -> Any:
        return parse(await self.body())


def parse(body: bytes) -> Any:
    """Raises ProblemError 400, also for NaN, and for nesting that the parser does not follow any more."""
    try:
        return from_json(body, allow_inf_nan=False)
    except ValueError as error:
        if _TOO_DEEP in str(error):
            message, fix = f"at most {MAX_DEPTH} levels of arrays and objects", "send less nested JSON"
            raise beyond(400, "json-too-deep", "JSON too deep", BODY, message, fix) from None
        # The parser's text quotes no input, only what it expected and where.
        raise beyond(400, "malformed-json", "Not JSON", BODY, f"{error}", "send valid JSON") from None


Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class GuardedRoute(APIRoute):
    """Authenticates first: nobody learns what a route would have said to a body before being known."""

    def get_route_handler(self) -> Handler:
        inner = super().get_route_handler()
        known = {param.alias for param in self.dependant.query_params}

        async def guarded(request: Request) -> Response:
            scope = request.scope
            services: Services = request.app.state.services
            request = JsonRequest(scope, request.receive)
            request.state.principal = await authenticate(request, services, request.state.request_id)
            if request.state.principal.kind != "operator":
                services.rate_limit.check(request.state.principal.own_tenant)
            # Only now, since `headers` and `query_params` are cached at first use. FastAPI parses JSON only
            # under a JSON content type, and curl --data-binary sends another.
            others = [(name, value) for name, value in scope["headers"] if name != b"content-type"]
            scope["headers"] = [*others, (b"content-type", b"application/json")]
            scope["query_string"] = _without_signature(scope["query_string"])
            check_query(request, known)
            return await inner(request)

        return guarded


def check_query(request: Request, known: Collection[str]) -> None:
    """Raises ProblemError 422."""
    if unknown := sorted({name for name in request.query_params if name not in known}):
        # A misspelt filter would otherwise show everything.
        fix = f"this route knows {', '.join(sorted(known)) or 'none'}"
        raise invalid(unknown[0][:200], "there is no such parameter here", fix)


def _without_signature(query: bytes) -> bytes:
    # Routes refuse parameters that they do not know.
    return b"&".join(part for part in query.split(b"&") if not part.lower().startswith(b"x-amz-"))


# Dependencies are coroutines: FastAPI hands plain functions to a thread, which costs more than they do.
async def get_services(request: Request) -> Services:
    services: Services = request.app.state.services
    return services


def caller(*kinds: Kind) -> Callable[[Request], Coroutine[Any, Any, Principal]]:
    """A dependency: the authenticated caller, if it is one of `kinds`; else 403."""

    async def allowed(request: Request) -> Principal:
        principal: Principal = request.state.principal
        check_kind(principal, *kinds)
        return principal

    return allowed


def check_kind(principal: Principal, *kinds: Kind) -> None:
    """Raises ProblemError 403."""
    if principal.kind not in kinds:
        raise ProblemError(
            403,
            "wrong-role",
            "Refused",
            f"This is for the role {' or '.join(kinds)}; the request was signed as {principal.kind}.",
        )


CurrentServices = Annotated[Services, Depends(get_services)]
Operator = Annotated[Principal, Depends(caller("operator"))]
Watcher = Annotated[Principal, Depends(caller("operator", "auditor"))]
Writer = Annotated[Principal, Depends(caller("tenant"))]
Worker = Annotated[Principal, Depends(caller("worker", "tenant"))]
Anybody = Annotated[Principal, Depends(caller("operator", "tenant", "worker", "auditor"))]
JobsWriter = Annotated[Principal, Depends(caller("operator", "tenant"))]

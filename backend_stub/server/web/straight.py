"""Routes that are called most, answered without FastAPI's resolution of dependencies: what it does for each
request costs more than signature, validation and answer together.

Such a route takes a body and nothing else, and is still declared at its router: the published document, the
list of routes and the rules (known first, then query, role, body) are those of every other.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from pydantic import BaseModel, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from ..auth.authenticate import authenticate
from ..auth.principal import Kind, Principal
from ..problems import ProblemError, refused_fields, validation_problem
from ..services import Services
from .route import GuardedRoute, Handler, check_kind, check_query, parse

Endpoint = Callable[[Any, Principal, Services], Awaitable[Response]]
_MARK = "__straight__"
# Bytes of JSON that may hold up everybody else's requests while they are read.
_LONG = 64 * 1024


def straight(model: type[BaseModel], *kinds: Kind) -> Callable[[Endpoint], Endpoint]:
    """Marks a coroutine `(body, caller, services)` that answers a Response.

    Its caller is not confirmed: it calls `known.confirm` in the transaction that does the work.
    """

    def mark(endpoint: Endpoint) -> Endpoint:
        setattr(endpoint, _MARK, (model, kinds))
        return endpoint

    return mark


class StraightRoute(GuardedRoute):
    """A GuardedRoute whose endpoint may be marked with `straight`."""

    # What answers a request; None where FastAPI does.
    straight: Handler | None = None

    def get_route_handler(self) -> Handler:
        marked = getattr(self.endpoint, _MARK, None)
        if marked is None:
            return super().get_route_handler()
        self.straight = self._handler(*marked)
        return self.straight

    def _handler(self, model: type[BaseModel], kinds: tuple[Kind, ...]) -> Handler:
        endpoint: Endpoint = self.endpoint

        async def handle(request: Request) -> Response:
            services: Services = request.app.state.services
            request_id: str = request.state.request_id
            caller = await authenticate(request, services, request_id, fresh=False)
            try:
                if caller.kind != "operator":
                    services.rate_limit.check(caller.own_tenant)
                if request.scope["query_string"]:
                    check_query(request, ())
                check_kind(caller, *kinds)
                body = await request.body()
                if len(body) > _LONG:
                    checked = await run_in_threadpool(validated, model, body)
                else:
                    checked = validated(model, body)
            except ProblemError:
                if caller.unconfirmed is not None:
                    # Whoever was shut out meanwhile learns that, and nothing else.
                    await authenticate(request, services, request_id)
                raise
            return await endpoint(checked, caller, services)

        return handle


def validated(model: type[BaseModel], body: bytes) -> BaseModel:
    """Raises ProblemError 400, or 422 naming every field at fault."""
    if not body:
        raise validation_problem([{"loc": (), "msg": "Field required", "type": "missing"}])
    try:
        return model.model_validate(parse(body))
    except ValidationError as error:
        raise refused_fields(error) from None


def straight_routes(routes: Iterable[BaseRoute]) -> dict[tuple[str, str], StraightRoute]:
    """Those among an application's routes, by method and path."""
    return {
        (method, route.path): route
        for route in routes
        if isinstance(route, StraightRoute) and route.straight is not None
        for method in route.methods or ()
    }

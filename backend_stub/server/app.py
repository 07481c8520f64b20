"""The application: routers, error answers, the published document."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from sqlalchemy.exc import OperationalError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp

from backend_stub.contract.problems import PROBLEM_JSON

from .auth.authenticate import REQUEST_ID
from .logs import log, where
from .problems import ProblemError, validation_problem
from .routes import (
    admin,
    auditing,
    erasures,
    identity,
    jobs,
    keys,
    objects,
    observe,
    operators,
    public,
    replication,
    snapshots,
    stored,
)
from .services import Services
from .web.middleware import Outermost, database_unavailable, internal_error
from .web.repeats import is_once
from .web.straight import straight_routes

_TITLES = {404: "Not found", 405: "Method not allowed"}
_DETAILS = {
    404: "There is no such route. /openapi.json lists the routes there are.",
    405: "This route has other methods: see the Allow header.",
}
_REQUEST_ID = {
    "name": REQUEST_ID,
    "in": "header",
    "required": False,
    "description": "Names a signed change: sent again with the same value it gets the answer it had. "
    "Tenants, workers and auditors send one with every change but a tombstone; operators need none.",
    "schema": {"type": "string", "pattern": "^[!-~]{1,128}$"},
}
_ROUTERS = [
    module.router
    for module in (
        public,
        admin,
        auditing,
        operators,
        keys,
        objects,
        erasures,
        identity,
        jobs,
        replication,
        snapshots,
        stored,
        observe,
    )
]


def create_app(services: Services) -> ASGIApp:
    """The ASGI application over opened services."""
    app = _routed()
    app.state.services = services
    straight = straight_routes(route for router in _ROUTERS for route in router.routes)
    return Outermost(app, services.requests, straight)


def openapi() -> dict[str, Any]:
    """The document of `GET /openapi.json`."""
    return _routed().openapi()


def _once_routes() -> Iterator[APIRoute]:
    """Those whose signed change is made once."""
    for router in _ROUTERS:
        for route in router.routes:
            if isinstance(route, APIRoute) and is_once(route.endpoint):
                yield route


def _routed() -> FastAPI:
    app = FastAPI(
        title="secingest metadata server",
        version="1",
        description="Pointers, wrapped keys and policies of encrypted objects; never payload or keys.",
        docs_url=None,
        redoc_url=None,
        # A redirect would name a host that the caller chose, and no signature survives it.
        redirect_slashes=False,
    )
    for router in _ROUTERS:
        app.include_router(router)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(RequestValidationError, _on_validation)
    app.add_exception_handler(OperationalError, _on_database)
    app.add_exception_handler(Exception, _on_fault)
    original = app.openapi

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = describe(original())
            for route in _once_routes():
                operation = app.openapi_schema["paths"][route.path_format]
                for method in route.methods or ():
                    operation[method.lower()].setdefault("parameters", []).append(_REQUEST_ID)
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]
    return app


def describe(schema: dict[str, Any]) -> dict[str, Any]:
    """The generated document with the two ways to authenticate and the true type of error bodies."""
    schema["components"]["securitySchemes"] = {
        "operator": {"type": "apiKey", "in": "header", "name": "X-Admin-Key"},
        "sigv4": {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "AWS Signature Version 4, service s3, any region.",
        },
    }
    for methods in schema["paths"].values():
        for operation in methods.values():
            if "public" not in operation["tags"]:
                operation["security"] = [{"operator": []}, {"sigv4": []}]
            for status, answer in operation["responses"].items():
                if status[0] in "45" and "content" in answer:
                    answer["content"] = {PROBLEM_JSON: answer["content"].pop("application/json")}
    return schema


def _respond(request: Request, error: ProblemError) -> Response:
    problem = error.problem(request.url.path[:500], request.state.request_id)
    body = problem.model_dump_json(exclude_none=True)
    return Response(body, error.status_code, error.headers, media_type=PROBLEM_JSON)


async def _on_http(request: Request, error: Exception) -> Response:
    if isinstance(error, ProblemError):
        return _respond(request, error)
    assert isinstance(error, HTTPException)
    status = error.status_code
    code = _TITLES.get(status, "Not accepted").lower().replace(" ", "-")
    detail = _DETAILS.get(status, "The request cannot be read.")
    problem = ProblemError(status, code, _TITLES.get(status, "Not accepted"), detail, headers=error.headers)
    return _respond(request, problem)


async def _on_validation(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    return _respond(request, validation_problem(error.errors()))


async def _on_database(request: Request, error: Exception) -> Response:
    log("database", "error", request_id=request.state.request_id, fault=where(error))
    return _respond(request, database_unavailable())


async def _on_fault(request: Request, _error: Exception) -> Response:
    return _respond(request, internal_error())

"""textual-serve behind a door: one token for one browser, loopback, and nothing asked of anybody else.

What textual-serve leaves open and is shut here: its page loads a font from another host, its WebSocket takes
connections from any page of any site (they could drive the terminal), it answers to any ``Host`` (DNS
rebinding), and it lists its folders.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Awaitable, Callable
from importlib.resources import files
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp_jinja2
import jinja2
from aiohttp import web
from textual_serve.server import Server

COOKIE = "secingest-session"
MAX_SESSIONS = 4
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class WebServer(Server):
    """Starts ``command`` for each WebSocket of the browser that showed the token."""

    def __init__(
        self, command: str, host: str, port: int, say: Callable[[str], None], public_url: str | None
    ) -> None:
        """``public_url`` is where a proxy with TLS offers it; without one, only this machine is served."""
        shown = f"[{host}]" if ":" in host else host
        super().__init__(
            command,
            host=host,
            port=port,
            title="secingest",
            public_url=(public_url or f"http://{shown}:{port}").rstrip("/"),
            templates_path=str(Path(str(files("secingest_tui.web"))) / "templates"),
        )
        self._say = say
        self._token: str | None = secrets.token_urlsafe(32)
        self._session = secrets.token_urlsafe(32)
        self._open = 0
        self._hosts = {urlsplit(self.public_url).netloc}
        if public_url is None and host in {"127.0.0.1", "localhost", "::1"}:
            self._hosts |= {f"127.0.0.1:{port}", f"localhost:{port}", f"[::1]:{port}"}

    @property
    def address(self) -> str:
        """What to open; good for one browser."""
        return f"{self.public_url}/?token={self._token}"

    def serve(self, debug: bool = False) -> None:
        """Serve until SIGINT or SIGTERM, without a log, which would hold what is typed.

        Raises OSError where the port cannot be had.
        """
        self.debug = debug

        def listening(*_said: object) -> None:
            self._say(self.address)

        web.run_app(
            self._make_app(),
            host=self.host,
            port=self.port,
            print=listening,
            access_log=None,
            shutdown_timeout=2,
        )

    async def _make_app(self) -> web.Application:
        app = web.Application(middlewares=[self._door])
        aiohttp_jinja2.setup(app, loader=jinja2.FileSystemLoader(self.templates_path), autoescape=True)
        app.add_routes(
            [
                web.get("/", self.handle_index, name="index"),
                web.get("/copy.js", self._copying),
                web.get("/ws", self.handle_websocket, name="websocket"),
                web.static("/static", self.statics_path, name="static"),
            ]
        )
        return app

    async def _copying(self, _request: web.Request) -> web.StreamResponse:
        """What brings OSC 52 to the browser's clipboard; the page's terminal leaves it out."""
        return web.FileResponse(Path(str(files("secingest_tui.web"))) / "static" / "copy.js")

    @web.middleware
    async def _door(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.host not in self._hosts:
            raise web.HTTPForbidden(text="This address is not served here.\n")
        given = request.query.get("token")
        if given is not None and request.path == "/":
            return self._let_in(given)
        if not _same(request.cookies.get(COOKIE), self._session):
            raise web.HTTPForbidden(text="Open the address that secingest web printed; it works once.\n")
        if request.path == "/ws":
            if urlsplit(request.headers.get("Origin", "")).netloc not in self._hosts:
                raise web.HTTPForbidden(text="Another site may not use this terminal.\n")
            if self._open >= MAX_SESSIONS:
                raise web.HTTPServiceUnavailable(text="Close another window first.\n")
            self._open += 1
            try:
                return await handler(request)
            finally:
                self._open -= 1
        answer = await handler(request)
        answer.headers.update(self._headers(request.host))
        return answer

    def _let_in(self, given: str) -> web.StreamResponse:
        if not _same(given, self._token):
            raise web.HTTPForbidden(
                text="This token is wrong or was used already; start secingest web again.\n"
            )
        self._token = None
        answer = web.HTTPSeeOther("/")
        answer.set_cookie(
            COOKIE,
            self._session,
            httponly=True,
            samesite="Strict",
            secure=self.public_url.startswith("https"),
            path="/",
        )
        answer.headers["Referrer-Policy"] = "no-referrer"
        answer.headers["Cache-Control"] = "no-store"
        return answer

    def _headers(self, host: str) -> dict[str, str]:
        socket = ("wss://" if self.public_url.startswith("https") else "ws://") + host
        ours = self.public_url
        return {
            "Content-Security-Policy": (
                f"default-src 'none'; script-src 'self' {ours}; style-src 'self' {ours} 'unsafe-inline'; "
                f"font-src 'self' {ours}; img-src 'self' data:; connect-src 'self' {socket} {_socket(ours)}; "
                "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
            ),
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "no-store",
            "Cross-Origin-Opener-Policy": "same-origin",
        }


def _socket(url: str) -> str:
    return "ws" + url.removeprefix("http")


def _same(given: str | None, wanted: str | None) -> bool:
    return given is not None and wanted is not None and hmac.compare_digest(given.encode(), wanted.encode())

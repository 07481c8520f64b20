"""`python -m backend_stub`: the metadata server as a process of its own."""

from backend_stub.server.main import main

if __name__ == "__main__":
    raise SystemExit(main())

"""The metadata server: one process of many on one database. Clients import `backend_stub.contract` only."""

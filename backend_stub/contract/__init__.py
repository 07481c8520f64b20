"""The API contract: pydantic models and the namespace rule, imported by the server and by its clients.

Imports nothing but pydantic and the standard library (held by import-linter and a test).
"""

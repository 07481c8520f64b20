"""The API: thin functions between HTTP and `registry`."""

"""HTTP: what holds for every route."""

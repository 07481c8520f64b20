"""What the server does, without HTTP: each module owns some tables."""

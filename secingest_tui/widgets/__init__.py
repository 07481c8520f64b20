"""The parts screens are made of. They take ``Content`` and data, and send messages up."""

"""What the screens show, as plain frozen data. Imports no Textual and does no I/O."""

"""Entry point of the ``secingest`` command."""

from secingest_tui.cli.main import main

if __name__ == "__main__":
    main()

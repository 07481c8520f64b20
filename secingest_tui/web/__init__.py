"""The application in a browser on this machine (textual-serve)."""

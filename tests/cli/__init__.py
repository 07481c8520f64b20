"""What only the command line has."""

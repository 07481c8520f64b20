"""The application over a real sshd: shut in, cut off, and the day of each role."""

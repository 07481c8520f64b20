"""What is known about S3 providers (``catalogue``, ``search``), and what they really do (``probe``)."""

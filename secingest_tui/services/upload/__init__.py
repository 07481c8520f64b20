"""One object from a file or stream to the provider: seal, send in parallel, resume, verify."""

"""Register what other software uploaded: one object, a file of thousands, or what a snapshot shows."""

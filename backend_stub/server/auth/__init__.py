"""Who is asking: the operator's key, and AWS Signature Version 4."""

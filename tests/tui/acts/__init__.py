"""A Pilot test for every action, on a real stack: it asserts what server, bucket or file became."""

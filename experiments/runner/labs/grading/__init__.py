"""Grading what somebody else has written: confined, attested, and told in several formats."""

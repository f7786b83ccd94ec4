"""The labs: what a student is given, what the checker says of the work, what an author verifies."""

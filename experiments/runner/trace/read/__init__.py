"""Turning recorded events into steps: what each of the parties did, and when."""

"""Carrying out a plan: servers and generator started and stopped, every line recorded."""

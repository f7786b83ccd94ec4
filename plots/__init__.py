"""Figures and report of a results folder; reads only what the runner left there."""

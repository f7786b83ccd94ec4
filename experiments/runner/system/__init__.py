"""This machine: its processes, its facts and limits, its cores."""

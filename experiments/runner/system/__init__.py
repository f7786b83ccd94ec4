"""This machine: its processes and who listens, its facts and limits, its cores."""

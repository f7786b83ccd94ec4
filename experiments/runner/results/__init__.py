"""The analysis as objects, and as files and tables for a reader."""

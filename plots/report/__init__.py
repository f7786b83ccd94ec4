"""The report: figures as files, tables and texts, one HTML page from a results folder."""

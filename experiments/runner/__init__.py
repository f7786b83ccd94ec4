"""The experiment runner behind ./iolab: sets up, builds, measures, analyses, reports."""

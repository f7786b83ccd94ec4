"""What the record means: statistics, verdicts, flags, findings. It ends in a model.Analysis."""

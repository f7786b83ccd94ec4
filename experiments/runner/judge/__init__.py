"""What the record means: statistics, verdicts, flags, findings. It ends in a results.model.Analysis."""

"""What labs there are, as their files tell it. Nothing is compiled here."""

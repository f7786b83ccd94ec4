"""Pictures of traced conversations: who performs the I/O, and when."""

from plots.trace.page import write_pictures

__all__ = ["write_pictures"]

"""How the runner ends when it cannot go on: one line for the reader and an exit status."""

EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_INTERRUPTED = 130


class Failure(Exception):
    """Ends the command: `message` is printed as one line, `status` becomes the exit status."""

    def __init__(self, message: str, status: int = EXIT_FAILED) -> None:
        super().__init__(message)
        self.message = message
        self.status = status


def usage(message: str) -> Failure:
    """A Failure that is the caller's mistake: a bad option, name or path."""
    return Failure(message, EXIT_USAGE)

"""One conversation with a server, as the kernel recorded it: who performed the I/O, and when."""

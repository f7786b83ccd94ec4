"""Recording what happens: by the kernel's tracepoints, or by strace."""

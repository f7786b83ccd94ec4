"""Making the machine ready: what is needed, what installs it, building."""

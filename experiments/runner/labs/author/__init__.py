"""For those who write labs and hand them out. A student's repository has none of this."""

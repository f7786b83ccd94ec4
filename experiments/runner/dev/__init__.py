"""For those who change iolab: the linters and the counts of test runs."""

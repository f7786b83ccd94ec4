"""One module per subcommand; each has `run(options, arguments) -> exit status`."""

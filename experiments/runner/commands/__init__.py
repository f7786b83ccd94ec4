"""One module per subcommand of ./iolab, and what several of them share.

A subcommand's module has HELP, add_options(parser), needs(options) and run(options, arguments). It
imports packages outside the standard library only inside run(): by then `needs` has been installed.
"""

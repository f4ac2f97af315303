"""The command line's parts, one command a file; nothing heavy is imported before it is used."""

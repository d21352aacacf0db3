"""One module a command, each with `run(args) -> exit code`; imported when the command runs."""

"""The commands, one file each; ``run(arguments)`` returns the exit status."""

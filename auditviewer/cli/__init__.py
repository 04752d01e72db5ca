"""The command line, on the same core as the window and without Qt."""

"""The version of the readers, apart from them: the cache is asked before any reader is needed."""

READER_VERSION = 5
"""Raised whenever the same file would be read into something else: entries of older readers are then not used."""

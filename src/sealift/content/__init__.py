"""Content as bytes: knows keys, not binaries."""

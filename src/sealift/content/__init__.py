"""Content as bytes. Knows keys, not binaries."""

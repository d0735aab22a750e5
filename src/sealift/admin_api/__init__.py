"""The Admin API: the door for people's scripts."""

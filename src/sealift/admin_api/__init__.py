"""The door for people's scripts."""

"""The door for a terminal, on top of the client."""

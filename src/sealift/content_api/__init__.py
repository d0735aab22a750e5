"""The door through which bytes come and go."""

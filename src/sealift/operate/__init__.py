"""The door for whoever keeps the system running."""

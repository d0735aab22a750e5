"""The door of whoever runs the system."""

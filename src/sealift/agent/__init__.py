"""The device's side: checks for updates, fetches them, and has them installed or not at all."""

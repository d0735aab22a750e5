"""The rules. Pure: no file, no socket, no clock, no chance; "now" is a parameter."""

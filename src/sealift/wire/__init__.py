"""Shapes on the network, shared by the server and the client."""

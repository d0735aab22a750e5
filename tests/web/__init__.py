"""The shared half of the doors that speak HTTP."""

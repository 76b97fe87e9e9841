"""Peers and drivers for the end-to-end tests: the daemon, its callers and the origins it calls."""

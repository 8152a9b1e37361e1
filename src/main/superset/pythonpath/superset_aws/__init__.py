"""Superset as this platform runs it: settings from the environment, and what follows from them."""

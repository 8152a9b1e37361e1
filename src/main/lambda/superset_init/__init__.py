"""Runs the task superset-init and waits for it: the gate before every rollout."""

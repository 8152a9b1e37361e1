"""Metrics of the application, read off Superset's own hooks: docs/metrics.md."""

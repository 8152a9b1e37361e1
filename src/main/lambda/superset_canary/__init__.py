"""Visits Superset as people do, and says how it went as metrics of CloudWatch."""

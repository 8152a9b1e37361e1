"""What superset-promote and superset-admit share: fences, records, other regions, time."""

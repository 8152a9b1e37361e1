"""What people made in Superset, written to S3 and read back: content, people, roles.

A backup of the database holds more and is restored faster. An export can be read by people, by
another release of Superset, and where the whole database is what went wrong.
"""

"""Makes this region the writer: fences, waits, promotes the replica, and tells every region.

Whoever is told to `superset_promote.handler.handle`. See handler.py for the event and the result.
"""

"""Fills, enforces and rotates Superset's secrets; no value ever leaves Secrets Manager and RDS.

Terraform makes the containers and invokes `superset_secrets.handler.handle` whenever a version
number in the configuration changes. See handler.py for the event and the result.
"""

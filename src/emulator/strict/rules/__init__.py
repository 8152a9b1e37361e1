"""Refusals of AWS that no service model expresses, one module per service.

A rule gets the parameters of one operation and yields a refusal for each thing AWS refuses. A rule
about other resources gets the whole call and reads the emulator's state under its lock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from emulator import lock
from emulator.errors import Refusal
from emulator.strict.rules import (
    cache,
    containers,
    database,
    edge,
    functions,
    keys,
    policies,
    roles,
)
from emulator.wire import Call

Rule = Callable[[dict[str, Any]], Iterator[Refusal]]

RULES: dict[tuple[str, str], tuple[Rule, ...]] = {
    ("ecs", "RegisterTaskDefinition"): (containers.task_definition,),
    ("elasticache", "CreateReplicationGroup"): (cache.replication_group,),
    ("elasticache", "CreateUser"): (cache.user,),
    ("elbv2", "CreateListener"): (edge.listener,),
    ("elbv2", "CreateLoadBalancer"): (edge.load_balancer,),
    ("elbv2", "CreateRule"): (edge.rule,),
    ("elbv2", "CreateTargetGroup"): (edge.target_group,),
    ("elbv2", "ModifyTargetGroup"): (edge.target_group,),
    ("elbv2", "ModifyTargetGroupAttributes"): (edge.target_group_attributes,),
    ("lambda", "CreateFunction"): (functions.configuration,),
    ("lambda", "UpdateFunctionConfiguration"): (functions.configuration,),
    ("rds", "CreateDBInstance"): (database.identifier, database.user, database.settings),
    ("rds", "CreateDBInstanceReadReplica"): (database.identifier, database.settings),
    ("rds", "ModifyDBInstance"): (database.settings,),
    ("s3", "CreateBucket"): (edge.bucket,),
}

StateRule = Callable[[Call], Iterator[Refusal]]

STATE_RULES: dict[tuple[str, str], tuple[StateRule, ...]] = {
    **dict.fromkeys(policies.DOCUMENTS, (policies.document,)),
    ("ecr", "CreateRepository"): (keys.region,),
    ("elasticache", "CreateReplicationGroup"): (keys.region,),
    ("elbv2", "CreateListener"): (roles.listener,),
    ("elbv2", "ModifyListener"): (roles.listener,),
    ("kms", "CreateKey"): (policies.document, keys.policy),
    ("kms", "PutKeyPolicy"): (policies.document, keys.policy),
    ("lambda", "CreateFunction"): (roles.function,),
    ("lambda", "UpdateFunctionConfiguration"): (roles.function,),
    ("logs", "AssociateKmsKey"): (keys.log_group,),
    ("logs", "CreateLogGroup"): (keys.log_group,),
    ("rds", "CreateDBInstance"): (keys.region,),
    ("rds", "CreateDBInstanceReadReplica"): (keys.region,),
    ("rds", "ModifyDBInstance"): (keys.region,),
}


def refusal(call: Call) -> Refusal | None:
    """The first rule a request breaks."""
    for rule in RULES.get((call.service, call.operation), ()):
        for found in rule(call.parameters):
            return found
    with lock.held():
        for state_rule in STATE_RULES.get((call.service, call.operation), ()):
            for found in state_rule(call):
                return found
    return None

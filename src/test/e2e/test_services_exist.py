"""Cluster, services, tasks and their scaling as AWS reports them."""

from typing import Any

import pytest
from deployments import Deployment

CLUSTER = "superset-production"
SERVICES = ("superset-web", "superset-worker", "superset-beat")
TASKS = {
    "superset-web": "superset-app",
    "superset-worker": "superset-worker",
    "superset-beat": "superset-beat",
}
LOG_GROUPS = {f"/superset/{name}" for name in ("web", "worker", "beat", "init", "exec")}
#: Capacity provider to base and weight.
ONE_ON_DEMAND_THE_REST_SPOT = {"FARGATE": (1, 0), "FARGATE_SPOT": (0, 1)}
ON_DEMAND = {"FARGATE": (0, 1)}


def services(production: Deployment, region: str) -> dict[str, dict[str, Any]]:
    client = production.emulator.client("ecs", region)
    found = client.describe_services(cluster=CLUSTER, services=list(SERVICES))["services"]
    return {service["serviceName"]: service for service in found}


def definition(production: Deployment, region: str, family: str) -> dict[str, Any]:
    client = production.emulator.client("ecs", region)
    return client.describe_task_definition(taskDefinition=family)["taskDefinition"]


def test_cluster_has_container_insights(production: Deployment, region: str) -> None:
    client = production.emulator.client("ecs", region)
    answer = client.describe_clusters(clusters=[CLUSTER], include=["SETTINGS"])
    assert {"name": "containerInsights", "value": "enabled"} in answer["clusters"][0]["settings"]


def test_cluster_audits_exec_sessions_to_an_encrypted_log(
    production: Deployment, region: str
) -> None:
    client = production.emulator.client("ecs", region)
    answer = client.describe_clusters(clusters=[CLUSTER], include=["CONFIGURATIONS"])
    exec_ = answer["clusters"][0]["configuration"]["executeCommandConfiguration"]
    assert exec_["logging"] == "OVERRIDE"
    assert exec_["logConfiguration"]["cloudWatchLogGroupName"] == "/superset/exec"
    assert exec_["logConfiguration"]["cloudWatchEncryptionEnabled"] is True


def test_web_worker_and_beat_are_active(production: Deployment, region: str) -> None:
    found = services(production, region)
    assert {name: service["status"] for name, service in found.items()} == dict.fromkeys(
        SERVICES, "ACTIVE"
    )


@pytest.mark.parametrize(
    ("service", "desired"), [("superset-web", 3), ("superset-worker", 1), ("superset-beat", 1)]
)
def test_services_begin_with_the_configured_number_of_tasks(
    production: Deployment, region: str, service: str, desired: int
) -> None:
    assert services(production, region)[service]["desiredCount"] == desired


@pytest.mark.parametrize(
    ("service", "minimum", "maximum"),
    [("superset-web", 50, 200), ("superset-worker", 50, 200), ("superset-beat", 0, 100)],
)
def test_rollout_is_bounded_and_rolled_back_when_it_fails(
    production: Deployment, region: str, service: str, minimum: int, maximum: int
) -> None:
    rollout = services(production, region)[service]["deploymentConfiguration"]
    assert rollout["minimumHealthyPercent"] == minimum
    assert rollout["maximumPercent"] == maximum
    assert rollout["deploymentCircuitBreaker"] == {"enable": True, "rollback": True}


@pytest.mark.parametrize(
    ("service", "strategy"),
    [
        ("superset-web", ON_DEMAND),
        ("superset-worker", ONE_ON_DEMAND_THE_REST_SPOT),
        ("superset-beat", ON_DEMAND),
    ],
)
def test_services_spread_over_capacity_providers(
    production: Deployment, region: str, service: str, strategy: dict[str, tuple[int, int]]
) -> None:
    found = services(production, region)[service]["capacityProviderStrategy"]
    spread = {one["capacityProvider"]: (one.get("base", 0), one.get("weight", 0)) for one in found}
    assert spread == strategy


@pytest.mark.parametrize("service", SERVICES)
def test_tasks_run_in_private_subnets_without_a_public_address(
    production: Deployment, region: str, service: str
) -> None:
    network = services(production, region)[service]["networkConfiguration"]["awsvpcConfiguration"]
    assert network["assignPublicIp"] == "DISABLED"
    ec2 = production.emulator.client("ec2", region)
    subnets = ec2.describe_subnets(SubnetIds=network["subnets"])["Subnets"]
    names = {tag["Value"] for one in subnets for tag in one["Tags"] if tag["Key"] == "Name"}
    assert names == {f"{CLUSTER}-private-a", f"{CLUSTER}-private-b"}
    groups = ec2.describe_security_groups(GroupIds=network["securityGroups"])["SecurityGroups"]
    expected = "web" if service == "superset-web" else "worker"
    assert [group["GroupName"] for group in groups] == [f"{CLUSTER}-{expected}"]


@pytest.mark.parametrize("service", SERVICES)
def test_exec_is_possible(production: Deployment, region: str, service: str) -> None:
    assert services(production, region)[service]["enableExecuteCommand"] is True


def test_web_is_behind_the_load_balancer_and_found_by_name(
    production: Deployment, region: str
) -> None:
    web = services(production, region)["superset-web"]
    (target,) = web["loadBalancers"]
    assert (target["containerName"], target["containerPort"]) == ("superset", 8088)
    assert web["healthCheckGracePeriodSeconds"] > 0
    (registry,) = web["serviceRegistries"]
    discovery = production.emulator.client("servicediscovery", region)
    found = discovery.get_service(Id=registry["registryArn"].rpartition("/")[2])["Service"]
    assert found["Name"] == "superset"


@pytest.mark.parametrize("family", [*TASKS.values(), "superset-init"])
def test_tasks_are_arm_on_fargate_with_the_image_pinned_by_digest(
    production: Deployment, region: str, family: str
) -> None:
    found = definition(production, region, family)
    assert found["requiresCompatibilities"] == ["FARGATE"]
    assert found["runtimePlatform"]["cpuArchitecture"] == "ARM64"
    (container,) = [one for one in found["containerDefinitions"] if one["name"] == "superset"]
    account = production.environment.account
    prefix = f"{account}.dkr.ecr.{region}.amazonaws.com/superset-production@sha256:"
    assert container["image"].startswith(prefix)


@pytest.mark.parametrize("family", [*TASKS.values(), "superset-init"])
def test_task_and_execution_roles_are_apart(
    production: Deployment, region: str, family: str
) -> None:
    found = definition(production, region, family)
    assert found["taskRoleArn"] != found["executionRoleArn"]


@pytest.mark.parametrize("family", [*TASKS.values(), "superset-init"])
def test_tasks_log_into_their_services_group(
    production: Deployment, region: str, family: str
) -> None:
    (container,) = definition(production, region, family)["containerDefinitions"]
    options = container["logConfiguration"]["options"]
    service = {"superset-app": "web"}.get(family, family.removeprefix("superset-"))
    prefix = "superset-init" if family == "superset-init" else "superset"
    assert options["awslogs-group"] == f"/superset/{service}"
    assert options["awslogs-stream-prefix"] == prefix
    assert options["awslogs-region"] == region


def test_containers_learn_environment_and_cache(production: Deployment, region: str) -> None:
    (container,) = definition(production, region, "superset-app")["containerDefinitions"]
    variables = {one["name"]: one["value"] for one in container["environment"]}
    assert variables["SUPERSET_ENV"] == "production"
    assert variables["REDIS_PORT"] == "6379"
    client = production.emulator.client("elasticache", region)
    (redis,) = client.describe_replication_groups(ReplicationGroupId=CLUSTER)["ReplicationGroups"]
    assert variables["REDIS_HOST"] == redis["NodeGroups"][0]["PrimaryEndpoint"]["Address"]


def test_services_logs_are_kept_and_encrypted(production: Deployment, region: str) -> None:
    found = {
        group["logGroupName"]: group
        for group in production.emulator.pages(
            "logs", region, "describe_log_groups", "logGroups", logGroupNamePrefix="/superset/"
        )
    }
    assert found.keys() >= LOG_GROUPS
    for group in found.values():
        assert group["retentionInDays"] > 0
        assert f":{region}:" in group["kmsKeyId"]


@pytest.mark.parametrize(
    ("service", "minimum", "maximum"), [("superset-web", 3, 10), ("superset-worker", 1, 6)]
)
def test_services_scale_between_the_configured_numbers(
    production: Deployment, region: str, service: str, minimum: int, maximum: int
) -> None:
    targets = {
        target["ResourceId"]: (target["MinCapacity"], target["MaxCapacity"])
        for target in production.emulator.pages(
            "application-autoscaling",
            region,
            "describe_scalable_targets",
            "ScalableTargets",
            ServiceNamespace="ecs",
        )
    }
    assert targets[f"service/{CLUSTER}/{service}"] == (minimum, maximum)


def held_by(tracking: dict[str, Any]) -> str:
    """Metric, or expression, that a policy holds."""
    if "PredefinedMetricSpecification" in tracking:
        return str(tracking["PredefinedMetricSpecification"]["PredefinedMetricType"])
    # They come in any order.
    metrics = tracking["CustomizedMetricSpecification"]["Metrics"]
    return str(next(one["Expression"] for one in metrics if one["ReturnData"]))


def test_scaling_follows_what_services_are_short_of(production: Deployment, region: str) -> None:
    policies = production.emulator.pages(
        "application-autoscaling",
        region,
        "describe_scaling_policies",
        "ScalingPolicies",
        ServiceNamespace="ecs",
    )
    found = set()
    for policy in policies:
        tracking = policy["TargetTrackingScalingPolicyConfiguration"]
        found.add(
            (
                policy["ResourceId"].rpartition("/")[2],
                held_by(tracking),
                tracking["TargetValue"],
                tracking["ScaleOutCooldown"],
                tracking["ScaleInCooldown"],
            )
        )
    cpu, memory = "ECSServiceAverageCPUUtilization", "ECSServiceAverageMemoryUtilization"
    assert found == {
        ("superset-web", cpu, 70.0, 60, 300),
        ("superset-web", memory, 80.0, 60, 300),
        ("superset-web", "ALBRequestCountPerTarget", 2400.0, 60, 300),
        ("superset-worker", cpu, 70.0, 60, 300),
        ("superset-worker", "waiting / running", 10.0, 60, 300),
    }

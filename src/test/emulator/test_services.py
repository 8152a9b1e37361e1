"""Gaps of moto around services: ECS, Application Auto Scaling, ACM, EC2, Lambda, CloudWatch."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from conftest import Aws
from test_functions import archive, role

Closes = Callable[[Callable[[Aws], None]], None]
Network = Callable[..., dict[str, Any]]


def service(aws: Aws, name: str, network: Network, **more: Any) -> dict[str, Any]:
    ecs = aws.client("ecs")
    made = network(aws)
    ecs.create_cluster(clusterName=name)
    task = ecs.register_task_definition(
        family=name,
        requiresCompatibilities=["FARGATE"],
        networkMode="awsvpc",
        cpu="256",
        memory="512",
        containerDefinitions=[{"name": "superset", "image": "image"}],
    )["taskDefinition"]["taskDefinitionArn"]
    created: dict[str, Any] = ecs.create_service(
        **{
            "cluster": name,
            "serviceName": name,
            "taskDefinition": task,
            "desiredCount": 2,
            "networkConfiguration": {
                "awsvpcConfiguration": {
                    "subnets": made["subnets"],
                    "securityGroups": [made["group"]],
                }
            },
            **more,
        }
    )["service"]
    return created


def described(aws: Aws, name: str) -> dict[str, Any]:
    ecs = aws.client("ecs")
    found: dict[str, Any] = ecs.describe_services(cluster=name, services=[name])["services"][0]
    return found


def test_a_service_keeps_what_it_is_made_of(closes: Closes, name: str, network: Network) -> None:
    settings: dict[str, Any] = {
        "capacityProviderStrategy": [
            {"capacityProvider": "FARGATE", "base": 1, "weight": 1},
            {"capacityProvider": "FARGATE_SPOT", "base": 0, "weight": 2},
        ],
        "enableExecuteCommand": True,
        "healthCheckGracePeriodSeconds": 120,
        "availabilityZoneRebalancing": "ENABLED",
        "enableECSManagedTags": True,
        "deploymentConfiguration": {
            "deploymentCircuitBreaker": {"enable": True, "rollback": True},
            "maximumPercent": 200,
            "minimumHealthyPercent": 100,
        },
    }

    def check(aws: Aws) -> None:
        service(aws, name, network, **settings)
        found = described(aws, name)
        assert {key: found[key] for key in settings} == settings
        assert "launchType" not in found
        public = found["networkConfiguration"]["awsvpcConfiguration"]["assignPublicIp"]
        assert public == "DISABLED"

    closes(check)


def test_an_update_keeps_what_it_leaves_out(closes: Closes, name: str, network: Network) -> None:
    def check(aws: Aws) -> None:
        breaker = {"enable": True, "rollback": True}
        service(aws, name, network, deploymentConfiguration={"deploymentCircuitBreaker": breaker})
        aws.client("ecs").update_service(
            cluster=name, service=name, deploymentConfiguration={"maximumPercent": 150}
        )
        configuration = described(aws, name)["deploymentConfiguration"]
        assert configuration["maximumPercent"] == 150
        assert configuration["deploymentCircuitBreaker"] == breaker

    closes(check)


def test_a_deployment_is_completed(closes: Closes, name: str, network: Network) -> None:
    def check(aws: Aws) -> None:
        service(aws, name, network, launchType="FARGATE")
        found = described(aws, name)
        assert found["runningCount"] == 2
        (deployment,) = found["deployments"]
        assert deployment["rolloutState"] == "COMPLETED"

    closes(check)


def test_a_new_task_definition_is_a_new_deployment(
    closes: Closes, name: str, network: Network
) -> None:
    def check(aws: Aws) -> None:
        first = service(aws, name, network, launchType="FARGATE")
        ecs = aws.client("ecs")
        task = ecs.register_task_definition(
            family=name,
            networkMode="awsvpc",
            cpu="256",
            memory="512",
            containerDefinitions=[{"name": "superset", "image": "other"}],
        )["taskDefinition"]["taskDefinitionArn"]
        ecs.update_service(cluster=name, service=name, taskDefinition=f"{name}:2")
        found = described(aws, name)
        assert found["taskDefinition"] == task
        assert found["deployments"][0]["taskDefinition"] == task
        assert found["deployments"][0]["id"] != first["deployments"][0]["id"]

    closes(check)


def test_a_service_is_not_made_twice(closes: Closes, name: str, network: Network) -> None:
    def check(aws: Aws) -> None:
        service(aws, name, network, launchType="FARGATE")
        with pytest.raises(ClientError, match="not idempotent"):
            service(aws, name, network, launchType="FARGATE")

    closes(check)


def test_a_scalable_target_has_tags(closes: Closes, name: str, network: Network) -> None:
    def check(aws: Aws) -> None:
        service(aws, name, network, launchType="FARGATE")
        scaling = aws.client("application-autoscaling")
        arn = scaling.register_scalable_target(
            ServiceNamespace="ecs",
            ResourceId=f"service/{name}/{name}",
            ScalableDimension="ecs:service:DesiredCount",
            MinCapacity=1,
            MaxCapacity=3,
            Tags={"owner": "data"},
        )["ScalableTargetARN"]
        scaling.tag_resource(ResourceARN=arn, Tags={"environment": "prod"})
        scaling.untag_resource(ResourceARN=arn, TagKeys=["owner"])
        tags = scaling.list_tags_for_resource(ResourceARN=arn)["Tags"]
        assert tags == {"environment": "prod"}

    closes(check)


def test_policies_go_with_their_target(closes: Closes, name: str, network: Network) -> None:
    def check(aws: Aws) -> None:
        service(aws, name, network, launchType="FARGATE")
        scaling = aws.client("application-autoscaling")
        target = {
            "ServiceNamespace": "ecs",
            "ResourceId": f"service/{name}/{name}",
            "ScalableDimension": "ecs:service:DesiredCount",
        }
        scaling.register_scalable_target(**target, MinCapacity=1, MaxCapacity=3)
        metric = {"PredefinedMetricType": "ECSServiceAverageCPUUtilization"}
        scaling.put_scaling_policy(
            **target,
            PolicyName="cpu",
            PolicyType="TargetTrackingScaling",
            TargetTrackingScalingPolicyConfiguration={
                "TargetValue": 70.0,
                "PredefinedMetricSpecification": metric,
            },
        )
        scaling.deregister_scalable_target(**target)
        left = scaling.describe_scaling_policies(
            ServiceNamespace="ecs", ResourceId=target["ResourceId"]
        )["ScalingPolicies"]
        assert left == []

    closes(check)


def test_a_certificate_is_issued_by_its_record(closes: Closes, name: str) -> None:
    def check(aws: Aws) -> None:
        domain = f"{name}.example.com"
        arn = aws.client("acm", "eu-west-1").request_certificate(
            DomainName=domain,
            SubjectAlternativeNames=[f"*.{domain}"],
            ValidationMethod="DNS",
        )["CertificateArn"]

        def certificate() -> dict[str, Any]:
            acm = aws.client("acm", "eu-west-1")
            found: dict[str, Any] = acm.describe_certificate(CertificateArn=arn)["Certificate"]
            return found

        assert certificate()["Status"] == "PENDING_VALIDATION"
        options = certificate()["DomainValidationOptions"]
        records = {json.dumps(option["ResourceRecord"]) for option in options}
        assert len(records) == 1
        record = json.loads(records.pop())
        route53 = aws.client("route53")
        zone = route53.create_hosted_zone(Name=domain, CallerReference=name)["HostedZone"]["Id"]
        route53.change_resource_record_sets(
            HostedZoneId=zone,
            ChangeBatch={
                "Changes": [
                    {
                        "Action": "UPSERT",
                        "ResourceRecordSet": {
                            "Name": record["Name"],
                            "Type": record["Type"],
                            "TTL": 300,
                            "ResourceRecords": [{"Value": record["Value"]}],
                        },
                    }
                ]
            },
        )
        assert certificate()["Status"] == "ISSUED"

    closes(check)


def test_a_rule_that_names_a_group_has_a_description(
    closes: Closes, name: str, network: Network
) -> None:
    def check(aws: Aws) -> None:
        ec2 = aws.client("ec2")
        made = network(aws)
        pair = {"GroupId": made["group"], "Description": "from itself"}
        permission = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80}
        rule = ec2.authorize_security_group_ingress(
            GroupId=made["group"], IpPermissions=[{**permission, "UserIdGroupPairs": [pair]}]
        )["SecurityGroupRules"][0]["SecurityGroupRuleId"]
        found = ec2.describe_security_group_rules(SecurityGroupRuleIds=[rule])
        assert found["SecurityGroupRules"][0]["Description"] == "from itself"

    closes(check)


def test_a_function_keeps_its_configuration(closes: Closes, name: str) -> None:
    def check(aws: Aws) -> None:
        functions = aws.client("lambda")
        logging = {
            "LogFormat": "JSON",
            "LogGroup": f"/superset/{name}",
            "ApplicationLogLevel": "INFO",
            "SystemLogLevel": "WARN",
        }
        functions.create_function(
            FunctionName=name,
            Runtime="python3.12",
            Role=role(aws, name),
            Handler="handler.handle",
            Code={"ZipFile": archive({"handler.py": ""})},
            LoggingConfig=logging,
        )
        functions.update_function_configuration(FunctionName=name, TracingConfig={"Mode": "Active"})
        found = functions.get_function_configuration(FunctionName=name)
        assert found["LoggingConfig"] == logging
        assert found["TracingConfig"] == {"Mode": "Active"}

    closes(check)


def test_a_cluster_setting_can_be_changed(closes: Closes, name: str) -> None:
    def check(aws: Aws) -> None:
        ecs = aws.client("ecs")
        ecs.create_cluster(clusterName=name)
        setting = {"name": "containerInsights", "value": "enhanced"}
        ecs.update_cluster_settings(cluster=name, settings=[setting])
        (cluster,) = ecs.describe_clusters(clusters=[name], include=["SETTINGS"])["clusters"]
        assert cluster["settings"] == [setting]

    closes(check)


def test_scanning_can_be_switched_off(closes: Closes, name: str) -> None:
    def check(aws: Aws) -> None:
        ecr = aws.client("ecr")
        ecr.create_repository(repositoryName=name, imageScanningConfiguration={"scanOnPush": True})
        ecr.put_image_scanning_configuration(repositoryName=name, imageScanningConfiguration={})
        (found,) = ecr.describe_repositories(repositoryNames=[name])["repositories"]
        assert found["imageScanningConfiguration"] == {"scanOnPush": False}

    closes(check)


def test_a_health_check_keeps_what_an_update_leaves_out(closes: Closes, name: str) -> None:
    def check(aws: Aws) -> None:
        route53 = aws.client("route53")
        regions = ["eu-west-1", "us-east-1", "us-west-2"]
        check_id = route53.create_health_check(
            CallerReference=name,
            HealthCheckConfig={
                "Type": "HTTPS",
                "FullyQualifiedDomainName": "example.com",
                "Regions": regions,
            },
        )["HealthCheck"]["Id"]
        route53.update_health_check(HealthCheckId=check_id, FailureThreshold=2)
        found = route53.get_health_check(HealthCheckId=check_id)["HealthCheck"]
        assert found["HealthCheckConfig"]["FailureThreshold"] == 2
        assert sorted(found["HealthCheckConfig"]["Regions"]) == regions

    closes(check)


def test_a_metric_filter_that_is_put_anew_is_the_only_one(closes: Closes, name: str) -> None:
    def check(aws: Aws) -> None:
        logs = aws.client("logs")
        logs.create_log_group(logGroupName=name)
        counted = [{"metricName": "m", "metricNamespace": "n", "metricValue": "1"}]
        for pattern in ("one", "two"):
            logs.put_metric_filter(
                logGroupName=name,
                filterName=name,
                filterPattern=pattern,
                metricTransformations=counted,
            )
        found = logs.describe_metric_filters(logGroupName=name)["metricFilters"]
        assert [one["filterPattern"] for one in found] == ["two"]

    closes(check)


def test_a_query_is_saved_and_changed_and_deleted(closes: Closes, name: str) -> None:
    def check(aws: Aws) -> None:
        logs = aws.client("logs")
        saved = {"name": f"{name}/a", "queryString": "limit 1", "logGroupNames": ["web"]}
        made = logs.put_query_definition(**saved)["queryDefinitionId"]
        logs.put_query_definition(name=f"{name}-other", queryString="limit 2")
        saved["queryString"] = "limit 3"
        assert (
            logs.put_query_definition(queryDefinitionId=made, **saved)["queryDefinitionId"] == made
        )

        def found() -> list[dict[str, Any]]:
            listed = logs.describe_query_definitions(queryDefinitionNamePrefix=f"{name}/")
            return [*listed["queryDefinitions"]]

        assert found() == [{"queryDefinitionId": made, **saved}]
        assert logs.delete_query_definition(queryDefinitionId=made)["success"]
        assert found() == []
        with pytest.raises(logs.exceptions.ResourceNotFoundException):
            logs.delete_query_definition(queryDefinitionId=made)

    closes(check)


def total(aws: Aws, namespace: str, metric: str, **dimensions: str) -> tuple[float, str] | None:
    """Sum and unit of the last hour; None where there is no such metric."""
    now = datetime.now(UTC)
    points = aws.client("cloudwatch").get_metric_statistics(
        Namespace=namespace,
        MetricName=metric,
        Dimensions=[{"Name": name, "Value": value} for name, value in dimensions.items()],
        StartTime=now - timedelta(hours=1),
        EndTime=now + timedelta(minutes=1),
        Period=7200,
        Statistics=["Sum"],
    )["Datapoints"]
    return (points[0]["Sum"], points[0]["Unit"]) if points else None


def test_lines_in_the_embedded_metric_format_become_metrics(closes: Closes, name: str) -> None:
    def check(aws: Aws) -> None:
        logs, now = aws.client("logs"), int(time.time() * 1000)
        logs.create_log_group(logGroupName=name)
        logs.create_log_stream(logGroupName=name, logStreamName=name)

        def line(**members: Any) -> dict[str, Any]:
            directive = {
                "Namespace": name,
                "Dimensions": [[], ["Queue"]],
                "Metrics": [{"Name": "Depth", "Unit": "Count"}, {"Name": "Age"}],
            }
            metadata = {"Timestamp": now, "CloudWatchMetrics": [directive]}
            return {"timestamp": now, "message": json.dumps({"_aws": metadata, **members})}

        events = [
            {"timestamp": now, "message": "a line of another kind"},
            line(Depth=2, Age=1.5, Queue="charts"),
            line(Depth=[3, 4], Age=1, Queue="reports"),
            line(Depth=100, Age="a text", Queue="charts"),
            line(Depth=100, Queue="charts"),
            line(Depth=100, Age=1),
        ]
        logs.put_log_events(logGroupName=name, logStreamName=name, logEvents=events)
        assert total(aws, name, "Depth") == (9.0, "Count")
        assert total(aws, name, "Depth", Queue="charts") == (2.0, "Count")
        assert total(aws, name, "Depth", Queue="reports") == (7.0, "Count")
        assert total(aws, name, "Age", Queue="charts") == (1.5, "None")

    closes(check)


def test_a_metric_without_dimensions_is_one_of_its_own(closes: Closes, name: str) -> None:
    def check(aws: Aws) -> None:
        queue = [{"Name": "Queue", "Value": "charts"}]
        aws.client("cloudwatch").put_metric_data(
            Namespace=name,
            MetricData=[
                {"MetricName": "Depth", "Value": 1, "Unit": "Count"},
                {"MetricName": "Depth", "Value": 2, "Unit": "Count", "Dimensions": queue},
            ],
        )
        assert total(aws, name, "Depth") == (1.0, "Count")
        assert total(aws, name, "Depth", Queue="charts") == (2.0, "Count")

    closes(check)

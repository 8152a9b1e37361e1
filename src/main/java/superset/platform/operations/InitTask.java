package superset.platform.operations;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import superset.platform.aws.PolicyDocument;
import superset.platform.config.Names;

/**
 * The task that a function runs, watches and reads the log of: superset-init's, which looks at the
 * replication as well when it is started with another command.
 *
 * @param definitionArn revision to run
 * @param definitionArns pattern of all its revisions, for the permission
 * @param roleArns roles that ECS gives to the task
 * @param logGroup where the task writes
 */
public record InitTask(
    String definitionArn,
    String definitionArns,
    List<String> roleArns,
    String logGroup,
    String logGroupArn,
    String logStreamPrefix,
    String clusterArn,
    List<String> subnetIds,
    String securityGroupId,
    String region,
    Names names) {

  /** What a function is told in order to run it (superset_init.settings.Settings). */
  Map<String, String> environment() {
    Map<String, String> environment = new LinkedHashMap<>();
    environment.put("SUPERSET_CLUSTER", clusterArn);
    environment.put("SUPERSET_SUBNETS", String.join(",", subnetIds));
    environment.put("SUPERSET_SECURITY_GROUP", securityGroupId);
    environment.put("SUPERSET_LOG_GROUP", logGroup);
    environment.put("SUPERSET_LOG_STREAM_PREFIX", logStreamPrefix);
    return environment;
  }

  /** Adds what a function needs to run it. */
  PolicyDocument permissions(PolicyDocument policy) {
    String tasks =
        "arn:aws:ecs:%s:%s:task/%s/*".formatted(region, names.account(), names.platform());
    return policy
        .add(
            PolicyDocument.allow("RunInit")
                .actions("ecs:RunTask")
                .on(definitionArns)
                .when("ArnEquals", "ecs:cluster", clusterArn))
        .add(
            PolicyDocument.allow("TagInit")
                .actions("ecs:TagResource")
                .on(tasks)
                .when("StringEquals", "ecs:CreateAction", "RunTask"))
        .add(
            PolicyDocument.allow("GiveRoles")
                .actions("iam:PassRole")
                .on(roleArns)
                .when("StringEquals", "iam:PassedToService", "ecs-tasks.amazonaws.com"))
        .add(PolicyDocument.allow("WatchInit").actions("ecs:DescribeTasks").on(tasks))
        // ecs:ListTasks has no resource level for Fargate (Service Authorization Reference).
        .add(
            PolicyDocument.allow("FindInit")
                .actions("ecs:ListTasks")
                .on("*")
                .when("ArnEquals", "ecs:cluster", clusterArn))
        .add(PolicyDocument.allow("ReadLog").actions("logs:GetLogEvents").on(logGroupArn + ":*"));
  }
}

package superset.platform.operations;

import com.hashicorp.cdktf.ITerraformDependable;
import com.hashicorp.cdktf.providers.aws.lambda_invocation.LambdaInvocation;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import software.constructs.Construct;
import superset.platform.aws.Json;
import superset.platform.aws.PolicyDocument;
import superset.platform.config.Names;

/**
 * {@code superset-init}: runs the init task of every new revision and waits for its exit code. What
 * depends on {@link #done()} changes only after the database is ready for it, and a deploy whose
 * migration fails ends with the task's log while the old version serves.
 */
public final class InitFunction extends Construct {

  /**
   * @param taskDefinitionArn revision to run
   * @param taskDefinitionArns pattern of all its revisions, for the permission
   * @param taskRoleArns roles that ECS gives to the task
   * @param logGroup where the task writes
   * @param after what must exist before the task starts
   */
  public record Props(
      String taskDefinitionArn,
      String taskDefinitionArns,
      List<String> taskRoleArns,
      String logGroup,
      String logGroupArn,
      String logStreamPrefix,
      String clusterArn,
      List<String> subnetIds,
      String securityGroupId,
      String keyArn,
      String logsKeyArn,
      int logRetentionDays,
      String region,
      List<ITerraformDependable> after,
      Names names) {}

  private final LambdaInvocation invocation;

  public InitFunction(Construct scope, String id, Props props) {
    super(scope, id);
    Function function =
        new Function(
            this,
            "function",
            new Function.Props(
                "superset-init",
                "Runs the init task before a rollout and waits for its exit code",
                environment(props),
                permissions(props),
                props.keyArn(),
                props.logsKeyArn(),
                props.logRetentionDays(),
                props.region(),
                props.names()));
    List<ITerraformDependable> after = new ArrayList<>(function.ready());
    after.addAll(props.after());
    this.invocation =
        LambdaInvocation.Builder.create(this, "run")
            .functionName(function.name())
            .input(Json.of(Json.object("task_definition", props.taskDefinitionArn())))
            .dependsOn(after)
            .build();
  }

  /** For resources that need a database that the image has prepared. */
  public ITerraformDependable done() {
    return invocation;
  }

  private static Map<String, String> environment(Props props) {
    Map<String, String> environment = new LinkedHashMap<>();
    environment.put("SUPERSET_CLUSTER", props.clusterArn());
    environment.put("SUPERSET_SUBNETS", String.join(",", props.subnetIds()));
    environment.put("SUPERSET_SECURITY_GROUP", props.securityGroupId());
    environment.put("SUPERSET_LOG_GROUP", props.logGroup());
    environment.put("SUPERSET_LOG_STREAM_PREFIX", props.logStreamPrefix());
    return environment;
  }

  private static PolicyDocument permissions(Props props) {
    String tasks =
        "arn:aws:ecs:%s:%s:task/%s/*"
            .formatted(props.region(), props.names().account(), props.names().platform());
    return new PolicyDocument()
        .add(
            PolicyDocument.allow("RunInit")
                .actions("ecs:RunTask")
                .on(props.taskDefinitionArns())
                .when("ArnEquals", "ecs:cluster", props.clusterArn()))
        .add(
            PolicyDocument.allow("TagInit")
                .actions("ecs:TagResource")
                .on(tasks)
                .when("StringEquals", "ecs:CreateAction", "RunTask"))
        .add(
            PolicyDocument.allow("GiveRoles")
                .actions("iam:PassRole")
                .on(props.taskRoleArns())
                .when("StringEquals", "iam:PassedToService", "ecs-tasks.amazonaws.com"))
        .add(PolicyDocument.allow("WatchInit").actions("ecs:DescribeTasks").on(tasks))
        // ecs:ListTasks has no resource level for Fargate (Service Authorization Reference).
        .add(
            PolicyDocument.allow("FindInit")
                .actions("ecs:ListTasks")
                .on("*")
                .when("ArnEquals", "ecs:cluster", props.clusterArn()))
        .add(
            PolicyDocument.allow("ReadLog")
                .actions("logs:GetLogEvents")
                .on(props.logGroupArn() + ":*"));
  }
}

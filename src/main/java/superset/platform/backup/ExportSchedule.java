package superset.platform.backup;

import com.hashicorp.cdktf.providers.aws.iam_role.IamRole;
import com.hashicorp.cdktf.providers.aws.iam_role_policy.IamRolePolicy;
import com.hashicorp.cdktf.providers.aws.scheduler_schedule.SchedulerSchedule;
import com.hashicorp.cdktf.providers.aws.scheduler_schedule.SchedulerScheduleFlexibleTimeWindow;
import com.hashicorp.cdktf.providers.aws.scheduler_schedule.SchedulerScheduleTarget;
import com.hashicorp.cdktf.providers.aws.scheduler_schedule.SchedulerScheduleTargetEcsParameters;
import com.hashicorp.cdktf.providers.aws.scheduler_schedule.SchedulerScheduleTargetEcsParametersCapacityProviderStrategy;
import com.hashicorp.cdktf.providers.aws.scheduler_schedule.SchedulerScheduleTargetEcsParametersNetworkConfiguration;
import com.hashicorp.cdktf.providers.aws.scheduler_schedule.SchedulerScheduleTargetRetryPolicy;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import software.constructs.Construct;
import superset.platform.aws.Json;
import superset.platform.aws.PolicyDocument;
import superset.platform.aws.Scheduler;
import superset.platform.config.Names;
import superset.platform.config.WeeklyHours;

/**
 * Runs the weekly export: the init task with another command. It is scheduled in every region and
 * exports where the writer is, so a promotion moves it without a deploy.
 */
public final class ExportSchedule extends Construct {

  /** Command of the init task's container that exports. */
  public static final List<String> COMMAND = List.of("export");

  private static final String NAME = "superset-export";

  /** UTC: no one saves much on a Sunday night. */
  private static final String WEEKLY = "cron(0 2 ? * SUN *)";

  /** How long before the last hours of the week end, where the database runs in some only. */
  private static final int MINUTES_BEFORE_STOP = 30;

  /**
   * @param taskDefinitionArn revision of the init task
   * @param taskDefinitionArns pattern of all its revisions, for the permission
   * @param taskRoleArns roles that ECS gives to the task
   * @param container container whose command is replaced
   * @param hours in which the database runs; absent: always
   * @param timeZone of these hours
   */
  public record Props(
      String clusterArn,
      String taskDefinitionArn,
      String taskDefinitionArns,
      List<String> taskRoleArns,
      String container,
      List<String> subnetIds,
      String securityGroupId,
      Optional<WeeklyHours> hours,
      String timeZone,
      String region,
      Names names) {}

  public ExportSchedule(Construct scope, String id, Props props) {
    super(scope, id);
    IamRole role = role(props);
    IamRolePolicy permissions = permissions(props, role);
    SchedulerSchedule.Builder.create(this, "schedule")
        .name(NAME)
        .description("Writes what people made in Superset into the buckets of exports")
        .scheduleExpression(props.hours().map(ExportSchedule::atTheEnd).orElse(WEEKLY))
        .scheduleExpressionTimezone(props.hours().map(hours -> props.timeZone()).orElse("UTC"))
        .flexibleTimeWindow(SchedulerScheduleFlexibleTimeWindow.builder().mode("OFF").build())
        .target(target(props, role))
        .dependsOn(List.of(permissions))
        .build();
  }

  private static String atTheEnd(WeeklyHours hours) {
    return WeeklyHours.cron(
        List.of(hours.days().get(hours.days().size() - 1)),
        hours.to().minusMinutes(MINUTES_BEFORE_STOP));
  }

  private static SchedulerScheduleTarget target(Props props, IamRole role) {
    return SchedulerScheduleTarget.builder()
        .arn(props.clusterArn())
        .roleArn(role.getArn())
        .input(
            Json.of(
                Json.object(
                    "containerOverrides",
                    List.of(Json.object("name", props.container(), "command", COMMAND)))))
        .retryPolicy(
            SchedulerScheduleTargetRetryPolicy.builder()
                .maximumRetryAttempts(10)
                .maximumEventAgeInSeconds(4 * 3600)
                .build())
        .ecsParameters(
            SchedulerScheduleTargetEcsParameters.builder()
                .taskDefinitionArn(props.taskDefinitionArn())
                .taskCount(1)
                .capacityProviderStrategy(
                    List.of(
                        SchedulerScheduleTargetEcsParametersCapacityProviderStrategy.builder()
                            .capacityProvider("FARGATE")
                            .weight(1)
                            .build()))
                .networkConfiguration(
                    SchedulerScheduleTargetEcsParametersNetworkConfiguration.builder()
                        .subnets(props.subnetIds())
                        .securityGroups(List.of(props.securityGroupId()))
                        .assignPublicIp(false)
                        .build())
                .build())
        .build();
  }

  private IamRole role(Props props) {
    String name = props.names().of("export-schedule", props.region());
    return IamRole.Builder.create(this, "role")
        .name(name)
        .description("Starts the weekly export in " + props.region())
        .assumeRolePolicy(Scheduler.trust(props.region(), props.names().account()).json())
        .tags(Map.of("Name", name))
        .build();
  }

  private IamRolePolicy permissions(Props props, IamRole role) {
    return IamRolePolicy.Builder.create(this, "permissions")
        .name("run")
        .role(role.getId())
        .policy(
            new PolicyDocument()
                .add(
                    PolicyDocument.allow("RunExport")
                        .actions("ecs:RunTask")
                        .on(props.taskDefinitionArns())
                        .when("ArnEquals", "ecs:cluster", props.clusterArn()))
                .add(
                    PolicyDocument.allow("GiveRoles")
                        .actions("iam:PassRole")
                        .on(props.taskRoleArns())
                        .when("StringEquals", "iam:PassedToService", "ecs-tasks.amazonaws.com"))
                .json())
        .build();
  }
}

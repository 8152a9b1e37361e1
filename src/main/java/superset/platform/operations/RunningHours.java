package superset.platform.operations;

import com.hashicorp.cdktf.providers.aws.iam_role.IamRole;
import com.hashicorp.cdktf.providers.aws.iam_role_policy.IamRolePolicy;
import com.hashicorp.cdktf.providers.aws.scheduler_schedule.SchedulerSchedule;
import com.hashicorp.cdktf.providers.aws.scheduler_schedule.SchedulerScheduleFlexibleTimeWindow;
import com.hashicorp.cdktf.providers.aws.scheduler_schedule.SchedulerScheduleTarget;
import com.hashicorp.cdktf.providers.aws.scheduler_schedule.SchedulerScheduleTargetRetryPolicy;
import java.time.LocalTime;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import software.constructs.Construct;
import superset.platform.aws.Json;
import superset.platform.aws.PolicyDocument;
import superset.platform.aws.Scheduler;
import superset.platform.config.Names;
import superset.platform.config.RegionConfig.Tasks;
import superset.platform.config.WeeklyHours;

/**
 * Runs the tasks and the database in some hours of the week only, by calls that EventBridge
 * Scheduler makes. The database starts before the tasks and stops after them. A stopped database
 * starts by itself after seven days (Amazon RDS User Guide, "Stopping an Amazon RDS DB instance
 * temporarily"): it is always started, and stopped again, sooner.
 */
public final class RunningHours extends Construct {

  /** What {@code make keep-running} finds the schedules by. */
  private static final String PREFIX = "superset-hours-";

  /**
   * Minutes that a database takes to start; a task that finds none ends, and ECS starts another.
   */
  private static final int TASKS_AFTER_DATABASE = 15;

  /** Minutes in which tasks end what they do: deregistration, then {@code timeouts.stop}. */
  private static final int DATABASE_AFTER_TASKS = 10;

  /**
   * @param kind such as {@code web}
   * @param name such as {@code superset-web}
   * @param tasks how many run
   * @param range what Application Auto Scaling moves between; absent: it does not
   */
  public record Service(String kind, String name, int tasks, Optional<Range> range) {}

  /**
   * @param arn of the scalable target
   */
  public record Range(String arn, Tasks tasks) {}

  /**
   * @param timeZone of the hours
   * @param cluster name of the services' cluster
   */
  public record Props(
      WeeklyHours hours,
      String timeZone,
      String cluster,
      List<Service> services,
      String database,
      String databaseArn,
      String region,
      Names names) {
    public Props {
      services = List.copyOf(services);
    }
  }

  private final Props props;
  private final IamRole role;
  private final IamRolePolicy permissions;

  public RunningHours(Construct scope, String id, Props props) {
    super(scope, id);
    this.props = props;
    this.role = role();
    this.permissions = permissions();
    LocalTime start = props.hours().from();
    LocalTime stop = props.hours().to();
    database("start", "startDBInstance", start);
    tasks("start", start.plusMinutes(TASKS_AFTER_DATABASE), true);
    tasks("stop", stop, false);
    database("stop", "stopDBInstance", stop.plusMinutes(DATABASE_AFTER_TASKS));
  }

  private void database(String what, String action, LocalTime at) {
    // The SDK's own spelling of the parameter, which differs from the API's.
    call(what + "-database", at, "rds:" + action, "DbInstanceIdentifier", props.database());
  }

  /** A minute after its bounds a service gets its number of tasks: the bounds alone change none. */
  private void tasks(String what, LocalTime at, boolean run) {
    for (Service service : props.services()) {
      service
          .range()
          .ifPresent(
              range ->
                  call(
                      "%s-%s-bounds".formatted(what, service.kind()),
                      at,
                      "applicationautoscaling:registerScalableTarget",
                      "ServiceNamespace",
                      "ecs",
                      "ScalableDimension",
                      "ecs:service:DesiredCount",
                      "ResourceId",
                      "service/" + props.cluster() + "/" + service.name(),
                      "MinCapacity",
                      run ? range.tasks().min() : 0,
                      "MaxCapacity",
                      run ? range.tasks().max() : 0));
      call(
          what + "-" + service.kind(),
          at.plusMinutes(1),
          "ecs:updateService",
          "Cluster",
          props.cluster(),
          "Service",
          service.name(),
          "DesiredCount",
          run ? service.tasks() : 0);
    }
  }

  private void call(String name, LocalTime at, String action, Object... input) {
    SchedulerSchedule.Builder.create(this, name)
        .name(PREFIX + name)
        .description("Calls " + action + " in the running hours' rhythm")
        .scheduleExpression(WeeklyHours.cron(props.hours().days(), at))
        .scheduleExpressionTimezone(props.timeZone())
        .flexibleTimeWindow(SchedulerScheduleFlexibleTimeWindow.builder().mode("OFF").build())
        .target(
            SchedulerScheduleTarget.builder()
                .arn("arn:aws:scheduler:::aws-sdk:" + action)
                .roleArn(role.getArn())
                .input(Json.of(Json.object(input)))
                .retryPolicy(
                    SchedulerScheduleTargetRetryPolicy.builder()
                        .maximumRetryAttempts(5)
                        .maximumEventAgeInSeconds(1800)
                        .build())
                .build())
        .dependsOn(List.of(permissions))
        .build();
  }

  private IamRole role() {
    String name = props.names().of("running-hours", props.region());
    return IamRole.Builder.create(this, "role")
        .name(name)
        .description("Stops and starts tasks and database in " + props.region())
        .assumeRolePolicy(Scheduler.trust(props.region(), props.names().account()).json())
        .tags(Map.of("Name", name))
        .build();
  }

  private IamRolePolicy permissions() {
    List<String> ranges =
        props.services().stream().flatMap(one -> one.range().stream()).map(Range::arn).toList();
    List<String> services =
        props.services().stream()
            .map(
                one ->
                    "arn:aws:ecs:%s:%s:service/%s/%s"
                        .formatted(
                            props.region(),
                            props.names().account(),
                            props.names().platform(),
                            one.name()))
            .toList();
    return IamRolePolicy.Builder.create(this, "permissions")
        .name("stop-and-start")
        .role(role.getId())
        .policy(
            new PolicyDocument()
                .add(
                    PolicyDocument.allow("Database")
                        .actions("rds:StartDBInstance", "rds:StopDBInstance")
                        .on(props.databaseArn()))
                .add(
                    PolicyDocument.allow("Bounds")
                        .actions("application-autoscaling:RegisterScalableTarget")
                        .on(ranges))
                .add(
                    // RegisterScalableTarget asks for them too (Application Auto Scaling User
                    // Guide, "Permissions needed to work with the API").
                    PolicyDocument.allow("Tasks")
                        .actions("ecs:DescribeServices", "ecs:UpdateService")
                        .on(services))
                .json())
        .build();
  }
}

package superset.platform.service;

import com.hashicorp.cdktf.providers.aws.appautoscaling_policy.AppautoscalingPolicy;
import com.hashicorp.cdktf.providers.aws.appautoscaling_policy.AppautoscalingPolicyTargetTrackingScalingPolicyConfiguration;
import com.hashicorp.cdktf.providers.aws.appautoscaling_policy.AppautoscalingPolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecification;
import com.hashicorp.cdktf.providers.aws.appautoscaling_policy.AppautoscalingPolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationMetrics;
import com.hashicorp.cdktf.providers.aws.appautoscaling_policy.AppautoscalingPolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationMetricsMetricStat;
import com.hashicorp.cdktf.providers.aws.appautoscaling_policy.AppautoscalingPolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationMetricsMetricStatMetric;
import com.hashicorp.cdktf.providers.aws.appautoscaling_policy.AppautoscalingPolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationMetricsMetricStatMetricDimensions;
import com.hashicorp.cdktf.providers.aws.appautoscaling_policy.AppautoscalingPolicyTargetTrackingScalingPolicyConfigurationPredefinedMetricSpecification;
import com.hashicorp.cdktf.providers.aws.appautoscaling_scheduled_action.AppautoscalingScheduledAction;
import com.hashicorp.cdktf.providers.aws.appautoscaling_scheduled_action.AppautoscalingScheduledActionScalableTargetAction;
import com.hashicorp.cdktf.providers.aws.appautoscaling_target.AppautoscalingTarget;
import java.time.LocalTime;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import software.constructs.Construct;
import superset.platform.config.RegionConfig.ScheduledTasks;
import superset.platform.config.RegionConfig.Tasks;
import superset.platform.config.WeeklyHours;
import superset.platform.guard.IgnoredChanges;

/** Target tracking of a service's number of tasks: out after 60 s, in after 300 s. */
final class Scaling extends Construct {

  private static final int IN_COOLDOWN_SECONDS = 300;
  private static final int OUT_COOLDOWN_SECONDS = 60;

  /**
   * What a service is scaled by.
   *
   * @param name of the policy
   * @param value what the metric is held at
   * @param predefined metric that Application Auto Scaling knows; absent: the backlog
   * @param label load balancer and target group of the metric, as a policy names them
   */
  record Target(String name, int value, Optional<String> predefined, Optional<String> label) {

    /**
     * @param percent average CPU utilization
     */
    static Target cpu(int percent) {
      return new Target("cpu", percent, "ECSServiceAverageCPUUtilization");
    }

    /**
     * @param percent average memory utilization
     */
    static Target memory(int percent) {
      return new Target("memory", percent, "ECSServiceAverageMemoryUtilization");
    }

    /**
     * @param count requests of a minute to each task
     */
    static Target requests(int count, String label) {
      return new Target(
          "requests", count, Optional.of("ALBRequestCountPerTarget"), Optional.of(label));
    }

    /**
     * Work that waits, for each task that runs: what AWS recommends for queues (Application Auto
     * Scaling User Guide, "Create a target tracking scaling policy using metric math"). The age of
     * a queue does not fall in proportion to the tasks that are added, so it cannot be tracked; and
     * a worker that waits for data sources leaves its CPU idle.
     *
     * @param waiting tasks of Celery for each running worker
     */
    static Target backlog(int waiting) {
      return new Target("backlog", waiting, Optional.empty(), Optional.empty());
    }

    private Target(String name, int value, String predefined) {
      this(name, value, Optional.of(predefined), Optional.empty());
    }
  }

  /**
   * @param schedule hours with other numbers of tasks
   * @param timeZone of these hours
   * @param stops whether the service is stopped by the hour
   * @param targets what each of the policies holds; the one that asks for most tasks wins
   */
  record Props(
      String clusterName,
      String serviceName,
      Tasks tasks,
      List<ScheduledTasks> schedule,
      String timeZone,
      boolean stops,
      List<Target> targets) {}

  private final AppautoscalingTarget range;

  Scaling(Construct scope, String id, Props props) {
    super(scope, id);
    this.range = range(props);
    props.targets().forEach(target -> track(target, props));
    for (int index = 0; index < props.schedule().size(); index++) {
      schedule(index + 1, props.schedule().get(index), props);
    }
  }

  /** ARN of the bounds. */
  String rangeArn() {
    return range.getArn();
  }

  private AppautoscalingTarget range(Props props) {
    AppautoscalingTarget.Builder range =
        AppautoscalingTarget.Builder.create(this, "tasks")
            .serviceNamespace("ecs")
            .scalableDimension("ecs:service:DesiredCount")
            .resourceId("service/" + props.clusterName() + "/" + props.serviceName())
            .minCapacity(props.tasks().min())
            .maxCapacity(props.tasks().max())
            .tags(Map.of("Name", props.serviceName()));
    if (props.stops() || !props.schedule().isEmpty()) {
      range.lifecycle(IgnoredChanges.SCHEDULED_TARGET.lifecycle());
    }
    return range.build();
  }

  private void track(Target target, Props props) {
    AppautoscalingPolicyTargetTrackingScalingPolicyConfiguration.Builder tracking =
        AppautoscalingPolicyTargetTrackingScalingPolicyConfiguration.builder()
            .targetValue(target.value())
            .scaleInCooldown(IN_COOLDOWN_SECONDS)
            .scaleOutCooldown(OUT_COOLDOWN_SECONDS);
    target
        .predefined()
        .ifPresentOrElse(
            type -> tracking.predefinedMetricSpecification(predefined(type, target.label())),
            () -> tracking.customizedMetricSpecification(backlog(props)));
    AppautoscalingPolicy.Builder.create(this, target.name())
        .name(target.name())
        .policyType("TargetTrackingScaling")
        .serviceNamespace(range.getServiceNamespace())
        .scalableDimension(range.getScalableDimension())
        .resourceId(range.getResourceId())
        .targetTrackingScalingPolicyConfiguration(tracking.build())
        .build();
  }

  private static
  AppautoscalingPolicyTargetTrackingScalingPolicyConfigurationPredefinedMetricSpecification
      predefined(String type, Optional<String> label) {
    return AppautoscalingPolicyTargetTrackingScalingPolicyConfigurationPredefinedMetricSpecification
        .builder()
        .predefinedMetricType(type)
        .resourceLabel(label.orElse(null))
        .build();
  }

  /** Superset/Application: docs/metrics.md; beat writes it, also where nothing waits. */
  private static
  AppautoscalingPolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecification backlog(
      Props props) {
    return AppautoscalingPolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecification
        .builder()
        .metrics(
            List.of(
                metric("waiting", "Superset/Application", "QueueDepth", Map.of()),
                metric(
                    "running",
                    "ECS/ContainerInsights",
                    "RunningTaskCount",
                    Map.of("ClusterName", props.clusterName(), "ServiceName", props.serviceName())),
                AppautoscalingPolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationMetrics
                    .builder()
                    .id("backlog")
                    .label("Waiting tasks of Celery for each worker")
                    .expression("waiting / running")
                    .returnData(true)
                    .build()))
        .build();
  }

  private static
  AppautoscalingPolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationMetrics
      metric(String id, String namespace, String name, Map<String, String> dimensions) {
    return AppautoscalingPolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationMetrics
        .builder()
        .id(id)
        .metricStat(
            AppautoscalingPolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationMetricsMetricStat
                .builder()
                .metric(
                    AppautoscalingPolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationMetricsMetricStatMetric
                        .builder()
                        .namespace(namespace)
                        .metricName(name)
                        .dimensions(
                            dimensions.entrySet().stream()
                                .sorted(Map.Entry.comparingByKey())
                                .map(
                                    one ->
                                        AppautoscalingPolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationMetricsMetricStatMetricDimensions
                                            .builder()
                                            .name(one.getKey())
                                            .value(one.getValue())
                                            .build())
                                .toList())
                        .build())
                .stat("Average")
                .build())
        .returnData(false)
        .build();
  }

  private void schedule(int number, ScheduledTasks tasks, Props props) {
    WeeklyHours hours = tasks.hours();
    at(number + "-from", hours, hours.from(), tasks.min(), tasks.max(), props);
    at(number + "-to", hours, hours.to(), props.tasks().min(), props.tasks().max(), props);
  }

  private void at(String name, WeeklyHours hours, LocalTime time, int min, int max, Props props) {
    AppautoscalingScheduledAction.Builder.create(this, "hours-" + name)
        .name("hours-" + name)
        .serviceNamespace(range.getServiceNamespace())
        .scalableDimension(range.getScalableDimension())
        .resourceId(range.getResourceId())
        .schedule(WeeklyHours.cron(hours.days(), time))
        .timezone(props.timeZone())
        .scalableTargetAction(
            AppautoscalingScheduledActionScalableTargetAction.builder()
                .minCapacity(String.valueOf(min))
                .maxCapacity(String.valueOf(max))
                .build())
        .build();
  }
}

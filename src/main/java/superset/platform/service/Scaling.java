package superset.platform.service;

import com.hashicorp.cdktf.providers.aws.appautoscaling_policy.AppautoscalingPolicy;
import com.hashicorp.cdktf.providers.aws.appautoscaling_policy.AppautoscalingPolicyTargetTrackingScalingPolicyConfiguration;
import com.hashicorp.cdktf.providers.aws.appautoscaling_policy.AppautoscalingPolicyTargetTrackingScalingPolicyConfigurationPredefinedMetricSpecification;
import com.hashicorp.cdktf.providers.aws.appautoscaling_target.AppautoscalingTarget;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import software.constructs.Construct;
import superset.platform.config.RegionConfig.Tasks;

/** Target tracking of a service's number of tasks: out after 60 s, in after 300 s. */
final class Scaling extends Construct {

  private static final int IN_COOLDOWN_SECONDS = 300;
  private static final int OUT_COOLDOWN_SECONDS = 60;

  /** A metric that Application Auto Scaling knows. */
  enum Metric {
    CPU("ECSServiceAverageCPUUtilization"),
    MEMORY("ECSServiceAverageMemoryUtilization");

    private final String type;

    Metric(String type) {
      this.type = type;
    }
  }

  /**
   * @param value average that the metric is held at, percent
   */
  record Target(Metric metric, int value) {}

  record Props(String clusterName, String serviceName, Tasks tasks, List<Target> targets) {}

  Scaling(Construct scope, String id, Props props) {
    super(scope, id);
    AppautoscalingTarget range = range(props);
    props.targets().forEach(target -> track(range, target, props));
  }

  private AppautoscalingTarget range(Props props) {
    return AppautoscalingTarget.Builder.create(this, "tasks")
        .serviceNamespace("ecs")
        .scalableDimension("ecs:service:DesiredCount")
        .resourceId("service/" + props.clusterName() + "/" + props.serviceName())
        .minCapacity(props.tasks().min())
        .maxCapacity(props.tasks().max())
        .tags(Map.of("Name", props.serviceName()))
        .build();
  }

  private void track(AppautoscalingTarget range, Target target, Props props) {
    String metric = target.metric().name().toLowerCase(Locale.ROOT);
    AppautoscalingPolicy.Builder.create(this, metric)
        .name(metric)
        .policyType("TargetTrackingScaling")
        .serviceNamespace(range.getServiceNamespace())
        .scalableDimension(range.getScalableDimension())
        .resourceId(range.getResourceId())
        .targetTrackingScalingPolicyConfiguration(
            AppautoscalingPolicyTargetTrackingScalingPolicyConfiguration.builder()
                .targetValue(target.value())
                .scaleInCooldown(IN_COOLDOWN_SECONDS)
                .scaleOutCooldown(OUT_COOLDOWN_SECONDS)
                .predefinedMetricSpecification(
                    AppautoscalingPolicyTargetTrackingScalingPolicyConfigurationPredefinedMetricSpecification
                        .builder()
                        .predefinedMetricType(target.metric().type)
                        .build())
                .build())
        .build();
  }
}

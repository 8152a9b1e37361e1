package superset.platform.observability;

import java.util.List;
import superset.platform.observability.Alarm.Bound;
import superset.platform.observability.Alarm.Missing;
import superset.platform.observability.Alarm.Severity;

/** Alarms on the web service. */
public final class WebAlarms {

  /**
   * @param leastTasks number of tasks that scaling keeps at least
   * @param targetGroup as CloudWatch names it
   * @param balancer as CloudWatch names it
   */
  public record Props(
      String cluster, String service, int leastTasks, String targetGroup, String balancer) {}

  private WebAlarms() {}

  static List<Alarm> of(Props web) {
    List<String> service = List.of("ClusterName", web.cluster(), "ServiceName", web.service());
    // One task less than scaling keeps may be a task that is being replaced.
    int few = Math.max(1, web.leastTasks() - 1);
    return List.of(
        new Alarm(
            "web-tasks",
            Severity.PAGE,
            "Fewer than " + few + " web tasks run",
            Metric.of("ECS/ContainerInsights", "RunningTaskCount", "Average", service),
            300,
            2,
            Bound.lessThan(few),
            Missing.BREACHING),
        new Alarm(
            "web-healthy-tasks",
            Severity.PAGE,
            "Fewer than " + few + " web tasks answer /health",
            Metric.of(
                "AWS/ApplicationELB",
                "HealthyHostCount",
                "Minimum",
                List.of("TargetGroup", web.targetGroup(), "LoadBalancer", web.balancer())),
            60,
            5,
            Bound.lessThan(few),
            Missing.BREACHING),
        new Alarm(
            "web-memory",
            Severity.NOTIFY,
            "A web task uses more than 90 % of its memory, and may be killed",
            Metric.of("AWS/ECS", "MemoryUtilization", "Maximum", service),
            300,
            3,
            Bound.atLeast(90),
            Missing.NOT_BREACHING));
  }
}

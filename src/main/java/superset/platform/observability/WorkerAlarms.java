package superset.platform.observability;

import java.util.List;
import superset.platform.observability.Alarm.Bound;
import superset.platform.observability.Alarm.Missing;
import superset.platform.observability.Alarm.Severity;

/** Alarms on workers and beat. */
public final class WorkerAlarms {

  /**
   * @param service of the workers
   * @param beat service of beat
   */
  public record Props(String cluster, String service, String beat) {}

  private WorkerAlarms() {}

  static List<Alarm> of(Props props) {
    return List.of(
        gone(
            "worker-tasks",
            "No worker runs: SQL Lab, reports and thumbnails wait",
            props,
            props.service()),
        gone("beat-tasks", "Beat does not run: no report is begun", props, props.beat()));
  }

  private static Alarm gone(String name, String description, Props props, String service) {
    return new Alarm(
        name,
        Severity.PAGE,
        description,
        Metric.of(
            "ECS/ContainerInsights",
            "RunningTaskCount",
            "Average",
            List.of("ClusterName", props.cluster(), "ServiceName", service)),
        300,
        2,
        Bound.lessThan(1),
        Missing.BREACHING);
  }
}

package superset.platform.observability;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import superset.platform.observability.Alarm.Bound;
import superset.platform.observability.Alarm.Missing;
import superset.platform.observability.Alarm.Severity;

/** Alarms on what EventBridge Scheduler does: the weekly export, the running hours. */
public final class ScheduleAlarms {

  /** Name of the one that is raised while the region is meant to be stopped. */
  static final String STOPPED = "stopped";

  /**
   * @param group of the schedules
   * @param stopping service behind the load balancer; absent: it always runs
   */
  public record Props(String group, Optional<Service> stopping) {}

  /** A service, by the names that Container Insights has. */
  public record Service(String cluster, String name) {}

  private ScheduleAlarms() {}

  static List<Alarm> of(Props props) {
    List<Alarm> alarms = new ArrayList<>();
    alarms.add(
        new Alarm(
            "schedules",
            Severity.NOTIFY,
            "EventBridge Scheduler gave up a call: something was not exported, stopped or started",
            Metric.of(
                "AWS/Scheduler",
                "InvocationDroppedCount",
                "Sum",
                List.of("ScheduleGroup", props.group())),
            300,
            1,
            Bound.atLeast(1),
            Missing.NOT_BREACHING));
    props.stopping().map(ScheduleAlarms::stopped).ifPresent(alarms::add);
    return alarms;
  }

  private static Alarm stopped(Service service) {
    return new Alarm(
        STOPPED,
        Severity.SILENT,
        "No web task is wanted",
        Metric.of(
            "ECS/ContainerInsights",
            "DesiredTaskCount",
            "Maximum",
            List.of("ClusterName", service.cluster(), "ServiceName", service.name())),
        60,
        1,
        Bound.lessThan(1),
        // A service without tasks may report nothing at all.
        Missing.BREACHING);
  }
}

package superset.platform.observability;

import java.util.List;
import superset.platform.observability.Alarm.Bound;
import superset.platform.observability.Alarm.Missing;
import superset.platform.observability.Alarm.Severity;

/** Alarm on the schedule of the weekly export; that its task failed is {@link TaskEvents}'. */
public final class ExportAlarms {

  /**
   * @param scheduleGroup group of EventBridge Scheduler
   */
  public record Props(String scheduleGroup) {}

  private ExportAlarms() {}

  static List<Alarm> of(Props props) {
    return List.of(
        new Alarm(
            "export-schedule",
            Severity.NOTIFY,
            "The weekly export was not started: its schedule gave up",
            Metric.of(
                "AWS/Scheduler",
                "InvocationDroppedCount",
                "Sum",
                List.of("ScheduleGroup", props.scheduleGroup())),
            300,
            1,
            Bound.atLeast(1),
            Missing.NOT_BREACHING));
  }
}

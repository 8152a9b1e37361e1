package superset.platform.observability;

import java.util.ArrayList;
import java.util.List;
import superset.platform.observability.Alarm.Bound;
import superset.platform.observability.Alarm.Missing;
import superset.platform.observability.Alarm.Severity;

/** Alarms on what Superset says of itself. */
public final class ApplicationAlarms {

  private static final int HOUR = 3600;

  /**
   * @param queues whether workers take jobs from queues
   */
  public record Props(boolean queues) {}

  private ApplicationAlarms() {}

  static List<Alarm> of(Props props) {
    List<Alarm> alarms = new ArrayList<>();
    alarms.add(
        new Alarm(
            "failed-logins",
            Severity.NOTIFY,
            "25 sign-ins or more were refused in five minutes: somebody may be guessing passwords",
            Application.metric("FailedLogins", "Sum"),
            300,
            1,
            Bound.atLeast(25),
            Missing.NOT_BREACHING));
    if (props.queues()) {
      // The least of five minutes: a queue that was empty in between is no queue that stands.
      alarms.add(
          new Alarm(
              "queue-age",
              Severity.PAGE,
              "Jobs have waited for ten minutes or longer",
              Application.metric("QueueAge", "Minimum"),
              300,
              2,
              Bound.atLeast(600),
              Missing.NOT_BREACHING));
      alarms.add(
          new Alarm(
              "failed-reports",
              Severity.NOTIFY,
              "Three alerts or reports or more ended with an error within an hour",
              Application.metric("FailedReports", "Sum"),
              HOUR,
              1,
              Bound.atLeast(3),
              Missing.NOT_BREACHING));
    }
    return alarms;
  }
}

package superset.platform.observability;

import java.util.List;
import superset.platform.observability.Alarm.Bound;
import superset.platform.observability.Alarm.Missing;
import superset.platform.observability.Alarm.Severity;

/** Alarm on the visits of the canary. */
public final class CanaryAlarms {

  /** What the canary writes without dimensions, in the region (superset_canary/handler.py). */
  static final String NAMESPACE = "Superset/Canary";

  /**
   * @param minutes from one visit to the next
   */
  public record Props(int minutes) {}

  private CanaryAlarms() {}

  static List<Alarm> of(Props canary) {
    return List.of(
        new Alarm(
            "canary",
            Severity.PAGE,
            "Of three visits of the canary two failed, or did not take place",
            success(),
            canary.minutes() * 60,
            3,
            2,
            Bound.lessThan(1),
            Missing.BREACHING));
  }

  /** 1: the visit ended as it should. */
  static Metric success() {
    return Metric.of(NAMESPACE, "CanarySuccess", "Minimum", List.of());
  }

  /** Milliseconds of a whole visit. */
  static Metric duration() {
    return Metric.of(NAMESPACE, "CanaryDuration", "Maximum", List.of());
  }
}

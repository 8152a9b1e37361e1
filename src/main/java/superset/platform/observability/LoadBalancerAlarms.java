package superset.platform.observability;

import java.util.List;
import superset.platform.observability.Alarm.Bound;
import superset.platform.observability.Alarm.Missing;
import superset.platform.observability.Alarm.Severity;

/** Alarms on what people get: errors, and answers that take long. */
public final class LoadBalancerAlarms {

  /**
   * @param balancer as CloudWatch names it
   */
  public record Props(String balancer) {}

  private LoadBalancerAlarms() {}

  static List<Alarm> of(Props props) {
    List<String> balancer = List.of("LoadBalancer", props.balancer());
    return List.of(
        new Alarm(
            "errors",
            Severity.PAGE,
            "Superset answers with 5xx: 10 or more in five minutes",
            Metric.of("AWS/ApplicationELB", "HTTPCode_Target_5XX_Count", "Sum", balancer),
            300,
            2,
            Bound.atLeast(10),
            Missing.NOT_BREACHING),
        new Alarm(
            "balancer-errors",
            Severity.PAGE,
            "The load balancer itself answers with 5xx: no task did, or not in time",
            Metric.of("AWS/ApplicationELB", "HTTPCode_ELB_5XX_Count", "Sum", balancer),
            300,
            2,
            Bound.atLeast(10),
            Missing.NOT_BREACHING),
        new Alarm(
            "response-time",
            Severity.NOTIFY,
            "Answers take 2 seconds or more on average",
            Metric.of("AWS/ApplicationELB", "TargetResponseTime", "Average", balancer),
            300,
            3,
            Bound.atLeast(2),
            Missing.NOT_BREACHING),
        new Alarm(
            "response-time-p95",
            Severity.NOTIFY,
            "One answer in twenty takes 5 seconds or more",
            Metric.of("AWS/ApplicationELB", "TargetResponseTime", "p95", balancer),
            300,
            3,
            Bound.atLeast(5),
            Missing.NOT_BREACHING));
  }
}

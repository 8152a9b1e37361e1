package superset.platform.observability;

import java.math.BigDecimal;
import java.util.List;
import superset.platform.config.PlatformConfig.Objectives;

/** Widget of the availability objective. */
final class Availability {

  private static final BigDecimal HUNDRED = BigDecimal.valueOf(100);

  private Availability() {}

  /**
   * Availability in thirty days, and what is left of the errors that the objective allows; below 0
   * it is broken. A 503 of the load balancer itself is no request to CloudWatch, because no target
   * was chosen for it (Elastic Load Balancing User Guide, RequestCount).
   *
   * @param balancer dimensions of the load balancer
   */
  static Widget of(Objectives objectives, String region, List<String> balancer) {
    String errors =
        "(FILL(balancer, 0) + FILL(targets, 0)) / (FILL(requests, 0) + FILL(unserved, 0))";
    BigDecimal objective = objectives.availability();
    return Widget.month(
        "Availability of %s in 30 days, objective %s %%"
            .formatted(region, objective.toPlainString()),
        region,
        List.of(
            sum("RequestCount", balancer).as("requests"),
            sum("HTTPCode_ELB_503_Count", balancer).as("unserved"),
            sum("HTTPCode_ELB_5XX_Count", balancer).as("balancer"),
            sum("HTTPCode_Target_5XX_Count", balancer).as("targets"),
            Metric.computed("100 * (1 - " + errors + ")", "Availability, %"),
            Metric.computed(
                "100 * (1 - %s * 100 / %s)"
                    .formatted(errors, HUNDRED.subtract(objective).toPlainString()),
                "Error budget left, %")));
  }

  private static Metric sum(String metric, List<String> balancer) {
    return Metric.of("AWS/ApplicationELB", metric, "Sum", balancer);
  }
}

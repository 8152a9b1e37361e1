package superset.platform.observability;

import java.math.BigDecimal;
import java.util.List;

/**
 * Widgets of the service level objectives.
 *
 * @param availability percent of the requests that are answered without a 5xx, such as 99.95
 */
public record Objectives(BigDecimal availability) {

  private static final BigDecimal HUNDRED = BigDecimal.valueOf(100);

  /**
   * Availability in thirty days, and what is left of the errors that the objective allows; below 0
   * it is broken.
   *
   * @param balancer dimensions of the load balancer
   */
  Widget availability(String region, List<String> balancer) {
    String errors = "(FILL(balancer, 0) + FILL(targets, 0)) / requests";
    return Widget.month(
        "Availability of %s in 30 days, objective %s %%"
            .formatted(region, availability.toPlainString()),
        region,
        List.of(
            Metric.of("AWS/ApplicationELB", "RequestCount", "Sum", balancer).as("requests"),
            Metric.of("AWS/ApplicationELB", "HTTPCode_ELB_5XX_Count", "Sum", balancer)
                .as("balancer"),
            Metric.of("AWS/ApplicationELB", "HTTPCode_Target_5XX_Count", "Sum", balancer)
                .as("targets"),
            Metric.computed("100 * (1 - " + errors + ")", "Availability, %"),
            Metric.computed(
                "100 * (1 - " + errors + " * 100 / " + allowed().toPlainString() + ")",
                "Error budget left, %")));
  }

  /** Percent of the requests that may fail. */
  private BigDecimal allowed() {
    return HUNDRED.subtract(availability);
  }
}

package superset.platform.observability;

import com.hashicorp.cdktf.providers.aws.cloudwatch_dashboard.CloudwatchDashboard;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import software.constructs.Construct;
import superset.platform.config.Names;
import superset.platform.config.PlatformConfig.Objectives;

/** The CloudWatch dashboard of all regions side by side. */
public final class GlobalDashboard extends Construct {

  /** Where CloudWatch has what belongs to no region: health checks and the bill. */
  private static final String HOME = "us-east-1";

  /**
   * @param balancer load balancer as CloudWatch names it, {@code app/NAME/ID}
   * @param healthCheck id of the Route 53 health check; absent: DNS is elsewhere
   */
  public record Region(String region, String balancer, Optional<String> healthCheck) {}

  /**
   * @param region whose provider makes it; dashboards are global
   */
  public record Props(String region, List<Region> regions, Objectives objectives, Names names) {
    public Props {
      regions = List.copyOf(regions);
    }
  }

  private final Props props;

  public GlobalDashboard(Construct scope, String id, Props props) {
    super(scope, id);
    this.props = props;
    CloudwatchDashboard.Builder.create(this, "dashboard")
        .dashboardName(props.names().dashboard())
        .dashboardBody(Widget.body(widgets()))
        .build();
  }

  private List<Widget> widgets() {
    List<Widget> widgets =
        new ArrayList<>(
            List.of(
                each("Requests", region -> balancer(region, "RequestCount", "Sum")),
                each("Answered in, p95", region -> balancer(region, "TargetResponseTime", "p95")),
                errors(),
                each("Web tasks", region -> tasks()),
                each("CPU of the databases", region -> database("CPUUtilization", "Average"))));
    if (props.regions().size() > 1) {
      widgets.add(each("Replica lag", region -> database("ReplicaLag", "Maximum")));
    }
    if (props.regions().stream().anyMatch(region -> region.healthCheck().isPresent())) {
      widgets.add(healthChecks());
    }
    for (Region region : props.regions()) {
      widgets.add(
          Availability.of(
              props.objectives(), region.region(), List.of("LoadBalancer", region.balancer())));
    }
    widgets.add(
        Widget.lines(
            "Bill of this month so far",
            HOME,
            List.of(
                Metric.of(
                    "AWS/Billing", "EstimatedCharges", "Maximum", List.of("Currency", "USD")))));
    return widgets;
  }

  private Widget errors() {
    List<Metric> metrics = new ArrayList<>();
    for (Region region : props.regions()) {
      metrics.add(
          balancer(region, "HTTPCode_Target_5XX_Count", "Sum")
              .in(region.region())
              .labelled(region.region() + ": by tasks"));
      metrics.add(
          balancer(region, "HTTPCode_ELB_5XX_Count", "Sum")
              .in(region.region())
              .labelled(region.region() + ": by the load balancer"));
    }
    return Widget.lines("5xx", props.region(), metrics);
  }

  /** 1 while Route 53 answers with the region. */
  private Widget healthChecks() {
    List<Metric> metrics =
        props.regions().stream()
            .flatMap(
                region ->
                    region
                        .healthCheck()
                        .map(
                            id ->
                                Metric.of(
                                        "AWS/Route53",
                                        "HealthCheckStatus",
                                        "Minimum",
                                        List.of("HealthCheckId", id))
                                    .labelled(region.region()))
                        .stream())
            .toList();
    return Widget.lines("Regions in DNS", HOME, metrics);
  }

  /** A line for each region. */
  private Widget each(String title, Function<Region, Metric> metric) {
    return Widget.lines(
        title,
        props.region(),
        props.regions().stream()
            .map(one -> metric.apply(one).in(one.region()).labelled(one.region()))
            .toList());
  }

  private static Metric balancer(Region region, String metric, String stat) {
    return Metric.of(
        "AWS/ApplicationELB", metric, stat, List.of("LoadBalancer", region.balancer()));
  }

  private Metric tasks() {
    return Metric.of(
        "ECS/ContainerInsights",
        "RunningTaskCount",
        "Average",
        List.of(
            "ClusterName", props.names().platform(), "ServiceName", props.names().service("web")));
  }

  private Metric database(String metric, String stat) {
    return Metric.of(
        "AWS/RDS", metric, stat, List.of("DBInstanceIdentifier", props.names().platform()));
  }
}

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
   * @param queues whether workers take jobs from queues
   * @param healthCheck id of the Route 53 health check; absent: DNS is elsewhere
   */
  public record Region(
      String region, String balancer, boolean queues, Optional<String> healthCheck) {}

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
    widgets.addAll(application());
    for (Region region : props.regions()) {
      widgets.add(
          Availability.of(
              props.objectives(), region.region(), List.of("LoadBalancer", region.balancer())));
      widgets.add(Application.objective(props.objectives(), region.region()));
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

  private List<Widget> application() {
    List<Widget> widgets =
        new ArrayList<>(
            List.of(
                each(
                    "Dashboards loaded in, p95",
                    region -> Application.metric("DashboardLoadTime", "p95")),
                each(
                    "Queries executed in, p95",
                    region -> Application.metric("QueryExecutionTime", "p95")),
                cacheHits(),
                each("Active users", region -> Application.metric("ActiveUsers", "Maximum")),
                each("Failed logins", region -> Application.metric("FailedLogins", "Sum"))));
    List<Region> queues = props.regions().stream().filter(Region::queues).toList();
    if (!queues.isEmpty()) {
      widgets.add(
          each("Oldest job waits", queues, region -> Application.metric("QueueAge", "Maximum")));
      widgets.add(
          each("Failed reports", queues, region -> Application.metric("FailedReports", "Sum")));
    }
    return widgets;
  }

  private Widget cacheHits() {
    List<Metric> metrics = new ArrayList<>();
    for (int i = 0; i < props.regions().size(); i++) {
      String region = props.regions().get(i).region();
      Application.cacheHits(region, String.valueOf(i)).stream()
          .map(metric -> metric.isComputed() ? metric : metric.in(region))
          .forEach(metrics::add);
    }
    return Widget.lines("Charts from the cache, %", props.region(), metrics);
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
    return each(title, props.regions(), metric);
  }

  private Widget each(String title, List<Region> regions, Function<Region, Metric> metric) {
    return Widget.lines(
        title,
        props.region(),
        regions.stream()
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

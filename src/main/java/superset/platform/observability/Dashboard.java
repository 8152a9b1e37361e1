package superset.platform.observability;

import com.hashicorp.cdktf.providers.aws.cloudwatch_dashboard.CloudwatchDashboard;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import software.constructs.Construct;
import superset.platform.config.Names;
import superset.platform.config.PlatformConfig.Objectives;

/** The region's CloudWatch dashboard: each thing that it runs, and whether that is good enough. */
public final class Dashboard extends Construct {

  /**
   * @param workerService absent: no workers
   * @param balancer load balancer as CloudWatch names it, {@code app/NAME/ID}
   * @param targetGroup target group as CloudWatch names it, {@code targetgroup/NAME/ID}
   * @param database RDS identifier
   * @param replicated whether it is, or may become, a replica
   * @param caches ids of the Redis nodes; empty: no Redis
   * @param natGateways ids
   * @param webAcl name; absent: no WAF
   * @param canary whether a canary visits the region
   */
  public record Props(
      String region,
      String cluster,
      String webService,
      Optional<String> workerService,
      String balancer,
      String targetGroup,
      String database,
      boolean replicated,
      List<String> caches,
      List<String> natGateways,
      Optional<String> webAcl,
      boolean canary,
      Objectives objectives,
      Names names) {
    public Props {
      caches = List.copyOf(caches);
      natGateways = List.copyOf(natGateways);
    }
  }

  private final Props props;
  private final CloudwatchDashboard dashboard;

  public Dashboard(Construct scope, String id, Props props) {
    super(scope, id);
    this.props = props;
    this.dashboard =
        CloudwatchDashboard.Builder.create(this, "dashboard")
            .dashboardName(props.names().dashboard() + "-" + props.region())
            .dashboardBody(Widget.body(widgets()))
            .build();
  }

  /** Address in the AWS console. */
  public String url() {
    return "https://%1$s.console.aws.amazon.com/cloudwatch/home?region=%1$s#dashboards/dashboard/%2$s"
        .formatted(props.region(), dashboard.getDashboardName());
  }

  private List<Widget> widgets() {
    List<String> balancer = List.of("LoadBalancer", props.balancer());
    List<Widget> widgets = new ArrayList<>(List.of(web(), balancer(balancer), database()));
    widgets.add(Application.loadTimes(props.region()));
    widgets.add(Availability.of(props.objectives(), props.region(), balancer));
    widgets.add(Application.objective(props.objectives(), props.region()));
    widgets.addAll(Application.waiting(props.region()));
    widgets.addAll(Application.users(props.region(), props.workerService().isPresent()));
    props.workerService().ifPresent(service -> widgets.add(workers(service)));
    if (!props.caches().isEmpty()) {
      widgets.add(caches());
    }
    if (props.replicated()) {
      widgets.add(
          lines(
              "Replica lag", Metric.of("AWS/RDS", "ReplicaLag", "Maximum", databaseDimensions())));
    }
    widgets.add(natGateways());
    props.webAcl().ifPresent(acl -> widgets.add(webAcl(acl)));
    if (props.canary()) {
      widgets.add(lines("Canary", CanaryAlarms.success(), CanaryAlarms.duration().right()));
    }
    return widgets;
  }

  private Widget web() {
    return lines("ECS Service Health", service(props.webService()));
  }

  private Widget workers(String service) {
    return lines("Workers", service(service));
  }

  private Metric[] service(String name) {
    List<String> service = List.of("ClusterName", props.cluster(), "ServiceName", name);
    return new Metric[] {
      Metric.of("AWS/ECS", "CPUUtilization", "Average", service),
      Metric.of("AWS/ECS", "MemoryUtilization", "Average", service),
      Metric.of("ECS/ContainerInsights", "RunningTaskCount", "Average", service).right()
    };
  }

  private Widget balancer(List<String> balancer) {
    List<String> target =
        List.of("TargetGroup", props.targetGroup(), "LoadBalancer", props.balancer());
    return lines(
        "ALB Performance",
        Metric.of("AWS/ApplicationELB", "RequestCount", "Sum", balancer),
        Metric.of("AWS/ApplicationELB", "HTTPCode_Target_2XX_Count", "Sum", target),
        Metric.of("AWS/ApplicationELB", "HTTPCode_Target_5XX_Count", "Sum", target),
        Metric.of("AWS/ApplicationELB", "HTTPCode_ELB_5XX_Count", "Sum", balancer),
        Metric.of("AWS/ApplicationELB", "TargetResponseTime", "p95", balancer).right());
  }

  private Widget database() {
    List<String> database = databaseDimensions();
    return lines(
        "Database Performance",
        Metric.of("AWS/RDS", "CPUUtilization", "Average", database),
        Metric.of("AWS/RDS", "DatabaseConnections", "Maximum", database),
        Metric.of("AWS/RDS", "ReadLatency", "Average", database).right(),
        Metric.of("AWS/RDS", "WriteLatency", "Average", database).right());
  }

  private List<String> databaseDimensions() {
    return List.of("DBInstanceIdentifier", props.database());
  }

  private Widget caches() {
    List<Metric> metrics = new ArrayList<>();
    for (String node : props.caches()) {
      List<String> cache = List.of("CacheClusterId", node);
      metrics.add(Metric.of("AWS/ElastiCache", "EngineCPUUtilization", "Average", cache));
      metrics.add(Metric.of("AWS/ElastiCache", "DatabaseMemoryUsagePercentage", "Maximum", cache));
      metrics.add(Metric.of("AWS/ElastiCache", "CurrConnections", "Maximum", cache).right());
      metrics.add(Metric.of("AWS/ElastiCache", "Evictions", "Sum", cache).right());
    }
    return Widget.lines("Redis", props.region(), metrics);
  }

  private Widget natGateways() {
    List<Metric> metrics = new ArrayList<>();
    for (int zone = 0; zone < props.natGateways().size(); zone++) {
      List<String> nat = List.of("NatGatewayId", props.natGateways().get(zone));
      String which = zone + 1 + ": ";
      metrics.add(
          Metric.of("AWS/NATGateway", "BytesOutToDestination", "Sum", nat)
              .labelled(which + "bytes out"));
      metrics.add(
          Metric.of("AWS/NATGateway", "ErrorPortAllocation", "Sum", nat)
              .labelled(which + "no port left")
              .right());
    }
    return Widget.lines("NAT gateways", props.region(), metrics);
  }

  private Widget webAcl(String name) {
    List<String> acl = List.of("WebACL", name, "Region", props.region(), "Rule", "ALL");
    return lines(
        "WAF",
        Metric.of("AWS/WAFV2", "AllowedRequests", "Sum", acl),
        Metric.of("AWS/WAFV2", "CountedRequests", "Sum", acl).right(),
        Metric.of("AWS/WAFV2", "BlockedRequests", "Sum", acl).right());
  }

  private Widget lines(String title, Metric... metrics) {
    return Widget.lines(title, props.region(), List.of(metrics));
  }
}

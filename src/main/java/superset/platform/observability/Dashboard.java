package superset.platform.observability;

import com.hashicorp.cdktf.providers.aws.cloudwatch_dashboard.CloudwatchDashboard;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import software.constructs.Construct;
import superset.platform.aws.Json;
import superset.platform.config.Names;

/** The region's CloudWatch dashboard: services, load balancer, database. */
public final class Dashboard extends Construct {

  private static final int WIDTH = 12;
  private static final int HEIGHT = 6;

  /**
   * @param balancer load balancer as CloudWatch names it, {@code app/NAME/ID}
   * @param targetGroup target group as CloudWatch names it, {@code targetgroup/NAME/ID}
   * @param database RDS identifier
   */
  public record Props(
      String region,
      String cluster,
      String webService,
      String balancer,
      String targetGroup,
      String database,
      Names names) {}

  /**
   * One line of a widget.
   *
   * @param stat CloudWatch statistic
   * @param right whether it is drawn against the right axis
   */
  private record Line(
      String namespace, String metric, List<String> dimensions, String stat, boolean right) {

    private List<Object> json() {
      List<Object> json = new ArrayList<>(List.of(namespace, metric));
      json.addAll(dimensions);
      json.add(Json.object("stat", stat, "yAxis", right ? "right" : "left"));
      return json;
    }
  }

  private final Props props;
  private final CloudwatchDashboard dashboard;

  public Dashboard(Construct scope, String id, Props props) {
    super(scope, id);
    this.props = props;
    this.dashboard =
        CloudwatchDashboard.Builder.create(this, "dashboard")
            .dashboardName(name())
            .dashboardBody(Json.of(Json.object("widgets", List.of(ecs(), alb(), rds()))))
            .build();
  }

  /** Address in the AWS console. */
  public String url() {
    return "https://%1$s.console.aws.amazon.com/cloudwatch/home?region=%1$s#dashboards/dashboard/%2$s"
        .formatted(props.region(), dashboard.getDashboardName());
  }

  /** Dashboards are global in an account: the region is part of the name. */
  private String name() {
    String label = props.names().label();
    return "Superset-%s%s-Metrics-%s"
        .formatted(
            label.substring(0, 1).toUpperCase(Locale.ROOT), label.substring(1), props.region());
  }

  private Map<String, Object> ecs() {
    List<String> service =
        List.of("ClusterName", props.cluster(), "ServiceName", props.webService());
    return widget(
        "ECS Service Health",
        0,
        new Line("AWS/ECS", "CPUUtilization", service, "Average", false),
        new Line("AWS/ECS", "MemoryUtilization", service, "Average", false),
        new Line("ECS/ContainerInsights", "RunningTaskCount", service, "Average", true));
  }

  private Map<String, Object> alb() {
    List<String> balancer = List.of("LoadBalancer", props.balancer());
    List<String> target =
        List.of("TargetGroup", props.targetGroup(), "LoadBalancer", props.balancer());
    return widget(
        "ALB Performance",
        1,
        new Line("AWS/ApplicationELB", "RequestCount", balancer, "Sum", false),
        new Line("AWS/ApplicationELB", "TargetResponseTime", balancer, "p95", false),
        new Line("AWS/ApplicationELB", "HTTPCode_Target_2XX_Count", target, "Sum", true),
        new Line("AWS/ApplicationELB", "HTTPCode_Target_5XX_Count", target, "Sum", true),
        new Line("AWS/ApplicationELB", "HTTPCode_ELB_5XX_Count", balancer, "Sum", true));
  }

  private Map<String, Object> rds() {
    List<String> database = List.of("DBInstanceIdentifier", props.database());
    return widget(
        "Database Performance",
        2,
        new Line("AWS/RDS", "CPUUtilization", database, "Average", false),
        new Line("AWS/RDS", "DatabaseConnections", database, "Maximum", false),
        new Line("AWS/RDS", "ReadLatency", database, "Average", true),
        new Line("AWS/RDS", "WriteLatency", database, "Average", true));
  }

  private Map<String, Object> widget(String title, int place, Line... lines) {
    return Json.object(
        "type",
        "metric",
        "x",
        place % 2 * WIDTH,
        "y",
        place / 2 * HEIGHT,
        "width",
        WIDTH,
        "height",
        HEIGHT,
        "properties",
        Json.object(
            "title",
            title,
            "region",
            props.region(),
            "view",
            "timeSeries",
            "period",
            300,
            "metrics",
            List.of(lines).stream().map(Line::json).toList()));
  }
}

package superset.platform.observability;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import superset.platform.config.PlatformConfig.Objectives;

/** Metrics that Superset writes itself, and the widgets that show them: docs/metrics.md. */
final class Application {

  private static final String NAMESPACE = "Superset/Application";

  /** Lines of a widget that shows the slowest of many. */
  private static final int SLOWEST = 10;

  private Application() {}

  /** Of everything together: without a dimension. */
  static Metric metric(String name, String stat) {
    return Metric.of(NAMESPACE, name, stat, List.of());
  }

  /** How long people wait, and for what. */
  static List<Widget> waiting(String region) {
    return List.of(
        times("Queries executed in", "QueryExecutionTime", region),
        slowest("Slowest dashboards, p95", "DashboardLoadTime", "DashboardId", region),
        slowest("Slowest data sources, p95", "QueryExecutionTime", "DataSource", region),
        Widget.lines("Charts from the cache", region, cacheHits("Hit rate, %", "")));
  }

  /**
   * @param queues whether workers take jobs from queues
   */
  static List<Widget> users(String region, boolean queues) {
    List<Metric> people =
        new ArrayList<>(
            List.of(metric("ActiveUsers", "Maximum"), metric("FailedLogins", "Sum").right()));
    List<Widget> widgets = new ArrayList<>();
    if (queues) {
      people.add(metric("FailedReports", "Sum").right());
      widgets.add(
          Widget.lines(
              "Queues",
              region,
              List.of(metric("QueueDepth", "Maximum"), metric("QueueAge", "Maximum").right())));
    }
    widgets.add(Widget.lines("Users", region, people));
    return widgets;
  }

  static Widget loadTimes(String region) {
    return times("Dashboards loaded in", "DashboardLoadTime", region);
  }

  /**
   * Loads within the objective in thirty days, and what is left of the slower ones that it allows.
   * Every load counts, whether or not its data was cached: to the browser, what a worker has just
   * fetched comes from the cache as well.
   */
  static Widget objective(Objectives objectives, String region) {
    BigDecimal slower = BigDecimal.valueOf(100).subtract(objectives.dashboardPercent());
    String within = "within " + objectives.dashboardMs() + " ms";
    return Widget.month(
        "Dashboards of %s loaded %s in 30 days, objective %s %%"
            .formatted(region, within, objectives.dashboardPercent().toPlainString()),
        region,
        List.of(
            metric("DashboardLoadTime", "PR(:" + objectives.dashboardMs() + ")")
                .named("within")
                .labelled("Loaded " + within + ", %"),
            Metric.computed(
                "100 * (1 - (100 - within) / %s)".formatted(slower.toPlainString()),
                "Error budget left, %")));
  }

  /**
   * Percent of the charts whose data came from the cache, of those that asked it.
   *
   * @param id distinguishes it from others of its widget
   */
  static List<Metric> cacheHits(String label, String id) {
    String hits = "hits" + id;
    String misses = "misses" + id;
    return List.of(
        metric("CacheHits", "Sum").as(hits),
        metric("CacheMisses", "Sum").as(misses),
        Metric.computed(
            "100 * FILL(%1$s, 0) / (FILL(%1$s, 0) + FILL(%2$s, 0))".formatted(hits, misses),
            label));
  }

  private static Widget times(String title, String metric, String region) {
    return Widget.lines(title, region, List.of(metric(metric, "Average"), metric(metric, "p95")));
  }

  /** CloudWatch User Guide, "Search expression syntax", and SORT of its metric math. */
  private static Widget slowest(String title, String metric, String dimension, String region) {
    String search =
        "SEARCH('{%s,%s} MetricName=\"%s\"', 'p95', 300)".formatted(NAMESPACE, dimension, metric);
    return Widget.lines(
        title,
        region,
        List.of(Metric.computed("SORT(%s, MAX, DESC, %d)".formatted(search, SLOWEST), dimension)));
  }
}

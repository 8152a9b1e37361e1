package superset.platform.observability;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import superset.platform.aws.Json;

/**
 * One picture of a dashboard.
 *
 * @param properties of CloudWatch's metric widget
 */
record Widget(Map<String, Object> properties) {

  /** Of 24 columns. */
  private static final int WIDTH = 12;

  private static final int HEIGHT = 6;

  /** Lines over time, in periods of five minutes. */
  static Widget lines(String title, String region, List<Metric> metrics) {
    return of(title, region, metrics, Json.object("view", "timeSeries", "period", 300));
  }

  /** One number each for the last thirty days, whatever the dashboard shows. */
  static Widget month(String title, String region, List<Metric> metrics) {
    return of(
        title,
        region,
        metrics,
        Json.object(
            "view",
            "singleValue",
            "setPeriodToTimeRange",
            true,
            "start",
            "-P30D",
            "end",
            "P0D",
            "period",
            300));
  }

  private static Widget of(
      String title, String region, List<Metric> metrics, Map<String, Object> view) {
    Map<String, Object> properties = Json.object("title", title, "region", region);
    properties.putAll(view);
    properties.put("metrics", metrics.stream().map(Metric::json).toList());
    return new Widget(properties);
  }

  /** A dashboard's body: two widgets in a row, in their order. */
  static String body(List<Widget> widgets) {
    List<Object> placed = new ArrayList<>();
    for (int place = 0; place < widgets.size(); place++) {
      placed.add(
          Json.object(
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
              widgets.get(place).properties()));
    }
    return Json.of(Json.object("widgets", placed));
  }
}

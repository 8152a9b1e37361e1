package superset.platform.observability;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import superset.platform.aws.Json;

/**
 * One line of a widget, as CloudWatch writes it (CloudWatch API Reference, Dashboard body structure
 * and syntax, "Metric format").
 *
 * @param path namespace, name, and each dimension with its value; empty: an expression
 * @param options statistic, axis, label and the like
 */
record Metric(List<String> path, Map<String, Object> options) {

  Metric {
    path = List.copyOf(path);
    options = new LinkedHashMap<>(options);
  }

  /**
   * @param stat CloudWatch statistic, such as {@code Average} or {@code p95}
   * @param dimensions name, value, name, value, ...
   */
  static Metric of(String namespace, String name, String stat, List<String> dimensions) {
    List<String> path = new ArrayList<>(List.of(namespace, name));
    path.addAll(dimensions);
    return new Metric(path, Json.object("stat", stat));
  }

  /** Computed from the metrics of the widget that have an id. */
  static Metric computed(String expression, String label) {
    return new Metric(List.of(), Json.object("expression", expression, "label", label));
  }

  /** Against the axis on the right. */
  Metric right() {
    return with("yAxis", "right");
  }

  Metric labelled(String label) {
    return with("label", label);
  }

  /** Of another region than the widget's. */
  Metric in(String region) {
    return with("region", region);
  }

  /** What expressions compute with. */
  Metric named(String id) {
    return with("id", id);
  }

  /** Not drawn, only computed with. */
  Metric as(String id) {
    return named(id).with("visible", false);
  }

  boolean isComputed() {
    return path.isEmpty();
  }

  String namespace() {
    return path.get(0);
  }

  String name() {
    return path.get(1);
  }

  Map<String, String> dimensions() {
    Map<String, String> dimensions = new LinkedHashMap<>();
    for (int i = 2; i < path.size(); i += 2) {
      dimensions.put(path.get(i), path.get(i + 1));
    }
    return dimensions;
  }

  String stat() {
    return (String) options.get("stat");
  }

  /** Such as {@code p95}: alarms name them elsewhere than the other statistics. */
  boolean isPercentile() {
    return stat().startsWith("p");
  }

  List<Object> json() {
    List<Object> json = new ArrayList<>(path);
    json.add(options);
    return json;
  }

  private Metric with(String option, Object value) {
    Map<String, Object> more = new LinkedHashMap<>(options);
    more.put(option, value);
    return new Metric(path, more);
  }
}

package superset.platform.observability;

import com.hashicorp.cdktf.providers.aws.cloudwatch_log_metric_filter.CloudwatchLogMetricFilter;
import com.hashicorp.cdktf.providers.aws.cloudwatch_log_metric_filter.CloudwatchLogMetricFilterMetricTransformation;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import software.constructs.Construct;
import superset.platform.config.Names;
import superset.platform.observability.Alarm.Bound;
import superset.platform.observability.Alarm.Missing;
import superset.platform.observability.Alarm.Severity;

/** Counts what the services say is an error: what Superset catches makes no 5xx, or no request. */
final class ErrorLines extends Construct {

  private static final String NAMESPACE = "Superset/Logs";

  /** Of the JSON that every process writes. */
  private static final String PATTERN = "{ ($.level = \"ERROR\") || ($.level = \"CRITICAL\") }";

  /** Those who work for people; a deploy tells what init says. */
  private static final List<String> SERVICES = List.of("beat", "web", "worker");

  /**
   * @param logGroups names by kind of task
   */
  record Props(SortedMap<String, String> logGroups, Names names) {}

  private final List<String> services;

  ErrorLines(Construct scope, String id, Props props) {
    super(scope, id);
    this.services = SERVICES.stream().filter(props.logGroups()::containsKey).toList();
    services.forEach(service -> count(service, props.logGroups().get(service), props.names()));
  }

  private void count(String service, String group, Names names) {
    CloudwatchLogMetricFilter.Builder.create(this, service)
        .name(names.of("error-lines-" + service))
        .logGroupName(group)
        .pattern(PATTERN)
        .metricTransformation(
            CloudwatchLogMetricFilterMetricTransformation.builder()
                .name(metric(service))
                .namespace(NAMESPACE)
                .value("1")
                .build())
        .build();
  }

  List<Alarm> alarms() {
    List<Alarm> alarms = new ArrayList<>();
    for (String service : services) {
      alarms.add(
          new Alarm(
              "error-lines-" + service,
              Severity.NOTIFY,
              "100 lines or more of " + service + " were errors in a quarter of an hour",
              Metric.of(NAMESPACE, metric(service), "Sum", List.of()),
              900,
              1,
              Bound.atLeast(100),
              Missing.NOT_BREACHING));
    }
    return alarms;
  }

  private static String metric(String service) {
    return "ErrorLines-" + service;
  }
}

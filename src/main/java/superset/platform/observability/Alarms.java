package superset.platform.observability;

import com.hashicorp.cdktf.providers.aws.cloudwatch_metric_alarm.CloudwatchMetricAlarm;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import software.constructs.Construct;
import superset.platform.config.Names;

/** Alarms of a region, each on one thing that runs there, and the topic that they are sent to. */
public final class Alarms extends Construct {

  private static final String PREFIX = "alarm-";
  private static final String RUNBOOK = "docs/runbooks/alarms.md#";

  /**
   * @param workers absent: no Redis, no workers
   * @param natGateways ids
   * @param keyArn key of the topic
   * @param email addresses that are told
   */
  public record Props(
      WebAlarms.Props web,
      LoadBalancerAlarms.Props balancer,
      DatabaseAlarms.Props database,
      Optional<WorkerAlarms.Props> workers,
      CacheAlarms.Props cache,
      List<String> natGateways,
      String keyArn,
      List<String> email,
      String region,
      Names names) {
    public Props {
      natGateways = List.copyOf(natGateways);
      email = List.copyOf(email);
    }
  }

  public Alarms(Construct scope, String id, Props props) {
    super(scope, id);
    AlarmTopic topic =
        new AlarmTopic(
            this,
            "topic",
            new AlarmTopic.Props(
                "alarms",
                PREFIX + "*",
                props.keyArn(),
                props.email(),
                props.region(),
                props.names()));
    Stream.of(
            WebAlarms.of(props.web()),
            LoadBalancerAlarms.of(props.balancer()),
            DatabaseAlarms.of(props.database()),
            props.workers().map(WorkerAlarms::of).orElse(List.of()),
            CacheAlarms.of(props.cache()),
            NatAlarms.of(props.natGateways()))
        .flatMap(List::stream)
        .forEach(alarm -> alarm(alarm, topic, props.names()));
  }

  private void alarm(Alarm alarm, AlarmTopic topic, Names names) {
    String name = names.of(PREFIX + alarm.name());
    Map<String, String> tags = new LinkedHashMap<>();
    tags.put("Name", name);
    tags.put("severity", alarm.severity().name().toLowerCase(Locale.ROOT));
    Metric metric = alarm.metric();
    CloudwatchMetricAlarm.Builder made =
        CloudwatchMetricAlarm.Builder.create(this, alarm.name())
            .alarmName(name)
            .alarmDescription(
                "%s: %s. %s%s"
                    .formatted(alarm.severity(), alarm.description(), RUNBOOK, alarm.name()))
            .namespace(metric.namespace())
            .metricName(metric.name())
            .dimensions(metric.dimensions())
            .period(alarm.period())
            .evaluationPeriods(alarm.periods())
            .threshold(alarm.bound().threshold())
            .comparisonOperator(alarm.bound().comparison())
            .treatMissingData(alarm.missing().value)
            .alarmActions(List.of(topic.arn()))
            .okActions(List.of(topic.arn()))
            .tags(tags);
    if (metric.isPercentile()) {
      made.extendedStatistic(metric.stat());
    } else {
      made.statistic(metric.stat());
    }
    made.build();
  }
}

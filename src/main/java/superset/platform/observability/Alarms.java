package superset.platform.observability;

import com.hashicorp.cdktf.providers.aws.cloudwatch_composite_alarm.CloudwatchCompositeAlarm;
import com.hashicorp.cdktf.providers.aws.cloudwatch_composite_alarm.CloudwatchCompositeAlarmActionsSuppressor;
import com.hashicorp.cdktf.providers.aws.cloudwatch_event_rule.CloudwatchEventRule;
import com.hashicorp.cdktf.providers.aws.cloudwatch_event_target.CloudwatchEventTarget;
import com.hashicorp.cdktf.providers.aws.cloudwatch_event_target.CloudwatchEventTargetInputTransformer;
import com.hashicorp.cdktf.providers.aws.cloudwatch_metric_alarm.CloudwatchMetricAlarm;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import software.constructs.Construct;
import superset.platform.aws.Json;
import superset.platform.config.Names;
import superset.platform.observability.Alarm.Severity;

/**
 * Alarms of a region, each on one thing that runs there, and the topic that they are sent to. Those
 * that one cause raises together are told by a composite alarm, and not themselves. What is no
 * state but happens, events tell.
 */
public final class Alarms extends Construct {

  private static final String PREFIX = "alarm-";
  private static final String RUNBOOK = "docs/runbooks/alarms.md#";

  /** Seconds in which what suppresses an alarm may be raised after it. */
  private static final int WAIT = 120;

  /**
   * Seconds that alarms take to be over when what suppresses them is: the canary's, which has to
   * see what has started some minutes later and then needs two visits.
   */
  private static final int EXTENSION = 1200;

  /**
   * @param workers absent: no Redis, no workers
   * @param schedules absent: nothing is scheduled
   * @param logGroups names by kind of task
   * @param canary absent: no canary
   * @param natGateways ids
   * @param keyArn key of the topic
   * @param email addresses that are told
   */
  public record Props(
      WebAlarms.Props web,
      LoadBalancerAlarms.Props balancer,
      CertificateAlarms.Props certificate,
      DatabaseAlarms.Props database,
      Optional<WorkerAlarms.Props> workers,
      CacheAlarms.Props cache,
      ApplicationAlarms.Props application,
      Optional<ScheduleAlarms.Props> schedules,
      TaskEvents.Props tasks,
      SortedMap<String, String> logGroups,
      Optional<CanaryAlarms.Props> canary,
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

  private final AlarmTopic topic;
  private final Names names;

  public Alarms(Construct scope, String id, Props props) {
    super(scope, id);
    this.names = props.names();
    this.topic =
        new AlarmTopic(
            this,
            "topic",
            new AlarmTopic.Props(
                AlarmTopic.ALARMS,
                PREFIX + "*",
                true,
                props.keyArn(),
                props.email(),
                props.region(),
                names));
    Map<Alarm, CloudwatchMetricAlarm> alarms = new LinkedHashMap<>();
    Stream.of(
            WebAlarms.of(props.web()),
            LoadBalancerAlarms.of(props.balancer()),
            CertificateAlarms.of(props.certificate()),
            DatabaseAlarms.of(props.database()),
            props.workers().map(WorkerAlarms::of).orElse(List.of()),
            CacheAlarms.of(props.cache()),
            ApplicationAlarms.of(props.application()),
            props.schedules().map(ScheduleAlarms::of).orElse(List.of()),
            errorLines(props.logGroups()),
            props.canary().map(CanaryAlarms::of).orElse(List.of()),
            NatAlarms.of(props.natGateways()))
        .flatMap(List::stream)
        .forEach(alarm -> alarms.put(alarm, alarm(alarm)));
    composites(alarms);
    TaskEvents.of(props.tasks()).forEach(event -> event(event, props.tasks().cluster()));
  }

  private List<Alarm> errorLines(SortedMap<String, String> logGroups) {
    return new ErrorLines(this, "lines", new ErrorLines.Props(logGroups, names)).alarms();
  }

  private CloudwatchMetricAlarm alarm(Alarm alarm) {
    Metric metric = alarm.metric();
    CloudwatchMetricAlarm.Builder made =
        CloudwatchMetricAlarm.Builder.create(this, alarm.name())
            .alarmName(name(alarm.name()))
            .alarmDescription(description(alarm.severity(), alarm.description(), alarm.name()))
            .namespace(metric.namespace())
            .metricName(metric.name())
            .dimensions(metric.dimensions())
            .period(alarm.period())
            .evaluationPeriods(alarm.periods())
            .threshold(alarm.bound().threshold())
            .comparisonOperator(alarm.bound().comparison())
            .treatMissingData(alarm.missing().value)
            .tags(tags(alarm.severity(), alarm.name()));
    if (alarm.datapoints() < alarm.periods()) {
      made.datapointsToAlarm(alarm.datapoints());
    }
    if (metric.isPercentile()) {
      made.extendedStatistic(metric.stat());
    } else {
      made.statistic(metric.stat());
    }
    if (alarm.severity() != Severity.SILENT
        && Composite.ALL.stream().noneMatch(composite -> composite.covers(alarm))) {
      made.alarmActions(List.of(topic.arn())).okActions(List.of(topic.arn()));
    }
    return made.build();
  }

  private void composites(Map<Alarm, CloudwatchMetricAlarm> alarms) {
    Map<String, String> names = new LinkedHashMap<>();
    alarms.forEach((alarm, made) -> names.put(alarm.name(), made.getAlarmName()));
    for (Composite composite : Composite.ALL) {
      String rule =
          alarms.keySet().stream()
              .filter(composite::covers)
              .map(alarm -> "ALARM(\"%s\")".formatted(names.get(alarm.name())))
              .collect(Collectors.joining(" OR "));
      if (!rule.isEmpty()) {
        names.put(composite.name(), composite(composite, rule, names).getAlarmName());
      }
    }
  }

  private CloudwatchCompositeAlarm composite(
      Composite composite, String rule, Map<String, String> before) {
    CloudwatchCompositeAlarm.Builder made =
        CloudwatchCompositeAlarm.Builder.create(this, composite.name())
            .alarmName(name(composite.name()))
            .alarmDescription(
                description(composite.severity(), composite.description(), composite.name()))
            .alarmRule(rule)
            .alarmActions(List.of(topic.arn()))
            .okActions(List.of(topic.arn()))
            .tags(tags(composite.severity(), composite.name()));
    composite
        .suppressor()
        .flatMap(name -> Optional.ofNullable(before.get(name)))
        .map(
            name ->
                CloudwatchCompositeAlarmActionsSuppressor.builder()
                    .alarm(name)
                    .waitPeriod(WAIT)
                    .extensionPeriod(EXTENSION)
                    .build())
        .ifPresent(made::actionsSuppressor);
    return made.build();
  }

  private void event(TaskEvent event, String cluster) {
    String description = description(event.severity(), event.description(), event.name());
    CloudwatchEventRule rule =
        CloudwatchEventRule.Builder.create(this, event.name())
            .name(name(event.name()))
            .description(description)
            .eventPattern(event.pattern(cluster))
            .tags(tags(event.severity(), event.name()))
            .build();
    CloudwatchEventTarget.Builder.create(this, event.name() + "-mail")
        .rule(rule.getName())
        .targetId("alarms")
        .arn(topic.arn())
        .inputTransformer(
            CloudwatchEventTargetInputTransformer.builder()
                .inputPaths(
                    new TreeMap<>(
                        Map.of(
                            "group", "$.detail.group",
                            "task", "$.detail.taskArn",
                            "time", "$.time")))
                .inputTemplate(Json.of(description + " (<task> of <group>, <time>)"))
                .build())
        .build();
  }

  private String name(String name) {
    return names.of(PREFIX + name);
  }

  private static String description(Severity severity, String what, String name) {
    return "%s: %s. %s%s".formatted(severity, what, RUNBOOK, name);
  }

  private Map<String, String> tags(Severity severity, String name) {
    Map<String, String> tags = new LinkedHashMap<>();
    tags.put("Name", name(name));
    tags.put("severity", severity.name().toLowerCase(Locale.ROOT));
    return tags;
  }
}

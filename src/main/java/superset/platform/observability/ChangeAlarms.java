package superset.platform.observability;

import com.hashicorp.cdktf.providers.aws.cloudwatch_log_metric_filter.CloudwatchLogMetricFilter;
import com.hashicorp.cdktf.providers.aws.cloudwatch_log_metric_filter.CloudwatchLogMetricFilterMetricTransformation;
import com.hashicorp.cdktf.providers.aws.cloudwatch_metric_alarm.CloudwatchMetricAlarm;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import software.constructs.Construct;
import superset.platform.config.Names;

/**
 * Mails within minutes when somebody does what nobody should do unnoticed (after the CIS AWS
 * Foundations Benchmark, section "Monitoring"). A deploy changes policies and security groups too:
 * what the deploy role of CI does there is its everyday work.
 */
public final class ChangeAlarms extends Construct {

  private static final String METRICS = "Superset/Audit";

  /**
   * @param name part of the alarm's name
   * @param description what happened
   * @param pattern of CloudWatch Logs
   */
  private record Watch(String name, String description, String pattern) {}

  /**
   * @param logGroup log group of the trail
   * @param logGroupName its name, for people
   * @param keyArn key of the topic; its policy admits CloudWatch
   * @param email addresses that are told; each confirms its subscription once
   * @param deployRole name of the role whose everyday changes are not told; absent: all are
   * @param region region of the log group
   */
  public record Props(
      String logGroup,
      String logGroupName,
      String keyArn,
      List<String> email,
      Optional<String> deployRole,
      String region,
      Names names) {
    public Props {
      email = List.copyOf(email);
    }
  }

  public ChangeAlarms(Construct scope, String id, Props props) {
    super(scope, id);
    // The logical ids are those of a time when the topic was made here: Default is left out of
    // them.
    AlarmTopic topic =
        new AlarmTopic(
            this,
            "Default",
            new AlarmTopic.Props(
                AlarmTopic.CHANGES,
                "audit-*",
                false,
                props.keyArn(),
                props.email(),
                props.region(),
                props.names()));
    watches(props.deployRole()).forEach(watch -> alarm(watch, topic, props));
  }

  private static List<Watch> watches(Optional<String> deployRole) {
    String byAnother = deployRole.map(ChangeAlarms::byAnother).orElse("");
    return List.of(
        new Watch(
            "root",
            "Somebody used the root user",
            "{ ($.userIdentity.type = \"Root\") && ($.userIdentity.invokedBy NOT EXISTS)"
                + " && ($.eventType != \"AwsServiceEvent\") }"),
        new Watch(
            "login-without-mfa",
            "A user signed in to the console without a second factor",
            "{ ($.eventName = \"ConsoleLogin\") && ($.userIdentity.type = \"IAMUser\")"
                + " && ($.additionalEventData.MFAUsed != \"Yes\")"
                + " && ($.responseElements.ConsoleLogin = \"Success\") }"),
        new Watch(
            "trail",
            "The trail was stopped or changed",
            events(
                "cloudtrail",
                "",
                "DeleteTrail",
                "PutEventSelectors",
                "PutInsightSelectors",
                "StopLogging",
                "UpdateTrail")),
        new Watch(
            "keys",
            "A key was disabled, or is going to be deleted",
            events("kms", "", "DisableKey", "DisableKeyRotation", "ScheduleKeyDeletion")),
        new Watch(
            "policies",
            "A role, a user or a policy was changed, and not by a deploy",
            events(
                "iam",
                byAnother,
                "AddUserToGroup",
                "AttachGroupPolicy",
                "AttachRolePolicy",
                "AttachUserPolicy",
                "CreateAccessKey",
                "CreatePolicyVersion",
                "CreateRole",
                "CreateUser",
                "DeleteRolePermissionsBoundary",
                "DeleteRolePolicy",
                "DetachRolePolicy",
                "PutGroupPolicy",
                "PutRolePolicy",
                "PutUserPolicy",
                "SetDefaultPolicyVersion",
                "UpdateAssumeRolePolicy")),
        new Watch(
            "security-groups",
            "A security group was changed, and not by a deploy",
            events(
                "ec2",
                byAnother,
                "AuthorizeSecurityGroupEgress",
                "AuthorizeSecurityGroupIngress",
                "CreateSecurityGroup",
                "DeleteSecurityGroup",
                "ModifySecurityGroupRules",
                "RevokeSecurityGroupEgress",
                "RevokeSecurityGroupIngress")));
  }

  private static String events(String service, String further, String... names) {
    return Stream.of(names)
        .map(name -> "($.eventName = \"" + name + "\")")
        .collect(
            Collectors.joining(
                " || ",
                "{ ($.eventSource = \"" + service + ".amazonaws.com\")" + further + " && (",
                ") }"));
  }

  /** Users have no session, hence none that was issued by the role. */
  private static String byAnother(String role) {
    String issuer = "$.userIdentity.sessionContext.sessionIssuer.userName";
    return " && ((" + issuer + " NOT EXISTS) || (" + issuer + " != \"" + role + "\"))";
  }

  private void alarm(Watch watch, AlarmTopic topic, Props props) {
    String name = props.names().of("audit-" + watch.name());
    CloudwatchLogMetricFilter.Builder.create(this, watch.name() + "-filter")
        .name(name)
        .logGroupName(props.logGroup())
        .pattern(watch.pattern())
        .metricTransformation(
            CloudwatchLogMetricFilterMetricTransformation.builder()
                .name(name)
                .namespace(METRICS)
                .value("1")
                .build())
        .build();
    CloudwatchMetricAlarm.Builder.create(this, watch.name())
        .alarmName(name)
        .alarmDescription(watch.description() + ": see the log group " + props.logGroupName())
        .namespace(METRICS)
        .metricName(name)
        .statistic("Sum")
        .period(60)
        .evaluationPeriods(1)
        .threshold(1)
        .comparisonOperator("GreaterThanOrEqualToThreshold")
        .treatMissingData("notBreaching")
        .alarmActions(List.of(topic.arn()))
        .tags(Map.of("Name", name))
        .build();
  }
}

package superset.platform.observability;

import com.hashicorp.cdktf.providers.aws.sns_topic.SnsTopic;
import com.hashicorp.cdktf.providers.aws.sns_topic_policy.SnsTopicPolicy;
import com.hashicorp.cdktf.providers.aws.sns_topic_subscription.SnsTopicSubscription;
import java.util.List;
import java.util.Map;
import software.constructs.Construct;
import superset.platform.aws.PolicyDocument;
import superset.platform.aws.PolicyDocument.Statement;
import superset.platform.config.Names;

/** An encrypted SNS topic that alarms of the account are sent to, and who reads them. */
final class AlarmTopic extends Construct {

  /**
   * @param purpose last part of its name
   * @param alarms last part of the alarms' names, with a wildcard
   * @param events whether rules of EventBridge with such names send to it too
   * @param keyArn its key; the key's policy admits CloudWatch, and EventBridge with events
   * @param email addresses that are told; each confirms its subscription once
   */
  record Props(
      String purpose,
      String alarms,
      boolean events,
      String keyArn,
      List<String> email,
      String region,
      Names names) {
    Props {
      email = List.copyOf(email);
    }
  }

  /** Purpose of the topic of a region's alarms. */
  static final String ALARMS = "alarms";

  /** Purpose of the topic of what is changed in the account. */
  static final String CHANGES = "audit";

  private final String arn;

  AlarmTopic(Construct scope, String id, Props props) {
    super(scope, id);
    String name = props.names().of(props.purpose());
    this.arn =
        SnsTopic.Builder.create(this, "topic")
            .name(name)
            .kmsMasterKeyId(props.keyArn())
            .tags(Map.of("Name", name))
            .build()
            .getArn();
    SnsTopicPolicy.Builder.create(this, "policy").arn(arn).policy(policy(props)).build();
    for (String address : props.email()) {
      SnsTopicSubscription.Builder.create(this, "mail-" + address.replaceAll("[^a-z0-9]", "-"))
          .topicArn(arn)
          .protocol("email")
          .endpoint(address)
          .build();
    }
  }

  String arn() {
    return arn;
  }

  /** As {@link #arn()}, of a topic of another stack. */
  static String arn(String purpose, String region, Names names) {
    return "arn:aws:sns:%s:%s:%s".formatted(region, names.account(), names.of(purpose));
  }

  private String policy(Props props) {
    PolicyDocument policy =
        new PolicyDocument().add(sender("Alarms", "cloudwatch", "alarm:", props));
    if (props.events()) {
      policy.add(sender("Events", "events", "rule/", props));
    }
    return policy
        .add(
            PolicyDocument.deny("TlsOnly")
                .everybody()
                .actions("sns:Publish")
                .on(arn)
                .when("Bool", "aws:SecureTransport", "false"))
        .json();
  }

  private Statement sender(String sid, String service, String kind, Props props) {
    String account = props.names().account();
    String name = props.names().of(props.alarms());
    return PolicyDocument.allow(sid)
        .service(service + ".amazonaws.com")
        .actions("sns:Publish")
        .on(arn)
        .when("StringEquals", "aws:SourceAccount", account)
        .when(
            "ArnLike",
            "aws:SourceArn",
            "arn:aws:%s:%s:%s:%s%s".formatted(service, props.region(), account, kind, name));
  }
}

package superset.platform.observability;

import com.hashicorp.cdktf.TerraformResource;
import com.hashicorp.cdktf.TerraformResourceConfig;
import com.hashicorp.cdktf.providers.aws.iam_role.IamRole;
import com.hashicorp.cdktf.providers.aws.iam_role_policy.IamRolePolicy;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import software.constructs.Construct;
import superset.platform.aws.Json;
import superset.platform.aws.PolicyDocument;
import superset.platform.config.Names;
import superset.platform.config.PlatformConfig;

/**
 * A channel of Slack that alarms are told in, by Amazon Q Developer in chat applications (once AWS
 * Chatbot). An account has one configuration for a channel, with the topics of all its regions
 * (aws-cloudformation/cloudformation-coverage-roadmap issue 1155); the service subscribes to them
 * with its own service-linked role.
 */
public final class SlackChannel extends Construct {

  /** Where the service has its endpoints; from other regions the provider calls the default. */
  private static final Set<String> ENDPOINTS =
      Set.of("ap-southeast-1", "eu-west-1", "us-east-2", "us-west-2");

  private static final String DEFAULT_ENDPOINT = "us-west-2";

  /**
   * Bounds what anybody in the channel can ask AWS for. Without one it is AdministratorAccess (AWS
   * Chatbot API Reference, SlackChannelConfiguration).
   */
  private static final String GUARDRAIL = "arn:aws:iam::aws:policy/CloudWatchReadOnlyAccess";

  /**
   * @param regions whose alarms it shows
   * @param changes region whose topic tells what is changed in the account; absent: there is none
   */
  public record Props(
      PlatformConfig.Slack slack, List<String> regions, Optional<String> changes, Names names) {
    public Props {
      regions = List.copyOf(regions);
    }
  }

  public SlackChannel(Construct scope, String id, Props props) {
    super(scope, id);
    IamRole role = role(props.names());
    String name = name(props.names());
    TerraformResource channel =
        new TerraformResource(
            this,
            "channel",
            TerraformResourceConfig.builder()
                .terraformResourceType("aws_chatbot_slack_channel_configuration")
                .build());
    // The bindings have no such resource: provider 5.61.
    Json.object(
            "configuration_name", name,
            "slack_team_id", props.slack().workspace(),
            "slack_channel_id", props.slack().channel(),
            "sns_topic_arns", topics(props),
            "iam_role_arn", role.getArn(),
            "guardrail_policy_arns", List.of(GUARDRAIL),
            "logging_level", "ERROR",
            "tags", Map.of("Name", name))
        .forEach(channel::addOverride);
  }

  /** Region whose endpoint is called by a provider of {@code region}. */
  public static String endpointOf(String region) {
    return ENDPOINTS.contains(region) ? region : DEFAULT_ENDPOINT;
  }

  /** ARN of the configuration. */
  public static String arn(Names names) {
    return "arn:aws:chatbot::%s:chat-configuration/slack-channel/%s"
        .formatted(names.account(), name(names));
  }

  private static List<String> topics(Props props) {
    return Stream.concat(
            props.regions().stream()
                .map(region -> AlarmTopic.arn(AlarmTopic.ALARMS, region, props.names())),
            props.changes().stream()
                .map(region -> AlarmTopic.arn(AlarmTopic.CHANGES, region, props.names())))
        .toList();
  }

  private static String name(Names names) {
    return names.of("alarms");
  }

  /** What it shows of an alarm, charts among it (Administrator Guide, "IAM policies"). */
  private IamRole role(Names names) {
    String name = names.of("chat");
    IamRole role =
        IamRole.Builder.create(this, "role")
            .name(name)
            .description("Shows alarms in Slack")
            // The guide has no condition on the account that it would be asked with.
            .assumeRolePolicy(
                new PolicyDocument()
                    .add(
                        PolicyDocument.allow("Assume")
                            .service("chatbot.amazonaws.com")
                            .actions("sts:AssumeRole"))
                    .json())
            .tags(Map.of("Name", name))
            .build();
    IamRolePolicy.Builder.create(this, "permissions")
        .name("show")
        .role(role.getId())
        .policy(
            new PolicyDocument()
                .add(
                    PolicyDocument.allow("Alarms")
                        .actions("cloudwatch:DescribeAlarmHistory", "cloudwatch:DescribeAlarms")
                        .on(
                            "arn:aws:cloudwatch:*:%s:alarm:%s"
                                .formatted(names.account(), names.of("*"))))
                .add(
                    PolicyDocument.allow("Charts")
                        .actions(
                            "cloudwatch:GetMetricData",
                            "cloudwatch:GetMetricStatistics",
                            "cloudwatch:GetMetricWidgetImage",
                            "cloudwatch:ListMetrics")
                        .on("*"))
                .json())
        .build();
    return role;
  }
}

package superset.platform.edge;

import static superset.platform.aws.Json.object;

import com.hashicorp.cdktf.TerraformResource;
import com.hashicorp.cdktf.TerraformResourceConfig;
import com.hashicorp.cdktf.providers.aws.cloudwatch_log_group.CloudwatchLogGroup;
import com.hashicorp.cdktf.providers.aws.cloudwatch_log_resource_policy.CloudwatchLogResourcePolicy;
import com.hashicorp.cdktf.providers.aws.wafv2_web_acl_association.Wafv2WebAclAssociation;
import com.hashicorp.cdktf.providers.aws.wafv2_web_acl_logging_configuration.Wafv2WebAclLoggingConfiguration;
import com.hashicorp.cdktf.providers.aws.wafv2_web_acl_logging_configuration.Wafv2WebAclLoggingConfigurationLoggingFilter;
import com.hashicorp.cdktf.providers.aws.wafv2_web_acl_logging_configuration.Wafv2WebAclLoggingConfigurationLoggingFilterFilter;
import com.hashicorp.cdktf.providers.aws.wafv2_web_acl_logging_configuration.Wafv2WebAclLoggingConfigurationLoggingFilterFilterCondition;
import com.hashicorp.cdktf.providers.aws.wafv2_web_acl_logging_configuration.Wafv2WebAclLoggingConfigurationLoggingFilterFilterConditionActionCondition;
import com.hashicorp.cdktf.providers.aws.wafv2_web_acl_logging_configuration.Wafv2WebAclLoggingConfigurationRedactedFields;
import com.hashicorp.cdktf.providers.aws.wafv2_web_acl_logging_configuration.Wafv2WebAclLoggingConfigurationRedactedFieldsSingleHeader;
import java.util.List;
import java.util.Map;
import software.constructs.Construct;
import superset.platform.aws.PolicyDocument;
import superset.platform.config.Names;
import superset.platform.config.RegionConfig.Waf;

/**
 * AWS WAF before the load balancer: {@link WebAclRules}, and a log of what they blocked or counted.
 */
public final class WebAcl extends Construct {

  /** WAF delivers to log groups with this prefix only (AWS WAF: CloudWatch Logs destinations). */
  private static final String LOG_PREFIX = "aws-waf-logs-";

  /** What signs somebody in stays out of the log. */
  private static final List<String> REDACTED =
      List.of("authorization", "cookie", "x-csrftoken", "x-guesttoken");

  /**
   * @param loadBalancerArn what is protected
   * @param logKeyArn key of the log group
   * @param retentionDays days that the log is kept
   * @param region region of all of it
   */
  public record Props(
      Waf waf,
      String loadBalancerArn,
      String logKeyArn,
      int retentionDays,
      String region,
      Names names) {}

  private final String name;
  private final String arn;

  public WebAcl(Construct scope, String id, Props props) {
    super(scope, id);
    this.name = props.names().platform();
    this.arn = acl(props);
    Wafv2WebAclAssociation.Builder.create(this, "association")
        .resourceArn(props.loadBalancerArn())
        .webAclArn(arn)
        .build();
    log(props);
  }

  public String arn() {
    return arn;
  }

  /** What its metrics are named after. */
  public String name() {
    return name;
  }

  /**
   * Written as the provider reads it: the bindings unroll three levels of nested statements into
   * classes that take longer to load than all other resources take to synthesize. {@code rule_json}
   * would be one text, in which Terraform sees no drift.
   */
  private String acl(Props props) {
    TerraformResource acl =
        new TerraformResource(
            this,
            "acl",
            TerraformResourceConfig.builder().terraformResourceType("aws_wafv2_web_acl").build());
    Map<String, Object> arguments =
        object(
            "name", name,
            "description", "Superset: " + props.names().label(),
            "scope", "REGIONAL",
            "default_action", object("allow", object()),
            "rule", new WebAclRules(props.waf()).rules(),
            "visibility_config", WebAclRules.metrics(name),
            "tags", Map.of("Name", name));
    arguments.forEach(acl::addOverride);
    return "${" + acl.getFqn() + ".arn}";
  }

  private void log(Props props) {
    CloudwatchLogGroup group =
        CloudwatchLogGroup.Builder.create(this, "log")
            .name(LOG_PREFIX + props.names().platform())
            .retentionInDays(props.retentionDays())
            .kmsKeyId(props.logKeyArn())
            .tags(Map.of("Name", LOG_PREFIX + props.names().platform()))
            .build();
    CloudwatchLogResourcePolicy delivery = delivery(group, props);
    Wafv2WebAclLoggingConfiguration.Builder.create(this, "logging")
        .resourceArn(arn)
        .logDestinationConfigs(List.of(group.getArn()))
        .redactedFields(REDACTED.stream().map(WebAcl::redacted).toList())
        .loggingFilter(blockedOrCounted())
        .dependsOn(List.of(delivery))
        .build();
  }

  private CloudwatchLogResourcePolicy delivery(CloudwatchLogGroup group, Props props) {
    String account = props.names().account();
    return CloudwatchLogResourcePolicy.Builder.create(this, "delivery")
        .policyName(props.names().of("waf"))
        .policyDocument(
            new PolicyDocument()
                .add(
                    PolicyDocument.allow("Waf")
                        .service("delivery.logs.amazonaws.com")
                        .actions("logs:CreateLogStream", "logs:PutLogEvents")
                        .on(group.getArn() + ":*")
                        .when("StringEquals", "aws:SourceAccount", account)
                        .when(
                            "ArnLike",
                            "aws:SourceArn",
                            "arn:aws:logs:" + props.region() + ":" + account + ":*"))
                .json())
        .build();
  }

  private static Wafv2WebAclLoggingConfigurationRedactedFields redacted(String header) {
    return Wafv2WebAclLoggingConfigurationRedactedFields.builder()
        .singleHeader(
            Wafv2WebAclLoggingConfigurationRedactedFieldsSingleHeader.builder()
                .name(header)
                .build())
        .build();
  }

  /** All other requests are in the load balancer's access log. */
  private static Wafv2WebAclLoggingConfigurationLoggingFilter blockedOrCounted() {
    return Wafv2WebAclLoggingConfigurationLoggingFilter.builder()
        .defaultBehavior("DROP")
        .filter(
            List.of(
                Wafv2WebAclLoggingConfigurationLoggingFilterFilter.builder()
                    .behavior("KEEP")
                    .requirement("MEETS_ANY")
                    .condition(
                        List.of(action("BLOCK"), action("COUNT"), action("EXCLUDED_AS_COUNT")))
                    .build()))
        .build();
  }

  private static Wafv2WebAclLoggingConfigurationLoggingFilterFilterCondition action(String action) {
    return Wafv2WebAclLoggingConfigurationLoggingFilterFilterCondition.builder()
        .actionCondition(
            Wafv2WebAclLoggingConfigurationLoggingFilterFilterConditionActionCondition.builder()
                .action(action)
                .build())
        .build();
  }
}

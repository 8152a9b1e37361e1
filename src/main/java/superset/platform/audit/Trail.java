package superset.platform.audit;

import com.hashicorp.cdktf.providers.aws.cloudtrail.Cloudtrail;
import com.hashicorp.cdktf.providers.aws.cloudwatch_log_group.CloudwatchLogGroup;
import com.hashicorp.cdktf.providers.aws.iam_role.IamRole;
import com.hashicorp.cdktf.providers.aws.iam_role_policy.IamRolePolicy;
import java.util.List;
import java.util.Map;
import software.constructs.Construct;
import superset.platform.aws.PolicyDocument;
import superset.platform.aws.PolicyDocument.Statement;
import superset.platform.config.Names;

/**
 * The account's trail: who called which API, in every region, in files of which CloudTrail signs a
 * digest each hour, and in a log group that {@link ChangeAlarms} read.
 */
public final class Trail extends Construct {

  /** The files are kept for long; the log group is for alarms and for looking. */
  private static final int LOG_DAYS = 90;

  /**
   * @param bucket name of the bucket that takes the files; its policy has {@link #statements}
   * @param keyArn key of files and log group
   * @param region home of the trail
   */
  public record Props(String bucket, String keyArn, String region, Names names) {}

  private final CloudwatchLogGroup log;

  public Trail(Construct scope, String id, Props props) {
    super(scope, id);
    String name = name(props.names());
    this.log =
        CloudwatchLogGroup.Builder.create(this, "log")
            .name(name)
            .retentionInDays(LOG_DAYS)
            .kmsKeyId(props.keyArn())
            .tags(Map.of("Name", name))
            .build();
    IamRole role = role(name, props);
    IamRolePolicy permissions = permissions(role);
    Cloudtrail.Builder.create(this, "trail")
        .name(name)
        .s3BucketName(props.bucket())
        .kmsKeyId(props.keyArn())
        .isMultiRegionTrail(true)
        .includeGlobalServiceEvents(true)
        .enableLogFileValidation(true)
        .cloudWatchLogsGroupArn(log.getArn() + ":*")
        .cloudWatchLogsRoleArn(role.getArn())
        .tags(Map.of("Name", name))
        .dependsOn(List.of(permissions))
        .build();
  }

  /** Name of the trail, its log group and its role. */
  public static String name(Names names) {
    return names.of("trail");
  }

  /** Log group of the events. */
  public String logGroup() {
    return log.getName();
  }

  /** What the policy of the trail's bucket allows, for this one trail only. */
  public static List<Statement> statements(String bucket, String region, Names names) {
    String arn = arn(region, names);
    return List.of(
        PolicyDocument.allow("TrailCheck")
            .service("cloudtrail.amazonaws.com")
            .actions("s3:GetBucketAcl")
            .on("arn:aws:s3:::" + bucket)
            .when("StringEquals", "aws:SourceArn", arn),
        PolicyDocument.allow("Trail")
            .service("cloudtrail.amazonaws.com")
            .actions("s3:PutObject")
            .on("arn:aws:s3:::" + bucket + "/AWSLogs/" + names.account() + "/*")
            .when("StringEquals", "aws:SourceArn", arn)
            .when("StringEquals", "s3:x-amz-acl", "bucket-owner-full-control"));
  }

  private static String arn(String region, Names names) {
    return "arn:aws:cloudtrail:" + region + ":" + names.account() + ":trail/" + name(names);
  }

  private IamRole role(String name, Props props) {
    return IamRole.Builder.create(this, "role")
        .name(name)
        .description("CloudTrail writes the account's events into their log group")
        .assumeRolePolicy(
            PolicyDocument.trusting(
                    "cloudtrail.amazonaws.com",
                    props.names().account(),
                    arn(props.region(), props.names()))
                .json())
        .tags(Map.of("Name", name))
        .build();
  }

  private IamRolePolicy permissions(IamRole role) {
    return IamRolePolicy.Builder.create(this, "permissions")
        .name("log")
        .role(role.getId())
        .policy(
            new PolicyDocument()
                .add(
                    PolicyDocument.allow("Log")
                        .actions("logs:CreateLogStream", "logs:PutLogEvents")
                        .on(log.getArn() + ":log-stream:*"))
                .json())
        .build();
  }
}

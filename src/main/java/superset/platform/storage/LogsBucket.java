package superset.platform.storage;

import java.util.List;
import java.util.Optional;
import software.constructs.Construct;
import superset.platform.aws.PolicyDocument;
import superset.platform.config.Names;

/**
 * Where the load balancer's access logs and the VPC's flow logs go. Encrypted with S3's own keys:
 * access logs allow nothing else (AWS: Enable access logs for your Application Load Balancer).
 */
public final class LogsBucket extends Construct {

  public record Props(String region, Names names) {}

  /** A quarter: long enough to look into what was noticed late. */
  private static final int DAYS = 90;

  private final Bucket bucket;

  public LogsBucket(Construct scope, String id, Props props) {
    super(scope, id);
    String name = props.names().bucket("logs", props.region());
    String account = props.names().account();
    String arn = "arn:aws:s3:::" + name;
    this.bucket =
        new Bucket(
            this,
            "logs",
            new Bucket.Props(
                name,
                Optional.empty(),
                Optional.of(DAYS),
                1,
                List.of(
                    PolicyDocument.allow("AccessLogs")
                        .service("logdelivery.elasticloadbalancing.amazonaws.com")
                        .actions("s3:PutObject")
                        // The account in the path is what keeps others' logs out.
                        .on(arn + "/alb/AWSLogs/" + account + "/*"),
                    PolicyDocument.allow("FlowLogs")
                        .service("delivery.logs.amazonaws.com")
                        .actions("s3:PutObject")
                        .on(arn + "/flow-logs/AWSLogs/*")
                        .when("StringEquals", "aws:SourceAccount", account),
                    PolicyDocument.allow("FlowLogsCheck")
                        .service("delivery.logs.amazonaws.com")
                        .actions("s3:GetBucketAcl", "s3:ListBucket")
                        .on(arn)
                        .when("StringEquals", "aws:SourceAccount", account)),
                Optional.empty()));
  }

  /** Prefix of the load balancer's access logs. */
  public String albPrefix() {
    return "alb";
  }

  public String name() {
    return bucket.name();
  }

  /** Where flow logs are delivered to. */
  public String flowLogsArn() {
    return bucket.arn() + "/flow-logs";
  }
}

package superset.platform.config;

import java.util.Locale;

/**
 * The one place that names things: stacks, and AWS resources whose names others look for. Names of
 * resources that hold data never change.
 *
 * @param environment folder name under {@code regions/}, such as {@code prod}
 * @param account AWS account id
 */
public record Names(String environment, String account) {

  /** The environment as it appears in AWS names: {@code production} for {@code prod}. */
  public String label() {
    return environment.equals("prod") ? "production" : environment;
  }

  /** Cluster, database identifier and replication group: {@code superset-production}. */
  public String platform() {
    return "superset-" + label();
  }

  /** Name of a resource with a purpose of its own: {@code superset-production-PURPOSE}. */
  public String of(String purpose) {
    return platform() + "-" + purpose;
  }

  /** Name of a resource of a global service (IAM), unique in the account. */
  public String of(String purpose, String region) {
    return of(purpose) + "-" + region;
  }

  /** {@code superset-bootstrap}, {@code superset-REGION}, {@code superset-global}. */
  public String stack(String part) {
    return environment.equals("prod") ? "superset-" + part : "superset-" + environment + "-" + part;
  }

  /** {@code superset-LABEL-PURPOSE-ACCOUNT-REGION}: bucket names are unique in the world. */
  public String bucket(String purpose, String region) {
    return of(purpose) + "-" + account + "-" + region;
  }

  /** The log group of a service: {@code /superset/SERVICE}. */
  public String logGroup(String service) {
    return "/superset/" + service;
  }

  /** A secret: {@code superset/PURPOSE}. */
  public String secret(String purpose) {
    return "superset/" + purpose;
  }

  /** An ECS service: {@code superset-KIND}. */
  public String service(String kind) {
    return "superset-" + kind;
  }

  /** {@code Superset-Production-Metrics}: dashboards are global in an account. */
  public String dashboard() {
    String label = label();
    return "Superset-%s%s-Metrics"
        .formatted(label.substring(0, 1).toUpperCase(Locale.ROOT), label.substring(1));
  }

  /** A small number of a region that never changes, whatever other regions there are. */
  public static int number(String region) {
    return AwsRegions.NAMES.indexOf(region);
  }

  /** ARN of the database, the same identifier in every region and role. */
  public String databaseArn(String region) {
    return "arn:aws:rds:" + region + ":" + account + ":db:" + platform();
  }

  /** ARN of an SSM parameter, whose name begins with a slash. */
  public String parameterArn(String region, String name) {
    return "arn:aws:ssm:" + region + ":" + account + ":parameter" + name;
  }

  /** Parameter that names the region, host and port of the writer, as JSON. */
  public String writerParameter() {
    return "/superset/writer";
  }

  /** Parameter that holds how far a promotion has come, as JSON. */
  public String promotionParameter() {
    return "/superset/promote";
  }
}

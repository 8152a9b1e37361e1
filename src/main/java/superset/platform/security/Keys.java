package superset.platform.security;

import com.hashicorp.cdktf.TerraformProvider;
import com.hashicorp.cdktf.providers.aws.kms_alias.KmsAlias;
import com.hashicorp.cdktf.providers.aws.kms_key.KmsKey;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import software.constructs.Construct;
import superset.platform.aws.PolicyDocument;
import superset.platform.aws.PolicyDocument.Statement;
import superset.platform.config.Names;

/**
 * Customer keys, one for each purpose, rotated every year. Keys are apart from day one: changing
 * the key of a database or a repository later replaces it.
 */
public final class Keys extends Construct {

  /** What a key encrypts. */
  public enum Purpose {
    DATABASE("metadata database, its snapshots and insights"),
    CACHE("Redis at rest and its snapshots"),
    LOGS("log groups", "logs.%s.amazonaws.com"),
    SECRETS("secrets and function environments"),
    BACKUPS("copies of database backups, and exports of the content"),
    STATE("Terraform state"),
    IMAGES("container images"),
    TASKS("ephemeral storage of tasks"),
    ALARMS("topic of the alarms"),
    AUDIT("trail of the account, its log group and its alarms", "logs.%s.amazonaws.com");

    private final String description;
    private final Optional<String> service;

    Purpose(String description) {
      this.description = description;
      this.service = Optional.empty();
    }

    Purpose(String description, String service) {
      this.description = description;
      this.service = Optional.of(service);
    }

    private String label() {
      return name().toLowerCase(Locale.ROOT);
    }

    /** The key's alias without {@code alias/}: {@code superset-production-database}. */
    public String alias(Names names) {
      return names.of(label());
    }
  }

  /**
   * What policies of the account's roles and users can allow with a key. Not among it: its own
   * material, grants to anybody but AWS's services, multi-region copies.
   */
  private static final String[] BY_POLICIES = {
    "kms:CancelKeyDeletion",
    "kms:CreateAlias",
    "kms:Decrypt",
    "kms:DeleteAlias",
    "kms:DescribeKey",
    "kms:DisableKey",
    "kms:DisableKeyRotation",
    "kms:EnableKey",
    "kms:EnableKeyRotation",
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "kms:GenerateDataKeyWithoutPlaintext",
    "kms:GetKeyPolicy",
    "kms:GetKeyRotationStatus",
    "kms:ListGrants",
    "kms:ListKeyPolicies",
    "kms:ListKeyRotations",
    "kms:ListResourceTags",
    "kms:PutKeyPolicy",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
    "kms:RetireGrant",
    "kms:RevokeGrant",
    "kms:RotateKeyOnDemand",
    "kms:ScheduleKeyDeletion",
    "kms:TagResource",
    "kms:UntagResource",
    "kms:UpdateAlias",
    "kms:UpdateKeyDescription"
  };

  /**
   * @param purposes one key is made for each
   * @param region region that the keys live in
   * @param provider provider of that region; absent: the stack's
   */
  public record Props(
      List<Purpose> purposes, String region, Optional<TerraformProvider> provider, Names names) {}

  private final Map<Purpose, String> arns = new EnumMap<>(Purpose.class);

  public Keys(Construct scope, String id, Props props) {
    super(scope, id);
    props.purposes().forEach(purpose -> arns.put(purpose, key(purpose, props).getArn()));
  }

  /**
   * @throws IllegalArgumentException if no key was made for the purpose
   */
  public String arn(Purpose purpose) {
    String arn = arns.get(purpose);
    if (arn == null) {
      throw new IllegalArgumentException("no key was made for " + purpose);
    }
    return arn;
  }

  private KmsKey key(Purpose purpose, Props props) {
    String alias = purpose.alias(props.names());
    String part = purpose.label();
    KmsKey key =
        KmsKey.Builder.create(this, part)
            .description("Superset " + props.names().label() + ": " + purpose.description)
            .enableKeyRotation(true)
            .deletionWindowInDays(30)
            .policy(policy(purpose, props))
            .tags(Map.of("Name", alias))
            .provider(props.provider().orElse(null))
            .build();
    KmsAlias.Builder.create(this, part + "-alias")
        .name("alias/" + alias)
        .targetKeyId(key.getKeyId())
        .provider(props.provider().orElse(null))
        .build();
    return key;
  }

  private static String policy(Purpose purpose, Props props) {
    String account = props.names().account();
    String root = "arn:aws:iam::" + account + ":root";
    PolicyDocument policy =
        new PolicyDocument()
            .add(
                PolicyDocument.allow("AccountByItsPolicies")
                    .principal("AWS", root)
                    .actions(BY_POLICIES)
                    .on("*"))
            .add(
                PolicyDocument.allow("ServicesOfTheAccount")
                    .principal("AWS", root)
                    .actions("kms:CreateGrant")
                    .on("*")
                    .when("Bool", "kms:GrantIsForAWSResource", "true"));
    purpose.service.ifPresent(
        service -> policy.add(logs(service.formatted(props.region()), account, props.region())));
    if (purpose == Purpose.TASKS) {
      policy
          .add(storage("Storage", props.names()).actions("kms:GenerateDataKeyWithoutPlaintext"))
          .add(
              storage("StorageOfATask", props.names())
                  .actions("kms:CreateGrant")
                  .when("ForAllValues:StringEquals", "kms:GrantOperations", List.of("Decrypt")));
    }
    if (purpose == Purpose.ALARMS) {
      policy.add(alarms(account)).add(events(props));
    }
    if (purpose == Purpose.AUDIT) {
      policy.add(trail(account)).add(trailCheck(account)).add(alarms(account));
    }
    return policy.json();
  }

  /**
   * Fargate makes a data key for each task's disk, and a grant with which that task reads it
   * (Amazon ECS Developer Guide, "Create an encryption key for Fargate ephemeral storage").
   */
  private static Statement storage(String sid, Names names) {
    return PolicyDocument.allow(sid)
        .service("fargate.amazonaws.com")
        .on("*")
        .when("StringEquals", "kms:EncryptionContext:aws:ecs:clusterAccount", names.account())
        .when("StringEquals", "kms:EncryptionContext:aws:ecs:clusterName", names.platform());
  }

  /** CloudTrail encrypts its files itself (CloudTrail User Guide, key policies). */
  private static Statement trail(String account) {
    return ofTheAccount("Trail", "cloudtrail.amazonaws.com", account)
        .actions("kms:GenerateDataKey")
        .when(
            "StringLike",
            "kms:EncryptionContext:aws:cloudtrail:arn",
            "arn:aws:cloudtrail:*:" + account + ":trail/*");
  }

  private static Statement trailCheck(String account) {
    return ofTheAccount("TrailCheck", "cloudtrail.amazonaws.com", account)
        .actions("kms:DescribeKey");
  }

  /** An alarm is sent to an encrypted topic by CloudWatch. */
  private static Statement alarms(String account) {
    return ofTheAccount("Alarms", "cloudwatch.amazonaws.com", account)
        .actions("kms:Decrypt", "kms:GenerateDataKey");
  }

  /**
   * EventBridge names no source to the key of a topic, so the topic does: Amazon SNS encrypts in
   * its context (Amazon SNS Developer Guide, "Key management").
   */
  private static Statement events(Props props) {
    return PolicyDocument.allow("Events")
        .service("events.amazonaws.com")
        .actions("kms:Decrypt", "kms:GenerateDataKey")
        .on("*")
        .when(
            "StringEquals",
            "kms:EncryptionContext:aws:sns:topicArn",
            "arn:aws:sns:%s:%s:%s"
                .formatted(
                    props.region(), props.names().account(), Purpose.ALARMS.alias(props.names())));
  }

  private static Statement ofTheAccount(String sid, String service, String account) {
    return PolicyDocument.allow(sid)
        .service(service)
        .on("*")
        .when("StringEquals", "aws:SourceAccount", account);
  }

  /** CloudWatch Logs uses the key itself, for the account's own groups (AWS: log encryption). */
  private static Statement logs(String service, String account, String region) {
    return PolicyDocument.allow("CloudWatchLogs")
        .service(service)
        .actions(
            "kms:Encrypt",
            "kms:Decrypt",
            "kms:ReEncryptFrom",
            "kms:ReEncryptTo",
            "kms:GenerateDataKey",
            "kms:GenerateDataKeyWithoutPlaintext",
            "kms:DescribeKey")
        .on("*")
        .when(
            "ArnLike",
            "kms:EncryptionContext:aws:logs:arn",
            "arn:aws:logs:" + region + ":" + account + ":*");
  }
}

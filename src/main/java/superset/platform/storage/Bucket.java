package superset.platform.storage;

import com.hashicorp.cdktf.TerraformProvider;
import com.hashicorp.cdktf.providers.aws.s3_bucket.S3Bucket;
import com.hashicorp.cdktf.providers.aws.s3_bucket_lifecycle_configuration.S3BucketLifecycleConfiguration;
import com.hashicorp.cdktf.providers.aws.s3_bucket_lifecycle_configuration.S3BucketLifecycleConfigurationRule;
import com.hashicorp.cdktf.providers.aws.s3_bucket_lifecycle_configuration.S3BucketLifecycleConfigurationRuleAbortIncompleteMultipartUpload;
import com.hashicorp.cdktf.providers.aws.s3_bucket_lifecycle_configuration.S3BucketLifecycleConfigurationRuleExpiration;
import com.hashicorp.cdktf.providers.aws.s3_bucket_lifecycle_configuration.S3BucketLifecycleConfigurationRuleFilter;
import com.hashicorp.cdktf.providers.aws.s3_bucket_lifecycle_configuration.S3BucketLifecycleConfigurationRuleNoncurrentVersionExpiration;
import com.hashicorp.cdktf.providers.aws.s3_bucket_ownership_controls.S3BucketOwnershipControls;
import com.hashicorp.cdktf.providers.aws.s3_bucket_ownership_controls.S3BucketOwnershipControlsRule;
import com.hashicorp.cdktf.providers.aws.s3_bucket_policy.S3BucketPolicy;
import com.hashicorp.cdktf.providers.aws.s3_bucket_public_access_block.S3BucketPublicAccessBlock;
import com.hashicorp.cdktf.providers.aws.s3_bucket_server_side_encryption_configuration.S3BucketServerSideEncryptionConfigurationA;
import com.hashicorp.cdktf.providers.aws.s3_bucket_server_side_encryption_configuration.S3BucketServerSideEncryptionConfigurationRuleA;
import com.hashicorp.cdktf.providers.aws.s3_bucket_server_side_encryption_configuration.S3BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultA;
import com.hashicorp.cdktf.providers.aws.s3_bucket_versioning.S3BucketVersioningA;
import com.hashicorp.cdktf.providers.aws.s3_bucket_versioning.S3BucketVersioningVersioningConfiguration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import software.constructs.Construct;
import superset.platform.aws.PolicyDocument;
import superset.platform.aws.PolicyDocument.Statement;

/** A private, versioned, encrypted bucket that answers over TLS only. */
public final class Bucket extends Construct {

  /**
   * @param name name of the bucket, unique in the world
   * @param keyArn customer key; absent: S3's own keys, where a service that writes into it allows
   *     nothing else
   * @param expireDays days after which objects go; absent: kept
   * @param noncurrentDays days that overwritten and deleted objects stay recoverable
   * @param statements what the bucket's policy allows beyond the account
   * @param provider provider of the bucket's region; absent: the stack's
   */
  public record Props(
      String name,
      Optional<String> keyArn,
      Optional<Integer> expireDays,
      int noncurrentDays,
      List<Statement> statements,
      Optional<TerraformProvider> provider) {}

  private final S3Bucket bucket;
  private final String id;
  private final S3BucketPolicy policy;

  public Bucket(Construct scope, String constructId, Props props) {
    super(scope, constructId);
    this.bucket = bucket(props);
    this.id = bucket.getId();
    encryption(props);
    versioning(props);
    S3BucketPublicAccessBlock block = noPublicAccess(props);
    noAcls(props);
    lifecycle(props);
    this.policy = policy(props, block);
  }

  public String arn() {
    return bucket.getArn();
  }

  /** The bucket's name; whoever uses it waits until the policy is in place. */
  public String name() {
    return policy.getBucket();
  }

  private S3Bucket bucket(Props props) {
    return S3Bucket.Builder.create(this, "bucket")
        .bucket(props.name())
        .tags(Map.of("Name", props.name()))
        .provider(props.provider().orElse(null))
        .build();
  }

  private void encryption(Props props) {
    var byDefault =
        S3BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultA.builder()
            .sseAlgorithm(props.keyArn().isPresent() ? "aws:kms" : "AES256")
            .kmsMasterKeyId(props.keyArn().orElse(null))
            .build();
    S3BucketServerSideEncryptionConfigurationA.Builder.create(this, "encryption")
        .bucket(id)
        .rule(
            List.of(
                S3BucketServerSideEncryptionConfigurationRuleA.builder()
                    .applyServerSideEncryptionByDefault(byDefault)
                    .bucketKeyEnabled(props.keyArn().isPresent())
                    .build()))
        .provider(props.provider().orElse(null))
        .build();
  }

  private void versioning(Props props) {
    S3BucketVersioningA.Builder.create(this, "versioning")
        .bucket(id)
        .versioningConfiguration(
            S3BucketVersioningVersioningConfiguration.builder().status("Enabled").build())
        .provider(props.provider().orElse(null))
        .build();
  }

  private S3BucketPublicAccessBlock noPublicAccess(Props props) {
    return S3BucketPublicAccessBlock.Builder.create(this, "no-public-access")
        .bucket(id)
        .blockPublicAcls(true)
        .blockPublicPolicy(true)
        .ignorePublicAcls(true)
        .restrictPublicBuckets(true)
        .provider(props.provider().orElse(null))
        .build();
  }

  private void noAcls(Props props) {
    S3BucketOwnershipControls.Builder.create(this, "no-acls")
        .bucket(id)
        .rule(
            S3BucketOwnershipControlsRule.builder().objectOwnership("BucketOwnerEnforced").build())
        .provider(props.provider().orElse(null))
        .build();
  }

  private void lifecycle(Props props) {
    var rule =
        S3BucketLifecycleConfigurationRule.builder()
            .id("expire")
            .status("Enabled")
            .filter(S3BucketLifecycleConfigurationRuleFilter.builder().prefix("").build())
            .abortIncompleteMultipartUpload(
                S3BucketLifecycleConfigurationRuleAbortIncompleteMultipartUpload.builder()
                    .daysAfterInitiation(7)
                    .build())
            .noncurrentVersionExpiration(
                S3BucketLifecycleConfigurationRuleNoncurrentVersionExpiration.builder()
                    .noncurrentDays(props.noncurrentDays())
                    .build());
    props
        .expireDays()
        .ifPresent(
            days ->
                rule.expiration(
                    S3BucketLifecycleConfigurationRuleExpiration.builder().days(days).build()));
    S3BucketLifecycleConfiguration.Builder.create(this, "lifecycle")
        .bucket(id)
        .rule(List.of(rule.build()))
        .provider(props.provider().orElse(null))
        .build();
  }

  private S3BucketPolicy policy(Props props, S3BucketPublicAccessBlock block) {
    String arn = "arn:aws:s3:::" + props.name();
    PolicyDocument document =
        new PolicyDocument()
            .add(
                PolicyDocument.deny("TlsOnly")
                    .everybody()
                    .actions("s3:*")
                    .on(arn, arn + "/*")
                    .when("Bool", "aws:SecureTransport", "false"));
    props.statements().forEach(document::add);
    return S3BucketPolicy.Builder.create(this, "policy")
        .bucket(id)
        .policy(document.json())
        .dependsOn(List.of(block))
        .provider(props.provider().orElse(null))
        .build();
  }
}

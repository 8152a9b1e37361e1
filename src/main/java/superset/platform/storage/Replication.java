package superset.platform.storage;

import com.hashicorp.cdktf.TerraformProvider;
import com.hashicorp.cdktf.providers.aws.iam_role.IamRole;
import com.hashicorp.cdktf.providers.aws.iam_role_policy.IamRolePolicy;
import com.hashicorp.cdktf.providers.aws.s3_bucket_replication_configuration.S3BucketReplicationConfigurationA;
import com.hashicorp.cdktf.providers.aws.s3_bucket_replication_configuration.S3BucketReplicationConfigurationRule;
import com.hashicorp.cdktf.providers.aws.s3_bucket_replication_configuration.S3BucketReplicationConfigurationRuleDeleteMarkerReplication;
import com.hashicorp.cdktf.providers.aws.s3_bucket_replication_configuration.S3BucketReplicationConfigurationRuleDestination;
import com.hashicorp.cdktf.providers.aws.s3_bucket_replication_configuration.S3BucketReplicationConfigurationRuleDestinationEncryptionConfiguration;
import com.hashicorp.cdktf.providers.aws.s3_bucket_replication_configuration.S3BucketReplicationConfigurationRuleFilter;
import com.hashicorp.cdktf.providers.aws.s3_bucket_replication_configuration.S3BucketReplicationConfigurationRuleSourceSelectionCriteria;
import com.hashicorp.cdktf.providers.aws.s3_bucket_replication_configuration.S3BucketReplicationConfigurationRuleSourceSelectionCriteriaSseKmsEncryptedObjects;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import software.constructs.Construct;
import superset.platform.aws.PolicyDocument;
import superset.platform.config.Names;

/**
 * Copies some objects of a bucket into a bucket of another region, under the same keys and
 * encrypted with that region's key. S3 copies what is written from then on, within minutes.
 */
public final class Replication extends Construct {

  /**
   * One end.
   *
   * @param keyArn key that the bucket's objects are encrypted with
   * @param provider provider of its region
   */
  public record End(Bucket bucket, String keyArn, String region, TerraformProvider provider) {}

  /**
   * @param purpose part of the role's name
   * @param keys beginnings of the keys that are copied
   */
  public record Props(
      String purpose, End source, End destination, List<String> keys, Names names) {}

  public Replication(Construct scope, String id, Props props) {
    super(scope, id);
    IamRole role = role(props);
    IamRolePolicy permissions = permissions(props, role);
    S3BucketReplicationConfigurationA.Builder.create(this, "configuration")
        .bucket(props.source().bucket().name())
        .role(role.getArn())
        .rule(
            IntStream.range(0, props.keys().size())
                .mapToObj(index -> rule(index, props.keys().get(index), props.destination()))
                .toList())
        .dependsOn(List.of(permissions))
        .provider(props.source().provider())
        .build();
  }

  private static S3BucketReplicationConfigurationRule rule(int index, String key, End destination) {
    return S3BucketReplicationConfigurationRule.builder()
        .id(key)
        .priority(index + 1)
        .status("Enabled")
        .filter(S3BucketReplicationConfigurationRuleFilter.builder().prefix(key).build())
        // A lock that was released is released there too.
        .deleteMarkerReplication(
            S3BucketReplicationConfigurationRuleDeleteMarkerReplication.builder()
                .status("Enabled")
                .build())
        .sourceSelectionCriteria(
            S3BucketReplicationConfigurationRuleSourceSelectionCriteria.builder()
                .sseKmsEncryptedObjects(
                    S3BucketReplicationConfigurationRuleSourceSelectionCriteriaSseKmsEncryptedObjects
                        .builder()
                        .status("Enabled")
                        .build())
                .build())
        .destination(
            S3BucketReplicationConfigurationRuleDestination.builder()
                .bucket(destination.bucket().arn())
                .encryptionConfiguration(
                    S3BucketReplicationConfigurationRuleDestinationEncryptionConfiguration.builder()
                        .replicaKmsKeyId(destination.keyArn())
                        .build())
                .build())
        .build();
  }

  private IamRole role(Props props) {
    String name = props.names().of(props.purpose());
    return IamRole.Builder.create(this, "role")
        .name(name)
        .description(
            "S3 copies from %s to %s"
                .formatted(props.source().region(), props.destination().region()))
        .assumeRolePolicy(
            PolicyDocument.trusting(
                    "s3.amazonaws.com", props.names().account(), props.source().bucket().arn())
                .json())
        .tags(Map.of("Name", name))
        .build();
  }

  /** Amazon S3 User Guide, "Setting up permissions for live replication". */
  private IamRolePolicy permissions(Props props, IamRole role) {
    String source = props.source().bucket().arn();
    String destination = props.destination().bucket().arn();
    return IamRolePolicy.Builder.create(this, "permissions")
        .name("replicate")
        .role(role.getId())
        .policy(
            new PolicyDocument()
                .add(
                    PolicyDocument.allow("FindWhatToCopy")
                        .actions("s3:GetReplicationConfiguration", "s3:ListBucket")
                        .on(source))
                .add(
                    PolicyDocument.allow("Read")
                        .actions(
                            "s3:GetObjectVersionForReplication",
                            "s3:GetObjectVersionAcl",
                            "s3:GetObjectVersionTagging")
                        .on(props.keys().stream().map(key -> source + "/" + key + "*").toList()))
                .add(
                    PolicyDocument.allow("Write")
                        .actions("s3:ReplicateObject", "s3:ReplicateDelete", "s3:ReplicateTags")
                        .on(
                            props.keys().stream()
                                .map(key -> destination + "/" + key + "*")
                                .toList()))
                .add(key("Decrypt", "kms:Decrypt", props.source()))
                .add(key("Encrypt", "kms:Encrypt", props.destination()))
                .json())
        .build();
  }

  private static PolicyDocument.Statement key(String sid, String action, End end) {
    return PolicyDocument.allow(sid)
        .actions(action)
        .on(end.keyArn())
        .when("StringEquals", "kms:ViaService", "s3." + end.region() + ".amazonaws.com");
  }
}

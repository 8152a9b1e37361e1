package superset.platform.storage;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.hashicorp.cdktf.providers.aws.provider.AwsProvider;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import software.constructs.Construct;
import superset.platform.Synthesized;
import superset.platform.config.Names;

final class ReplicationTest {

  private static Synthesized stack;

  @BeforeAll
  static void synthesize() {
    stack =
        Synthesized.of(
            scope ->
                new Replication(
                    scope,
                    "copies",
                    new Replication.Props(
                        "state-copies",
                        end(scope, "here", "us-east-1"),
                        end(scope, "there", "eu-west-1"),
                        List.of("bootstrap.tfstate", "global.tfstate"),
                        new Names("prod", "123456789012"))));
  }

  private static Replication.End end(Construct scope, String name, String region) {
    AwsProvider provider =
        AwsProvider.Builder.create(scope, "aws-" + region).region(region).alias(region).build();
    Bucket bucket =
        new Bucket(
            scope,
            name,
            new Bucket.Props(
                name,
                Optional.of("key-" + name),
                Optional.empty(),
                30,
                List.of(),
                Optional.of(provider)));
    return new Replication.End(bucket, "key-" + name, region, provider);
  }

  @Test
  void whatIsNamedIsCopiedUnderTheOtherRegionsKey() {
    JsonNode configuration = stack.resource("aws_s3_bucket_replication_configuration");

    assertThat(configuration.path("provider").asText()).isEqualTo("aws.us-east-1");
    assertThat(configuration.path("rule")).hasSize(2);
    JsonNode rule = configuration.at("/rule/1");
    assertThat(rule.at("/filter/prefix").asText()).isEqualTo("global.tfstate");
    assertThat(rule.at("/destination/encryption_configuration/replica_kms_key_id").asText())
        .isEqualTo("key-there");
    assertThat(rule.at("/source_selection_criteria/sse_kms_encrypted_objects/status").asText())
        .isEqualTo("Enabled");
  }

  @Test
  void aReleasedLockIsReleasedThereToo() {
    assertThat(
            stack
                .resource("aws_s3_bucket_replication_configuration")
                .at("/rule/0/delete_marker_replication/status")
                .asText())
        .isEqualTo("Enabled");
  }

  @Test
  void theRoleReadsAndWritesNothingElse() {
    assertThat(stack.resource("aws_iam_role_policy").path("policy").asText())
        .contains("/bootstrap.tfstate*", "/global.tfstate*")
        .doesNotContain("/*\"");
  }
}

package superset.platform.storage;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import superset.platform.Synthesized;

final class BucketTest {

  private static Synthesized bucket(Optional<String> key, Optional<Integer> expireDays) {
    return Synthesized.of(
        stack ->
            new Bucket(
                stack,
                "bucket",
                new Bucket.Props("b", key, expireDays, 30, List.of(), Optional.empty())));
  }

  @Test
  void aBucketIsPrivateVersionedAndAnswersOverTlsOnly() {
    Synthesized stack = bucket(Optional.of("key-arn"), Optional.empty());

    JsonNode block = stack.resource("aws_s3_bucket_public_access_block");
    for (String switchName :
        List.of(
            "block_public_acls",
            "block_public_policy",
            "ignore_public_acls",
            "restrict_public_buckets")) {
      assertThat(block.path(switchName).asBoolean()).as(switchName).isTrue();
    }
    assertThat(
            stack
                .resource("aws_s3_bucket_versioning")
                .at("/versioning_configuration/status")
                .asText())
        .isEqualTo("Enabled");
    assertThat(stack.resource("aws_s3_bucket_policy").path("policy").asText())
        .contains("\"Effect\":\"Deny\",\"Principal\":\"*\"")
        .contains("\"aws:SecureTransport\":\"false\"");
  }

  @Test
  void aGivenKeyEncryptsElseS3sOwn() {
    assertThat(encryption(bucket(Optional.of("key-arn"), Optional.empty())))
        .contains("aws:kms")
        .contains("key-arn");
    assertThat(encryption(bucket(Optional.empty(), Optional.empty()))).contains("AES256");
  }

  private static String encryption(Synthesized stack) {
    return stack.resource("aws_s3_bucket_server_side_encryption_configuration").toString();
  }

  @Test
  void objectsExpireOnlyWhereAsked() {
    assertThat(rule(bucket(Optional.empty(), Optional.of(90))).at("/expiration/days").asInt())
        .isEqualTo(90);
    assertThat(rule(bucket(Optional.empty(), Optional.empty())).has("expiration")).isFalse();
  }

  private static JsonNode rule(Synthesized stack) {
    return stack.resource("aws_s3_bucket_lifecycle_configuration").at("/rule/0");
  }
}

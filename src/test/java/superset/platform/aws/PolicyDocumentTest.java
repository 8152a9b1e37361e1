package superset.platform.aws;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class PolicyDocumentTest {

  @Test
  void aServiceIsTrustedOnBehalfOfTheAccountAndTheResourceOnly() {
    String json =
        PolicyDocument.trusting(
                "ecs-tasks.amazonaws.com", "123456789012", "arn:aws:ecs:us-east-1:123456789012:*")
            .json();

    assertThat(json)
        .isEqualTo(
            "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Sid\":\"Trust\",\"Effect\":\"Allow\","
                + "\"Principal\":{\"Service\":\"ecs-tasks.amazonaws.com\"},"
                + "\"Action\":[\"sts:AssumeRole\"],"
                + "\"Condition\":{\"StringEquals\":{\"aws:SourceAccount\":\"123456789012\"},"
                + "\"ArnLike\":{\"aws:SourceArn\":\"arn:aws:ecs:us-east-1:123456789012:*\"}}}]}");
  }

  @Test
  void conditionsOfOneOperatorShareItsBlock() {
    String json =
        new PolicyDocument()
            .add(
                PolicyDocument.allow("Both")
                    .actions("s3:GetObject")
                    .on("*")
                    .when("StringEquals", "a", "1")
                    .when("StringEquals", "b", "2"))
            .json();

    assertThat(json).contains("\"Condition\":{\"StringEquals\":{\"a\":\"1\",\"b\":\"2\"}}");
  }
}

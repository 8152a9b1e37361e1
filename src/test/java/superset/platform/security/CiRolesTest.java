package superset.platform.security;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import superset.platform.Synthesized;
import superset.platform.config.Names;

final class CiRolesTest {

  private static Synthesized roles;

  @BeforeAll
  static void synthesize() {
    roles = synthesized(Optional.empty(), Optional.empty());
  }

  private static Synthesized synthesized(Optional<String> boundary, Optional<CiRoles.Chat> chat) {
    return Synthesized.of(
        stack ->
            new CiRoles(
                stack,
                "ci",
                new CiRoles.Props(
                    "example/superset",
                    "main",
                    "prod",
                    List.of("us-east-1"),
                    boundary,
                    chat,
                    new Names("prod", "123456789012"))));
  }

  private static JsonNode document(JsonNode resource, String field) throws JsonProcessingException {
    return new ObjectMapper().readTree(resource.path(field).asText()).path("Statement");
  }

  private static JsonNode policy(String name) throws JsonProcessingException {
    JsonNode policy =
        roles.resources("aws_iam_role_policy").stream()
            .filter(p -> p.path("name").asText().equals(name))
            .findFirst()
            .orElseThrow();
    return document(policy, "policy");
  }

  @Test
  void aDeployHasTimeToWatchEachRegion() {
    assertThat(roles.resource("aws_iam_role", "ci-plan").path("max_session_duration").asInt())
        .isEqualTo(3600);
    assertThat(roles.resource("aws_iam_role", "ci-deploy").path("max_session_duration").asInt())
        .isEqualTo(14400);
  }

  @Test
  void aPullRequestPlansAndTheApprovedEnvironmentDeploys() throws JsonProcessingException {
    String subject = "/0/Condition/StringEquals/token.actions.githubusercontent.com:sub";

    assertThat(
            document(roles.resource("aws_iam_role", "ci-plan"), "assume_role_policy")
                .at(subject)
                .toString())
        .isEqualTo(
            "[\"repo:example/superset:pull_request\",\"repo:example/superset:ref:refs/heads/main\"]");
    assertThat(
            document(roles.resource("aws_iam_role", "ci-deploy"), "assume_role_policy")
                .at(subject)
                .toString())
        .isEqualTo("[\"repo:example/superset:environment:prod\"]");
  }

  @Test
  void onlyTheBranchPushesImages() throws JsonProcessingException {
    assertThat(
            document(roles.resource("aws_iam_role", "ci-image"), "assume_role_policy")
                .at("/0/Condition/StringEquals/token.actions.githubusercontent.com:sub")
                .toString())
        .isEqualTo("[\"repo:example/superset:ref:refs/heads/main\"]");
  }

  @Test
  void noRoleMayReadOrWriteASecret() throws JsonProcessingException {
    for (String role : List.of("plan", "deploy", "image")) {
      assertThat(policy(role))
          .as(role)
          .anySatisfy(
              statement -> {
                assertThat(statement.path("Effect").asText()).isEqualTo("Deny");
                assertThat(statement.path("Action").toString())
                    .contains("secretsmanager:GetSecretValue", "secretsmanager:PutSecretValue");
                assertThat(statement.path("Resource").toString()).isEqualTo("[\"*\"]");
              });
    }
  }

  @Test
  void aPlanWritesNothingButTheLock() throws JsonProcessingException {
    for (JsonNode statement : policy("plan")) {
      if (statement.path("Action").toString().contains("s3:PutObject")) {
        assertThat(statement.path("Resource").toString())
            .isEqualTo(
                "[\"arn:aws:s3:::superset-production-tfstate-123456789012-us-east-1/*.tflock\"]");
        return;
      }
    }
    throw new AssertionError("the plan role cannot lock the state");
  }

  @Test
  void aDeployMakesNoRoleWithoutTheBoundary() {
    String boundary = "arn:aws:iam::123456789012:policy/boundary";
    Synthesized bounded = synthesized(Optional.of(boundary), Optional.empty());

    assertThat(bounded.resource("aws_iam_policy", "ci-deploy-identity").path("policy").asText())
        .contains(
            "\"Action\":[\"iam:CreateRole\",\"iam:PutRolePolicy\"],"
                + "\"Resource\":[\"arn:aws:iam::123456789012:role/superset-production-*\"],"
                + "\"Condition\":{\"ArnEquals\":{\"iam:PermissionsBoundary\":\""
                + boundary
                + "\"}}");
  }

  @Test
  void onlyWithAChannelADeployReachesTheServiceThatTellsItsAlarms() {
    String arn = "arn:aws:chatbot::123456789012:chat-configuration/slack-channel/superset-alarms";
    Synthesized telling =
        synthesized(Optional.empty(), Optional.of(new CiRoles.Chat(arn, "us-west-2")));

    assertThat(policies(telling))
        .contains("\"chatbot:CreateSlackChannelConfiguration\"")
        .contains("chatbot:UpdateSlackChannelConfiguration\"],\"Resource\":[\"" + arn + "\"]")
        .contains("\"chatbot.amazonaws.com\"", "\"management.chatbot.amazonaws.com\"")
        .contains("\"aws:RequestedRegion\":[\"us-east-1\",\"us-west-2\"]");
    assertThat(policies(roles)).doesNotContain("chatbot", "us-west-2");
  }

  private static String policies(Synthesized made) {
    return Stream.of("aws_iam_policy", "aws_iam_role_policy")
        .flatMap(type -> made.resources(type).stream())
        .map(policy -> policy.path("policy").asText())
        .collect(Collectors.joining());
  }
}

package superset.platform.edge;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import org.junit.jupiter.api.Test;
import superset.platform.Synthesized;
import superset.platform.config.Names;

class FencesTest {

  private static final String HOST = "eu-west-1.analytics.example.com";

  @Test
  void everyRegionHasAFenceThatIsMadeLowered() {
    Synthesized fences = fences("eu-west-1", "us-east-1");

    assertThat(fences.resources("aws_lb_listener_rule"))
        .hasSize(2)
        .allSatisfy(
            rule -> {
              JsonNode answer = rule.at("/action/0/fixed_response");
              assertThat(rule.at("/action/0/type").asText()).isEqualTo("fixed-response");
              assertThat(answer.path("status_code").asText()).isEqualTo("404");
              assertThat(answer.path("message_body").asText()).isEqualTo("not fenced");
            })
        .extracting(rule -> rule.at("/condition/1/path_pattern/values/0").asText())
        .containsExactlyInAnyOrder("/fence/eu-west-1", "/fence/us-east-1");
  }

  @Test
  void itAnswersUnderTheRegionsOwnNameAlone() {
    JsonNode rule = fences("us-east-1").resource("aws_lb_listener_rule");

    assertThat(Synthesized.texts(rule.at("/condition/0/host_header/values"))).containsExactly(HOST);
  }

  @Test
  void aDeployNeitherRaisesNorLowersAFence() {
    assertThat(
            Synthesized.texts(
                fences("us-east-1")
                    .resource("aws_lb_listener_rule")
                    .at("/lifecycle/ignore_changes")))
        .containsExactly("action");
  }

  @Test
  void comesBeforeTheApplicationAndStaysWhereItIsWhenARegionIsAdded() {
    List<Integer> two = priorities(fences("eu-west-1", "us-east-1"));
    List<Integer> three = priorities(fences("ap-southeast-1", "eu-west-1", "us-east-1"));

    assertThat(three).doesNotHaveDuplicates().containsAll(two).allMatch(number -> number < 100);
  }

  private static List<Integer> priorities(Synthesized fences) {
    return fences.resources("aws_lb_listener_rule").stream()
        .map(rule -> rule.path("priority").asInt())
        .toList();
  }

  private static Synthesized fences(String... regions) {
    return Synthesized.of(
        stack ->
            new Fences(
                stack,
                "fences",
                new Fences.Props(
                    "listener", HOST, List.of(regions), new Names("prod", "123456789012"))));
  }
}

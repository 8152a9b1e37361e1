package superset.platform.network;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import superset.platform.Synthesized;
import superset.platform.config.Names;

class InterfaceEndpointsTest {

  @Test
  void coversWhatEveryTaskNeedsToStartLogAndReadItsSecrets() {
    assertThat(services(endpoints(false, false)))
        .containsExactlyInAnyOrder("ecr.api", "ecr.dkr", "logs", "secretsmanager", "ssm", "sts");
  }

  @Test
  void addsTheChannelAndTheKeyOfEcsExecWhereThatIsOn() {
    assertThat(services(endpoints(true, false)))
        .containsAll(services(endpoints(false, false)))
        .contains("ssmmessages", "kms")
        .hasSize(8);
  }

  @Test
  void addsXRayWhereTasksAreTraced() {
    assertThat(services(endpoints(false, true)))
        .containsAll(services(endpoints(false, false)))
        .contains("xray")
        .hasSize(7);
  }

  @Test
  void answersToTheServicesOwnNamesAndOnlyToTheTasks() {
    assertThat(endpoints(true, false).resources("aws_vpc_endpoint"))
        .allSatisfy(
            endpoint -> {
              assertThat(endpoint.path("vpc_endpoint_type").asText()).isEqualTo("Interface");
              assertThat(endpoint.path("private_dns_enabled").asBoolean()).isTrue();
              assertThat(Synthesized.texts(endpoint.path("security_group_ids")))
                  .containsExactly("sg-endpoints");
              assertThat(Synthesized.texts(endpoint.path("subnet_ids")))
                  .containsExactly("subnet-a", "subnet-b");
            });
  }

  private static Synthesized endpoints(boolean exec, boolean tracing) {
    return Synthesized.of(
        stack ->
            new InterfaceEndpoints(
                stack,
                "endpoints",
                new InterfaceEndpoints.Props(
                    "eu-west-1",
                    "vpc-1",
                    List.of("subnet-a", "subnet-b"),
                    "sg-endpoints",
                    exec,
                    tracing,
                    new Names("prod", "123456789012"))));
  }

  private static List<String> services(Synthesized endpoints) {
    return endpoints.resources("aws_vpc_endpoint").stream()
        .map(endpoint -> endpoint.path("service_name").asText())
        .map(name -> name.substring("com.amazonaws.eu-west-1.".length()))
        .toList();
  }
}

package superset.platform.network;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.hashicorp.cdktf.TerraformLocal;
import com.hashicorp.cdktf.TerraformStack;
import com.hashicorp.cdktf.providers.aws.provider.AwsProvider;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import superset.platform.Synthesized;
import superset.platform.config.Cidr;
import superset.platform.config.Names;

class LinksTest {

  private static final List<String> THREE = List.of("ap-south-1", "eu-west-1", "us-east-1");

  @Test
  void linksEveryPairOfRegionsOnce() {
    assertThat(links(THREE).resources("aws_vpc_peering_connection"))
        .extracting(c -> c.path("vpc_id").asText() + " " + c.path("peer_vpc_id").asText())
        .containsExactlyInAnyOrder(
            "vpc-ap-south-1 vpc-eu-west-1",
            "vpc-ap-south-1 vpc-us-east-1",
            "vpc-eu-west-1 vpc-us-east-1");
  }

  @Test
  void hasNoLinksWithOneRegion() {
    assertThat(links(List.of("us-east-1")).types()).isEmpty();
  }

  @Test
  void staysTheSameWhateverTheOrderOfTheRegions() {
    JsonNode reversed = links(List.of("us-east-1", "eu-west-1", "ap-south-1")).root();

    assertThat(reversed.path("resource")).isEqualTo(links(THREE).root().path("resource"));
  }

  @Test
  void requestsInOneRegionAndAcceptsInTheOther() {
    Synthesized links = links(List.of("us-east-1", "eu-west-1"));
    JsonNode request = links.resource("aws_vpc_peering_connection");
    JsonNode accepter = links.resource("aws_vpc_peering_connection_accepter");

    assertThat(request.path("provider").asText()).isEqualTo("aws.eu-west-1");
    assertThat(request.path("peer_region").asText()).isEqualTo("us-east-1");
    assertThat(request.path("auto_accept").asBoolean(true)).isFalse();
    assertThat(accepter.path("provider").asText()).isEqualTo("aws.us-east-1");
    assertThat(accepter.path("auto_accept").asBoolean()).isTrue();
  }

  @Test
  void resolvesHostNamesInBothDirections() {
    assertThat(
            links(List.of("us-east-1", "eu-west-1"))
                .resources("aws_vpc_peering_connection_options"))
        .extracting(
            options ->
                options.path("provider").asText()
                    + (options.has("requester") ? " requester" : "")
                    + (options.has("accepter") ? " accepter" : ""))
        .containsExactlyInAnyOrder("aws.eu-west-1 requester", "aws.us-east-1 accepter");
  }

  @Test
  void routesTasksToTheOtherRegionsDatabaseAndBackAndNothingElse() {
    assertThat(routes(links(List.of("us-east-1", "eu-west-1"))))
        .containsExactlyInAnyOrder(
            // us-east-1 (10.2.0.0/16), two zones: its tasks, and the answers of its database
            "aws.us-east-1 ${element(local.tables-us-east-1, 0)} 10.1.8.0/22",
            "aws.us-east-1 ${element(local.tables-us-east-1, 1)} 10.1.8.0/22",
            "aws.us-east-1 isolated-us-east-1 10.1.4.0/22",
            "aws.eu-west-1 ${element(local.tables-eu-west-1, 0)} 10.2.8.0/22",
            "aws.eu-west-1 ${element(local.tables-eu-west-1, 1)} 10.2.8.0/22",
            "aws.eu-west-1 isolated-eu-west-1 10.2.4.0/22");
  }

  @Test
  void routesOnlyOverAnAcceptedConnection() {
    assertThat(
            Stream.of("aws_route", "aws_vpc_peering_connection_options")
                .flatMap(type -> links(THREE).resources(type).stream()))
        .isNotEmpty()
        .allMatch(
            resource ->
                resource
                    .path("vpc_peering_connection_id")
                    .asText()
                    .startsWith("${aws_vpc_peering_connection_accepter."));
  }

  private static Synthesized links(List<String> regions) {
    return Synthesized.of(
        stack ->
            new Links(
                stack,
                "links",
                new Links.Props(
                    regions.stream().map(region -> end(stack, region)).toList(),
                    new Names("prod", "123456789012"))));
  }

  private static Links.End end(TerraformStack stack, String region) {
    return new Links.End(
        region,
        AwsProvider.Builder.create(stack, "aws-" + region).region(region).alias(region).build(),
        Cidr.parse("10." + THREE.indexOf(region) + ".0.0/16"),
        "vpc-" + region,
        new TerraformLocal(stack, "tables-" + region, List.of("a", "b")).getExpression(),
        2,
        "isolated-" + region);
  }

  private static List<String> routes(Synthesized links) {
    return links.resources("aws_route").stream()
        .map(
            route ->
                "%s %s %s"
                    .formatted(
                        route.path("provider").asText(),
                        route.path("route_table_id").asText(),
                        route.path("destination_cidr_block").asText()))
        .toList();
  }
}

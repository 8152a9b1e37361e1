package superset.platform.service;

import static org.assertj.core.api.Assertions.assertThat;
import static superset.platform.Synthesized.texts;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import superset.platform.config.FullConfiguration;

class AthenaAccessTest {

  private static final String GLUE = "arn:aws:glue:us-east-1:123456789012:";

  private static Services full;

  @BeforeAll
  static void synthesize() throws Exception {
    full = Services.of(FullConfiguration.load(), "us-east-1");
  }

  private static List<String> resources(String sid) {
    return texts(full.may("web").get(sid).path("Resource"));
  }

  @Test
  void onlyTasksThatQueryMayUseIt() {
    for (String kind : List.of("web", "worker", "init")) {
      assertThat(full.may(kind)).as(kind).containsKey("AthenaQueries");
    }
    for (String kind : List.of("beat", "websocket")) {
      assertThat(full.may(kind).keySet()).as(kind).noneMatch(sid -> sid.contains("Athena"));
    }
  }

  @Test
  void queriesRunInTheConfiguredWorkgroupOnly() {
    assertThat(resources("AthenaQueries"))
        .containsExactly("arn:aws:athena:us-east-1:123456789012:workgroup/superset");
    assertThat(resources("AthenaCatalog"))
        .containsExactly("arn:aws:athena:us-east-1:123456789012:datacatalog/AwsDataCatalog");
  }

  @Test
  void theCatalogIsReadWhereItIsConfigured() {
    assertThat(resources("GlueCatalog"))
        .containsExactlyInAnyOrder(
            GLUE + "catalog",
            GLUE + "database/default",
            GLUE + "database/lake",
            GLUE + "table/lake/*",
            GLUE + "database/raw",
            GLUE + "table/raw/*");
    assertThat(texts(full.may("web").get("GlueCatalog").path("Action")))
        .allMatch(action -> action.matches("glue:(Batch)?Get.*"));
  }

  @Test
  void dataIsReadAndResultsAreWrittenInTheirFolder() {
    assertThat(resources("ReadLake"))
        .containsExactly("arn:aws:s3:::example-lake/*", "arn:aws:s3:::example-raw/*");
    assertThat(resources("ListLake"))
        .containsExactly("arn:aws:s3:::example-lake", "arn:aws:s3:::example-raw");
    assertThat(resources("KeepResults"))
        .containsExactly("arn:aws:s3:::example-results/superset/prod/*");
    JsonNode list = full.may("web").get("ListResults");
    assertThat(texts(list.path("Resource"))).containsExactly("arn:aws:s3:::example-results");
    assertThat(texts(list.at("/Condition/StringLike/s3:prefix")))
        .containsExactly("superset/prod/*");
    full.may("web")
        .forEach(
            (sid, statement) -> {
              if (texts(statement.path("Action")).contains("s3:PutObject")) {
                assertThat(sid).isEqualTo("KeepResults");
              }
            });
  }

  /** Channels of ECS Exec and segments of traces have no ARN; else nothing is on everything. */
  @Test
  void nothingIsAllowedOnEverything() {
    Map<String, JsonNode> may = full.may("worker");

    may.forEach(
        (sid, statement) -> {
          if (!sid.startsWith("Exec") && !sid.equals("SendTraces")) {
            assertThat(texts(statement.path("Resource"))).as(sid).doesNotContain("*");
          }
        });
  }

  /** A role's inline policies have 10,240 characters together (IAM and AWS STS quotas). */
  @Test
  void thePolicyFitsIntoARole() {
    assertThat(full.stack().resources("aws_iam_role_policy"))
        .allSatisfy(policy -> assertThat(policy.path("policy").asText().length()).isLessThan(6000));
  }
}

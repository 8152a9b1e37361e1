package superset.platform.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The sums at which a configuration stops being accepted, to the connection. */
class ConnectionBudgetTest {

  private static final Path SCHEMA = Path.of("regions/schema.json");

  @TempDir Path regions;

  /**
   * Each region: web 10 x 2 (update) x 1 process x (10 + 1), workers 6 x 2 x (2 + 1), beat 2, init
   * 2: 260. Two regions need 520, which is 80 % of 650.
   */
  @Test
  void sumOfAllRegionsStaysWithinTheWriters() throws Exception {
    writeProduction(650);
    assertThat(Configuration.load(SCHEMA, regions, "prod").regions()).hasSize(2);
  }

  @Test
  void oneConnectionLessIsTooFew() throws Exception {
    writeProduction(649);
    assertThat(problems())
        .singleElement()
        .satisfies(
            problem -> {
              assertThat(problem.key()).isEqualTo("database.max_connections");
              assertThat(problem.what()).contains("520 connections", "80 % of its 649 are 519");
            });
  }

  private List<Problem> problems() {
    try {
      Configuration.load(SCHEMA, regions, "prod");
      return List.of();
    } catch (ConfigurationException error) {
      return error.problems();
    }
  }

  private void writeProduction(int maxConnections) throws Exception {
    Path prod = Files.createDirectories(regions.resolve("prod"));
    for (String file : new String[] {"platform", "us-east-1", "eu-west-1"}) {
      String text = Files.readString(Path.of("regions/prod", file + ".yaml"));
      Files.writeString(
          prod.resolve(file + ".yaml"),
          text.replace("multi_az: true", "multi_az: true, max_connections: " + maxConnections));
    }
  }
}

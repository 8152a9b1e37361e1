package superset.platform.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every folder under {@code src/test/broken-regions} is a configuration with mistakes and the whole
 * report that a person gets for it. The environment is {@code prod} unless {@code environment.txt}
 * names another.
 *
 * <p>{@code mvn test -Dtest=BrokenRegionsTest -Dreports.accept=true} writes the reports as they are
 * now; the diff of {@code expected.txt} is then what to review.
 */
class BrokenRegionsTest {

  private static final Path SCHEMA = Path.of("regions/schema.json");
  private static final Path CASES = Path.of("src/test/broken-regions");

  static Stream<String> cases() throws IOException {
    try (Stream<Path> folders = Files.list(CASES)) {
      List<String> names = folders.map(folder -> folder.getFileName().toString()).sorted().toList();
      return names.stream();
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void reportsEveryMistake(String name) throws IOException {
    Path expected = CASES.resolve(name).resolve("expected.txt");
    String report = report(name);
    if (Boolean.getBoolean("reports.accept")) {
      Files.writeString(expected, report);
    }
    assertThat(report.lines().toList()).isEqualTo(Files.readAllLines(expected));
  }

  @Test
  void casesAreThere() throws IOException {
    assertThat(cases()).hasSizeGreaterThan(30);
  }

  /** The report, its paths relative to the case. */
  private static String report(String name) throws IOException {
    Path folder = CASES.resolve(name);
    Path environment = folder.resolve("environment.txt");
    String chosen = Files.exists(environment) ? Files.readString(environment).strip() : "prod";
    ConfigurationException problems =
        catchThrowableOfType(
            ConfigurationException.class,
            () -> Configuration.load(SCHEMA, folder.resolve("regions"), chosen));
    assertThat(problems).as("the problems of " + name).isNotNull();
    return problems.report().replace(folder + "/", "") + "\n";
  }
}

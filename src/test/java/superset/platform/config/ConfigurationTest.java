package superset.platform.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import superset.platform.config.PlatformConfig.HostedZone;
import superset.platform.config.RegionConfig.Network.Nat;
import superset.platform.config.RegionConfig.Spread;
import superset.platform.config.RegionConfig.TaskSize;
import superset.platform.config.RegionConfig.Tasks;

class ConfigurationTest {

  private static final Path REGIONS = Path.of("regions");

  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({
    "prod, 123456789012, db.r6g.large, 1024, 3, true",
    "staging, 234567890123, db.t4g.large, 1024, 2, true",
    "dev, 345678901234, db.t4g.medium, 512, 1, false"
  })
  void environmentsHaveTheirSizes(
      String environment, String account, String instanceClass, int cpu, int tasks, boolean redis)
      throws ConfigurationException {
    EnvironmentConfig config = Configuration.load(REGIONS, environment);
    RegionConfig writer = config.writer();
    assertThat(config.platform().account()).isEqualTo(account);
    assertThat(writer.region()).isEqualTo("us-east-1");
    assertThat(writer.database().instanceClass()).isEqualTo(instanceClass);
    assertThat(writer.web().size().cpu()).isEqualTo(cpu);
    assertThat(writer.web().tasks().min()).isEqualTo(tasks);
    assertThat(writer.hasCache()).isEqualTo(redis);
  }

  @Test
  void productionIsTwoRegionsAlike() throws ConfigurationException {
    EnvironmentConfig prod = Configuration.load(REGIONS, "prod");
    assertThat(prod.regions())
        .extracting(RegionConfig::region)
        .containsExactly("eu-west-1", "us-east-1");
    assertThat(prod.platform().disposable()).isFalse();
    assertThat(prod.platform().hostedZone())
        .isEqualTo(new HostedZone("example.com", HostedZone.Mode.CREATE));
    for (RegionConfig region : prod.regions()) {
      assertThat(region.web().size()).isEqualTo(new TaskSize(1024, 2048));
      assertThat(region.web().tasks()).isEqualTo(new Tasks(3, 3, 10));
      assertThat(region.web().spot()).isEqualTo(new Spread(0, 1, 0));
      assertThat(region.worker().spot()).isEqualTo(new Spread(1, 0, 1));
      assertThat(region.network().nat()).isEqualTo(Nat.PER_ZONE);
      assertThat(region.database().initialStorageGb()).isEqualTo(100);
      assertThat(region.database().maxStorageGb()).isEqualTo(500);
      assertThat(region.database().multiAz()).isTrue();
      assertThat(region.database().maxConnections()).isEqualTo(1802);
      assertThat(region.logs().retentionDays()).isEqualTo(7);
    }
  }

  @Test
  void dataSourcesGetTheirKindsPort() throws ConfigurationException {
    assertThat(Configuration.load(REGIONS, "prod").region("us-east-1").dataSources())
        .singleElement()
        .satisfies(source -> assertThat(source.address().orElseThrow().port()).isEqualTo(5439));
  }

  @Test
  void regionOverridesAnyPartOfASize() throws Exception {
    copy("prod");
    append(
        "prod/eu-west-1.yaml",
        """
        web: {tasks: {max: 12}, spot: {on_demand: 3}}
        worker: {spot: false}
        database: {pool: {timeout: 10}, storage_gb: {max: 800}}
        cache: {nodes: 3}
        timeouts: {stop: 60}
        edge: {paths: [/health, /superset/*]}
        exec: false
        """);
    EnvironmentConfig prod = Configuration.load(folder, "prod");
    RegionConfig ireland = prod.region("eu-west-1");
    assertThat(ireland.web().tasks()).isEqualTo(new Tasks(3, 3, 12));
    assertThat(ireland.web().spot()).isEqualTo(new Spread(1, 3, 2));
    assertThat(ireland.worker().spot()).isEqualTo(new Spread(0, 1, 0));
    assertThat(ireland.database().pool().timeout()).isEqualTo(10);
    assertThat(ireland.database().pool().size()).isEqualTo(5);
    assertThat(ireland.database().maxStorageGb()).isEqualTo(800);
    assertThat(ireland.database().initialStorageGb()).isEqualTo(100);
    assertThat(ireland.cache().orElseThrow().nodes()).isEqualTo(3);
    assertThat(ireland.timeouts().stop()).isEqualTo(60);
    assertThat(ireland.edge().paths()).containsExactly("/health", "/superset/*");
    assertThat(ireland.exec()).isFalse();
    assertThat(prod.region("us-east-1").web().tasks()).isEqualTo(new Tasks(3, 3, 10));
    assertThat(prod.region("us-east-1").exec()).isTrue();
  }

  @Test
  void oneRegionMayBeWithoutRedis() throws Exception {
    copy("prod");
    append("prod/eu-west-1.yaml", "cache: none\n");
    EnvironmentConfig prod = Configuration.load(folder, "prod");
    assertThat(prod.region("eu-west-1").hasCache()).isFalse();
    assertThat(prod.region("us-east-1").hasCache()).isTrue();
  }

  @Test
  void whatADeployMayLoseIsNoRegion() throws Exception {
    copy("dev");
    Files.writeString(folder.resolve("dev/allowed-changes.yaml"), "changes: []\n");
    assertThat(Configuration.load(folder, "dev").regions())
        .extracting(RegionConfig::region)
        .containsExactly("us-east-1");
  }

  @Test
  void mistakesOfOtherEnvironmentsAreTheirOwn() throws Exception {
    copy("dev");
    Files.createDirectories(folder.resolve("staging"));
    Files.writeString(folder.resolve("staging/platform.yaml"), "account: [\n");
    assertThat(Configuration.load(folder, "dev").name()).isEqualTo("dev");
    assertThatThrownBy(() -> Configuration.load(folder, "staging"))
        .isInstanceOf(ConfigurationException.class);
  }

  @Test
  void everyFileTellsEditorsItsSchema() throws IOException {
    for (Path file : files()) {
      String schema =
          file.endsWith("allowed-changes.yaml") ? "allowed-changes.schema.json" : "schema.json";
      assertThat(Files.readAllLines(file).get(0))
          .as(file.toString())
          .isEqualTo("# yaml-language-server: $schema=../" + schema);
    }
  }

  private static List<Path> files() throws IOException {
    try (var files = Files.walk(REGIONS)) {
      return files.filter(file -> file.toString().endsWith(".yaml")).toList();
    }
  }

  private void copy(String environment) throws IOException {
    Files.createDirectories(folder.resolve(environment));
    Files.copy(REGIONS.resolve("schema.json"), folder.resolve("schema.json"));
    try (var files = Files.list(REGIONS.resolve(environment))) {
      for (Path file : files.toList()) {
        Files.copy(file, folder.resolve(environment).resolve(file.getFileName()));
      }
    }
  }

  private void append(String file, String text) throws IOException {
    Path path = folder.resolve(file);
    Files.writeString(path, Files.readString(path) + text);
  }
}

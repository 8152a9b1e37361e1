package superset.platform.config;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import superset.platform.config.Value.Place;

/**
 * Reads an environment's folder under {@code regions/}.
 *
 * <p>Three steps, each of which reports everything it finds and hands on what is sound: YAML, the
 * schema, and the rules between keys and files. Only a configuration without any problem is bound
 * to records.
 */
public final class Configuration {

  private static final String PLATFORM_FILE = "platform.yaml";

  /** What a deploy may lose; read by the guard, when it judges a plan. */
  private static final String ALLOWED_CHANGES_FILE = "allowed-changes.yaml";

  private final Report report = new Report();
  private final YamlReader yaml = new YamlReader(report);
  private final Path regionsFolder;
  private final Schema schema;

  private Configuration(Path schemaFile, Path regionsFolder) throws ConfigurationException {
    this.regionsFolder = regionsFolder;
    this.schema = schema(schemaFile);
  }

  /**
   * Reads one environment.
   *
   * @param regionsFolder the folder that holds {@code schema.json} and one folder per environment
   * @param environment folder name, such as {@code prod}
   * @throws ConfigurationException if anything is wrong in any of the environment's files
   */
  public static EnvironmentConfig load(Path regionsFolder, String environment)
      throws ConfigurationException {
    return load(regionsFolder.resolve("schema.json"), regionsFolder, environment);
  }

  static EnvironmentConfig load(Path schemaFile, Path regionsFolder, String environment)
      throws ConfigurationException {
    return new Configuration(schemaFile, regionsFolder).environment(environment);
  }

  private Schema schema(Path file) throws ConfigurationException {
    try {
      return new Schema(JsonReader.read(file));
    } catch (IOException error) {
      report.add(
          new Place(shown(file), 0),
          "",
          "the schema cannot be read (" + error.getMessage().lines().findFirst().orElse("") + ")",
          "run from the project's root, with the file as it was committed");
      throw new ConfigurationException(report.problems());
    }
  }

  private EnvironmentConfig environment(String environment) throws ConfigurationException {
    Path folder = regionsFolder.resolve(environment);
    if (!environments().contains(environment)) {
      report.add(
          new Place(shown(regionsFolder), 0),
          "",
          "there is no environment \"" + environment + "\"",
          "SUPERSET_ENVIRONMENT can be one of " + String.join(", ", environments()));
      throw new ConfigurationException(report.problems());
    }
    Draft draft = draft(environment, folder);
    Rules.check(draft, report);
    new OtherEnvironments(draft.platform(), report).check(otherPlatforms(environment));
    if (!report.problems().isEmpty()) {
      throw new ConfigurationException(report.problems());
    }
    return Binder.environment(draft);
  }

  private Draft draft(String environment, Path folder) {
    Value.Mapping platform = platform(folder.resolve(PLATFORM_FILE));
    List<Draft.Region> regions = new ArrayList<>();
    regionFiles(folder).forEach((name, file) -> regions.add(region(name, file, platform)));
    if (regions.isEmpty()) {
      report.add(
          new Place(shown(folder), 0),
          "",
          "the environment has no region",
          "add a file for one, such as us-east-1.yaml");
    }
    return new Draft(
        environment,
        new Settings(platform),
        new Settings(schema.withDefaults("platform", platform)),
        regions);
  }

  private Value.Mapping platform(Path file) {
    if (!Files.exists(file)) {
      report.add(
          new Place(shown(file), 0),
          "",
          "the file is missing",
          "write what all regions of the environment share: account, domain, writer, sizes");
      return unsound("platform", shown(file));
    }
    return yaml.read(file, shown(file))
        .map(keys -> expanded(schema.check("platform", keys, report)))
        .orElseGet(() -> unsound("platform", shown(file)));
  }

  private Draft.Region region(String name, Path file, Value.Mapping platform) {
    Place place = new Place(shown(file), 1);
    Value.Mapping own =
        yaml.read(file, shown(file))
            .map(keys -> schema.check("region", keys, report))
            .orElseGet(() -> unsound("region", shown(file)));
    Value.Mapping written = shared(platform).overlaid(own);
    Value.Mapping resolved =
        schema.withDefaults(
            "region", schema.withDefaults("resolved", schema.check("resolved", written, report)));
    return new Draft.Region(name, place, new Settings(own), new Settings(resolved));
  }

  /** The part of {@code platform.yaml} that a region's file may override. */
  private Value.Mapping shared(Value.Mapping platform) {
    Map<String, Value> entries = new LinkedHashMap<>(platform.entries());
    entries.keySet().removeIf(key -> schema.at("region", List.of(key)).isEmpty());
    return new Value.Mapping(platform.place(), entries);
  }

  /** Stands for a file that cannot be read: no rule that needs one of its keys runs. */
  private Value.Mapping unsound(String definition, String file) {
    Place place = new Place(file, 1);
    Map<String, Value> entries = new LinkedHashMap<>();
    schema.keys(definition).forEach(key -> entries.put(key, new Value.Unsound(place)));
    return new Value.Mapping(place, entries);
  }

  /** {@code hosted_zone: NAME} is short for {@code hosted_zone: {name: NAME}}. */
  private static Value.Mapping expanded(Value.Mapping platform) {
    return platform.entries().get("hosted_zone") instanceof Value.Scalar name
        ? platform.with("hosted_zone", new Value.Mapping(name.place(), Map.of("name", name)))
        : platform;
  }

  private SortedMap<String, Path> regionFiles(Path folder) {
    SortedMap<String, Path> files = new TreeMap<>();
    for (Path file : list(folder)) {
      String name = file.getFileName().toString();
      if (name.endsWith(".yml")) {
        report.add(
            new Place(shown(file), 0),
            "",
            "files that end in .yml are not read",
            "rename it to " + name.replaceAll("yml$", "yaml"));
      } else if (name.endsWith(".yaml")
          && !name.equals(PLATFORM_FILE)
          && !name.equals(ALLOWED_CHANGES_FILE)) {
        files.put(name.substring(0, name.length() - ".yaml".length()), file);
      }
    }
    return files;
  }

  private List<String> environments() {
    return list(regionsFolder).stream()
        .filter(Files::isDirectory)
        .map(folder -> folder.getFileName().toString())
        .filter(name -> !name.startsWith("."))
        .toList();
  }

  /** Every other environment's {@code platform.yaml}; its own mistakes are not this one's. */
  private Map<String, Value.Mapping> otherPlatforms(String environment) {
    YamlReader silent = new YamlReader(new Report());
    Map<String, Value.Mapping> platforms = new LinkedHashMap<>();
    for (String other : environments()) {
      Path file = regionsFolder.resolve(other).resolve(PLATFORM_FILE);
      if (!other.equals(environment) && Files.exists(file)) {
        silent.read(file, shown(file)).ifPresent(keys -> platforms.put(other, keys));
      }
    }
    return platforms;
  }

  private static List<Path> list(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      return files.sorted().toList();
    } catch (IOException error) {
      throw new UncheckedIOException(error);
    }
  }

  /** A path as a person would type it, relative to the working directory where it lies below. */
  private static String shown(Path path) {
    Path here = Path.of("").toAbsolutePath();
    Path absolute = path.toAbsolutePath().normalize();
    Path shown = absolute.startsWith(here) ? here.relativize(absolute) : absolute;
    return shown.toString().replace('\\', '/');
  }
}

package superset.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.hashicorp.cdktf.App;
import com.hashicorp.cdktf.Testing;
import com.hashicorp.cdktf.TestingAppConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.yaml.snakeyaml.DumperOptions;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.nodes.Tag;
import org.yaml.snakeyaml.representer.Representer;
import org.yaml.snakeyaml.resolver.Resolver;
import superset.platform.config.Configuration;
import superset.platform.config.EnvironmentConfig;
import superset.platform.stack.BootstrapStack;

/**
 * Every YAML example of the documentation is a configuration without mistakes, once it is written
 * into the environment under {@code src/test/full-regions}. One that names its own schema in its
 * first line is of another file.
 */
final class DocumentedYamlTest {

  private static final Path FULL = Path.of("src/test/full-regions/prod");
  private static final Path SCHEMA = Path.of("regions/schema.json");
  private static final Pattern EXAMPLE =
      Pattern.compile(
          "^( *)```yaml[^\\n]*\\n(?! *# yaml-language-server)(.*?)^ *```",
          Pattern.MULTILINE | Pattern.DOTALL);
  private static final List<String> OF_REGIONS = List.of("cidr", "zones", "data_sources");

  @TempDir Path folder;

  /** An example and where it stands; the test's name. */
  record Example(Path page, long line, Map<String, Object> keys) {
    @Override
    public String toString() {
      return page + ":" + line;
    }
  }

  static List<Example> examples() throws IOException {
    try (Stream<Path> below = Files.walk(Path.of("docs"))) {
      List<Path> pages =
          Stream.concat(Stream.of(Path.of("README.md"), Path.of("CONTRIBUTING.md")), below)
              .filter(path -> path.toString().endsWith(".md"))
              .sorted()
              .toList();
      List<Example> found = new ArrayList<>();
      for (Path page : pages) {
        found.addAll(examplesOf(page));
      }
      return found;
    }
  }

  private static List<Example> examplesOf(Path page) throws IOException {
    String text = Files.readString(page);
    Matcher matcher = EXAMPLE.matcher(text);
    List<Example> found = new ArrayList<>();
    while (matcher.find()) {
      long line = text.substring(0, matcher.start()).lines().count() + 1;
      found.add(new Example(page, line, read(matcher.group(2).stripIndent())));
    }
    return found;
  }

  @ParameterizedTest
  @MethodSource("examples")
  void anExampleIsRight(Example example) throws IOException {
    write(List.of(example));

    assertThatCode(() -> Configuration.load(folder, "prod")).doesNotThrowAnyException();
  }

  @Test
  void theScenariosTogetherAreSynthesized() throws Exception {
    List<Example> scenarios = examplesOf(Path.of("docs/scenarios.md"));
    assertThat(scenarios).hasSizeGreaterThan(5);
    write(scenarios);
    EnvironmentConfig environment = Configuration.load(folder, "prod");

    Path out = folder.resolve("cdktf.out");
    App app = Testing.app(TestingAppConfig.builder().outdir(out.toString()).build());
    Platform.addTo(app, environment, BootstrapStack.State.S3);
    app.synth();

    String region = Files.readString(out.resolve("stacks/superset-us-east-1/cdk.tf.json"));
    for (Example scenario : scenarios) {
      for (Object source : (List<?>) scenario.keys().getOrDefault("data_sources", List.of())) {
        // Within the variable DATA_SOURCES, which is text within text.
        assertThat(region)
            .as(scenario.toString())
            .containsPattern("name\\\\*\":\\\\*\"" + name(source) + "\\\\*\"");
      }
    }
  }

  /** Writes the whole environment with the examples in it. */
  private void write(List<Example> examples) throws IOException {
    Files.createDirectories(folder.resolve("prod"));
    Files.copy(SCHEMA, folder.resolve("schema.json"));
    Map<String, Map<String, Object>> files = new LinkedHashMap<>();
    try (Stream<Path> paths = Files.list(FULL)) {
      for (Path path : paths.toList()) {
        files.put(path.getFileName().toString(), read(Files.readString(path)));
      }
    }
    for (Example example : examples) {
      merge(files.computeIfAbsent(fileOf(example), name -> new LinkedHashMap<>()), example.keys());
    }
    for (var file : files.entrySet()) {
      // JSON is YAML.
      new ObjectMapper()
          .writeValue(folder.resolve("prod/" + file.getKey()).toFile(), file.getValue());
    }
  }

  /** The file in which an example's keys belong; of the regions, the one that its zones name. */
  private static String fileOf(Example example) {
    if (OF_REGIONS.stream().noneMatch(example.keys()::containsKey)) {
      return "platform.yaml";
    }
    List<?> zones = (List<?>) example.keys().getOrDefault("zones", List.of("us-east-1a"));
    return zones.get(0).toString().replaceAll("[a-z]$", "") + ".yaml";
  }

  private static Map<String, Object> read(String text) {
    DumperOptions unused = new DumperOptions();
    return new Yaml(
            new SafeConstructor(new LoaderOptions()), new Representer(unused), unused, new Plain())
        .load(text);
  }

  /** Reads words as the platform does: NO is a country. */
  private static final class Plain extends Resolver {
    @Override
    protected void addImplicitResolvers() {
      addImplicitResolver(Tag.BOOL, Pattern.compile("true|false"), "tf");
      addImplicitResolver(Tag.INT, Pattern.compile("[0-9]+"), "0123456789");
      addImplicitResolver(Tag.FLOAT, Pattern.compile("[0-9]+\\.[0-9]+"), "0123456789");
    }
  }

  /** Sections key by key; in lists of things with a name, what has a name replaces that one. */
  @SuppressWarnings("unchecked")
  private static void merge(Map<String, Object> into, Map<String, Object> keys) {
    keys.forEach(
        (key, value) -> {
          Object old = into.get(key);
          if (old instanceof Map && value instanceof Map) {
            merge((Map<String, Object>) old, (Map<String, Object>) value);
          } else if (old instanceof List && named(value)) {
            List<Object> all = new ArrayList<>((List<Object>) old);
            for (Object one : (List<Object>) value) {
              all.removeIf(other -> name(other).equals(name(one)));
              all.add(one);
            }
            into.put(key, all);
          } else {
            into.put(key, value);
          }
        });
  }

  private static boolean named(Object value) {
    return value instanceof List<?> list
        && list.stream().allMatch(one -> one instanceof Map<?, ?> map && map.containsKey("name"));
  }

  private static Object name(Object value) {
    return ((Map<?, ?>) value).get("name");
  }
}

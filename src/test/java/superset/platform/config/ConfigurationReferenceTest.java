package superset.platform.config;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;

/** The table of keys in {@code docs/configuration.md} says what the schema says. */
class ConfigurationReferenceTest {

  private static final Path DOCUMENT = Path.of("docs/configuration.md");

  /** A bound that only keeps numbers within an int; what AWS takes depends on other keys. */
  private static final int OPEN = 1_000_000;

  private static final String HEADING = "### platform.yaml\n";

  private final JsonNode schema;

  ConfigurationReferenceTest() throws IOException {
    schema = new ObjectMapper().readTree(Files.readString(Path.of("regions/schema.json")));
  }

  @Test
  void documentListsEveryKey() throws IOException {
    String document = Files.readString(DOCUMENT);
    int start = document.indexOf(HEADING);
    String head = start < 0 ? document : document.substring(0, start);
    if (Boolean.getBoolean("reports.accept")) {
      Files.writeString(DOCUMENT, head + reference());
    }
    assertThat(Files.readString(DOCUMENT).lines().toList())
        .isEqualTo((head + reference()).lines().toList());
  }

  private String reference() {
    List<String> platform = new ArrayList<>();
    List<String> region = new ArrayList<>();
    List<String> sizes = new ArrayList<>();
    Map<String, JsonNode> ofPlatform = properties("platform");
    Map<String, JsonNode> ofRegion = properties("region");
    ofPlatform.forEach(
        (key, node) ->
            rows(
                key,
                node,
                required("platform", key),
                ofRegion.containsKey(key) ? sizes : platform));
    ofRegion.forEach(
        (key, node) -> {
          if (!ofPlatform.containsKey(key)) {
            rows(key, node, required("region", key), region);
          }
        });
    return HEADING
        + table(platform)
        + "\n### REGION.yaml\n"
        + table(region)
        + "\n### Either: platform.yaml for all regions, REGION.yaml for one\n"
        + table(sizes);
  }

  private static String table(List<String> rows) {
    return "\n| key | default | meaning |\n| --- | --- | --- |\n" + String.join("", rows);
  }

  private void rows(String path, JsonNode property, boolean required, List<String> rows) {
    JsonNode target = resolved(property);
    String section = path.replaceAll("[.\\[].*", "");
    JsonNode standard = either(property, target, "default");
    if (!path.contains(".")) {
      JsonNode ofRegion = schema.at("/$defs/resolved/properties/" + section + "/default");
      standard = ofRegion.isMissingNode() ? standard : ofRegion;
    }
    rows.add(
        "| `"
            + path
            + "` | "
            + standard(standard, required)
            + " | "
            + meaning(property, target)
            + " |\n");
    target
        .path("properties")
        .fields()
        .forEachRemaining(
            child -> {
              String full = path + "." + child.getKey();
              rows(full, child.getValue(), requires(target, child.getKey()) || needed(full), rows);
            });
    if (target.path("items").has("$ref") && resolved(target.get("items")).has("properties")) {
      JsonNode item = resolved(target.get("items"));
      item.get("properties")
          .fields()
          .forEachRemaining(
              child ->
                  rows(
                      path + "[]." + child.getKey(),
                      child.getValue(),
                      requires(item, child.getKey()),
                      rows));
    }
  }

  private static String standard(JsonNode node, boolean required) {
    if (required) {
      return "required";
    }
    boolean none = node.isMissingNode() || node.isContainerNode() && node.isEmpty();
    return none ? "" : "`" + (node.isTextual() ? node.asText() : shown(node)) + "`";
  }

  private static String shown(JsonNode node) {
    return node.toString().replace("\"", "").replace(":", ": ").replace(",", ", ");
  }

  private String meaning(JsonNode property, JsonNode target) {
    List<String> parts = new ArrayList<>();
    parts.add(either(property, target, "description").asText().replace("|", "\\|"));
    if (target.has("enum")) {
      parts.add(
          StreamSupport.stream(target.get("enum").spliterator(), false)
              .map(JsonNode::asText)
              .collect(Collectors.joining(", ", "One of ", ".")));
    } else if (target.has("minimum") && target.get("maximum").asInt() < OPEN) {
      parts.add(target.get("minimum") + " to " + target.get("maximum") + ".");
    }
    return String.join(" ", parts);
  }

  private boolean needed(String path) {
    JsonNode here = schema.at("/$defs/resolved");
    String[] steps = path.split("\\.");
    for (int step = 0; step < steps.length - 1; step++) {
      here = here.path("properties").path(steps[step]);
    }
    return requires(here, steps[steps.length - 1]);
  }

  private boolean required(String definition, String key) {
    return requires(schema.at("/$defs/" + definition), key)
        || requires(schema.at("/$defs/resolved"), key);
  }

  private static boolean requires(JsonNode node, String key) {
    return StreamSupport.stream(node.path("required").spliterator(), false)
        .anyMatch(name -> name.asText().equals(key));
  }

  private static JsonNode either(JsonNode property, JsonNode target, String keyword) {
    return property.has(keyword) ? property.get(keyword) : target.path(keyword);
  }

  private JsonNode resolved(JsonNode node) {
    return node.has("$ref") ? schema.at(node.get("$ref").asText().substring(1)) : node;
  }

  private Map<String, JsonNode> properties(String definition) {
    Map<String, JsonNode> properties = new LinkedHashMap<>();
    schema
        .at("/$defs/" + definition + "/properties")
        .fields()
        .forEachRemaining(field -> properties.put(field.getKey(), field.getValue()));
    return properties;
  }
}

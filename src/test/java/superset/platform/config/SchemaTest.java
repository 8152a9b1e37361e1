package superset.platform.config;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.harrel.jsonschema.SpecificationVersion;
import dev.harrel.jsonschema.Validator;
import dev.harrel.jsonschema.ValidatorFactory;
import dev.harrel.jsonschema.providers.JacksonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** {@code regions/schema.json} as a document that people and their editors read. */
class SchemaTest {

  private static final Path FILE = Path.of("regions/schema.json");

  private final JsonNode schema = read();
  private final Validator validator =
      new ValidatorFactory().withJsonNodeFactory(new JacksonNode.Factory()).createValidator();

  @Test
  void isAJsonSchema() {
    URI specification = URI.create(SpecificationVersion.DRAFT2020_12.getId());
    assertThat(validator.validate(specification, schema).getErrors()).isEmpty();
  }

  @Test
  void everyKeyIsDescribed() {
    List<String> bare = new ArrayList<>();
    for (String definition : new String[] {"platform", "region"}) {
      describe(schema.at("/$defs/" + definition), definition, bare);
    }
    assertThat(bare).isEmpty();
  }

  @Test
  void examplesAndDefaultsAreValid() {
    validator.registerSchema(schema);
    List<String> wrong = new ArrayList<>();
    check(schema, "#", wrong);
    assertThat(wrong).isEmpty();
  }

  /** A number without bounds could be too large for the records. */
  @Test
  void everyNumberHasBounds() {
    List<String> endless = new ArrayList<>();
    schema
        .findParents("type")
        .forEach(
            node -> {
              boolean number = List.of("integer", "number").contains(node.get("type").asText());
              if (number && !node.has("enum") && !(node.has("minimum") && node.has("maximum"))) {
                endless.add(node.toString());
              }
            });
    assertThat(endless).isEmpty();
  }

  private void describe(JsonNode node, String path, List<String> bare) {
    JsonNode target = resolved(node);
    target
        .path("properties")
        .fields()
        .forEachRemaining(
            property -> {
              String key = path + "." + property.getKey();
              boolean described =
                  property.getValue().has("description")
                      || resolved(property.getValue()).has("description");
              if (!described) {
                bare.add(key);
              }
              describe(property.getValue(), key, bare);
            });
    if (target.path("items").has("$ref")) {
      describe(target.get("items"), path + "[]", bare);
    }
  }

  private void check(JsonNode node, String pointer, List<String> wrong) {
    if (node.has("default") && !pointer.startsWith("#/$defs/resolved")) {
      check(pointer, node.get("default"), wrong);
    }
    node.path("examples").forEach(example -> check(pointer, example, wrong));
    node.fields()
        .forEachRemaining(
            field -> {
              if (field.getValue().isObject() && !field.getKey().equals("default")) {
                check(field.getValue(), pointer + "/" + field.getKey(), wrong);
              }
            });
  }

  private void check(String pointer, JsonNode value, List<String> wrong) {
    URI uri = URI.create(schema.get("$id").asText() + pointer);
    if (!validator.validate(uri, value).isValid()) {
      wrong.add(pointer + ": " + value);
    }
  }

  private JsonNode resolved(JsonNode node) {
    return node.has("$ref") ? schema.at(node.get("$ref").asText().substring(1)) : node;
  }

  private static JsonNode read() {
    try {
      return new ObjectMapper().readTree(Files.readString(FILE));
    } catch (IOException error) {
      throw new UncheckedIOException(error);
    }
  }
}

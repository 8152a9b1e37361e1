package superset.platform.config;

import dev.harrel.jsonschema.Error;
import dev.harrel.jsonschema.JsonNode;
import dev.harrel.jsonschema.JsonNodeFactory;
import dev.harrel.jsonschema.Validator;
import dev.harrel.jsonschema.ValidatorFactory;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * {@code regions/schema.json}: what may stand in the files, and the defaults of what does not.
 *
 * <p>The file is known to be sound (a test checks it), so it is not checked again at every start.
 */
final class Schema {

  /** As a person names it. */
  static final String FILE = "regions/schema.json";

  private static final String DEFINITIONS = "#/$defs/";

  private final Value.Mapping root;
  private final Validator validator;
  private final URI id;

  Schema(Value.Mapping root) {
    this.root = root;
    this.validator =
        new ValidatorFactory()
            .withJsonNodeFactory(new Nodes())
            .withDisabledSchemaValidation(true)
            .createValidator();
    this.id = URI.create(((Value.Scalar) root.entries().get("$id")).text());
    validator.registerSchema(id, new SchemaNode(root, ""));
  }

  /**
   * Reports where {@code value} breaks a definition.
   *
   * @return the value with every part that is reported as wrong marked as unsound
   */
  Value.Mapping check(String definition, Value.Mapping value, Report report) {
    List<Error> errors =
        validator
            .validate(URI.create(id + DEFINITIONS + definition), new SchemaNode(value, ""))
            .getErrors()
            .stream()
            .filter(error -> !isUnsound(value, error))
            .toList();
    Set<String> ofWrongType = new HashSet<>();
    errors.stream()
        .filter(error -> "type".equals(error.getKeyword()))
        .forEach(error -> ofWrongType.add(error.getInstanceLocation()));
    Set<List<String>> spoiled = new LinkedHashSet<>();
    for (Error error : errors) {
      if (error.getKeyword() == null) {
        problem(definition, value, error, report)
            .unknownKey()
            .filter(meant -> find(value, meant).isEmpty())
            .ifPresent(spoiled::add);
      }
    }
    for (Error error : errors) {
      String keyword = error.getKeyword();
      SchemaProblem problem = problem(definition, value, error, report);
      if ("required".equals(keyword)) {
        problem.missingKeys(spoiled);
      } else if ("type".equals(keyword)
          || keyword != null && !ofWrongType.contains(error.getInstanceLocation())) {
        problem.wrongValue(keyword);
        spoiled.add(problem.path());
      }
    }
    Value.Mapping sound = value;
    for (List<String> path : spoiled) {
      sound = (Value.Mapping) marked(sound, path);
    }
    return sound;
  }

  private static boolean isUnsound(Value.Mapping value, Error error) {
    return find(value, path(error.getInstanceLocation())).orElse(null) instanceof Value.Unsound;
  }

  private SchemaProblem problem(
      String definition, Value.Mapping value, Error error, Report report) {
    return new SchemaProblem(this, definition, value, path(error.getInstanceLocation()), report);
  }

  /** The value that a path of keys and list positions leads to. */
  static Optional<Value> find(Value root, List<String> path) {
    Value value = root;
    for (String step : path) {
      if (value instanceof Value.Sequence sequence) {
        value = sequence.items().get(Integer.parseInt(step));
      } else {
        value = value instanceof Value.Mapping mapping ? mapping.entries().get(step) : null;
      }
    }
    return Optional.ofNullable(value);
  }

  /** The mapping with every missing key that has a default in the definition. */
  Value.Mapping withDefaults(String definition, Value.Mapping value) {
    return filled(value, definition(definition));
  }

  /** The keys of a definition. */
  Set<String> keys(String definition) {
    return entry(definition(definition), "properties").orElseThrow().keySet();
  }

  /** The definition that a path of keys and list positions leads to, references resolved. */
  Optional<Value.Mapping> at(String definition, List<String> path) {
    Optional<Value.Mapping> schema = Optional.of(definition(definition));
    for (String step : path) {
      schema =
          schema.flatMap(
              here -> {
                Value next = entry(here, "properties").map(keys -> keys.get(step)).orElse(null);
                Value items = here.entries().getOrDefault("items", free(here, step));
                Value found = next == null ? items : next;
                return found instanceof Value.Mapping mapping
                    ? Optional.of(resolved(mapping))
                    : Optional.empty();
              });
    }
    return schema;
  }

  /** What is said of a key that people name themselves. */
  private static Value free(Value.Mapping schema, String key) {
    return entry(schema, "patternProperties")
        .flatMap(
            patterns ->
                patterns.entrySet().stream()
                    .filter(pattern -> Pattern.compile(pattern.getKey()).matcher(key).find())
                    .map(Map.Entry::getValue)
                    .findFirst())
        .orElse(null);
  }

  private Value.Mapping filled(Value.Mapping value, Value.Mapping schema) {
    Map<String, Value> entries = new LinkedHashMap<>(value.entries());
    entry(schema, "properties")
        .orElse(Map.of())
        .forEach(
            (key, property) -> {
              Value.Mapping resolved = resolved((Value.Mapping) property);
              Value standard = resolved.entries().get("default");
              if (!entries.containsKey(key) && standard != null) {
                entries.put(key, moved(standard, value.place()));
              }
              if (entries.get(key) instanceof Value.Mapping mapping) {
                entries.put(key, filled(mapping, resolved));
              } else if (entries.get(key) instanceof Value.Sequence sequence
                  && resolved.entries().get("items") instanceof Value.Mapping items) {
                entries.put(key, filled(sequence, resolved(items)));
              }
            });
    return new Value.Mapping(value.place(), entries);
  }

  private Value filled(Value.Sequence sequence, Value.Mapping schema) {
    List<Value> items = new ArrayList<>();
    for (Value item : sequence.items()) {
      items.add(item instanceof Value.Mapping mapping ? filled(mapping, schema) : item);
    }
    return new Value.Sequence(sequence.place(), items);
  }

  /** A default stands where its parent stands. */
  private static Value moved(Value value, Value.Place place) {
    if (value instanceof Value.Mapping mapping) {
      Map<String, Value> entries = new LinkedHashMap<>();
      mapping.entries().forEach((key, child) -> entries.put(key, moved(child, place)));
      return new Value.Mapping(place, entries);
    }
    if (value instanceof Value.Sequence sequence) {
      return new Value.Sequence(
          place, sequence.items().stream().map(item -> moved(item, place)).toList());
    }
    Value.Scalar scalar = (Value.Scalar) value;
    return new Value.Scalar(place, scalar.data(), scalar.text());
  }

  private static Value marked(Value value, List<String> path) {
    if (path.isEmpty()) {
      return new Value.Unsound(value.place());
    }
    if (value instanceof Value.Mapping mapping) {
      Value child = mapping.entries().getOrDefault(path.get(0), mapping);
      return mapping.with(path.get(0), marked(child, path.subList(1, path.size())));
    }
    if (value instanceof Value.Sequence sequence) {
      List<Value> items = new ArrayList<>(sequence.items());
      int index = Integer.parseInt(path.get(0));
      items.set(index, marked(items.get(index), path.subList(1, path.size())));
      return new Value.Sequence(sequence.place(), items);
    }
    return value;
  }

  private Value.Mapping definition(String name) {
    return resolved((Value.Mapping) entry(root, "$defs").orElseThrow().get(name));
  }

  private Value.Mapping resolved(Value.Mapping schema) {
    if (schema.entries().get("$ref") instanceof Value.Scalar reference) {
      return definition(reference.text().substring(DEFINITIONS.length())).overlaid(schema);
    }
    return schema;
  }

  private static Optional<Map<String, Value>> entry(Value.Mapping schema, String key) {
    return schema.entries().get(key) instanceof Value.Mapping mapping
        ? Optional.of(mapping.entries())
        : Optional.empty();
  }

  private static List<String> path(String pointer) {
    List<String> path = new ArrayList<>();
    for (String step : pointer.split("/", -1)) {
      path.add(step.replace("~1", "/").replace("~0", "~"));
    }
    return path.subList(1, path.size());
  }

  /** Hands our values to the library. */
  private static final class Nodes implements JsonNodeFactory {
    @Override
    public JsonNode wrap(Object node) {
      return node instanceof SchemaNode wrapped ? wrapped : new SchemaNode((Value) node, "");
    }

    @Override
    public JsonNode create(String rawJson) {
      throw new IllegalStateException("schemas are read by " + YamlReader.class.getName());
    }
  }
}

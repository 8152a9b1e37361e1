package superset.platform.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Says in words what breaks the schema, and from the schema's own texts what would be right.
 *
 * @param definition the definition that {@code file} is checked against
 * @param file the whole value that is checked
 * @param path keys and list positions that lead to the part that is wrong
 */
record SchemaProblem(
    Schema schema, String definition, Value.Mapping file, List<String> path, Report report) {

  /** More keys than this are not listed in a remedy. */
  private static final int LISTED = 12;

  /**
   * Reports a key that the schema does not know.
   *
   * @return path of the key that it was meant to be, as far as one can tell
   */
  Optional<List<String>> unknownKey() {
    String key = path.get(path.size() - 1);
    List<String> parent = path.subList(0, path.size() - 1);
    Value.Mapping above = schema.at(definition, parent).orElseThrow();
    if (above.entries().containsKey("patternProperties")) {
      report.add(
          value().place(),
          key(path),
          "is not how such a key is written",
          keyword(above, "keyErrorMessage"));
      return Optional.empty();
    }
    Set<String> known = properties(above).keySet();
    Optional<String> nearest = misplaced() ? Optional.empty() : Nearest.to(key, known);
    report.add(
        value().place(),
        key(path),
        "is not a known key",
        nearest.map(meant -> "write " + meant).orElseGet(() -> remedyForUnknown(known)));
    return nearest.map(meant -> child(parent, meant));
  }

  private String remedyForUnknown(Set<String> known) {
    if (misplaced()) {
      return definition.equals("platform")
          ? "write it in each region's file"
          : "write it in platform.yaml, it is the same for all regions";
    }
    return known.size() > LISTED
        ? "remove it; " + Schema.FILE + " describes the keys there are"
        : "remove it, or use one of " + String.join(", ", known);
  }

  /** Whether the key belongs into the other kind of file. */
  private boolean misplaced() {
    String other = definition.equals("platform") ? "region" : "platform";
    return path.size() == 1 && schema.at(other, path).isPresent();
  }

  /**
   * Reports the keys that the schema requires here.
   *
   * @param meant keys that are there, but mistyped
   */
  void missingKeys(Set<List<String>> meant) {
    Value.Mapping here = (Value.Mapping) value();
    Value.Mapping schemaHere = schema.at(definition, path).orElseThrow();
    for (Value name : ((Value.Sequence) schemaHere.entries().get("required")).items()) {
      List<String> full = child(path, text(name));
      if (!here.entries().containsKey(text(name)) && !meant.contains(full)) {
        report.add(here.place(), key(full), "is missing", "add " + sample(text(name), full));
      }
    }
  }

  /**
   * Reports a value that is not what the schema asks for.
   *
   * @param keyword the schema's keyword that is broken
   */
  void wrongValue(String keyword) {
    report.add(value().place(), key(path), what(keyword), remedy(keyword));
  }

  private static List<String> child(List<String> parent, String key) {
    List<String> path = new ArrayList<>(parent);
    path.add(key);
    return path;
  }

  private String sample(String key, List<String> full) {
    String files = definition.equals("resolved") ? "region" : definition;
    Optional<Value.Mapping> described = schema.at(files, full);
    return described
        .flatMap(SchemaProblem::example)
        .map(example -> "it, such as " + key + ": " + example)
        .or(() -> described.map(text -> "it: " + Nearest.lowerFirst(firstSentence(text))))
        .orElse("it");
  }

  private String what(String keyword) {
    Value value = value();
    String shown = shown(value);
    return switch (keyword) {
      case "type" -> wrongType(value);
      case "enum" -> shown + " is not one of those offered";
      case "pattern" -> shown.isEmpty() ? "is empty" : shown + " does not have the right form";
      case "minimum" -> shown + " is below " + keyword(here(), keyword);
      case "maximum" -> shown + " is above " + keyword(here(), keyword);
      case "minItems", "maxItems" -> {
        int size = ((Value.Sequence) value).items().size();
        yield "lists " + size + (size == 1 ? " entry" : " entries");
      }
      case "uniqueItems" -> "lists " + repeated((Value.Sequence) value) + " twice";
      case "minLength" -> "is empty";
      case "maxLength" -> "is " + shown.length() + " characters long";
      default -> shown + " breaks the rule " + keyword;
    };
  }

  private String remedy(String keyword) {
    Value.Mapping here = here();
    return switch (keyword) {
      case "type" -> rightType();
      case "enum" -> {
        List<String> offered =
            ((Value.Sequence) here.entries().get("enum"))
                .items().stream().map(SchemaProblem::text).toList();
        if (offered.size() == 1) {
          yield "write " + offered.get(0);
        }
        String all = "one of " + String.join(", ", offered);
        yield Nearest.to(shown(value()), offered)
            .filter(nearest -> nearest.matches("[a-z].*"))
            .map(nearest -> "write " + nearest + " (" + all + ")")
            .orElse("write " + all);
      }
      case "pattern" -> keyword(here, "patternErrorMessage");
      case "minimum", "maximum" -> "write " + range(here, "minimum", "maximum");
      case "minItems", "maxItems" -> "list " + range(here, "minItems", "maxItems");
      case "uniqueItems" -> "list it once";
      case "minLength", "maxLength" ->
          "write " + range(here, "minLength", "maxLength") + " characters";
      default -> Nearest.lowerFirst(keyword(here, "description"));
    };
  }

  private String wrongType(Value value) {
    if (value instanceof Value.Mapping) {
      return "has keys under it";
    }
    if (value instanceof Value.Sequence) {
      return "is a list";
    }
    Value.Scalar scalar = (Value.Scalar) value;
    if (scalar.data() == null) {
      return scalar.text().isEmpty() ? "has no value" : scalar.text() + " is no value";
    }
    if (scalar.data() instanceof String) {
      return scalar.text().isEmpty() ? "is empty" : "\"" + scalar.text() + "\" is text";
    }
    return scalar.text()
        + (scalar.data() instanceof Boolean ? " is true or false" : " is read as a number");
  }

  private String rightType() {
    List<String> types = types();
    if (value() instanceof Value.Scalar scalar && scalar.data() != null) {
      String text = scalar.text();
      if (types.contains("string") && !(scalar.data() instanceof String)) {
        return "put it in quotes: \"" + text + "\"";
      }
      if (types.contains("integer") && text.matches("[0-9]+")
          || types.contains("number") && text.matches("[0-9]+([.][0-9]+)?")) {
        return "write " + text + " without quotes";
      }
      if (types.contains("boolean") && text.matches("(?i)yes|on|true|y|1")) {
        return "write true";
      }
      if (types.contains("boolean") && text.matches("(?i)no|off|false|n|0")) {
        return "write false";
      }
    }
    String kinds =
        types.stream()
            .map(
                type ->
                    switch (type) {
                      case "integer" -> "a whole number";
                      case "number" -> "a number";
                      case "boolean" -> "true or false";
                      case "string" -> "text";
                      case "array" -> "a list";
                      default -> "keys under it";
                    })
            .collect(Collectors.joining(" or "));
    return "write " + kinds + example(here()).map(text -> ", such as " + text).orElse("");
  }

  private List<String> types() {
    Value type = here().entries().get("type");
    return type instanceof Value.Sequence several
        ? several.items().stream().map(SchemaProblem::text).toList()
        : List.of(text(type));
  }

  private static String repeated(Value.Sequence sequence) {
    List<String> seen = new ArrayList<>();
    for (Value item : sequence.items()) {
      String text = shown(item);
      if (seen.contains(text)) {
        return text;
      }
      seen.add(text);
    }
    return "an entry";
  }

  private static String range(Value.Mapping schema, String minimum, String maximum) {
    String low = keyword(schema, minimum);
    String high = keyword(schema, maximum);
    if (high.isEmpty()) {
      return low + " or more";
    }
    return low.isEmpty() ? "at most " + high : low + " to " + high;
  }

  private Value.Mapping here() {
    return schema.at(definition, path).orElseThrow();
  }

  private Value value() {
    return Schema.find(file, path).orElseThrow();
  }

  private static Optional<String> example(Value.Mapping schema) {
    if (schema.entries().get("examples") instanceof Value.Sequence examples) {
      return Optional.of(shown(examples.items().get(0)));
    }
    return Optional.ofNullable(schema.entries().get("default")).map(SchemaProblem::shown);
  }

  private static Map<String, Value> properties(Value.Mapping schema) {
    return schema.entries().get("properties") instanceof Value.Mapping properties
        ? properties.entries()
        : Map.of();
  }

  private static String keyword(Value.Mapping schema, String name) {
    return schema.entries().get(name) instanceof Value.Scalar scalar ? scalar.text() : "";
  }

  /** A value as YAML in one line; a text that would be read as a number is quoted. */
  private static String shown(Value value) {
    if (value instanceof Value.Mapping mapping) {
      return mapping.entries().entrySet().stream()
          .map(entry -> entry.getKey() + ": " + shown(entry.getValue()))
          .collect(Collectors.joining(", ", "{", "}"));
    }
    if (value instanceof Value.Sequence sequence) {
      return sequence.items().stream()
          .map(SchemaProblem::shown)
          .collect(Collectors.joining(", ", "[", "]"));
    }
    Value.Scalar scalar = (Value.Scalar) value;
    boolean number = scalar.data() instanceof String text && text.matches("[0-9.]+");
    return number ? "\"" + scalar.text() + "\"" : scalar.text();
  }

  private static String firstSentence(Value.Mapping schema) {
    return keyword(schema, "description").replaceFirst("\\.($| .*)", "");
  }

  private static String text(Value value) {
    return value instanceof Value.Scalar scalar ? scalar.text() : "";
  }

  static String key(List<String> path) {
    StringBuilder key = new StringBuilder();
    for (String step : path) {
      boolean position = !key.isEmpty() && step.matches("[0-9]+");
      key.append(position ? "[" + step + "]" : (key.isEmpty() ? "" : ".") + step);
    }
    return key.toString();
  }
}

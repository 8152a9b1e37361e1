package superset.platform.config;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import superset.platform.config.Value.Place;

/**
 * Typed access to values that the schema has checked, by dotted path.
 *
 * <p>A value that is missing or already reported as wrong throws {@link Unknown}: the rule that
 * asked for it is passed over, since it would only repeat the same mistake in other words.
 *
 * @param root the keys
 * @param prefix path of the root within its file, for problems; empty at the top
 */
record Settings(Value.Mapping root, String prefix) {

  /** A value that a rule needs is missing or reported as wrong. */
  static final class Unknown extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Unknown() {
      super(null, null, false, false);
    }
  }

  Settings(Value.Mapping root) {
    this(root, "");
  }

  boolean has(String path) {
    return find(path).isPresent();
  }

  String text(String path) {
    return (String) data(path);
  }

  int integer(String path) {
    try {
      return ((BigInteger) data(path)).intValueExact();
    } catch (ArithmeticException tooLarge) {
      throw new Unknown();
    }
  }

  BigDecimal decimal(String path) {
    Object number = data(path);
    return number instanceof BigInteger whole ? new BigDecimal(whole) : (BigDecimal) number;
  }

  boolean flag(String path) {
    return (Boolean) data(path);
  }

  Optional<String> optionalText(String path) {
    return has(path) ? Optional.of(text(path)) : Optional.empty();
  }

  Optional<Integer> optionalInteger(String path) {
    return has(path) ? Optional.of(integer(path)) : Optional.empty();
  }

  /** Whether the value is written as keys, where a single word is possible too. */
  boolean isSection(String path) {
    return required(path) instanceof Value.Mapping;
  }

  List<String> texts(String path) {
    List<String> texts = new ArrayList<>();
    for (Value item : ((Value.Sequence) required(path)).items()) {
      if (!(item instanceof Value.Scalar scalar)) {
        throw new Unknown();
      }
      texts.add((String) scalar.data());
    }
    return texts;
  }

  List<Integer> integers(String path) {
    List<Integer> integers = new ArrayList<>();
    for (Value item : ((Value.Sequence) required(path)).items()) {
      if (!(item instanceof Value.Scalar scalar)) {
        throw new Unknown();
      }
      integers.add(((BigInteger) scalar.data()).intValueExact());
    }
    return integers;
  }

  /** The items of a list that may be missing. */
  List<String> textsOrNone(String path) {
    return has(path) ? texts(path) : List.of();
  }

  /** The keys of a section, in the order of the file. */
  Set<String> keys(String path) {
    return ((Value.Mapping) required(path)).entries().keySet();
  }

  /** A section of any shape: maps, lists, texts, numbers and flags, in the order of the file. */
  Map<String, Object> document(String path) {
    return document((Value.Mapping) required(path));
  }

  private static Map<String, Object> document(Value.Mapping mapping) {
    Map<String, Object> document = new LinkedHashMap<>();
    mapping.entries().forEach((key, value) -> document.put(key, plain(value)));
    return document;
  }

  private static Object plain(Value value) {
    if (value instanceof Value.Mapping mapping) {
      return document(mapping);
    }
    if (value instanceof Value.Sequence sequence) {
      return sequence.items().stream().map(Settings::plain).toList();
    }
    return value instanceof Value.Scalar scalar ? scalar.data() : null;
  }

  /** The items of a list of sections; those that are no sections are left out. */
  List<Settings> sections(String path) {
    List<Settings> sections = new ArrayList<>();
    List<Value> items = ((Value.Sequence) required(path)).items();
    for (int index = 0; index < items.size(); index++) {
      if (items.get(index) instanceof Value.Mapping mapping) {
        sections.add(new Settings(mapping, key(path) + "[" + index + "]"));
      }
    }
    return sections;
  }

  /** Where the value stands, or the nearest part above it that is written. */
  Place place(String path) {
    Value value = root;
    for (String step : path.split("\\.")) {
      if (!(value instanceof Value.Mapping mapping) || mapping.entries().get(step) == null) {
        break;
      }
      value = mapping.entries().get(step);
    }
    return value.place();
  }

  /** The whole path within the file, as problems name it. */
  String key(String path) {
    return prefix.isEmpty() ? path : prefix + "." + path;
  }

  private Object data(String path) {
    if (required(path) instanceof Value.Scalar scalar && scalar.data() != null) {
      return scalar.data();
    }
    throw new Unknown();
  }

  private Value required(String path) {
    return find(path).orElseThrow(Unknown::new);
  }

  private Optional<Value> find(String path) {
    Value value = root;
    for (String step : path.split("\\.")) {
      if (value instanceof Value.Unsound) {
        throw new Unknown();
      }
      if (!(value instanceof Value.Mapping mapping) || mapping.entries().get(step) == null) {
        return Optional.empty();
      }
      value = mapping.entries().get(step);
    }
    if (value instanceof Value.Unsound) {
      throw new Unknown();
    }
    return Optional.of(value);
  }
}

package superset.platform.config;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A piece of a configuration file, together with where it stands. */
sealed interface Value {

  /** Where the value stands: the line of its key, or of the item in a list. */
  Place place();

  /**
   * @param file the file as a person names it
   * @param line counted from 1
   */
  record Place(String file, int line) {}

  /** Keys and values, in the order of the file. */
  record Mapping(Place place, Map<String, Value> entries) implements Value {

    /** A copy in which {@code key} has another value. */
    Mapping with(String key, Value value) {
      Map<String, Value> changed = new LinkedHashMap<>(entries);
      changed.put(key, value);
      return new Mapping(place, changed);
    }

    /** This mapping with {@code over} laid over it: mappings merge, all else is replaced. */
    Mapping overlaid(Mapping over) {
      Map<String, Value> merged = new LinkedHashMap<>(entries);
      over.entries.forEach(
          (key, value) ->
              merged.merge(
                  key,
                  value,
                  (below, above) ->
                      below instanceof Mapping mapping && above instanceof Mapping top
                          ? mapping.overlaid(top)
                          : above));
      return new Mapping(place, merged);
    }
  }

  /** A list. */
  record Sequence(Place place, List<Value> items) implements Value {}

  /**
   * Text, a number, true, false or nothing.
   *
   * @param data a String, BigInteger, BigDecimal or Boolean, or null
   * @param text as it is written
   */
  record Scalar(Place place, Object data, String text) implements Value {}

  /** A value that is already reported as wrong: rules that need it are passed over. */
  record Unsound(Place place) implements Value {}
}

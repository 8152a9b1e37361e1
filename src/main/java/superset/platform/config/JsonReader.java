package superset.platform.config;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import superset.platform.config.Value.Place;

/** Reads the schema; JSON is YAML too, but a JSON parser takes a fifth of the time. */
final class JsonReader {

  private static final Place NOWHERE = new Place("", 0);

  private JsonReader() {}

  /**
   * Reads a file that holds one object.
   *
   * @throws IOException if it cannot be read or is not JSON
   */
  static Value.Mapping read(Path path) throws IOException {
    try (JsonParser parser = new JsonFactory().createParser(path.toFile())) {
      parser.nextToken();
      return mapping(parser);
    }
  }

  private static Value.Mapping mapping(JsonParser parser) throws IOException {
    Map<String, Value> entries = new LinkedHashMap<>();
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String key = parser.currentName();
      parser.nextToken();
      entries.put(key, value(parser));
    }
    return new Value.Mapping(NOWHERE, entries);
  }

  private static Value value(JsonParser parser) throws IOException {
    return switch (parser.currentToken()) {
      case START_OBJECT -> mapping(parser);
      case START_ARRAY -> {
        List<Value> items = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
          items.add(value(parser));
        }
        yield new Value.Sequence(NOWHERE, items);
      }
      case VALUE_NUMBER_INT ->
          new Value.Scalar(NOWHERE, new BigInteger(parser.getText()), parser.getText());
      case VALUE_NUMBER_FLOAT ->
          new Value.Scalar(NOWHERE, parser.getDecimalValue(), parser.getText());
      case VALUE_TRUE, VALUE_FALSE ->
          new Value.Scalar(NOWHERE, parser.getBooleanValue(), parser.getText());
      case VALUE_NULL -> new Value.Scalar(NOWHERE, null, "");
      default -> new Value.Scalar(NOWHERE, parser.getText(), parser.getText());
    };
  }
}

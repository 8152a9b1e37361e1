package superset.platform.aws;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** JSON documents that AWS takes as strings: policies, container definitions, dashboards. */
public final class Json {

  private static final ObjectMapper MAPPER = new ObjectMapper();

  private Json() {}

  /**
   * Renders a document. Tokens inside stay as they are and are resolved by Terraform.
   *
   * @param document maps (ordered, so that the text is the same in every run), lists and scalars
   */
  public static String of(Object document) {
    try {
      return MAPPER.writeValueAsString(document);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(e);
    }
  }

  /**
   * A copy in which Terraform reads every text as it stands: in what people configure, a dollar or
   * percent sign and a brace begin no expression.
   *
   * @param document maps, lists and scalars without tokens
   */
  public static Object literal(Object document) {
    if (document instanceof Map<?, ?> map) {
      Map<String, Object> copy = new LinkedHashMap<>();
      map.forEach((key, value) -> copy.put((String) literal(key), literal(value)));
      return copy;
    }
    if (document instanceof List<?> list) {
      return list.stream().map(Json::literal).toList();
    }
    return document instanceof String text
        ? text.replace("${", "$${").replace("%{", "%%{")
        : document;
  }

  /** An ordered map of {@code key, value, key, value, ...}. */
  public static Map<String, Object> object(Object... keysAndValues) {
    Map<String, Object> object = new LinkedHashMap<>();
    for (int i = 0; i < keysAndValues.length; i += 2) {
      object.put((String) keysAndValues[i], keysAndValues[i + 1]);
    }
    return object;
  }
}

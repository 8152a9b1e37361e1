package superset.platform.config;

import dev.harrel.jsonschema.JsonNode;
import dev.harrel.jsonschema.SimpleType;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A value as the schema library sees it. */
record SchemaNode(Value value, String pointer) implements JsonNode {

  @Override
  public String getJsonPointer() {
    return pointer;
  }

  @Override
  public SimpleType getNodeType() {
    if (value instanceof Value.Mapping) {
      return SimpleType.OBJECT;
    }
    if (value instanceof Value.Sequence) {
      return SimpleType.ARRAY;
    }
    Object data = data();
    if (data instanceof BigInteger) {
      return SimpleType.INTEGER;
    }
    if (data instanceof BigDecimal) {
      return SimpleType.NUMBER;
    }
    if (data instanceof Boolean) {
      return SimpleType.BOOLEAN;
    }
    return data == null ? SimpleType.NULL : SimpleType.STRING;
  }

  @Override
  public boolean asBoolean() {
    return (Boolean) data();
  }

  @Override
  public String asString() {
    return String.valueOf(data());
  }

  @Override
  public BigInteger asInteger() {
    return asNumber().toBigInteger();
  }

  @Override
  public BigDecimal asNumber() {
    return data() instanceof BigInteger integer ? new BigDecimal(integer) : (BigDecimal) data();
  }

  @Override
  public List<JsonNode> asArray() {
    List<JsonNode> nodes = new ArrayList<>();
    for (Value item : ((Value.Sequence) value).items()) {
      nodes.add(new SchemaNode(item, pointer + "/" + nodes.size()));
    }
    return nodes;
  }

  @Override
  public Map<String, JsonNode> asObject() {
    Map<String, JsonNode> nodes = new LinkedHashMap<>();
    ((Value.Mapping) value)
        .entries()
        .forEach(
            (key, child) ->
                nodes.put(
                    key, new SchemaNode(child, pointer + "/" + JsonNode.encodeJsonPointer(key))));
    return nodes;
  }

  /** The library hashes nodes; the values under them need not be walked for that. */
  @Override
  public int hashCode() {
    return pointer.hashCode();
  }

  private Object data() {
    return value instanceof Value.Scalar scalar ? scalar.data() : null;
  }
}

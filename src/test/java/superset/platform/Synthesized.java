package superset.platform;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.hashicorp.cdktf.TerraformStack;
import com.hashicorp.cdktf.Testing;
import com.hashicorp.cdktf.TestingAppConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** The JSON of a stack that holds what a test builds, with look-ups by type of resource. */
public final class Synthesized {

  /** CDKTF would leave a folder of its own for each test. */
  private static final TestingAppConfig IN_TARGET =
      TestingAppConfig.builder().outdir("target/cdktf.out").build();

  private final JsonNode root;

  private Synthesized(JsonNode root) {
    this.root = root;
  }

  /** Synthesizes a stack named {@code test} of what {@code build} puts into it. */
  public static Synthesized of(Consumer<TerraformStack> build) {
    TerraformStack stack = new TerraformStack(Testing.app(IN_TARGET), "test");
    build.accept(stack);
    try {
      return new Synthesized(new ObjectMapper().readTree(Testing.synth(stack)));
    } catch (JsonProcessingException e) {
      throw new AssertionError(e);
    }
  }

  /** All resources of a Terraform type, in the order of the JSON. */
  public List<JsonNode> resources(String type) {
    return list(root.path("resource").path(type));
  }

  /** The one resource of a type. */
  public JsonNode resource(String type) {
    return one(type, resources(type));
  }

  /** The one resource of a type whose tag {@code Name} ends in {@code name}. */
  public JsonNode resource(String type, String name) {
    return one(
        type + " named " + name,
        resources(type).stream().filter(r -> name(r).endsWith("-" + name)).toList());
  }

  /** All data sources of a type. */
  public List<JsonNode> data(String type) {
    return list(root.path("data").path(type));
  }

  /** What other resources name the ids of all resources of a type by. */
  public List<String> references(String type) {
    List<String> references = new ArrayList<>();
    root.path("resource")
        .path(type)
        .fieldNames()
        .forEachRemaining(id -> references.add("${" + type + "." + id + ".id}"));
    return references;
  }

  /** All types of resources in the stack. */
  public List<String> types() {
    List<String> types = new ArrayList<>();
    root.path("resource").fieldNames().forEachRemaining(types::add);
    return types;
  }

  /** The tags {@code Name} of all resources that have tags. */
  public List<String> names() {
    return types().stream()
        .flatMap(type -> resources(type).stream())
        .filter(resource -> resource.has("tags"))
        .map(Synthesized::name)
        .toList();
  }

  /** The whole document. */
  public JsonNode root() {
    return root;
  }

  /** What the tag {@code Name} says. */
  public static String name(JsonNode resource) {
    return resource.path("tags").path("Name").asText();
  }

  /** The texts of a JSON array. */
  public static List<String> texts(JsonNode array) {
    List<String> texts = new ArrayList<>();
    array.forEach(element -> texts.add(element.asText()));
    return texts;
  }

  private static List<JsonNode> list(JsonNode byLogicalId) {
    List<JsonNode> list = new ArrayList<>();
    byLogicalId.forEach(list::add);
    return list;
  }

  private static JsonNode one(String what, List<JsonNode> found) {
    if (found.size() != 1) {
      throw new AssertionError("expected one " + what + ", found " + found);
    }
    return found.get(0);
  }
}

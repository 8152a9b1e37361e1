package superset.platform.config;

import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.yaml.snakeyaml.DumperOptions.ScalarStyle;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.composer.Composer;
import org.yaml.snakeyaml.error.Mark;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.parser.ParserImpl;
import org.yaml.snakeyaml.reader.StreamReader;
import org.yaml.snakeyaml.resolver.Resolver;
import superset.platform.config.Value.Place;

/**
 * Reads YAML files into values that know their lines.
 *
 * <p>Plain words are read as YAML 1.2 does, as editors do too: {@code yes}, {@code 2026-01-01} and
 * {@code 1:30} are text, and a number that starts with a zero is not octal.
 */
final class YamlReader {

  private static final Pattern INTEGER = Pattern.compile("[-+]?[0-9]+");
  private static final Pattern DECIMAL =
      Pattern.compile("[-+]?(\\.[0-9]+|[0-9]+(\\.[0-9]*)?)([eE][-+]?[0-9]+)?");

  private final Report report;

  YamlReader(Report report) {
    this.report = report;
  }

  /**
   * Reads one file and reports what is wrong with it as YAML.
   *
   * @param path the file
   * @param name the file as a person names it
   * @return its keys, or nothing if it cannot be read further
   */
  Optional<Value.Mapping> read(Path path, String name) {
    Optional<String> text = text(path, name).map(content -> withoutTabs(content, name));
    if (text.isEmpty()) {
      return Optional.empty();
    }
    Place start = new Place(name, 1);
    try {
      Node root = compose(text.get());
      if (root == null) {
        report.add(start, "", "the file is empty", "write its keys or delete it");
      } else if (root instanceof MappingNode mapping) {
        return Optional.of(new Tree(name).mapping(mapping, start, ""));
      } else {
        report.add(start, "", "the file holds no keys", "write lines of the form key: value");
      }
    } catch (MarkedYAMLException error) {
      Mark mark = error.getProblemMark() == null ? error.getContextMark() : error.getProblemMark();
      int line = mark == null ? 1 : mark.getLine() + 1;
      report.add(new Place(name, line), "", "not YAML: " + sentence(error), YamlRemedy.of(error));
    } catch (YAMLException error) {
      report.add(start, "", "not YAML: " + error.getMessage(), "correct the syntax");
    }
    return Optional.empty();
  }

  private Optional<String> text(Path path, String name) {
    try {
      return Optional.of(Files.readString(path));
    } catch (CharacterCodingException error) {
      report.add(new Place(name, 0), "", "the file is not UTF-8", "save it as UTF-8");
    } catch (IOException error) {
      report.add(
          new Place(name, 0), "", "the file cannot be read", "make it a readable regular file");
    }
    return Optional.empty();
  }

  /** Reports every line indented by a tab and reads on as if spaces stood there. */
  private String withoutTabs(String text, String name) {
    if (text.indexOf('\t') < 0) {
      return text;
    }
    String[] lines = text.split("\n", -1);
    for (int index = 0; index < lines.length; index++) {
      String line = lines[index];
      int indentation = line.length() - line.stripLeading().length();
      if (line.substring(0, indentation).indexOf('\t') >= 0 && !line.isBlank()) {
        report.add(
            new Place(name, index + 1), "", "a tab indents the line", "indent with spaces only");
        lines[index] =
            line.substring(0, indentation).replace("\t", "  ") + line.substring(indentation);
      }
    }
    return String.join("\n", lines);
  }

  private static Node compose(String text) {
    LoaderOptions options = new LoaderOptions();
    options.setAllowDuplicateKeys(true);
    return new Composer(new ParserImpl(new StreamReader(text), options), new Resolver(), options)
        .getSingleNode();
  }

  private static String sentence(MarkedYAMLException error) {
    String problem = error.getProblem() == null ? error.getContext() : error.getProblem();
    Mark begin = error.getContextMark();
    Mark end = error.getProblemMark();
    boolean elsewhere = begin != null && end != null && begin.getLine() != end.getLine();
    return problem.replaceFirst("^but ", "").replaceFirst("\\. \\(.*", "").replace('\n', ' ')
        + (elsewhere ? ", begun in line " + (begin.getLine() + 1) : "");
  }

  /** Turns the nodes of one file into values. */
  private final class Tree {

    private final String file;

    /** Mappings and lists that are being read: an alias to one of them would never end. */
    private final Set<Node> open = Collections.newSetFromMap(new IdentityHashMap<>());

    private Tree(String file) {
      this.file = file;
    }

    Value.Mapping mapping(MappingNode node, Place place, String path) {
      Map<String, Value> entries = new LinkedHashMap<>();
      for (NodeTuple tuple : node.getValue()) {
        Place here = place(tuple.getKeyNode());
        String key = tuple.getKeyNode() instanceof ScalarNode name ? name.getValue() : "?";
        String full = path.isEmpty() ? key : path + "." + key;
        if (entries.containsKey(key)) {
          report.add(
              here,
              full,
              "is written twice, first in line " + entries.get(key).place().line(),
              "keep one of them");
        }
        entries.put(key, value(tuple.getValueNode(), here, full));
      }
      return new Value.Mapping(place, entries);
    }

    private Value value(Node node, Place place, String path) {
      if (!open.add(node)) {
        report.add(place, path, "contains itself", "write the value itself, without an alias");
        return new Value.Unsound(place);
      }
      Value value = unended(node, place, path);
      open.remove(node);
      return value;
    }

    private Value unended(Node node, Place place, String path) {
      if (node instanceof MappingNode mapping) {
        return mapping(mapping, place, path);
      }
      if (node instanceof SequenceNode sequence) {
        List<Value> items = new ArrayList<>();
        for (Node item : sequence.getValue()) {
          items.add(value(item, place(item), path + "[" + items.size() + "]"));
        }
        return new Value.Sequence(place, items);
      }
      ScalarNode scalar = (ScalarNode) node;
      boolean plain = scalar.getScalarStyle() == ScalarStyle.PLAIN;
      Object data = plain ? plain(scalar.getValue()) : scalar.getValue();
      return new Value.Scalar(place, data, scalar.getValue());
    }

    private Place place(Node node) {
      return new Place(file, node.getStartMark().getLine() + 1);
    }

    private static Object plain(String text) {
      return switch (text) {
        case "", "~", "null", "Null", "NULL" -> null;
        case "true", "True", "TRUE" -> Boolean.TRUE;
        case "false", "False", "FALSE" -> Boolean.FALSE;
        default -> {
          if (INTEGER.matcher(text).matches()) {
            yield new BigInteger(text);
          }
          yield DECIMAL.matcher(text).matches() ? new BigDecimal(text) : text;
        }
      };
    }
  }
}

package superset.platform.config;

import java.util.List;
import org.yaml.snakeyaml.error.MarkedYAMLException;

/**
 * What to do about an error of the YAML parser.
 *
 * @param part part of the parser's message
 * @param text what would be right
 */
record YamlRemedy(String part, String text) {

  private static final List<YamlRemedy> REMEDIES =
      List.of(
          new YamlRemedy("',' or ']'", "close the list with ] or put a comma between its items"),
          new YamlRemedy("',' or '}'", "close the keys with } or put a comma between them"),
          new YamlRemedy(
              "mapping values are not allowed",
              "indent the keys of one section alike, and quote a text with a colon"),
          new YamlRemedy("could not find expected ':'", "write key: value"),
          new YamlRemedy("undefined alias", "write the value itself"),
          new YamlRemedy("cannot start any token", "put the value in quotes"),
          new YamlRemedy("expected <block end>", "indent the keys of one section alike"),
          new YamlRemedy("end of stream", "close the quotes"),
          new YamlRemedy("another document", "remove the line ---: a file is one document"));

  static String of(MarkedYAMLException error) {
    String message = String.valueOf(error.getMessage());
    return REMEDIES.stream()
        .filter(remedy -> message.contains(remedy.part))
        .map(YamlRemedy::text)
        .findFirst()
        .orElse("correct this line or the one before");
  }
}

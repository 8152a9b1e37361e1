package superset.platform.config;

import java.util.Comparator;

/**
 * One mistake in the configuration.
 *
 * @param file the file as a person names it, relative to the working directory
 * @param line counted from 1; 0 where the problem is the file or folder itself
 * @param key dotted path of the key, such as {@code web.memory}; empty for the file itself
 * @param what what is wrong
 * @param remedy what would be right
 */
public record Problem(String file, int line, String key, String what, String remedy)
    implements Comparable<Problem> {

  private static final Comparator<Problem> ORDER =
      Comparator.comparing(Problem::file)
          .thenComparingInt(Problem::line)
          .thenComparing(Problem::key)
          .thenComparing(Problem::what)
          .thenComparing(Problem::remedy);

  @Override
  public int compareTo(Problem other) {
    return ORDER.compare(this, other);
  }

  /** {@code file:line: key: what; remedy}. */
  @Override
  public String toString() {
    return file
        + (line > 0 ? ":" + line : "")
        + ": "
        + (key.isEmpty() ? "" : key + ": ")
        + what
        + "; "
        + remedy;
  }
}

package superset.platform.config;

import java.util.List;

/** The configuration has mistakes; carries all of them. */
public final class ConfigurationException extends Exception {

  private static final long serialVersionUID = 1L;

  private final transient List<Problem> problems;

  ConfigurationException(List<Problem> problems) {
    super(text(problems));
    this.problems = List.copyOf(problems);
  }

  /** Every problem of every file, sorted by file and line. */
  public List<Problem> problems() {
    return problems;
  }

  /** One line per problem, and a last one with their number: what a person is shown. */
  public String report() {
    return getMessage();
  }

  private static String text(List<Problem> problems) {
    StringBuilder text = new StringBuilder();
    problems.forEach(problem -> text.append(problem).append('\n'));
    long files = problems.stream().map(Problem::file).distinct().count();
    return text.append(problems.size())
        .append(problems.size() == 1 ? " problem in " : " problems in ")
        .append(files)
        .append(files == 1 ? " file" : " files")
        .append("; nothing was written")
        .toString();
  }
}

package superset.platform.config;

import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import superset.platform.config.Value.Place;

/** Collects what is wrong; what two regions inherit from one line is one problem. */
final class Report {

  private final SortedSet<Problem> problems = new TreeSet<>();

  void add(Place place, String key, String what, String remedy) {
    problems.add(new Problem(place.file(), place.line(), key, what, remedy));
  }

  /** Reports a key by its dotted path within {@code settings}. */
  void add(Settings settings, String path, String what, String remedy) {
    add(settings.place(path), settings.key(path), what, remedy);
  }

  List<Problem> problems() {
    return List.copyOf(problems);
  }
}

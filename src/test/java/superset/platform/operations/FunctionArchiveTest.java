package superset.platform.operations;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class FunctionArchiveTest {

  @TempDir Path folder;

  private Path function() throws IOException {
    Path source = Files.createDirectories(folder.resolve("some_function"));
    Files.writeString(source.resolve("handler.py"), "def handle(): ...\n");
    Files.writeString(source.resolve("__init__.py"), "");
    Files.createDirectories(source.resolve("__pycache__"));
    Files.writeString(source.resolve("__pycache__").resolve("handler.pyc"), "compiled");
    return source;
  }

  private Path shared() throws IOException {
    Path source = Files.createDirectories(folder.resolve("a_library").resolve("below"));
    Files.writeString(source.resolve("errors.py"), "");
    return source.getParent();
  }

  @Test
  void theArchiveIsBothPackagesWithoutWhatPythonLeftBehind() throws IOException {
    try (ZipFile zip = new ZipFile(FunctionArchive.of(function(), shared()).file().toFile())) {
      List<String> names = zip.stream().map(ZipEntry::getName).toList();
      assertThat(names)
          .containsExactly(
              "some_function/__init__.py", "some_function/handler.py", "a_library/below/errors.py");
    }
  }

  @Test
  void theHashDependsOnTheContentAlone() throws IOException {
    String before = FunctionArchive.of(function(), shared()).sha256();
    Files.setLastModifiedTime(
        function().resolve("handler.py"), FileTime.from(Instant.ofEpochSecond(1)));
    assertThat(FunctionArchive.of(folder.resolve("some_function"), shared()).sha256())
        .isEqualTo(before);

    Files.writeString(function().resolve("handler.py"), "def handle(): pass\n");
    assertThat(FunctionArchive.of(folder.resolve("some_function"), shared()).sha256())
        .isNotEqualTo(before);
  }
}

package superset.platform.operations;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.LocalDateTime;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * A function's source folder and the shared one as a zip that is the same, byte for byte, on every
 * machine: sorted names, one time, no compression (which differs between zlib versions).
 *
 * @param file the archive
 * @param sha256 its hash, Base64, as Lambda reports it
 */
record FunctionArchive(Path file, String sha256) {

  private static final LocalDateTime TIME = LocalDateTime.of(1980, 1, 1, 0, 0);

  /**
   * @param source folder of the function; its name becomes the package's
   * @param shared folder of the package that every function imports
   */
  static FunctionArchive of(Path source, Path shared) {
    try {
      Path file =
          Files.createTempDirectory("superset-function").resolve(source.getFileName() + ".zip");
      // Deleted in the reverse order: the archive, then its folder.
      file.getParent().toFile().deleteOnExit();
      file.toFile().deleteOnExit();
      try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
        zip.setMethod(ZipOutputStream.STORED);
        for (Path folder : List.of(source, shared)) {
          for (Path path : sources(folder)) {
            add(zip, folder.getParent().relativize(path).toString(), Files.readAllBytes(path));
          }
        }
      }
      byte[] hash = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file));
      return new FunctionArchive(file, Base64.getEncoder().encodeToString(hash));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot pack the function in " + source, e);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private static List<Path> sources(Path source) throws IOException {
    try (Stream<Path> paths = Files.walk(source)) {
      return paths.filter(path -> path.toString().endsWith(".py")).sorted().toList();
    }
  }

  private static void add(ZipOutputStream zip, String name, byte[] content) throws IOException {
    CRC32 crc = new CRC32();
    crc.update(content);
    ZipEntry entry = new ZipEntry(name);
    entry.setTimeLocal(TIME);
    entry.setMethod(ZipEntry.STORED);
    entry.setSize(content.length);
    entry.setCrc(crc.getValue());
    zip.putNextEntry(entry);
    zip.write(content);
    zip.closeEntry();
  }
}

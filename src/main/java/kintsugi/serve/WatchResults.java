package kintsugi.serve;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Locale;
import javax.imageio.ImageIO;
import kintsugi.AtomicOutput;
import kintsugi.InputException;
import kintsugi.Sha256;
import kintsugi.detector.Prediction;
import kintsugi.report.Csv;
import kintsugi.report.OverlayNames;

/**
 * The output folder of a watched folder: {@code results.jsonl}, {@code results.csv}, heat maps in
 * {@code maps/}, and the images in {@code good/}, {@code bad/} and {@code unreadable/} where they
 * are moved. All of them agree with the journal whenever the process is killed:
 *
 * <ol>
 *   <li>the heat map is written, under a name that the next attempt would use again;
 *   <li>what was appended before is forced to the disk;
 *   <li>the line of the journal, which holds everything that follows, is appended and forced: from
 *       here on the image is done;
 *   <li>the results and the table are appended to;
 *   <li>the image is moved, and the journal takes note of that.
 * </ol>
 *
 * <p>A start repeats the last two steps as far as they are missing.
 */
final class WatchResults implements AutoCloseable {
  static final String JOURNAL = "journal.jsonl";
  static final String RESULTS = "results.jsonl";
  private static final String TABLE = "results.csv";
  private static final String MAPS = "maps";

  private final Path out;
  private final Journal journal;
  private final LineFile results;
  private final LineFile table;

  /** Runs between any two steps; a test stops there, as a kill would. */
  private final Runnable between;

  private WatchResults(
      Path out, Journal journal, LineFile results, LineFile table, Runnable between) {
    this.out = out;
    this.journal = journal;
    this.results = results;
    this.table = table;
    this.between = between;
  }

  /**
   * {@return the results of a folder, with what a killed process left undone}
   *
   * @param out the folder, which is there
   * @throws InputException if it cannot be written, or its journal is damaged
   */
  static WatchResults open(Path out) {
    return open(out, () -> {});
  }

  static WatchResults open(Path out, Runnable between) {
    if (!Files.exists(out.resolve(JOURNAL))) {
      requireNone(out.resolve(RESULTS));
      requireNone(out.resolve(TABLE));
    }
    Journal journal = Journal.open(out.resolve(JOURNAL));
    LineFile results = LineFile.open(out.resolve(RESULTS));
    LineFile table = LineFile.open(out.resolve(TABLE));
    WatchResults all = new WatchResults(out, journal, results, table, between);
    try {
      all.recover();
      return all;
    } catch (RuntimeException e) {
      all.close();
      throw e;
    }
  }

  private static void requireNone(Path file) {
    if (Files.exists(file)) {
      throw new InputException(
          file
              + ": is there already without a journal that knows it; name another folder (out), or"
              + " move it away");
    }
  }

  private void recover() {
    JournalLine.Done last = journal.last();
    if (last != null) {
      results.redo(last.resultsAt(), last.lines());
      between.run();
      table.redo(last.tableAt(), last.row());
      between.run();
    }
    results.cut();
    table.cut();
    for (JournalLine.Done entry : journal.unmoved()) {
      between.run();
      move(entry, true);
    }
  }

  Path out() {
    return out;
  }

  Journal journal() {
    return journal;
  }

  /** {@return the file of the results} */
  LineFile results() {
    return results;
  }

  /** {@return the identity of the next event} */
  String nextId() {
    return journal.id() + "-" + journal.next();
  }

  /**
   * Writes the heat map of the next event.
   *
   * @return its name below the output folder
   */
  String map(String name, Prediction prediction) {
    String stem = name.replaceFirst("\\.[^.]*$", "").replaceAll("[/\\\\]", "_");
    String number = String.format(Locale.ROOT, "%06d-", journal.next());
    String map = MAPS + "/" + OverlayNames.named(number + stem, ".png");
    BufferedImage drawn = prediction.heatMapWithScale();
    AtomicOutput.file(out.resolve(map), part -> ImageIO.write(drawn, "png", part.toFile()));
    between.run();
    return map;
  }

  /**
   * {@return the place of the next image below a folder of the output folder; its own name, or one
   * with the number of the event where that is taken}
   *
   * @param folder such as {@code good}
   * @param within the path of the image within the watched folder
   */
  String target(String folder, Path within) {
    Path plain = Path.of(folder).resolve(within.toString());
    String name = within.getFileName().toString();
    int dot = name.lastIndexOf('.') < 1 ? name.length() : name.lastIndexOf('.');
    Path place = plain;
    // That name too may be taken: by an image of an earlier journal, or one that came so named.
    for (int i = 1; isTaken(out.resolve(place)); i++) {
      String number = "-" + journal.next() + (i == 1 ? "" : "-" + i);
      place = plain.resolveSibling(name.substring(0, dot) + number + name.substring(dot));
    }
    return place.toString().replace(place.getFileSystem().getSeparator(), "/");
  }

  /**
   * Makes an image done: its line, its row, and its move to the target.
   *
   * @param arrival the image
   * @param sha256 of its content, empty where it could not be read
   * @param target below the output folder, null where it stays
   * @param lines for the results
   * @param row for the table
   */
  void add(Arrival arrival, String sha256, String target, String lines, WatchLine.Row row) {
    results.force();
    table.force();
    JournalLine.Done entry =
        new JournalLine.Done(
            journal.next(),
            arrival.key(),
            arrival.size(),
            arrival.modified(),
            sha256,
            target,
            results.end(),
            lines,
            table.end(),
            (table.end() == 0 ? Csv.header(WatchLine.Row.class) : "") + Csv.row(row));
    between.run();
    journal.done(entry);
    between.run();
    results.append(entry.lines());
    between.run();
    table.append(entry.row());
    between.run();
    if (target != null) {
      move(entry, false);
    }
    between.run();
    journal.compactWhereGrown();
  }

  private static boolean isTaken(Path place) {
    return Files.exists(place, LinkOption.NOFOLLOW_LINKS);
  }

  /**
   * Moves an image that is done to its target, unless another one has taken its place.
   *
   * @param again whether an earlier run may have moved it, as a whole or in part
   */
  private void move(JournalLine.Done entry, boolean again) {
    Path from = Arrival.file(entry.path());
    Path to = out.resolve(entry.target());
    try {
      if (isStill(from, entry)) {
        moveAcross(from, to, again && isThere(to, entry));
      }
    } catch (IOException e) {
      throw new InputException(
          from
              + ": cannot be moved to "
              + to
              + " ("
              + AtomicOutput.reason(e)
              + "); make room or allow it, and start again: nothing is lost",
          e);
    }
    between.run();
    journal.moved(entry.seq());
  }

  private static boolean isStill(Path file, JournalLine.Done entry) throws IOException {
    try {
      BasicFileAttributes now = Files.readAttributes(file, BasicFileAttributes.class);
      return now.size() == entry.size() && Arrival.nanoseconds(now) == entry.modified();
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  /** {@return whether an image's content is at its target, and not another file of that name} */
  private static boolean isThere(Path target, JournalLine.Done entry) throws IOException {
    return Files.isRegularFile(target)
        && Files.size(target) == entry.size()
        && Sha256.of(target).equals(entry.sha256());
  }

  /**
   * Moves a file. To another disk, or from a link, whose image stays where the link leads, it is
   * copied first and then deleted.
   *
   * @param there whether its content is at the target already. A move within a disk is done or not,
   *     so that the file is another one then, which has come since, and stays.
   */
  private void moveAcross(Path from, Path to, boolean there) throws IOException {
    Files.createDirectories(to.getParent());
    boolean link = Files.isSymbolicLink(from);
    if (there) {
      if (link || !sameDisk(from, to)) {
        Files.deleteIfExists(from);
      }
      return;
    }
    if (isTaken(to)) {
      throw new FileAlreadyExistsException(to.toString());
    }
    if (link) {
      copyAndDelete(from, to);
      return;
    }
    try {
      Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
    } catch (AtomicMoveNotSupportedException e) {
      copyAndDelete(from, to);
    }
  }

  /** By the files' numbers where there are some: Java finds no file store in a changed root. */
  private static boolean sameDisk(Path one, Path other) throws IOException {
    return one.getFileSystem().supportedFileAttributeViews().contains("unix")
        ? Files.getAttribute(one, "unix:dev").equals(Files.getAttribute(other, "unix:dev"))
        : Files.getFileStore(one).equals(Files.getFileStore(other));
  }

  private void copyAndDelete(Path from, Path to) throws IOException {
    AtomicOutput.file(
        to,
        part ->
            Files.copy(
                from,
                part,
                StandardCopyOption.REPLACE_EXISTING,
                StandardCopyOption.COPY_ATTRIBUTES));
    between.run();
    Files.deleteIfExists(from);
  }

  @Override
  public void close() {
    try (journal;
        results;
        table) {
      results.force();
      table.force();
    }
  }
}

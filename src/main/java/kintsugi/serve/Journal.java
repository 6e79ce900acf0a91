package kintsugi.serve;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import kintsugi.AtomicOutput;
import kintsugi.InputException;
import kintsugi.report.Json;

/**
 * The journal of a watched folder: a file of JSON lines that knows which images have their answer.
 *
 * <p>It is written ahead: an image counts as done from the moment on when its line is whole and on
 * the disk. The line holds what is then appended to the results, and where an image is moved to, so
 * that the next start can complete both after a kill at any point. It is compacted when it has
 * grown: images that are still in their folder are kept, and of the others the last {@value
 * #KEPT_GONE}.
 */
final class Journal implements AutoCloseable {
  /** How many images that have left their folder are remembered. */
  private static final int KEPT_GONE = 100_000;

  /** Lines from which on a journal of which less than half is still of use is written anew. */
  private static final int MIN_LINES = 20_000;

  private final Map<String, Entry> known = new LinkedHashMap<>();
  private final Map<Long, Entry> unmoved = new LinkedHashMap<>();
  private final Map<String, Long> sent = new LinkedHashMap<>();
  private String id = UUID.randomUUID().toString().substring(0, 8);
  private LineFile file;
  private Entry last;
  private long next = 1;
  private long lines;

  private Journal(LineFile file) {
    this.file = file;
  }

  /**
   * One line of the file: an image with its answer, or something that is told later about one.
   *
   * @param seq the number of the image or event, from 1
   * @param path of the image, which makes it known
   * @param size of its file in bytes
   * @param modified of its file, in nanoseconds since 1970
   * @param sha256 of its content
   * @param target the file below the output folder that it is moved to
   * @param resultsAt the size of the results before the lines
   * @param lines for the results
   * @param tableAt the size of the table before the row
   * @param row for the table
   * @param moved the number of an image that has been moved
   * @param channel the name of a receiver of events
   * @param sentTo how many bytes of the results it has received
   * @param journal the identity of the journal
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Entry(
      Long seq,
      String path,
      Long size,
      Long modified,
      String sha256,
      String target,
      Long resultsAt,
      String lines,
      Long tableAt,
      String row,
      Long moved,
      String channel,
      Long sentTo,
      String journal) {

    private static Entry moved(long seq) {
      return new Entry(
          null, null, null, null, null, null, null, null, null, null, seq, null, null, null);
    }

    private static Entry sent(String channel, long to) {
      return new Entry(
          null, null, null, null, null, null, null, null, null, null, null, channel, to, null);
    }

    private static Entry identity(String journal, long seq) {
      return new Entry(
          seq, null, null, null, null, null, null, null, null, null, null, null, null, journal);
    }

    /** The same image under another time of change, or without what was appended for it. */
    private Entry bare(long size, long modified) {
      return new Entry(
          seq, path, size, modified, sha256, null, null, null, null, null, null, null, null, null);
    }
  }

  /**
   * {@return the journal of a file, which is created where there is none; half a line at its end is
   * removed}
   *
   * @param file the file
   * @throws InputException if it cannot be written, or a line in it is damaged
   */
  static Journal open(Path file) {
    Journal journal = new Journal(LineFile.open(file));
    try {
      journal.file.cut();
      journal.read();
      if (journal.lines == 0) {
        journal.write(Entry.identity(journal.id, 0));
        journal.file.force();
      }
      journal.compactWhereGrown();
      return journal;
    } catch (RuntimeException e) {
      journal.close();
      throw e;
    }
  }

  private void read() {
    try (BufferedReader reader = Files.newBufferedReader(file.file())) {
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        lines++;
        take(Json.read(line, Entry.class));
      }
    } catch (IOException | IllegalArgumentException e) {
      throw new InputException(
          file.file()
              + ": line "
              + lines
              + " is damaged ("
              + InputException.quoted(e.getMessage())
              + "); name another folder (out), or move the journal away, after which everything in"
              + " the watched folder is scored again",
          e);
    }
  }

  private void take(Entry entry) {
    if (entry.journal != null) {
      id = entry.journal;
    }
    if (entry.seq != null) {
      next = Math.max(next, entry.seq + 1);
    }
    if (entry.path != null) {
      // The newest last, for the compaction.
      known.remove(entry.path);
      known.put(entry.path, entry.bare(entry.size, entry.modified));
      if (entry.target != null) {
        unmoved.put(entry.seq, entry);
      }
    }
    if (entry.lines != null) {
      last = entry;
    }
    if (entry.moved != null) {
      Entry moved = unmoved.remove(entry.moved);
      if (moved != null) {
        // Unless another image has come under its name since.
        known.computeIfPresent(moved.path, (path, is) -> is.seq.equals(moved.seq) ? null : is);
      }
    }
    if (entry.channel != null) {
      sent.put(entry.channel, entry.sentTo);
    }
  }

  private void write(Entry entry) {
    file.append(Json.line(entry) + "\n");
    lines++;
  }

  /** {@return the identity, the same for all events of an output folder} */
  String id() {
    return id;
  }

  /** {@return the number of the next image or event} */
  synchronized long next() {
    return next;
  }

  /** {@return the image that was done last, with what was to be appended for it; null for none} */
  Entry last() {
    return last;
  }

  /** {@return the images that were done and have a target that they may not have reached} */
  synchronized List<Entry> unmoved() {
    return List.copyOf(unmoved.values());
  }

  /** {@return whether an image with these attributes has its answer} */
  synchronized boolean isDone(String path, long size, long modified) {
    Entry entry = known.get(path);
    return entry != null && entry.size == size && entry.modified == modified;
  }

  /** {@return whether an image with this content has its answer} */
  synchronized boolean isDone(String path, String sha256) {
    Entry entry = known.get(path);
    return entry != null && entry.sha256.equals(sha256);
  }

  /** Takes note of an image that has its answer and another time of change: it was touched. */
  synchronized void touched(String path, long size, long modified) {
    Entry entry = known.get(path).bare(size, modified);
    write(entry);
    take(entry);
  }

  /** Makes an image done: its line is on the disk afterwards. */
  synchronized void done(Entry entry) {
    write(entry);
    file.force();
    take(entry);
  }

  /** Takes note of an image that is at its target: what comes under its name is a new one. */
  synchronized void moved(long seq) {
    Entry entry = Entry.moved(seq);
    write(entry);
    take(entry);
  }

  /**
   * Takes note of what a receiver of events has received; not forced, so that it may come twice.
   */
  synchronized void sent(String channel, long to) {
    Entry entry = Entry.sent(channel, to);
    write(entry);
    take(entry);
  }

  /** {@return how many bytes of the results a receiver of events has received; null if unknown} */
  synchronized Long sent(String channel) {
    return sent.get(channel);
  }

  /** Writes the journal anew when most of it is no longer of use. */
  synchronized void compactWhereGrown() {
    if (lines < Math.max(MIN_LINES, 2L * known.size())) {
      return;
    }
    forgetGone();
    List<Entry> kept = new ArrayList<>();
    kept.add(Entry.identity(id, next - 1));
    sent.forEach((channel, to) -> kept.add(Entry.sent(channel, to)));
    kept.addAll(unmoved.values());
    if (last != null && !unmoved.containsKey(last.seq)) {
      kept.add(last);
      if (last.target != null) {
        kept.add(Entry.moved(last.seq));
      }
    }
    // After those, since one of them may have been touched.
    kept.addAll(known.values());
    StringBuilder text = new StringBuilder();
    kept.forEach(entry -> text.append(Json.line(entry)).append('\n'));
    AtomicOutput.file(file.file(), part -> Files.writeString(part, text));
    file.close();
    file = LineFile.open(file.file());
    lines = kept.size();
  }

  private void forgetGone() {
    int tooMany = known.size() - KEPT_GONE;
    for (Iterator<String> each = known.keySet().iterator(); tooMany > 0 && each.hasNext(); ) {
      if (!Files.exists(Arrivals.file(each.next()))) {
        each.remove();
        tooMany--;
      }
    }
  }

  @Override
  public synchronized void close() {
    file.close();
  }
}

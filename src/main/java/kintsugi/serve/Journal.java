package kintsugi.serve;

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
import kintsugi.serve.JournalLine.Done;
import kintsugi.serve.JournalLine.Identity;
import kintsugi.serve.JournalLine.Moved;
import kintsugi.serve.JournalLine.Sent;

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

  private final Map<String, Done> known = new LinkedHashMap<>();
  private final Map<Long, Done> unmoved = new LinkedHashMap<>();
  private final Map<String, Long> sent = new LinkedHashMap<>();
  private String id = UUID.randomUUID().toString().substring(0, 8);
  private LineFile file;
  private Done last;
  private long next = 1;
  private long lines;

  private Journal(LineFile file) {
    this.file = file;
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
        journal.write(new Identity(0, journal.id));
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
        take(Json.read(line, JournalLine.class));
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

  private void take(JournalLine line) {
    switch (line) {
      case Identity is -> {
        id = is.journal();
        next = Math.max(next, is.seq() + 1);
      }
      case Done image -> take(image);
      case Moved image -> leave(image.moved());
      case Sent events -> sent.put(events.channel(), events.sentTo());
    }
  }

  private void take(Done image) {
    next = Math.max(next, image.seq() + 1);
    // The newest last, for the compaction.
    known.remove(image.path());
    known.put(image.path(), image.bare(image.size(), image.modified()));
    if (image.target() != null) {
      unmoved.put(image.seq(), image);
    }
    if (image.lines() != null) {
      last = image;
    }
  }

  private void leave(long seq) {
    Done moved = unmoved.remove(seq);
    if (moved != null) {
      // Unless another image has come under its name since.
      known.computeIfPresent(moved.path(), (path, is) -> is.seq() == seq ? null : is);
    }
  }

  private void write(JournalLine line) {
    file.append(Json.line(line) + "\n");
    lines++;
  }

  private void add(JournalLine line) {
    write(line);
    take(line);
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
  Done last() {
    return last;
  }

  /** {@return the images that were done and have a target that they may not have reached} */
  synchronized List<Done> unmoved() {
    return List.copyOf(unmoved.values());
  }

  /** {@return whether an image with these attributes has its answer} */
  synchronized boolean isDone(String path, long size, long modified) {
    Done image = known.get(path);
    return image != null && image.size() == size && image.modified() == modified;
  }

  /** {@return whether an image with this content has its answer} */
  synchronized boolean isDone(String path, String sha256) {
    Done image = known.get(path);
    return image != null && image.sha256().equals(sha256);
  }

  /** Takes note of an image that has its answer and another time of change: it was touched. */
  synchronized void touched(String path, long size, long modified) {
    add(known.get(path).bare(size, modified));
  }

  /** Makes an image done: its line is on the disk afterwards. */
  synchronized void done(Done image) {
    write(image);
    file.force();
    take(image);
  }

  /** Takes note of an image that is at its target: what comes under its name is a new one. */
  synchronized void moved(long seq) {
    add(new Moved(seq));
  }

  /**
   * Takes note of what a receiver of events has received; not forced, so that it may come twice.
   */
  synchronized void sent(String channel, long to) {
    add(new Sent(channel, to));
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
    List<JournalLine> kept = new ArrayList<>();
    kept.add(new Identity(next - 1, id));
    sent.forEach((channel, to) -> kept.add(new Sent(channel, to)));
    kept.addAll(unmoved.values());
    if (last != null && !unmoved.containsKey(last.seq())) {
      kept.add(last);
      if (last.target() != null) {
        kept.add(new Moved(last.seq()));
      }
    }
    // After those, since one of them may have been touched.
    kept.addAll(known.values());
    StringBuilder text = new StringBuilder();
    kept.forEach(line -> text.append(Json.line(line)).append('\n'));
    AtomicOutput.file(file.file(), part -> Files.writeString(part, text));
    file.close();
    file = LineFile.open(file.file());
    lines = kept.size();
  }

  private void forgetGone() {
    int tooMany = known.size() - KEPT_GONE;
    for (Iterator<String> each = known.keySet().iterator(); tooMany > 0 && each.hasNext(); ) {
      if (!Files.exists(Arrival.file(each.next()))) {
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

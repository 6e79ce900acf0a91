package kintsugi.mark;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import kintsugi.InputException;
import kintsugi.mark.Attempt.Outcome;

/**
 * The marker of a folder of exercises. Each exercise runs in a process of its own, with a limit of
 * time and memory, since a student's first loop may be endless.
 */
public final class Marker implements AutoCloseable {
  /** The heap of a student's process in megabytes. */
  static final int MEMORY = 256;

  /** The characters of what a student prints that are shown. */
  private static final int SHOWN = 2000;

  /** For reading what an ended process had written. */
  private static final Duration REST = Duration.ofSeconds(5);

  private final Submission submission;
  private final Path folder;
  private final Duration limit;

  /** How an exercise stands. */
  public enum State {
    /** Every case has the specification's values. */
    RIGHT,
    /** A case has other values. */
    WRONG,
    /** A case threw, did not end, or returned something of another kind. */
    FAILED,
    /** The body still throws {@link UnsupportedOperationException}. */
    NOT_WRITTEN,
    /** The file does not compile. */
    NOT_COMPILED,
    /** The folder has no such class. */
    MISSING
  }

  /**
   * The mark of one exercise.
   *
   * @param exercise its name
   * @param state how it stands
   * @param text what was found, in one line
   * @param causes likely mistakes
   * @param printed what the student's code printed, cut
   */
  public record Mark(
      String exercise, State state, String text, List<String> causes, String printed) {}

  private Marker(Submission submission, Path folder, Duration limit) {
    this.submission = submission;
    this.folder = folder;
    this.limit = limit;
  }

  /**
   * Compiles a folder of exercises.
   *
   * @param sources the folder
   * @param limit of time of each exercise
   * @return its marker, which deletes its own files when it is closed
   * @throws InputException if there are no Java files, or this Java has no compiler
   */
  public static Marker of(Path sources, Duration limit) {
    try {
      Path folder = Files.createTempDirectory("kintsugi-mark");
      Path classes = Files.createDirectory(folder.resolve("classes"));
      try {
        return new Marker(Submission.compile(sources, classes), folder, limit);
      } catch (RuntimeException | Error e) {
        delete(folder);
        throw e;
      }
    } catch (IOException e) {
      throw new InputException(
          System.getProperty("java.io.tmpdir") + ": cannot be written; free some space", e);
    }
  }

  /** {@return the names of all exercises, in the order of the papers} */
  public static List<String> exercises() {
    return Exercise.all().stream().map(Exercise::name).toList();
  }

  /**
   * Marks one exercise.
   *
   * @param name of it
   * @return its mark
   * @throws InputException if there is no such exercise
   */
  public Mark mark(String name) {
    Exercise exercise = Exercise.of(name);
    Optional<String> error = submission.error(exercise.name());
    if (error.isPresent()) {
      return new Mark(exercise.name(), State.NOT_COMPILED, error.get(), List.of(), "");
    }
    Optional<String> type = Submission.fullName(submission.classes(), exercise.name());
    if (type.isEmpty()) {
      String text = "there is no " + exercise.name() + ".java in the folder";
      return new Mark(exercise.name(), State.MISSING, text, List.of(), "");
    }
    try {
      return run(exercise, type.get());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Mark run(Exercise exercise, String type) throws IOException {
    Process process = new ProcessBuilder(command(exercise, type)).start();
    process.getOutputStream().close();
    int cases = exercise.cases().size();
    List<Outcome> read = Collections.synchronizedList(new ArrayList<>());
    StringBuffer printed = new StringBuffer();
    Thread reads = Thread.ofVirtual().start(() -> read(process, cases, read));
    Thread prints = Thread.ofVirtual().start(() -> collect(process.getErrorStream(), printed));
    boolean late = !ends(process);
    long deadline = System.nanoTime() + REST.toNanos();
    join(reads, deadline);
    join(prints, deadline);
    List<Outcome> outcomes = new ArrayList<>(List.of(read.toArray(Outcome[]::new)));
    if (outcomes.size() < cases && outcomes.stream().allMatch(Marker::returned)) {
      outcomes.add(Outcome.failed(end(late, printed.toString())));
    }
    return Verdict.of(exercise, outcomes, printed.toString());
  }

  /** Waits for the end of a process and ends it at the limit, which is false. */
  private boolean ends(Process process) {
    try {
      if (process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
        return true;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    end(process.toHandle());
    return false;
  }

  /** Ends a process and all that it started; by its handle, so that what it printed stays. */
  private static void end(ProcessHandle process) {
    Attempt.endChildren(process);
    process.destroyForcibly();
  }

  private static boolean returned(Outcome outcome) {
    return outcome.kind() == Attempt.Kind.RETURNED;
  }

  private String end(boolean late, String printed) {
    if (late) {
      return "it did not end within " + limit.toSeconds() + " s; is a loop endless?";
    }
    return printed.contains("OutOfMemoryError")
        ? "it needs more memory than " + MEMORY + " MB"
        : "it ended the whole process (System.exit?)";
  }

  /** Reads a record per case; one that is corrupt fails its case and ends the process. */
  private static void read(Process process, int cases, List<Outcome> outcomes) {
    try (DataInputStream in =
        new DataInputStream(new BufferedInputStream(process.getInputStream()))) {
      while (outcomes.size() < cases) {
        Outcome outcome = Outcome.read(in);
        outcomes.add(outcome);
        if (!returned(outcome)) {
          return;
        }
      }
    } catch (EOFException e) {
      // The process ended early, which the number of outcomes says.
    } catch (IOException e) {
      outcomes.add(
          Outcome.failed(
              "it wrote to the standard output of its process, which is for the results;"
                  + " print with System.out"));
      end(process.toHandle());
    }
  }

  private List<String> command(Exercise exercise, String type) {
    String path = here() + File.pathSeparator + submission.classes();
    return List.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-Xmx" + MEMORY + "m",
        "-Xss4m",
        "-XX:+UseSerialGC",
        "-XX:TieredStopAtLevel=1",
        "-Djava.awt.headless=true",
        "-cp",
        path,
        Attempt.class.getName(),
        exercise.name(),
        type);
  }

  /** The jar or folder that this class is in. */
  private static Path here() {
    try {
      return Path.of(Marker.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Reads everything, so that the process never waits, and keeps the beginning. */
  private static void collect(InputStream from, StringBuffer printed) {
    byte[] bytes = new byte[1 << 13];
    try (from) {
      for (int n = from.read(bytes); n >= 0; n = from.read(bytes)) {
        if (printed.length() < SHOWN) {
          printed.append(new String(bytes, 0, n, StandardCharsets.UTF_8));
        }
      }
    } catch (IOException e) {
      // The process was ended.
    }
  }

  /** Waits for a thread, but not for a stream that a student's own process keeps open. */
  private static void join(Thread thread, long deadline) {
    try {
      thread.join(Duration.ofNanos(deadline - System.nanoTime()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    delete(folder);
  }

  private static void delete(Path folder) {
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path file : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    } catch (IOException | UncheckedIOException e) {
      // A leftover in the folder for temporary files.
    }
  }
}

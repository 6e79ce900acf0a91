package kintsugi.serve;

import java.io.BufferedInputStream;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.ConnectException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import kintsugi.InputException;
import kintsugi.report.Json;

/**
 * The delivery of results to one receiver, in their order, in a thread of its own: scoring never
 * waits for it. The results on the disk are its queue, and the journal knows how far it came, so
 * that what is not delivered at the end is delivered after the next start. An event may come more
 * than once, with the same identity, but not less.
 *
 * <p>An attempt that fails is repeated after a pause that doubles. An event that is refused, or
 * that {@value #ATTEMPTS} attempts did not bring, is written to a file next to the results.
 */
final class Delivery implements AutoCloseable {
  private static final int ATTEMPTS = 10;
  private static final Duration LONGEST_PAUSE = Duration.ofMinutes(1);
  private static final Duration GRACE = Duration.ofSeconds(5);

  private final EventSender sender;
  private final WatchResults results;
  private final Duration firstPause;
  private final Consumer<String> notices;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Thread thread;
  private long end;
  private boolean closing;

  /** An event as its sender has to know it. */
  private record Event(String id) {}

  /** An event that its receiver does not have. */
  private record Undelivered(String channel, String error, String event) {}

  private Delivery(
      EventSender sender, WatchResults results, Duration firstPause, Consumer<String> notices) {
    this.sender = sender;
    this.results = results;
    this.firstPause = firstPause;
    this.notices = notices;
    this.end = results.results().end();
    this.thread = Thread.ofVirtual().name("deliver-" + sender.channel()).unstarted(this::deliver);
  }

  /**
   * {@return a delivery that has begun: after what its receiver has or, for a new one, with what
   * comes}
   */
  static Delivery begin(
      EventSender sender, WatchResults results, Duration firstPause, Consumer<String> notices) {
    Delivery delivery = new Delivery(sender, results, firstPause, notices);
    Long sent = results.journal().sent(sender.channel());
    if (sent == null || sent > delivery.end) {
      // Of another file of results, which was moved away, everything was delivered or is lost.
      results.journal().sent(sender.channel(), sent == null ? delivery.end : 0);
    }
    delivery.thread.start();
    return delivery;
  }

  /** Delivers everything that the results have now. */
  void wake() {
    signal(false);
  }

  private void signal(boolean close) {
    lock.lock();
    try {
      end = results.results().end();
      closing |= close;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void deliver() {
    long at = results.journal().sent(sender.channel());
    try (InputStream file =
        new BufferedInputStream(Files.newInputStream(results.results().file()))) {
      file.skipNBytes(at);
      while (hasMore(at)) {
        String line = line(file);
        if (!deliver(line)) {
          return;
        }
        at += line.getBytes(StandardCharsets.UTF_8).length;
        results.journal().sent(sender.channel(), at);
      }
    } catch (IOException | RuntimeException | LinkageError e) {
      notices.accept(
          sender.channel()
              + ": nothing more is delivered before the next start ("
              + reason(e)
              + ")");
    }
  }

  /** Waits for more than what is delivered; false at the end. */
  private boolean hasMore(long at) {
    lock.lock();
    try {
      while (at >= end && !closing) {
        changed.awaitUninterruptibly();
      }
      return at < end;
    } finally {
      lock.unlock();
    }
  }

  /** The next whole line; what was read to its end is read on when there is more. */
  private static String line(InputStream file) throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    for (int next = file.read(); next != '\n'; next = file.read()) {
      if (next < 0) {
        throw new EOFException("the results were cut while they were in use");
      }
      line.write(next);
    }
    line.write('\n');
    return line.toString(StandardCharsets.UTF_8);
  }

  /** Delivers one event, or puts it aside; false where the end has come before that. */
  private boolean deliver(String line) {
    String json = line.stripTrailing();
    String id = Json.read(json, Event.class).id;
    Duration pause = firstPause;
    for (int attempt = 1; ; attempt++) {
      try {
        sender.send(id, json);
        if (attempt > 1) {
          notices.accept(sender.channel() + ": events are received again");
        }
        return true;
      } catch (IOException e) {
        boolean refused = e instanceof EventSender.Refused;
        if (refused || attempt == ATTEMPTS) {
          putAside(json, reason(e));
          return true;
        }
        if (attempt == 1) {
          notices.accept(
              sender.channel() + ": an event was not received (" + reason(e) + "); trying again");
        }
      }
      if (isClosingAfter(pause)) {
        return false;
      }
      pause = pause.multipliedBy(2);
      pause = pause.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : pause;
    }
  }

  /** In words, also where Java has none: of a connection that is refused. */
  private static String reason(Throwable e) {
    String message = e.getMessage();
    if (message == null) {
      message = e instanceof ConnectException ? "no connection" : "it failed";
    }
    return InputException.quoted(message);
  }

  private boolean isClosingAfter(Duration pause) {
    lock.lock();
    try {
      long rest = pause.toNanos();
      while (!closing && rest > 0) {
        rest = changed.awaitNanos(rest);
      }
      return closing;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return true;
    } finally {
      lock.unlock();
    }
  }

  /** Lines of the results that are not delivered. */
  private long waiting() {
    try (InputStream file = Files.newInputStream(results.results().file())) {
      file.skipNBytes(results.journal().sent(sender.channel()));
      return new BufferedReader(new InputStreamReader(file, StandardCharsets.UTF_8))
          .lines()
          .count();
    } catch (IOException e) {
      return 1;
    }
  }

  private void putAside(String json, String reason) {
    String name = "undelivered-" + sender.channel() + ".jsonl";
    try (LineFile file = LineFile.open(results.results().file().resolveSibling(name))) {
      file.cut();
      file.append(Json.line(new Undelivered(sender.channel(), reason, json)) + "\n");
      file.force();
    }
    notices.accept(
        sender.channel() + ": an event is not delivered (" + reason + "); it is in " + name);
  }

  /** Delivers what there is as far as that goes at once; the rest waits for the next start. */
  @Override
  public void close() {
    signal(true);
    try (sender) {
      boolean answers = thread.join(GRACE);
      long waiting = waiting();
      if (waiting > 0) {
        notices.accept(
            sender.channel()
                + (answers ? ": " : ": does not answer; ")
                + waiting
                + (waiting == 1 ? " event waits in " : " events wait in ")
                + results.results().file()
                + ", delivered after the next start");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}

package kintsugi.serve;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import kintsugi.report.Json;

/**
 * Server-sent events to pages that are open (WHATWG HTML, section 9.2). A listener that does not
 * keep up is ended, as is each after some minutes; a browser comes back by itself, and names the
 * last event that it has seen.
 */
final class Events {
  private static final int LISTENERS = 64;
  private static final int BEHIND = 256;
  private static final int HEARTBEAT_SECONDS = 15;

  /** Below the limit of a response's time, see {@link Limits}. */
  private static final long SECONDS = Limits.RESPONSE_SECONDS - 60;

  private static final Event END = new Event(null, "");

  private final Set<BlockingQueue<Event>> listeners = ConcurrentHashMap.newKeySet();
  private volatile boolean closed;

  /** An event as it is sent; its id is null where it cannot be resumed. */
  private record Event(String id, String text) {}

  /**
   * Sends an event to all listeners.
   *
   * @param kind of the event
   * @param id by which it is resumed; null for one that is not
   * @param data as JSON
   */
  void send(String kind, String id, Object data) {
    if (listeners.isEmpty()) {
      return;
    }
    Event event = new Event(id, text(kind, id, data));
    for (BlockingQueue<Event> listener : listeners) {
      if (!listener.offer(event)) {
        end(listener);
      }
    }
  }

  private static String text(String kind, String id, Object data) {
    String line = id == null ? "" : "id: " + id + "\n";
    return line + "event: " + kind + "\ndata: " + Json.line(data) + "\n\n";
  }

  private void end(BlockingQueue<Event> listener) {
    listeners.remove(listener);
    listener.clear();
    listener.offer(END);
  }

  int listeners() {
    return listeners.size();
  }

  /**
   * {@return the stream of a new listener}
   *
   * @param missed finds the answers that came since it was last here, oldest first
   * @throws Refusal if there are too many
   */
  Reply.Stream listen(Supplier<List<History.Listed>> missed) {
    if (closed || listeners.size() >= LISTENERS) {
      throw Refusal.later(
          Refusal.UNAVAILABLE, LISTENERS + " pages listen already; close one", HEARTBEAT_SECONDS);
    }
    return out -> {
      BlockingQueue<Event> queue = new ArrayBlockingQueue<>(BEHIND);
      // Before it is asked what was missed, so that nothing falls between the two.
      listeners.add(queue);
      try {
        write(out, "retry: 1000\n\n");
        Set<String> sent = new TreeSet<>();
        for (History.Listed answer : missed.get()) {
          write(out, text("answer", answer.id(), answer));
          sent.add(answer.id());
        }
        follow(queue, sent, out);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      } finally {
        listeners.remove(queue);
      }
    };
  }

  private void follow(BlockingQueue<Event> queue, Set<String> sent, OutputStream out)
      throws IOException, InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
    while (!closed && System.nanoTime() < end) {
      Event event = queue.poll(HEARTBEAT_SECONDS, TimeUnit.SECONDS);
      if (END.equals(event)) {
        return;
      }
      if (event == null) {
        write(out, ":\n\n");
      } else if (event.id == null || !sent.contains(event.id)) {
        write(out, event.text);
      }
    }
  }

  private static void write(OutputStream out, String text) throws IOException {
    out.write(text.getBytes(StandardCharsets.UTF_8));
    out.flush();
  }

  /** Ends all listeners. */
  void close() {
    closed = true;
    listeners.forEach(this::end);
  }
}

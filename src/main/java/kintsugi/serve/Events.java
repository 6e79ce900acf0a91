package kintsugi.serve;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
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

  private static final String END = "";

  private final Set<BlockingQueue<String>> listeners = ConcurrentHashMap.newKeySet();
  private volatile boolean closed;

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
    String text = text(kind, id, data);
    for (BlockingQueue<String> listener : listeners) {
      if (!listener.offer(text)) {
        end(listener);
      }
    }
  }

  private static String text(String kind, String id, Object data) {
    String line = id == null ? "" : "id: " + id + "\n";
    return line + "event: " + kind + "\ndata: " + Json.line(data) + "\n\n";
  }

  private void end(BlockingQueue<String> listener) {
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
   * @param missed answers that came since it was last here, oldest first
   * @throws Refusal if there are too many
   */
  Reply.Stream listen(List<History.Listed> missed) {
    if (closed || listeners.size() >= LISTENERS) {
      throw Refusal.later(
          Refusal.UNAVAILABLE, LISTENERS + " pages listen already; close one", HEARTBEAT_SECONDS);
    }
    return out -> {
      BlockingQueue<String> queue = new ArrayBlockingQueue<>(BEHIND);
      listeners.add(queue);
      try {
        write(out, "retry: 1000\n\n");
        for (History.Listed answer : missed) {
          write(out, text("answer", answer.id(), answer));
        }
        follow(queue, out);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      } finally {
        listeners.remove(queue);
      }
    };
  }

  private void follow(BlockingQueue<String> queue, OutputStream out)
      throws IOException, InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
    while (!closed && System.nanoTime() < end) {
      String event = queue.poll(HEARTBEAT_SECONDS, TimeUnit.SECONDS);
      if (END.equals(event)) {
        return;
      }
      write(out, event == null ? ":\n\n" : event);
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

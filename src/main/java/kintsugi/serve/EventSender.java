package kintsugi.serve;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.Optional;

/** The way of events to a receiver: a web address, or a broker of messages. */
public interface EventSender extends AutoCloseable {

  /** {@return the name by which the journal knows the receiver, such as {@code webhook}} */
  String channel();

  /**
   * Sends one event, and returns when the receiver has it.
   *
   * @param id the same however often the event is sent
   * @param json the event, on one line
   * @throws Refused if the receiver will never take the event
   * @throws IOException if it did not take the event this time
   */
  void send(String id, String json) throws IOException;

  /** Ends the connection. */
  @Override
  void close();

  /** A receiver's refusal of an event, which would be the same the next time. */
  final class Refused extends IOException {
    private static final long serialVersionUID = 1L;

    /**
     * A refusal.
     *
     * @param message what the receiver answered
     */
    public Refused(String message) {
      super(message);
    }
  }

  /** A kind of way in a jar of its own, found by {@link java.util.ServiceLoader}. */
  interface Provider {

    /**
     * {@return a way to a receiver; nothing is connected before the first event}
     *
     * @param address of the receiver
     * @param login a file with {@code user:password} in its first line
     * @throws IllegalArgumentException if the address is not a broker's
     * @throws kintsugi.InputException if the file cannot be used
     */
    EventSender open(URI address, Optional<Path> login);
  }
}

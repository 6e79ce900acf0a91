package kintsugi.spark;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.UUID;

/**
 * The driver that has a {@link TableLock}.
 *
 * @param start of the process, in ms: its number alone may be another's by now
 * @param id of the lock
 */
record Holder(String host, long process, long start, String id) {
  /** The name of every machine that has none of its own. */
  private static final String NAMELESS = "localhost";

  static Holder own() {
    return new Holder(
        ownHost(),
        ProcessHandle.current().pid(),
        start(ProcessHandle.current()),
        UUID.randomUUID().toString());
  }

  private static String ownHost() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (IOException e) {
      return NAMELESS;
    }
  }

  private static long start(ProcessHandle process) {
    return process.info().startInstant().map(at -> at.toEpochMilli()).orElse(0L);
  }

  /** Nothing of a file that is not whole, as it is while it is written. */
  static Optional<Holder> of(String text) {
    String[] words = text.strip().split(" ");
    try {
      return words.length == 4
          ? Optional.of(
              new Holder(words[0], Long.parseLong(words[1]), Long.parseLong(words[2]), words[3]))
          : Optional.empty();
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }

  /** Whether it is of this machine, which is not known of machines without a name. */
  boolean isHere() {
    return !host.equals(NAMELESS) && host.equals(ownHost());
  }

  /** Whether its process was on this machine and is not there any more. */
  boolean isGone() {
    return isHere() && ProcessHandle.of(process).filter(each -> start(each) == start).isEmpty();
  }

  /** The file's content. */
  byte[] text() {
    return (host + " " + process + " " + start + " " + id + "\n").getBytes(StandardCharsets.UTF_8);
  }

  /** The process and its machine, for a message. */
  @Override
  public String toString() {
    return "(process " + process + " on " + host + ")";
  }
}

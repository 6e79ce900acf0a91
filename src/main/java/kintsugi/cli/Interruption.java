package kintsugi.cli;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.ToIntFunction;
import picocli.CommandLine;

/**
 * The request of a signal, Ctrl-C or SIGTERM, to end work in order: the process waits until the
 * work is done and this is closed.
 */
final class Interruption implements AutoCloseable {
  private final AtomicBoolean requested = new AtomicBoolean();
  private final CountDownLatch done = new CountDownLatch(1);
  private final Thread hook = new Thread(this::request);
  private final Runnable stop;
  private volatile Integer status;

  /**
   * Waits for the request.
   *
   * @param stop makes the work end soon, from another thread
   */
  Interruption(Runnable stop) {
    this.stop = stop;
    Runtime.getRuntime().addShutdownHook(hook);
  }

  private Interruption() {
    this.stop = () -> {};
  }

  /** {@return one that leaves signals alone: they end the process at once} */
  static Interruption none() {
    return new Interruption();
  }

  private void request() {
    requested.set(true);
    stop.run();
    try {
      done.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (status != null) {
      Runtime.getRuntime().halt(status);
    }
  }

  boolean isRequested() {
    return requested.get();
  }

  /**
   * Lets the process end with the status of the command instead of the signal's.
   *
   * @param ended the status; everything that it has to say has been printed
   * @return the status
   */
  int done(int ended) {
    status = ended;
    close();
    return ended;
  }

  /**
   * Does the whole work of a command. After a request the process ends with the command's status,
   * when its files are closed and its failure, if any, is printed.
   *
   * @param line the command line
   * @param work asks {@link #isRequested}; returns the status
   */
  int during(CommandLine line, ToIntFunction<Interruption> work) {
    try {
      return done(work.applyAsInt(this));
    } catch (RuntimeException | Error e) {
      if (!isRequested()) {
        close();
        throw e;
      }
      return done(Failure.print(e, line, line.getErr()));
    }
  }

  @Override
  public void close() {
    if (!requested.get()) {
      try {
        Runtime.getRuntime().removeShutdownHook(hook);
      } catch (IllegalStateException e) {
        // The request has come in between, and is answered below.
      }
    }
    done.countDown();
  }
}

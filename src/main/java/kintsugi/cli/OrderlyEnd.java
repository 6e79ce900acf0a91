package kintsugi.cli;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The end of work that has no end of its own: Ctrl-C and SIGTERM ask for it, and the process ends
 * with the status of the command when that is done.
 */
final class OrderlyEnd {
  private final AtomicBoolean requested = new AtomicBoolean();
  private final CountDownLatch done = new CountDownLatch(1);
  private final Runnable stop;
  private final Thread hook = new Thread(this::request);
  private volatile int status;

  /**
   * Waits for the request.
   *
   * @param stop makes the work end soon, from another thread
   */
  OrderlyEnd(Runnable stop) {
    this.stop = stop;
    Runtime.getRuntime().addShutdownHook(hook);
  }

  private void request() {
    requested.set(true);
    stop.run();
    try {
      done.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    // Else the status would be that of the signal.
    Runtime.getRuntime().halt(status);
  }

  /**
   * {@return the status of the command}
   *
   * @param ended the status; everything that it has to say has been printed
   */
  int done(int ended) {
    status = ended;
    if (!requested.get()) {
      try {
        Runtime.getRuntime().removeShutdownHook(hook);
      } catch (IllegalStateException e) {
        // The request has come in between, and is answered below.
      }
    }
    done.countDown();
    return ended;
  }
}

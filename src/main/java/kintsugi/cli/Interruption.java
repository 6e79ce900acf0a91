package kintsugi.cli;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The request of a Ctrl-C to end a fit early with what there is, where that was asked for: the
 * process then waits until the work is done and this is closed.
 */
final class Interruption implements AutoCloseable {
  private final AtomicBoolean requested = new AtomicBoolean();
  private final CountDownLatch done = new CountDownLatch(1);
  private final RunOptions run;
  private final boolean wanted;
  private final Thread hook = new Thread(this::request);

  Interruption(RunOptions run, boolean wanted) {
    this.run = run;
    this.wanted = wanted;
    if (wanted) {
      Runtime.getRuntime().addShutdownHook(hook);
    }
  }

  private void request() {
    requested.set(true);
    run.say("ending with what there is ...");
    try {
      done.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  boolean isRequested() {
    return requested.get();
  }

  @Override
  public void close() {
    done.countDown();
    if (wanted && !requested.get()) {
      Runtime.getRuntime().removeShutdownHook(hook);
    }
  }
}

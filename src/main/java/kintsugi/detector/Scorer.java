package kintsugi.detector;

import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import kintsugi.image.ImageSource;

/**
 * The scoring of single images from any number of threads. Every thread reads and resizes its own
 * image; then one of them scores all that wait as one batch, while the others wait for it. What is
 * scored together changes no bit.
 */
final class Scorer {
  private final AnomalyDetector detector;
  private final Queue<Request> waiting = new ConcurrentLinkedQueue<>();
  private final ReentrantLock scoring = new ReentrantLock();

  Scorer(AnomalyDetector detector) {
    this.detector = detector;
  }

  /** An image that waits for its scores, and the thread that waits with it. */
  private static final class Request {
    final FeatureExtractor.Prepared image;
    private final Thread thread = Thread.currentThread();
    private Scored scored;
    private Throwable failure;
    private volatile boolean done;

    Request(FeatureExtractor.Prepared image) {
      this.image = image;
    }

    void scored(Scored found) {
      scored = found;
      done();
    }

    void failed(Throwable e) {
      failure = done ? failure : e;
      done();
    }

    private void done() {
      done = true;
      wake();
    }

    void wake() {
      LockSupport.unpark(thread);
    }

    Scored result() {
      if (failure instanceof RuntimeException e) {
        throw e;
      }
      if (failure instanceof Error e) {
        throw e;
      }
      return scored;
    }
  }

  /**
   * Scores one image.
   *
   * @throws kintsugi.InputException if it cannot be read, or gets another size than the detector's
   */
  Scored score(ImageSource source) {
    ImageNotes notes = new ImageNotes();
    FeatureExtractor extractor = detector.extractor(notes);
    FeatureExtractor.Prepared prepared = extractor.prepare(source);
    extractor.requireSize(prepared);
    detector.pass(notes);
    Request request = new Request(prepared);
    waiting.add(request);
    complete(request);
    return request.result();
  }

  /**
   * Waits until a request is done. If no other thread is scoring, this one scores all images that
   * wait. A thread whose request is done leaves without the lock, which the next batch may have
   * taken meanwhile.
   */
  private void complete(Request request) {
    boolean interrupted = false;
    while (!request.done) {
      if (scoring.tryLock()) {
        try {
          if (!request.done) {
            scoreWaiting();
          }
        } finally {
          scoring.unlock();
        }
        wakeNext();
      } else {
        LockSupport.park(this);
        interrupted |= Thread.interrupted();
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Wakes a thread that waits because the lock was taken; its image was in no batch so far. */
  private void wakeNext() {
    Request next = waiting.peek();
    if (next != null) {
      next.wake();
    }
  }

  private void scoreWaiting() {
    List<Request> batch = new ArrayList<>();
    for (Request next = waiting.poll(); next != null; next = waiting.poll()) {
      batch.add(next);
      if (batch.size() == detector.imagesTogether()) {
        break;
      }
    }
    try {
      score(batch);
    } catch (RuntimeException | Error e) {
      // An error too: a request that is never done would keep its thread waiting for ever.
      batch.forEach(request -> request.failed(e));
    }
  }

  /** Scores a batch; where that fails, each image alone, so that none fails by another. */
  private void score(List<Request> batch) {
    try {
      FeatureBatch features =
          detector
              .extractor(new ImageNotes())
              .extract(batch.stream().map(request -> request.image).toList());
      List<Scored> scored = detector.scored(features).toList();
      for (int i = 0; i < batch.size(); i++) {
        batch.get(i).scored(scored.get(i));
      }
    } catch (RuntimeException | Error e) {
      if (batch.size() == 1) {
        batch.getFirst().failed(e);
        return;
      }
      batch.forEach(request -> score(List.of(request)));
    }
  }
}

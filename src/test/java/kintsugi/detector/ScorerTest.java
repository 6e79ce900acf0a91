package kintsugi.detector;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.stream.IntStream;
import kintsugi.backbone.ResNet;
import kintsugi.engine.Parallel;
import kintsugi.engine.vector.VectorEngine;
import kintsugi.image.ImageSource;
import kintsugi.image.Pixels;
import kintsugi.weights.StoredTensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Images of many threads that are scored as one batch, and one among them that cannot be. */
@Timeout(120)
class ScorerTest {
  private static final int SIDE = 64;
  private static final int THREADS = 12;
  private static final int ROUNDS = 30;

  /** Scores as another does, but for batches of more than one image; waits before the first. */
  private static final class OneAtATime extends AnomalyDetector {
    private final AnomalyDetector other;
    private final CountDownLatch begun = new CountDownLatch(1);
    private final CountDownLatch free = new CountDownLatch(1);
    private final Set<Integer> batches = new ConcurrentSkipListSet<>();
    private boolean first = true;

    OneAtATime(AnomalyDetector other) {
      super(other.session(), other.inputSize());
      this.other = other;
    }

    @Override
    public Scores score(Features features) {
      if (first) {
        first = false;
        begun.countDown();
        try {
          free.await();
        } catch (InterruptedException e) {
          throw new IllegalStateException(e);
        }
      }
      batches.add(features.images());
      if (features.images() > 1) {
        throw new IllegalStateException("too many at once");
      }
      return other.score(features);
    }

    @Override
    public Recipe recipe() {
      return other.recipe();
    }

    @Override
    public AnomalyDetector with(Recipe recipe) {
      return other.with(recipe);
    }

    @Override
    public FitSummary summary() {
      return other.summary();
    }

    @Override
    public Map<String, StoredTensor> tensors() {
      return other.tensors();
    }

    @Override
    public Fit resume(long seed) {
      return other.resume(seed);
    }

    @Override
    public Inspector inspector() {
      return other.inspector();
    }
  }

  private static ImageSource image(int grey) {
    byte[] rgb = new byte[3 * SIDE * SIDE];
    for (int i = 0; i < rgb.length; i++) {
      rgb[i] = (byte) (grey + i % 7 * (i / 3 % SIDE));
    }
    return ImageSource.of("image " + grey, new Pixels(SIDE, SIDE, rgb));
  }

  private static AnomalyDetector fitted(Parallel parallel) {
    Session session = Session.strict(new VectorEngine(parallel), parallel, ResNet.randomWeights(1));
    Recipe recipe =
        Choices.with(
            Methods.recipe("padim"), Map.of("resize", "64x64", "crop", "same", "channels", "8"));
    try (Fit fit = Methods.named("padim").fit(session, recipe, 1)) {
      fit.add(List.of(image(10), image(20), image(30)));
      return fit.finish().detector();
    }
  }

  @Test
  void ofManyThreadsNobodyIsForgottenAndEachGetsItsOwnScore() throws Exception {
    try (Parallel parallel = new Parallel(2)) {
      AnomalyDetector detector = fitted(parallel);
      double[] alone = new double[THREADS];
      for (int t = 0; t < THREADS; t++) {
        alone[t] = detector.score(image(40 + t)).score();
      }
      assertThat(alone).doesNotHaveDuplicates();
      List<FutureTask<double[]>> tasks = new ArrayList<>();
      for (int t = 0; t < THREADS; t++) {
        ImageSource image = image(40 + t);
        FutureTask<double[]> task =
            new FutureTask<>(
                () ->
                    IntStream.range(0, ROUNDS)
                        .mapToDouble(round -> detector.score(image).score())
                        .toArray());
        tasks.add(task);
        Thread.ofPlatform().daemon().start(task);
      }
      for (int t = 0; t < THREADS; t++) {
        assertThat(tasks.get(t).get()).hasSize(ROUNDS).containsOnly(alone[t]);
      }
    }
  }

  @Test
  void aBatchThatFailsIsScoredOneByOneSoThatNoImageFailsByAnother() throws Exception {
    try (Parallel parallel = new Parallel(2)) {
      AnomalyDetector fitted = fitted(parallel);
      OneAtATime detector = new OneAtATime(fitted);
      List<FutureTask<Scored>> tasks = new ArrayList<>();
      List<Thread> threads = new ArrayList<>();
      for (int grey = 40; grey < 44; grey++) {
        ImageSource image = image(grey);
        FutureTask<Scored> task = new FutureTask<>(() -> detector.score(image));
        tasks.add(task);
        threads.add(Thread.ofPlatform().start(task));
        if (grey == 40) {
          detector.begun.await();
        }
      }
      // The others wait for the one that scores.
      for (Thread thread : threads) {
        while (thread.getState() != Thread.State.WAITING) {
          Thread.yield();
        }
      }
      detector.free.countDown();
      for (int i = 0; i < tasks.size(); i++) {
        assertThat(tasks.get(i).get().score()).isEqualTo(fitted.score(image(40 + i)).score());
      }
      assertThat(detector.batches).containsExactly(1, 3);
    }
  }
}

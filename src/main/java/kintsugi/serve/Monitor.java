package kintsugi.serve;

import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import kintsugi.detector.Drift;
import kintsugi.detector.Model;
import kintsugi.detector.Prediction;
import kintsugi.image.Region;

/**
 * A monitor of the images that one version of a model scores, which raises its alarm once.
 *
 * @param drift the monitor of the library
 * @param alarmed whether the alarm was raised
 */
public record Monitor(Drift drift, AtomicBoolean alarmed) {

  /**
   * {@return a monitor that has observed nothing yet}
   *
   * @param model whose predictions it will observe
   * @param region of interest of all images. The calibration does not know it, so that with one the
   *     images are compared with each other alone.
   */
  static Monitor of(Model model, Optional<Region> region) {
    Drift drift = region.isEmpty() ? Drift.of(model) : Drift.ofStream(model);
    return new Monitor(drift, new AtomicBoolean());
  }

  /** Observes the next image; {@return the alarm, if this image is the first that raises it} */
  Optional<Drift.Status> observe(Prediction prediction) {
    Drift.Status status = drift.observe(prediction);
    return status.alarm() && alarmed.compareAndSet(false, true)
        ? Optional.of(status)
        : Optional.empty();
  }
}

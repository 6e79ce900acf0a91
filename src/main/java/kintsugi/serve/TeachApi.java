package kintsugi.serve;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import kintsugi.detector.CalibrationChange;
import kintsugi.detector.Model;
import kintsugi.detector.Taught;
import kintsugi.detector.Teaching;
import kintsugi.image.ImageKey;
import kintsugi.image.ImageSource;

/**
 * Images that are taught to a model and taken back: what that would change, and the change itself,
 * saved into the model's file with its history.
 */
final class TeachApi {
  private static final String TAUGHT = "/api/models/{name}/taught";

  private final Line line;

  /** One image is taught at a time: the images of a calibration are scored for each. */
  private final ReentrantLock teaching = new ReentrantLock();

  TeachApi(Line line) {
    this.line = line;
  }

  List<Route> routes() {
    return List.of(
        new Route("POST", "/api/models/{name}/teach", this::teach),
        new Route("GET", TAUGHT, r -> Reply.json(Map.of("taught", line.model(r).model().taught()))),
        new Route("DELETE", TAUGHT + "/{id}", this::unteach));
  }

  /** The scores of the calibration's normal images that were found, and the threshold. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  private record Scores(Double threshold, List<Double> scores) {
    static Scores of(
        Optional<CalibrationChange> change,
        ToDoubleFunction<CalibrationChange> threshold,
        ToDoubleFunction<CalibrationChange.Image> score) {
      return new Scores(
          change.map(threshold::applyAsDouble).orElse(null),
          change.map(CalibrationChange::images).orElse(List.of()).stream()
              .filter(image -> !image.anomalous())
              .map(score::applyAsDouble)
              .toList());
    }
  }

  /** What teaching changes; of images of the calibration that are not found nothing is known. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  private record Change(
      boolean dryRun,
      Scores before,
      Scores after,
      long changedVerdicts,
      double largestChange,
      int missing,
      Answer answerBefore,
      Answer answerAfter,
      Taught entry,
      List<String> cautions,
      List<String> warnings) {
    static Change of(boolean dryRun, Teaching teaching, Answer before, Answer after) {
      Optional<CalibrationChange> change = teaching.change();
      return new Change(
          dryRun,
          Scores.of(change, CalibrationChange::thresholdBefore, CalibrationChange.Image::before),
          Scores.of(change, CalibrationChange::thresholdAfter, CalibrationChange.Image::after),
          change.map(CalibrationChange::changedVerdicts).orElse(0L),
          change.map(CalibrationChange::largestChange).orElse(0.0),
          change.map(CalibrationChange::missing).orElse(0),
          before,
          after,
          (teaching.added().isEmpty() ? teaching.removed() : teaching.added()).getFirst(),
          ModelApi.warnings(teaching.cautions()),
          ModelApi.warnings(teaching.warnings()));
    }
  }

  /** Nothing is changed unless the sender says that it is not a trial. */
  private Reply teach(Request request) throws IOException {
    Served served = line.model(request);
    boolean dryRun = request.isOn("dry_run", true);
    String name = request.query("name").orElse("image");
    line.waiting().requirePlace();
    byte[] body = request.body();
    return line.waiting()
        .entered(1, () -> taught(request, served, dryRun, ImageSource.of(name, body)));
  }

  private Reply taught(Request request, Served served, boolean dryRun, ImageSource image) {
    Waiting waiting = line.waiting();
    ImageKey key = waiting.working(() -> image.key(line.decoding(served.current())));
    Asked asked = new Asked(request, served, image, key);
    return alone(
        () ->
            waiting.holding(
                key.width(), key.height(), () -> Reply.json(dryRun ? tried(asked) : done(asked))));
  }

  private <T> T alone(Supplier<T> work) {
    teaching.lock();
    try {
      return work.get();
    } finally {
      teaching.unlock();
    }
  }

  /** What is to be taught. */
  private record Asked(Request request, Served served, ImageSource image, ImageKey key) {}

  private Change tried(Asked asked) {
    return line.waiting()
        .working(
            () -> {
              Version before = asked.served.current();
              requireShown(asked.request, before);
              Answer now = answer(asked, before);
              Teaching teaching = teaching(asked.served, before.model(), before, asked.image);
              Version trial = Version.of(teaching.after(), "", before.region());
              return Change.of(true, teaching, now, answer(asked, trial));
            });
  }

  private Change done(Asked asked) {
    AtomicReference<Teaching> done = new AtomicReference<>();
    AtomicReference<Answer> now = new AtomicReference<>();
    Version after =
        asked.served.change(
            model -> {
              Version before = asked.served.current();
              requireShown(asked.request, before);
              now.set(answer(asked, before));
              done.set(teaching(asked.served, model, before, asked.image));
              return done.get().after();
            });
    Answer then = line.waiting().working(() -> answer(asked, after));
    return Change.of(false, done.get(), now.get(), then);
  }

  /** What a person confirms was shown of one version; another may have come since. */
  private static void requireShown(Request request, Version version) {
    if (!request.query("model_sha256").orElse(version.sha256()).equals(version.sha256())) {
      throw new Refusal(
          Refusal.CONFLICT,
          "the model was changed since; look again at what teaching changes, then confirm it");
    }
  }

  private Teaching teaching(Served served, Model model, Version version, ImageSource image) {
    return line.regions()
        .within(
            version.region(),
            image,
            () -> line.kintsugi().teach(model, List.of(image), "", served.places()));
  }

  private Answer answer(Asked asked, Version version) {
    ImageSource image = asked.image;
    Answer.Job job =
        new Answer.Job(image.name(), asked.key.hash(), asked.served.name(), version.sha256());
    double millis = (System.nanoTime() - asked.request.arrived()) / 1e6;
    return Answer.of(job, line.predict(version, image), millis, Instant.now());
  }

  private Reply unteach(Request request) {
    Served served = line.model(request);
    AtomicReference<Teaching> done = new AtomicReference<>();
    alone(
        () ->
            served.change(
                model -> {
                  done.set(line.kintsugi().unteach(model, request.path("id"), served.places()));
                  return done.get().after();
                }));
    return Reply.json(Change.of(false, done.get(), null, null));
  }
}

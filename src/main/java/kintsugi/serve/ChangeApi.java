package kintsugi.serve;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import kintsugi.AtomicOutput;
import kintsugi.InputException;
import kintsugi.detector.Calibration;
import kintsugi.detector.Model;
import kintsugi.image.ImageKey;
import kintsugi.image.ImageSource;
import kintsugi.image.Mask;
import kintsugi.image.Region;
import kintsugi.metric.ErrorRates;
import kintsugi.metric.ThresholdRule;

/** Changes of the models that are served: thresholds, files, versions, regions of interest. */
final class ChangeApi {
  private static final String THRESHOLD = "/api/models/{name}/threshold";
  private static final String REGION = "/api/models/{name}/region";
  private static final String VALUE = "value";

  /** Bytes of the largest model that is received. */
  private static final long MOST = 4L << 30;

  private static final int CHUNK = 1 << 16;

  private final Line line;

  ChangeApi(Line line) {
    this.line = line;
  }

  List<Route> routes() {
    return List.of(
        new Route("GET", THRESHOLD, this::tried),
        new Route("PUT", THRESHOLD, this::set),
        new Route("PUT", "/api/models/{name}", this::replace),
        new Route("POST", "/api/models/{name}/reload", r -> changed(r, Served::reload)),
        new Route("POST", "/api/models/{name}/rollback", r -> changed(r, Served::rollback)),
        new Route("GET", REGION, this::region),
        new Route("PUT", REGION, this::look),
        new Route("DELETE", REGION, r -> changed(r, s -> s.look(Optional.empty()))));
  }

  private Reply changed(Request request, Function<Served, Version> change) {
    Served served = line.model(request);
    return Reply.json(ModelApi.shown(served, change.apply(served)));
  }

  /** What a threshold does. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  private record Effect(
      double value, String rule, ErrorRates rates, String sentence, List<String> warnings) {
    static Effect of(Model model) {
      Calibration calibration = model.requireCalibration();
      return new Effect(
          calibration.threshold(),
          calibration.rule().toString(),
          calibration.rates(),
          calibration.rates().sentence(),
          ModelApi.warnings(model.warnings()));
    }
  }

  private Reply tried(Request request) {
    Optional<String> value = request.query(VALUE);
    Optional<String> rule = request.query("rule");
    Version current = line.model(request).current();
    ModelApi.calibration(current);
    Model model = current.model();
    boolean present = value.isEmpty() && rule.isEmpty();
    return Reply.json(Effect.of(present ? model : model.with(rule(value, rule))));
  }

  private Reply set(Request request) throws IOException {
    Map<?, ?> body = request.json();
    ThresholdRule rule = rule(text(body, VALUE), text(body, "rule"));
    Served served = line.model(request);
    ModelApi.calibration(served.current());
    Version version = served.change(model -> model.with(rule));
    return Reply.json(Effect.of(version.model()));
  }

  private static Optional<String> text(Map<?, ?> body, String name) {
    return Optional.ofNullable(body.get(name)).map(Object::toString);
  }

  private static ThresholdRule rule(Optional<String> value, Optional<String> rule) {
    if (value.isPresent() == rule.isPresent()) {
      throw new Refusal(
          Refusal.BAD_REQUEST, "name a value such as 0.3, or a rule such as max-fpr:0.01");
    }
    try {
      return ThresholdRule.parse(rule.orElseGet(() -> ThresholdRule.VALUE + value.get()));
    } catch (IllegalArgumentException e) {
      throw new Refusal(Refusal.BAD_REQUEST, e.getMessage());
    }
  }

  /** Receives a model next to the one it is to replace, and takes it if it is one. */
  private Reply replace(Request request) throws IOException {
    Path upload = line.model(request).upload();
    try {
      receive(request.stream(), upload);
      return changed(request, served -> served.replace(upload));
    } catch (InputException e) {
      // What was sent does not have a name here.
      String line = e.getMessage().replace(upload.toString(), "the model that was sent");
      throw new Refusal(Refusal.UNPROCESSABLE, line);
    } finally {
      Files.deleteIfExists(upload);
    }
  }

  /**
   * Writes what comes into a file.
   *
   * @throws IOException if it cannot be read
   * @throws Refusal if it cannot be written, which its sender is to be told
   */
  static void receive(InputStream in, Path upload) throws IOException {
    byte[] chunk = new byte[CHUNK];
    long received = 0;
    for (int count = in.read(chunk); count >= 0; count = in.read(chunk)) {
      received += count;
      if (received > MOST) {
        throw new Refusal(Refusal.TOO_LARGE, "a model has at most " + MOST + " bytes");
      }
      append(upload, chunk, count);
    }
  }

  private static void append(Path upload, byte[] chunk, int count) {
    try (OutputStream out = Files.newOutputStream(upload, StandardOpenOption.APPEND)) {
      out.write(chunk, 0, count);
    } catch (IOException e) {
      throw new Refusal(
          Refusal.FAILED,
          "the model cannot be kept ("
              + AtomicOutput.reason(e)
              + "); make room in the model's folder, or give access to it");
    }
  }

  private Reply region(Request request) {
    return line.model(request)
        .current()
        .region()
        .map(region -> Reply.of(Reply.OK, Reply.PNG, RegionFileOfModel.png(region)))
        .orElseThrow(
            () -> new Refusal(Refusal.NOT_FOUND, "no region was painted; all of an image counts"));
  }

  private Reply look(Request request) throws IOException {
    Version current = line.model(request).current();
    byte[] body = request.body();
    ImageSource image = ImageSource.of("the region", body);
    Waiting waiting = line.waiting();
    // Its size first: a small file can hold a very large mask.
    ImageKey key = waiting.working(() -> image.key(line.decoding(current)));
    Region region =
        waiting.decoded(key.width(), key.height(), () -> Region.of(Mask.read("the region", body)));
    if (region.isEmpty()) {
      throw new Refusal(
          Refusal.UNPROCESSABLE, "no pixel is in this region; white is what is looked at");
    }
    return changed(request, served -> served.look(Optional.of(region)));
  }
}

package kintsugi.serve;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;
import kintsugi.Sha256;
import kintsugi.detector.Prediction;
import kintsugi.report.Encoded;
import kintsugi.serve.History.Listed;
import kintsugi.serve.Line.Result;
import kintsugi.tensor.Tensor;
import kintsugi.weights.Npy;

/** Scoring over HTTP: one image as the body, or several as the parts of a form. */
final class PredictApi {
  private static final int WHITE = 65_535;

  private final Line line;

  PredictApi(Line line) {
    this.line = line;
  }

  List<Route> routes() {
    return List.of(new Route("POST", "/api/models/{name}/predict", this::predict));
  }

  /** An answer in JSON, with the overlay where that was asked for. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  private record Shown(@JsonUnwrapped Listed answer, String overlay) {}

  /** An image of a form that could not be scored. */
  private record Failed(String name, String sha256, String error) {}

  private Reply predict(Request request) throws IOException {
    Served served = line.model(request);
    requireKnownMap(request);
    line.waiting().requirePlace();
    Optional<String> boundary = Multipart.boundary(request.header("Content-Type").orElse(""));
    byte[] body = request.body();
    if (boundary.isEmpty()) {
      String name = request.query("name").orElse("image");
      return one(request, served, new Multipart.Part(name, body));
    }
    List<Multipart.Part> parts = Multipart.files(boundary.get(), body);
    if (!wantsImage(request)) {
      return many(request, served, parts);
    }
    if (parts.size() > 1) {
      throw new Refusal(
          Refusal.BAD_REQUEST,
          "a map is that of one image, and there are "
              + parts.size()
              + "; send one, or ask for JSON by Accept: application/json");
    }
    return one(request, served, parts.getFirst());
  }

  private static boolean wantsImage(Request request) {
    return request.query("map").isPresent() ? !wantsOverlayInJson(request) : wantsPng(request);
  }

  private static boolean wantsPng(Request request) {
    return request.accepts(Reply.PNG) && !request.accepts(Reply.JSON);
  }

  private static boolean wantsOverlayInJson(Request request) {
    return "overlay".equals(request.query("map").orElse("")) && request.accepts(Reply.JSON);
  }

  private Reply one(Request request, Served served, Multipart.Part part) {
    Function<Result, Reply> drawing =
        result ->
            wantsImage(request)
                ? headed(drawn(request, result.prediction()), result)
                : Reply.json(shown(request, result));
    return line.waiting()
        .entered(
            1, () -> line.score(served, part.name(), part.bytes(), request.arrived(), drawing));
  }

  private static Reply drawn(Request request, Prediction prediction) {
    return switch (request.query("map").orElse("overlay")) {
      case "png" -> Reply.of(Reply.OK, Reply.PNG, grey(prediction));
      case "npy" -> Reply.of(Reply.OK, "application/x-npy", Npy.bytes(prediction.drawnMap()));
      default -> Reply.of(Reply.OK, Reply.PNG, Encoded.bytes(prediction.heatMap(), "png"));
    };
  }

  private static void requireKnownMap(Request request) {
    String map = request.query("map").orElse("overlay");
    if (!List.of("overlay", "png", "npy").contains(map)) {
      throw new Refusal(Refusal.BAD_REQUEST, "map is overlay, png or npy");
    }
  }

  /** The answer of an image that is returned drawn. */
  private static Reply headed(Reply reply, Result result) {
    Answer answer = result.listed().answer();
    return reply
        .with("X-Kintsugi-Id", result.listed().id())
        .with("X-Kintsugi-Score", Double.toString(answer.score()))
        .with("X-Kintsugi-Verdict", answer.verdict())
        .with("X-Kintsugi-Sha256", answer.sha256())
        .with("X-Kintsugi-Model-Sha256", answer.modelSha256());
  }

  /** A score map as a PNG of 16 bits: the colours' range from black to white. */
  private static byte[] grey(Prediction prediction) {
    Tensor map = prediction.drawnMap();
    double low = prediction.colours().low();
    double high = prediction.colours().high();
    BufferedImage grey = new BufferedImage(map.dim(1), map.dim(0), BufferedImage.TYPE_USHORT_GRAY);
    for (int i = 0; i < map.size(); i++) {
      double level = (map.data()[i] - low) / (high - low);
      int sample = (int) Math.rint(WHITE * Math.clamp(level, 0, 1));
      grey.getRaster().setSample(i % map.dim(1), i / map.dim(1), 0, sample);
    }
    return Encoded.bytes(grey, "png");
  }

  private static Shown shown(Request request, Result result) {
    Listed answer = new Listed(result.listed().id(), result.listed().answer(), null, null);
    return new Shown(
        answer,
        wantsOverlayInJson(request) ? Encoded.url(result.prediction().heatMap(), "png") : null);
  }

  private Reply many(Request request, Served served, List<Multipart.Part> parts) {
    return line.waiting()
        .entered(
            parts.size(), () -> Reply.json(Map.of("answers", answers(request, served, parts))));
  }

  /** Scores all at once, so that they share batches; each fails alone. */
  private List<Object> answers(Request request, Served served, List<Multipart.Part> parts) {
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Callable<Object>> work = new ArrayList<>();
      parts.forEach(part -> work.add(() -> answer(request, served, part)));
      List<Object> answers = new ArrayList<>();
      for (Future<Object> each : threads.invokeAll(work)) {
        answers.add(each.get());
      }
      return answers;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Refusal(Refusal.UNAVAILABLE, "the server ends");
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    }
  }

  private Object answer(Request request, Served served, Multipart.Part part) {
    try {
      return line.score(
          served, part.name(), part.bytes(), request.arrived(), result -> shown(request, result));
    } catch (RuntimeException | Error e) {
      String hash = Sha256.of(part.bytes());
      return new Failed(part.name(), hash, request.refusal(e).getMessage());
    }
  }
}

package kintsugi.report;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import kintsugi.Sha256;
import kintsugi.Version;
import kintsugi.detector.Calibration;
import kintsugi.detector.Prediction;
import kintsugi.detector.Verdict;
import kintsugi.engine.Convolutions;
import kintsugi.engine.Engine;
import kintsugi.weights.JsonText;

/**
 * The receipt of a verdict: what was looked at, with what, and every score with all its bits, so
 * that anyone with image, model and weights can compute it again. One JSON object on a line, with
 * these names in snake_case in this order, scores as {@link Double#toHexString}, and last {@code
 * sha256} of all bytes before the comma in front of it.
 *
 * @param image the name of its file
 * @param imageSha256 of the file's bytes
 * @param pixelsSha256 of width and height (32 bits each, big-endian) and RGB values
 * @param model the name of its file
 * @param modelSha256 of the file's bytes
 * @param weights the fingerprint of the backbone's weights
 * @param kintsugi the version that predicted
 * @param engine its name
 * @param arithmetic of the engine; with {@code direct} the scalar engine has the same bits
 * @param anySize whether the image was brought to the model's size
 * @param score as the method returns it
 * @param normalised the score by the calibration's range; null before calibration
 * @param threshold of the normalised score; null before calibration
 * @param verdict normal, anomalous, or not calibrated
 * @param mapSha256 of the score map's fp32 values, row by row, little-endian; null where the
 *     arithmetic is not direct
 */
public record Receipt(
    String image,
    String imageSha256,
    String pixelsSha256,
    String model,
    String modelSha256,
    String weights,
    String kintsugi,
    String engine,
    String arithmetic,
    boolean anySize,
    double score,
    Double normalised,
    Double threshold,
    String verdict,
    String mapSha256) {
  /** The arithmetic whose receipts are held to the bit. */
  public static final String DIRECT = Convolutions.DIRECT.toString();

  private static final String FORMAT = "1";
  private static final List<String> NAMES =
      List.of(
          "receipt",
          "image",
          "image_sha256",
          "pixels_sha256",
          "model",
          "model_sha256",
          "weights",
          "kintsugi",
          "engine",
          "arithmetic",
          "any_size",
          "score",
          "normalised",
          "threshold",
          "verdict",
          "map_sha256");
  private static final Pattern SEAL =
      Pattern.compile("(.*),\"sha256\":\"([0-9a-f]{64})\"\\}", Pattern.DOTALL);

  /**
   * The model and the image of a receipt, by their files.
   *
   * @param image the name of its file
   * @param imageSha256 of the file's bytes
   * @param model the name of its file
   * @param modelSha256 of the file's bytes
   * @param anySize whether the image is brought to the model's size
   */
  public record Files(
      String image, String imageSha256, String model, String modelSha256, boolean anySize) {}

  /**
   * {@return the receipt of a prediction}
   *
   * @param prediction the prediction
   * @param engine that computed it
   * @param files the image's and the model's
   */
  public static Receipt of(Prediction prediction, Engine engine, Files files) {
    String arithmetic = engine.arithmetic();
    return new Receipt(
        files.image,
        files.imageSha256,
        prediction.image().hash(),
        files.model,
        files.modelSha256,
        prediction.model().detector().session().weights().fingerprint(),
        Version.number(),
        engine.name(),
        arithmetic,
        files.anySize,
        prediction.score(),
        prediction.normalisedScore().stream().boxed().findFirst().orElse(null),
        prediction.model().calibration().map(Calibration::threshold).orElse(null),
        prediction.verdict().toString(),
        arithmetic.equals(DIRECT) ? hash(prediction.map().data()) : null);
  }

  private static String hash(float[] values) {
    ByteBuffer bytes =
        ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(values);
    return Sha256.of(bytes.array());
  }

  /** {@return the receipt as its line, without the line's end} */
  public String line() {
    Map<String, Object> values = new LinkedHashMap<>();
    List<Object> list =
        Arrays.asList(
            FORMAT,
            image,
            imageSha256,
            pixelsSha256,
            model,
            modelSha256,
            weights,
            kintsugi,
            engine,
            arithmetic,
            anySize,
            hex(score),
            hex(normalised),
            hex(threshold),
            verdict,
            mapSha256);
    for (int i = 0; i < list.size(); i++) {
      values.put(NAMES.get(i), list.get(i));
    }
    String json = Printable.json(JsonText.write(values));
    String body = json.substring(0, json.length() - 1);
    String seal = Sha256.of(body.getBytes(StandardCharsets.UTF_8));
    return body + ",\"sha256\":\"" + seal + "\"}";
  }

  private static String hex(Double value) {
    return value == null ? null : Double.toHexString(value);
  }

  /**
   * {@return the receipt of a line}
   *
   * @param line its bytes, without the line's end
   * @throws IllegalArgumentException if it is not what {@link #line} writes, or was changed since
   */
  public static Receipt parse(byte[] line) {
    Matcher sealed = SEAL.matcher(new String(line, StandardCharsets.ISO_8859_1));
    require(
        sealed.matches(),
        "it does not end with its sha256, so it is cut short or is not a receipt");
    byte[] body = Arrays.copyOf(line, sealed.end(1));
    require(
        Sha256.of(body).equals(sealed.group(2)),
        "its sha256 is not that of what is before it, so it was changed");
    String json = new String(body, StandardCharsets.UTF_8) + "}";
    if (!(JsonText.parse(json) instanceof Map<?, ?> values)) {
      throw new IllegalArgumentException("it is not a JSON object");
    }
    require(List.copyOf(values.keySet()).equals(NAMES), "its names are not " + NAMES);
    require(FORMAT.equals(values.get("receipt")), "its format is " + values.get("receipt"));
    return read(values);
  }

  private static Receipt read(Map<?, ?> values) {
    require(values.get("any_size") instanceof Boolean, "its any_size is neither true nor false");
    Double score = number(values, "score");
    require(score != null, "its score is missing");
    requireArithmetic(text(values, "engine"), text(values, "arithmetic"));
    String verdict = text(values, "verdict");
    require(
        Arrays.stream(Verdict.values()).anyMatch(v -> v.toString().equals(verdict)),
        "its verdict is " + verdict);
    return new Receipt(
        text(values, "image"),
        hash(text(values, "image_sha256")),
        hash(text(values, "pixels_sha256")),
        text(values, "model"),
        hash(text(values, "model_sha256")),
        text(values, "weights"),
        text(values, "kintsugi"),
        text(values, "engine"),
        text(values, "arithmetic"),
        (Boolean) values.get("any_size"),
        score,
        number(values, "normalised"),
        number(values, "threshold"),
        verdict,
        values.get("map_sha256") == null ? null : hash(text(values, "map_sha256")));
  }

  /**
   * The scalar engine is direct, the vector engine has one of the convolutions; an engine on a GPU
   * has its own name, and after a failure also the convolutions of the one that took over.
   */
  private static void requireArithmetic(String engine, String arithmetic) {
    List<String> convolutions =
        Arrays.stream(Convolutions.values()).map(Convolutions::toString).toList();
    String own = engine.split(", then ", 2)[0];
    boolean possible =
        switch (engine) {
          case "scalar" -> arithmetic.equals(DIRECT);
          case "vector" -> convolutions.contains(arithmetic);
          default ->
              arithmetic.equals(own)
                  || convolutions.contains(arithmetic)
                  || convolutions.stream().anyMatch(c -> arithmetic.equals(own + ", then " + c));
        };
    require(possible, "its arithmetic is " + arithmetic + ", which its engine does not have");
  }

  private static String text(Map<?, ?> values, String name) {
    require(values.get(name) instanceof String, "its " + name + " is not a text");
    return (String) values.get(name);
  }

  private static String hash(String text) {
    require(text.matches("[0-9a-f]{64}"), "it has something else in place of a SHA-256");
    return text;
  }

  private static Double number(Map<?, ?> values, String name) {
    if (values.get(name) == null) {
      return null;
    }
    String text = text(values, name);
    boolean hex = text.matches("-?0x[01]\\.[0-9a-f]{1,13}p-?[0-9]{1,4}");
    double value = hex ? Double.parseDouble(text) : Double.NaN;
    require(
        hex && Double.toHexString(value).equals(text),
        "its " + name + " is not a finite hex float");
    return value;
  }

  private static void require(boolean condition, String otherwise) {
    if (!condition) {
      throw new IllegalArgumentException(otherwise);
    }
  }
}

package kintsugi.detector;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import kintsugi.weights.StoredTensor;

/**
 * The origin of a model's numbers: which program fitted and calibrated it, and, where that was
 * asked for, which files it was fitted to.
 *
 * @param fittedBy the programs that computed the fit or parts of it; empty of an earlier release,
 *     or an import
 * @param calibratedBy the program that calibrated; empty before, or of an earlier release
 * @param trainingFiles the images of the fit as lines of {@code sha256sum}, sorted: the SHA-256 of
 *     the file's bytes (of an image in memory that of its size and RGB values), two spaces, and the
 *     name; empty unless the fit kept them ({@link Fit#keepTrainingFiles})
 */
public record Provenance(
    Optional<Maker> fittedBy, Optional<Maker> calibratedBy, List<String> trainingFiles) {
  /** That of a file which does not say. */
  public static final Provenance UNKNOWN =
      new Provenance(Optional.empty(), Optional.empty(), List.of());

  /**
   * How the names of tensors begin that say where a method's other tensors come from. The same fit
   * by an earlier release has none.
   */
  public static final String ORIGIN = "origin.";

  private static final String FITTED_BY = "fitted_by";
  private static final String CALIBRATED_BY = "calibrated_by";

  /** The tensor's name in a file: {@code U8 [bytes]}, the lines as UTF-8. */
  static final String TENSOR = "training_files";

  /** A name may have characters that end a line for Unicode, though not for {@code sha256sum}. */
  private static final Pattern LINE = Pattern.compile("\\\\?[0-9a-f]{64} {2}.*", Pattern.DOTALL);

  /** Sorts the lines, of which each is there once. */
  public Provenance {
    trainingFiles = trainingFiles.stream().distinct().sorted().toList();
  }

  /** Whether a tensor of a file is not one of its fit's numbers, but says where they come from. */
  static boolean isTensor(String name) {
    return name.equals(TENSOR) || name.startsWith(ORIGIN);
  }

  /** That of a fit which ends now. */
  static Provenance of(Optional<Maker> fittedBy, Collection<String> trainingFiles) {
    return new Provenance(fittedBy, Optional.empty(), List.copyOf(trainingFiles));
  }

  /** The same model, calibrated now. */
  Provenance calibrated(Session session) {
    return new Provenance(fittedBy, Optional.of(Maker.of(session)), trainingFiles);
  }

  /** Adds it to a file. */
  void storeIn(Map<String, String> metadata, Map<String, StoredTensor> tensors) {
    fittedBy.ifPresent(maker -> metadata.put(FITTED_BY, RecordJson.write(maker)));
    calibratedBy.ifPresent(maker -> metadata.put(CALIBRATED_BY, RecordJson.write(maker)));
    if (!trainingFiles.isEmpty()) {
      byte[] text = (String.join("\n", trainingFiles) + "\n").getBytes(StandardCharsets.UTF_8);
      tensors.put(
          TENSOR,
          new StoredTensor(StoredTensor.Type.U8, new long[] {text.length}, ByteBuffer.wrap(text)));
    }
  }

  /**
   * {@return that of a file}
   *
   * @throws IllegalArgumentException if it is not as {@link #storeIn} writes it
   */
  static Provenance storedIn(FitFile file) {
    return new Provenance(
        maker(file, FITTED_BY), maker(file, CALIBRATED_BY), trainingFiles(file.tensors()));
  }

  private static Optional<Maker> maker(FitFile file, String key) {
    return Optional.ofNullable(file.more().get(key))
        .map(text -> RecordJson.read(text, Maker.class));
  }

  private static List<String> trainingFiles(Map<String, StoredTensor> tensors) {
    if (!tensors.containsKey(TENSOR)) {
      return List.of();
    }
    StoredTensor stored = StoredTensor.of(tensors, TENSOR, 1);
    Recipe.require(
        stored.type() == StoredTensor.Type.U8, "its tensor " + TENSOR + " is not a text");
    List<String> lines =
        StandardCharsets.UTF_8
            .decode(stored.bytes().duplicate().clear())
            .toString()
            .lines()
            .toList();
    for (int i = 0; i < lines.size(); i++) {
      Recipe.require(
          LINE.matcher(lines.get(i)).matches(),
          "its tensor " + TENSOR + " has no hash and name on line " + (i + 1));
    }
    return lines;
  }
}

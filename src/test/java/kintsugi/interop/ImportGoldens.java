package kintsugi.interop;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import kintsugi.image.ImageSource;
import kintsugi.image.Pixels;
import kintsugi.tensor.Tensor;
import kintsugi.weights.Safetensors;
import kintsugi.weights.Weights;
import kintsugi.weights.WeightsLocator;

/**
 * The small models in {@code src/test/resources/interop}, which their owners' programs fitted and
 * scored: {@code tools/golden_import.py} ran anomalib 1.2.0 and 2.3.0 (with Lightning 2.6.6, timm
 * 1.0.29 and torch 2.13) and patchcore-inspection (with FAISS 1.15.1) on drawn images, {@code
 * tools/golden_pack.py} cut the backbone's weights out of the files. Here they are put back, and
 * the file has to be the owner's byte for byte.
 */
public final class ImportGoldens {
  /** The ResNet-18 of torchvision (IMAGENET1K_V1), batch norms folded, that was cut out. */
  private static final String WEIGHTS =
      "sha256:4343ac6089d6969d02b9fac8bcfff8439af800df08e21e7b10d9c592d2eae0d2";

  private static final Path FOLDER = Path.of("src/test/resources/interop");
  private static final String CUTS = "cuts.txt";

  private ImportGoldens() {}

  /**
   * A model as its owner's program wrote it.
   *
   * @param name such as {@code anomalib1-padim-ckpt}
   * @param model the file or folder
   * @param scores the owner's scores and maps
   */
  public record Golden(String name, Path model, Safetensors scores) {}

  /** {@return the weights that were cut out, where they can be found} */
  public static Optional<Weights> weights() {
    return WeightsLocator.find(null, Path.of(""))
        .map(Weights::read)
        .filter(weights -> weights.matches(WEIGHTS));
  }

  /** {@return the names of all models} */
  public static List<String> names() throws IOException {
    try (Stream<Path> files = Files.list(FOLDER)) {
      return files.map(file -> file.getFileName().toString().replace(".zip", "")).sorted().toList();
    }
  }

  /** {@return a model, written to the folder with its weights} */
  public static Golden unpack(String name, Weights weights, Path folder) throws IOException {
    Map<String, byte[]> entries = entries(FOLDER.resolve(name + ".zip"));
    Path model = folder;
    for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
      Path file = folder.resolve(entry.getKey());
      Files.createDirectories(file.getParent());
      byte[] data = entry.getValue();
      if (entry.getKey().startsWith("model")) {
        model = file.getParent().equals(folder) ? file : file.getParent();
        data =
            entries.containsKey(CUTS) ? whole(data, new String(entries.get(CUTS)), weights) : data;
      }
      Files.write(file, data);
    }
    return new Golden(name, model, Safetensors.read(folder.resolve("golden.safetensors")));
  }

  private static Map<String, byte[]> entries(Path file) throws IOException {
    Map<String, byte[]> entries = new LinkedHashMap<>();
    try (ZipInputStream zip = new ZipInputStream(Files.newInputStream(file))) {
      for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
        entries.put(entry.getName(), zip.readAllBytes());
      }
    }
    return entries;
  }

  private static byte[] whole(byte[] cut, String cuts, Weights weights) {
    ByteArrayOutputStream whole = new ByteArrayOutputStream();
    int[] from = {0};
    List<String> lines = cuts.lines().toList();
    for (String line : lines.subList(1, lines.size())) {
      String[] words = line.split(" ");
      int kept = Integer.parseInt(words[0]) - whole.size();
      whole.write(cut, from[0], kept);
      from[0] += kept;
      whole.writeBytes(bytes(weights.tensors().get(words[2])));
    }
    whole.write(cut, from[0], cut.length - from[0]);
    if (!lines.getFirst().equals("sha256 " + sha256(whole.toByteArray()))) {
      throw new AssertionError("the file with its weights is not the owner's");
    }
    return whole.toByteArray();
  }

  private static byte[] bytes(Tensor tensor) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * tensor.size()).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(tensor.data());
    return bytes.array();
  }

  private static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  /** {@return what a model's file leaves open: the resize of patchcore-inspection} */
  public static Map<String, String> choices(String name) {
    return name.startsWith("inspection") ? Map.of("resize", "shorter:40") : Map.of();
  }

  /** {@return the images that the owner's program scored} */
  public static List<ImageSource> images(Safetensors scores) {
    return names(scores).stream()
        .map(name -> ImageSource.of(name, drawn(Integer.parseInt(name.replace(".png", "")))))
        .toList();
  }

  static List<String> names(Safetensors scores) {
    return List.of(scores.metadata().get("images").replaceAll("[\\[\\]\"]", "").split(", "));
  }

  /** The image of the function {@code drawn} of golden_import.py. */
  private static Pixels drawn(int n) {
    int state = (int) (n * 2654435761L + 1);
    byte[] rgb = new byte[60 * 80 * 3];
    for (int y = 0; y < 60; y++) {
      for (int x = 0; x < 80; x++) {
        for (int c = 0; c < 3; c++) {
          state = state * 1664525 + 1013904223;
          int wave = Math.abs((x * (5 + c) + y * (3 + 2 * c) + 37 * n) % 256 - 128);
          int value = 40 * c + wave + (state >>> 27);
          boolean block = n >= 8 && n % 2 == 1 && x >= 30 && x < 50 && y >= 20 && y < 35;
          rgb[(y * 80 + x) * 3 + c] = (byte) (block ? 255 - value : value);
        }
      }
    }
    return new Pixels(80, 60, rgb);
  }
}

package kintsugi.fuzz;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import kintsugi.weights.Checkpoint;
import kintsugi.weights.Safetensors;
import kintsugi.weights.StoredTensor;
import kintsugi.weights.Weights;

/** The readers of checkpoints: as {@code weights inspect} and as a fit read them. */
final class Checkpoints {
  private Checkpoints() {}

  static void read(byte[] data) throws IOException {
    Path file = Scratch.file("fuzz.pth", data);
    Checkpoint.read(file);
    Weights.read(file);
  }

  /** The pickle of a torch file, in a zip whose checksums are right. */
  static void readPickle(byte[] data) throws IOException {
    read(zip(Map.of("x/data.pkl", data, "x/data/0", new byte[256], "x/data/1", new byte[64])));
  }

  /** A NumPy array in an npz, whose checksums are right. */
  static void readNpz(byte[] data) throws IOException {
    read(zip(Map.of("a.weight.npy", data)));
  }

  static byte[] zip(Map<String, byte[]> entries) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      for (var entry : new java.util.TreeMap<>(entries).entrySet()) {
        zip.putNextEntry(new ZipEntry(entry.getKey()));
        zip.write(entry.getValue());
      }
    }
    return bytes.toByteArray();
  }

  static List<byte[]> safetensors() throws IOException {
    Path file = Scratch.free("seed.safetensors");
    Map<String, StoredTensor> tensors = Map.of("conv1.weight", StoredTensor.of(new float[4], 2, 2));
    new Safetensors(Map.of("format", "pt"), tensors).write(file);
    return List.of(Files.readAllBytes(file));
  }

  static List<byte[]> npy() {
    return List.of(npy("<f4", "False", "2, 3"), npy(">f8", "True", "3,"), npy("<i8", "False", ""));
  }

  private static byte[] npy(String type, String fortran, String shape) {
    String header =
        "{'descr': '%s', 'fortran_order': %s, 'shape': (%s), }\n".formatted(type, fortran, shape);
    String start = "\u0093NUMPY\1\0" + (char) header.length() + "\0";
    return (start + header + "\0".repeat(24)).getBytes(StandardCharsets.ISO_8859_1);
  }
}

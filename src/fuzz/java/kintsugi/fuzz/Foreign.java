package kintsugi.fuzz;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import kintsugi.interop.ForeignModel;
import kintsugi.weights.FaissIndex;
import kintsugi.weights.Pickled;

/** The readers of other programs' models. */
final class Foreign {
  private Foreign() {}

  static void index(byte[] data) throws IOException {
    FaissIndex.read(Scratch.file("fuzz.faiss", data)).firstNotFinite();
  }

  /** A module's pickle, in a zip whose checksums are right: as it is, and as a model. */
  static void module(byte[] data) throws IOException {
    Path file =
        Scratch.file(
            "fuzz.pt",
            Checkpoints.zip(
                Map.of("x/data.pkl", data, "x/data/0", new byte[256], "x/data/1", new byte[64])));
    Pickled root = Pickled.read(file);
    try {
      root.get("model").stateDictionary();
      root.get("state_dict").stateDictionary();
    } catch (IllegalArgumentException e) {
      // Modules that hold each other, which a model's reader refuses in one line.
    }
    ForeignModel.read(file);
  }

  /** An export to ONNX. */
  static void graph(byte[] data) throws IOException {
    ForeignModel.read(Scratch.file("fuzz.onnx", data));
  }

  /** The choices of patchcore-inspection, a plain pickle. */
  static void parameters(byte[] data) throws IOException {
    Pickled root = Pickled.read(Scratch.file("fuzz.pkl", data));
    root.names().forEach(name -> root.get(name).items());
  }

  /** Two vectors of three values, by both codes. */
  static List<byte[]> indices() {
    return List.of(vectors("IxF2"), vectors("IxFl"));
  }

  private static byte[] vectors(String code) {
    ByteBuffer bytes = ByteBuffer.allocate(69).order(ByteOrder.LITTLE_ENDIAN);
    for (char letter : code.toCharArray()) {
      bytes.put((byte) letter);
    }
    bytes.putInt(3).putLong(2).putLong(1 << 20).putLong(1 << 20).put((byte) 1).putInt(1).putLong(6);
    for (int i = 0; i < 6; i++) {
      bytes.putFloat(i);
    }
    return bytes.array();
  }
}

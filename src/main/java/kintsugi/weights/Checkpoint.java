package kintsugi.weights;

import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.ZipException;
import kintsugi.InputException;

/**
 * The reader of checkpoints of every known format, recognised by the first bytes: safetensors,
 * torch's zip and its historic format, ONNX, NumPy's {@code .npz} and {@code .npy}, a folder of
 * {@code .npy}. Nothing in a file is ever run, and no more is allocated than the file's size
 * justifies.
 */
public final class Checkpoint {
  /** The prefixes that training wrappers add to every name. */
  private static final List<String> WRAPPERS =
      List.of("module.", "backbone.", "model.", "encoder.");

  private Checkpoint() {}

  /**
   * Reads a checkpoint.
   *
   * @param file the file
   * @return the tensors by their names, without a prefix common to all
   * @throws InputException if it is missing, damaged or of an unknown format, or asks for more than
   *     a tensor needs
   */
  public static Map<String, StoredTensor> read(Path file) {
    try {
      return unwrapped(Files.isDirectory(file) ? folder(file) : tensors(file));
    } catch (BufferUnderflowException e) {
      throw new InputException(file + ": is cut short; copy or download it again", e);
    } catch (ZipException e) {
      throw new InputException(
          file + ": is a damaged or cut zip (" + e.getMessage() + "); copy or download it again",
          e);
    } catch (IllegalArgumentException | ArithmeticException e) {
      throw new InputException(file + ": is not a readable checkpoint (" + e.getMessage() + ")", e);
    } catch (NoSuchFileException e) {
      throw new InputException(file + ": there is no such file; check the name", e);
    } catch (IOException e) {
      throw new InputException(file + ": cannot be read (" + e.getMessage() + ")", e);
    }
  }

  private static Map<String, StoredTensor> tensors(Path file) throws IOException {
    ByteBuffer bytes = map(file);
    if (bytes.remaining() > 4 && bytes.getInt(0) == 0x504b0304) {
      try (ZipEntries zip = new ZipEntries(file)) {
        boolean torch = !zip.ending("data.pkl").isEmpty();
        Map<String, StoredTensor> tensors = torch ? TorchFile.read(zip) : Npy.read(zip);
        if (tensors.isEmpty()) {
          throw new IllegalArgumentException("its zip holds tensors neither of torch nor of NumPy");
        }
        return tensors;
      }
    }
    if (TorchFile.isHistoric(bytes)) {
      return TorchFile.readHistoric(bytes);
    }
    if (isTar(bytes)) {
      throw new IllegalArgumentException(
          "it is a tar of the first versions of PyTorch; load and save it with a newer version, or"
              + " use torchvision's newer resnet18-f37072fd.pth");
    }
    if (Npy.isNpy(bytes)) {
      return Map.of(Npy.name(file.getFileName().toString()), Npy.read(bytes));
    }
    // An ONNX file begins with the field of its version, a safetensors file with a length and a
    // brace.
    boolean safetensors = bytes.remaining() > 8 && bytes.get(8) == '{';
    if (!safetensors && bytes.remaining() > 1 && bytes.get(0) == 8) {
      return Onnx.read(bytes);
    }
    return Safetensors.read(file).tensors();
  }

  private static boolean isTar(ByteBuffer bytes) {
    int at = 257;
    return bytes.remaining() > at + 5
        && StandardCharsets.US_ASCII.decode(bytes.slice(at, 5)).toString().equals("ustar");
  }

  private static ByteBuffer map(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file)) {
      if (channel.size() > Integer.MAX_VALUE) {
        return ByteBuffer.allocate(0);
      }
      return channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size());
    }
  }

  private static Map<String, StoredTensor> folder(Path folder) throws IOException {
    Map<String, StoredTensor> tensors = new LinkedHashMap<>();
    for (Path array : arrays(folder)) {
      tensors.put(Npy.name(array.getFileName().toString()), Npy.read(map(array)));
    }
    return tensors;
  }

  /** The NumPy files of a folder, sorted by name. */
  static List<Path> arrays(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      List<Path> arrays = files.filter(f -> f.toString().endsWith(".npy")).sorted().toList();
      if (arrays.isEmpty()) {
        throw new InputException(folder + ": holds no .npy files");
      }
      return arrays;
    } catch (IOException e) {
      throw new InputException(folder + ": cannot be listed (" + e.getMessage() + ")", e);
    }
  }

  private static Map<String, StoredTensor> unwrapped(Map<String, StoredTensor> tensors) {
    for (String wrapper : WRAPPERS) {
      List<String> names = new ArrayList<>(tensors.keySet());
      if (names.stream().allMatch(name -> name.startsWith(wrapper))) {
        Map<String, StoredTensor> shorter = new LinkedHashMap<>();
        tensors.forEach((name, tensor) -> shorter.put(name.substring(wrapper.length()), tensor));
        return unwrapped(shorter);
      }
    }
    return tensors;
  }
}

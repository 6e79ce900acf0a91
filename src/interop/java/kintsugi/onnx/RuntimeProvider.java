package kintsugi.onnx;

import java.nio.file.Path;
import java.util.Collection;
import kintsugi.InputException;
import kintsugi.interop.OnnxRunner;

/** ONNX Runtime, where its jar is on the module path. */
public final class RuntimeProvider implements OnnxRunner.Provider {
  /** For the service loader. */
  public RuntimeProvider() {}

  @Override
  public boolean isThere() {
    try {
      Class.forName("ai.onnxruntime.OrtEnvironment", false, getClass().getClassLoader());
      return true;
    } catch (ClassNotFoundException e) {
      return false;
    }
  }

  @Override
  public OnnxRunner open(Path file, Collection<String> more) {
    try {
      return new RuntimeGraph(file, more);
    } catch (NoClassDefFoundError e) {
      throw new InputException(
          file
              + ": cannot be run without ONNX Runtime's jar; build both with mvn -Pinterop"
              + " -Dmaven.test.skip package",
          e);
    } catch (UnsatisfiedLinkError e) {
      throw new InputException(
          file + ": ONNX Runtime has no library for this system (" + e.getMessage() + ")", e);
    }
  }
}

package kintsugi.spark;

import java.util.Arrays;

/**
 * A program of Spark's as a process that ends with the one that started it, also where that is
 * killed: executors end with their Worker.
 */
public final class ClusterProcess {
  private ClusterProcess() {}

  /**
   * Runs the program.
   *
   * @param arguments the number of the process that it belongs to, its class, its own arguments
   */
  public static void main(String[] arguments) throws ReflectiveOperationException {
    ProcessHandle.of(Long.parseLong(arguments[0]))
        .ifPresentOrElse(
            parent -> parent.onExit().thenRun(() -> Runtime.getRuntime().halt(1)),
            () -> Runtime.getRuntime().halt(1));
    Class.forName(arguments[1])
        .getMethod("main", String[].class)
        .invoke(null, (Object) Arrays.copyOfRange(arguments, 2, arguments.length));
  }
}

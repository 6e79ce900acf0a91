package kintsugi.mark;

import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The process in which a student's method runs, once per case. It is not told what is expected, and
 * compares nothing: it writes what came back, a record per case, to its standard output; what the
 * student prints goes to the other stream. The specification is on its class path all the same,
 * where code that looks for it can call it.
 */
final class Attempt {
  /** What came of one case. */
  enum Kind {
    RETURNED,
    NOT_WRITTEN,
    FAILED
  }

  /**
   * The end of one call.
   *
   * @param kind of end
   * @param values what was returned, or null
   * @param text what went wrong, or null
   */
  record Outcome(Kind kind, Values values, String text) {
    static Outcome failed(String text) {
      return new Outcome(Kind.FAILED, null, text);
    }

    void write(DataOutputStream out) throws IOException {
      out.writeByte(kind.ordinal());
      if (kind == Kind.RETURNED) {
        values.write(out);
      } else if (kind == Kind.FAILED) {
        out.writeUTF(text.length() > 1000 ? text.substring(0, 1000) : text);
      }
    }

    static Outcome read(DataInputStream in) throws IOException {
      int kind = in.readUnsignedByte();
      if (kind >= Kind.values().length) {
        throw new IOException("a record of kind " + kind);
      }
      return switch (Kind.values()[kind]) {
        case RETURNED -> new Outcome(Kind.RETURNED, Values.read(in), null);
        case NOT_WRITTEN -> new Outcome(Kind.NOT_WRITTEN, null, null);
        case FAILED -> failed(in.readUTF());
      };
    }
  }

  private Attempt() {}

  /**
   * Runs one exercise's cases until one fails.
   *
   * @param arguments the exercise, and the full name of the student's class
   * @throws IOException if nobody reads the output
   */
  public static void main(String[] arguments) throws IOException {
    System.setOut(System.err);
    Runtime.getRuntime().addShutdownHook(new Thread(() -> endChildren(ProcessHandle.current())));
    Exercise exercise = Exercise.of(arguments[0]);
    try (DataOutputStream out =
        new DataOutputStream(new BufferedOutputStream(new FileOutputStream(FileDescriptor.out)))) {
      Outcome last;
      int index = 0;
      do {
        last = run(exercise, arguments[1], exercise.cases().get(index++));
        last.write(out);
        out.flush();
      } while (last.kind == Kind.RETURNED && index < exercise.cases().size());
    }
    // A thread that the student started does not keep the process.
    System.exit(0);
  }

  /** Ends the processes that a process started, and theirs, while it still runs. */
  static void endChildren(ProcessHandle process) {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
  }

  private static Outcome run(Exercise exercise, String type, Exercise.Case input) {
    try {
      return call(method(exercise, Class.forName(type)), input.arguments().get());
    } catch (ReflectiveOperationException | LinkageError e) {
      return Outcome.failed(e instanceof NoSuchMethodException ? e.getMessage() : "" + e);
    }
  }

  /** The public static method with the exercise's parameters. */
  static Method method(Exercise exercise, Class<?> type) throws NoSuchMethodException {
    Class<?>[] parameters = exercise.parameters();
    Method method =
        Arrays.stream(type.getDeclaredMethods())
            .filter(m -> m.getName().equals(exercise.method()))
            .filter(m -> Arrays.equals(m.getParameterTypes(), parameters))
            .filter(m -> Modifier.isStatic(m.getModifiers()))
            .findFirst()
            .orElseThrow(
                () -> new NoSuchMethodException("there is no " + signature(exercise) + " in it"));
    method.setAccessible(true);
    return method;
  }

  private static String signature(Exercise exercise) {
    return "static method "
        + exercise.method()
        + Stream.of(exercise.parameters())
            .map(Class::getSimpleName)
            .collect(Collectors.joining(", ", "(", ")"));
  }

  /** Calls the method once. */
  static Outcome call(Method method, Object[] arguments) throws IllegalAccessException {
    try {
      return new Outcome(Kind.RETURNED, Values.of(method.invoke(null, arguments)), null);
    } catch (InvocationTargetException e) {
      return thrown(e.getCause(), method.getDeclaringClass().getName());
    } catch (IllegalArgumentException | ClassCastException e) {
      return Outcome.failed("" + e.getMessage());
    }
  }

  private static Outcome thrown(Throwable thrown, String type) {
    StackTraceElement[] trace = thrown.getStackTrace();
    boolean own = trace.length > 0 && trace[0].getClassName().equals(type);
    if (thrown instanceof UnsupportedOperationException && own) {
      return new Outcome(Kind.NOT_WRITTEN, null, null);
    }
    if (thrown instanceof OutOfMemoryError) {
      return Outcome.failed("it needs more memory than " + Marker.MEMORY + " MB");
    }
    String place =
        Arrays.stream(trace)
            .filter(element -> element.getClassName().equals(type))
            .findFirst()
            .map(element -> " at " + element.getFileName() + ":" + element.getLineNumber())
            .orElse("");
    String message = thrown.getMessage() == null ? "" : ": " + thrown.getMessage();
    return Outcome.failed("it threw " + thrown.getClass().getSimpleName() + message + place);
  }
}

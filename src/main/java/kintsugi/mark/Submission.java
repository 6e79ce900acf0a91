package kintsugi.mark;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import kintsugi.InputException;

/**
 * What a student hands in: the Java files of a folder, compiled. A file that does not compile is
 * left out with its first error, so that the others can be marked.
 *
 * @param classes the folder of the class files
 * @param sources per class name its file
 * @param errors per file the first error
 */
record Submission(Path classes, Map<String, Path> sources, Map<Path, String> errors) {
  /** Far more than a class hands in at once. */
  private static final int MOST_FILES = 1000;

  /**
   * Compiles.
   *
   * @param folder of the Java files, and all folders in it
   * @param classes an empty folder, which receives the class files
   * @throws InputException if there are no Java files, or this Java has no compiler
   */
  static Submission compile(Path folder, Path classes) {
    List<Path> files = files(folder);
    Map<String, Path> sources = new LinkedHashMap<>();
    for (Path file : files) {
      sources.putIfAbsent(file.getFileName().toString().replaceFirst("\\.java$", ""), file);
    }
    Map<Path, String> errors = new LinkedHashMap<>();
    List<Path> left = new ArrayList<>(files);
    while (!left.isEmpty()) {
      Map<Path, String> found = errors(left, classes);
      if (found.isEmpty()) {
        break;
      }
      errors.putAll(found);
      left.removeAll(found.keySet());
    }
    return new Submission(classes, sources, errors);
  }

  private static List<Path> files(Path folder) {
    try (Stream<Path> all = Files.walk(folder)) {
      List<Path> files =
          all.filter(file -> file.toString().endsWith(".java") && Files.isRegularFile(file))
              .limit(MOST_FILES + 1L)
              .sorted()
              .toList();
      if (files.isEmpty()) {
        throw new InputException(
            folder + ": there are no Java files in it; name the folder of the exercises");
      }
      if (files.size() > MOST_FILES) {
        throw new InputException(
            folder + ": more than " + MOST_FILES + " Java files; name the folder of the exercises");
      }
      return files;
    } catch (IOException | UncheckedIOException e) {
      throw new InputException(folder + ": cannot be read; name the folder of the exercises", e);
    }
  }

  /** The first error of each file that does not compile. */
  private static Map<Path, String> errors(List<Path> files, Path classes) {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    if (compiler == null) {
      throw new InputException("this Java has no compiler; run it with a JDK");
    }
    DiagnosticCollector<JavaFileObject> diagnostics = new DiagnosticCollector<>();
    Charset utf8 = StandardCharsets.UTF_8;
    try (StandardJavaFileManager manager =
        compiler.getStandardFileManager(diagnostics, Locale.ROOT, utf8)) {
      // An empty class path: plain Java alone, and no processor that would run on this side.
      List<String> options =
          List.of("-d", "" + classes, "-cp", "" + classes, "-proc:none", "-g", "-nowarn");
      boolean done =
          compiler
              .getTask(
                  null,
                  manager,
                  diagnostics,
                  options,
                  null,
                  manager.getJavaFileObjectsFromPaths(files))
              .call();
      return done ? Map.of() : errors(diagnostics.getDiagnostics(), files);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Map<Path, String> errors(
      List<Diagnostic<? extends JavaFileObject>> diagnostics, List<Path> files) {
    Map<Path, String> errors = new LinkedHashMap<>();
    for (Diagnostic<? extends JavaFileObject> diagnostic : diagnostics) {
      if (diagnostic.getKind() == Diagnostic.Kind.ERROR) {
        JavaFileObject source = diagnostic.getSource();
        Path file = source == null ? files.getFirst() : Path.of(source.toUri());
        files.stream()
            .filter(own -> own.toAbsolutePath().equals(file.toAbsolutePath()))
            .findFirst()
            .ifPresent(own -> errors.putIfAbsent(own, text(own, diagnostic)));
      }
    }
    if (errors.isEmpty()) {
      files.forEach(file -> errors.put(file, file.getFileName() + ": the compiler failed"));
    }
    return errors;
  }

  private static String text(Path file, Diagnostic<?> diagnostic) {
    String message = diagnostic.getMessage(Locale.ROOT).lines().findFirst().orElse("");
    return file.getFileName() + ":" + diagnostic.getLineNumber() + ": " + message;
  }

  /** The first error of a class's file. */
  Optional<String> error(String name) {
    return Optional.ofNullable(sources.get(name)).map(errors::get);
  }

  /**
   * The full name of a class, which may be in any package.
   *
   * @param classes the folder of the class files
   * @param name its simple name
   */
  static Optional<String> fullName(Path classes, String name) {
    try (Stream<Path> all = Files.walk(classes)) {
      return all.filter(file -> file.endsWith(name + ".class"))
          .map(file -> classes.relativize(file).toString())
          .map(file -> file.replaceFirst("\\.class$", "").replaceAll("[/\\\\]", "."))
          .sorted()
          .findFirst();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

package kintsugi.cli;

import java.awt.image.BufferedImage;
import java.io.File;
import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassFile.ClassHierarchyResolverOption;
import java.lang.classfile.ClassFile.StackMapsOption;
import java.lang.classfile.ClassFileVersion;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassModel;
import java.lang.classfile.ClassTransform;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;
import javax.imageio.ImageIO;
import kintsugi.backbone.ResNet;
import kintsugi.dataset.SyntheticConcrete;
import kintsugi.weights.Safetensors;
import kintsugi.weights.StoredTensor;

/**
 * A folder with which the launcher starts Java quickly: {@code java.args}, the arguments that take
 * the place of a module path, and a cache of classes, loaded and linked, with profiles of their
 * methods (JEP 483, 514 and 515), recorded while small work is done.
 *
 * <p>Java keeps nothing of its modules in a cache while an incubating one is among them, and
 * without them no linked class and no profile. So the Vector API's classes are appended to the boot
 * class path, with the exports and the flags of the virtual machine that its module has; everything
 * else is on the class path. Classes of before Java 6 cannot be cached either: the jars that have
 * some, picocli's above all, are copied with a newer version and the frames that it asks for.
 */
final class QuickStart {
  private static final String VECTOR = "jdk.incubator.vector";
  private static final String CACHE = "kintsugi.aot";
  private static final int JAVA_6 = 50;
  private static final String CLASS = ".class";

  private QuickStart() {}

  /**
   * Fills a folder; ends with 1 where this Java makes no cache.
   *
   * @param arguments the folder; or, in the process that is recorded, nothing
   */
  static void main(String[] arguments) throws IOException, InterruptedException {
    if (arguments.length == 0) {
      work();
    } else {
      Path folder = Files.createDirectories(Path.of(arguments[0])).toAbsolutePath();
      System.exit(make(folder) ? 0 : 1);
    }
  }

  private static boolean make(Path folder) throws IOException, InterruptedException {
    List<String> java = new ArrayList<>();
    java.add("-Xbootclasspath/a:" + vectorApi(folder.resolve("vector.jar")));
    Object.class.getModule().getDescriptor().exports().stream()
        .filter(exported -> exported.targets().contains(VECTOR))
        .map(exported -> "--add-exports=java.base/" + exported.source() + "=ALL-UNNAMED")
        .sorted()
        .forEach(java::add);
    // The virtual machine sets these where it defines the Vector API's module.
    java.add("-XX:+UnlockExperimentalVMOptions");
    java.add("-XX:+EnableVectorSupport");
    java.add("-XX:+EnableVectorReboxing");
    java.add("-XX:+EnableVectorAggressiveReboxing");
    java.add("-cp");
    java.add(classPath(folder));
    Path recorded = write(folder.resolve("record.args"), java);
    Path cache = folder.resolve(CACHE);
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "@" + recorded,
                "-XX:AOTCacheOutput=" + cache,
                // So that what it has written goes with the folder if it is ended.
                "-Djava.io.tmpdir=" + folder,
                "-Djava.awt.headless=true",
                QuickStart.class.getName())
            .inheritIO()
            .start();
    Runtime.getRuntime().addShutdownHook(new Thread(() -> end(process)));
    if (process.waitFor() != 0 || !Files.exists(cache)) {
      return false;
    }
    java.add("-XX:AOTCache=" + cache);
    // A cache that does not fit is left out without a word.
    java.add("-Xlog:aot*=off,cds*=off");
    write(folder.resolve("java.args"), java);
    return true;
  }

  /**
   * Ends the process that is recorded, and the one by which it makes the cache, where this one is
   * ended before them. One whose parent has ended stays in the table of processes where nobody asks
   * for its status, as the first process of a container may not, so there is a limit.
   */
  private static void end(Process process) {
    List<ProcessHandle> all =
        Stream.concat(process.descendants(), Stream.of(process.toHandle())).toList();
    all.forEach(ProcessHandle::destroyForcibly);
    CompletableFuture.allOf(
            all.stream().map(ProcessHandle::onExit).toArray(CompletableFuture<?>[]::new))
        .completeOnTimeout(null, 5, TimeUnit.SECONDS)
        .join();
  }

  /** Writes a file of arguments as {@code java @file} reads it. */
  private static Path write(Path file, List<String> java) throws IOException {
    return Files.write(
        file, java.stream().map(word -> '"' + word.replace("\\", "\\\\") + '"').toList());
  }

  /** The classes of the Vector API, without their module. */
  private static Path vectorApi(Path jar) throws IOException {
    Path module = FileSystems.getFileSystem(URI.create("jrt:/")).getPath("modules", VECTOR);
    try (Stream<Path> files = Files.walk(module);
        ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(jar))) {
      for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
        String name = module.relativize(file).toString();
        if (!name.equals("module-info.class")) {
          out.putNextEntry(new ZipEntry(name));
          Files.copy(file, out);
        }
      }
    }
    return jar;
  }

  /** The jars of the module path that this process has, or copies of them with newer classes. */
  private static String classPath(Path folder) throws IOException {
    List<String> jars = new ArrayList<>();
    for (String place : System.getProperty("jdk.module.path").split(File.pathSeparator)) {
      try (Stream<Path> files = Files.walk(Path.of(place).toAbsolutePath(), 1)) {
        for (Path jar : files.filter(file -> file.toString().endsWith(".jar")).sorted().toList()) {
          Path copy = folder.resolve(jar.getFileName());
          jars.add((renew(jar, copy) ? copy : jar).toString());
        }
      }
    }
    return String.join(File.pathSeparator, jars);
  }

  /** Copies a jar with newer classes; false, and no copy, if it has no old ones. */
  private static boolean renew(Path jar, Path copy) throws IOException {
    boolean renewed = false;
    try (URLClassLoader loader = new URLClassLoader(new URL[] {jar.toUri().toURL()});
        ZipInputStream in = new ZipInputStream(Files.newInputStream(jar));
        ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(copy))) {
      ClassFile classes =
          ClassFile.of(
              StackMapsOption.GENERATE_STACK_MAPS,
              ClassHierarchyResolverOption.of(ClassHierarchyResolver.ofResourceParsing(loader)));
      for (ZipEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
        byte[] bytes = in.readAllBytes();
        byte[] written = entry.getName().endsWith(CLASS) ? renewed(classes, bytes) : bytes;
        renewed |= written != bytes;
        out.putNextEntry(new ZipEntry(entry.getName()));
        out.write(written);
      }
    }
    if (!renewed) {
      Files.delete(copy);
    }
    return renewed;
  }

  private static byte[] renewed(ClassFile classes, byte[] bytes) {
    ClassModel model = classes.parse(bytes);
    if (model.majorVersion() >= JAVA_6) {
      return bytes;
    }
    ClassTransform frames = ClassTransform.transformingMethodBodies((code, e) -> code.with(e));
    ClassTransform version =
        (type, e) -> {
          if (e instanceof ClassFileVersion) {
            type.withVersion(ClassFile.JAVA_8_VERSION, 0);
          } else {
            type.with(e);
          }
        };
    try {
      return classes.transformClass(model, frames.andThen(version));
    } catch (IllegalArgumentException e) {
      // Subroutines of before Java 6 have no frames; the class works as it is, uncached.
      return bytes;
    }
  }

  /** Work that loads the classes of common commands, and runs their methods. */
  private static void work() throws IOException {
    Path folder = Files.createTempDirectory("kintsugi-start");
    try {
      SyntheticConcrete.write(folder, 4, 1, 1);
      Path normal = folder.resolve(SyntheticConcrete.NORMAL);
      Path anomalous = folder.resolve(SyntheticConcrete.ANOMALOUS);
      Path jpeg = jpeg(anomalous, folder.resolve("image.jpg"));
      String weights = "" + weights(folder.resolve("weights.safetensors"));
      for (String method : List.of("padim", "patchcore")) {
        String model = "" + folder.resolve(method + ".safetensors");
        run("fit", method, "--train", "" + normal, "--model", model, "--weights", weights);
        predict(model, jpeg, weights, folder.resolve(method));
        run("calibrate", "--model", model, "--normal", "" + normal, "--weights", weights);
        predict(model, anomalous, weights, folder.resolve(method + "-calibrated"));
      }
      run("--help");
      run("--version");
    } finally {
      try (Stream<Path> files = Files.walk(folder)) {
        files.sorted(Comparator.reverseOrder()).map(Path::toFile).forEach(File::delete);
      }
    }
  }

  private static void predict(String model, Path images, String weights, Path out) {
    run("predict", "--model", model, "" + images, "--weights", weights, "--out", "" + out);
  }

  private static void run(String... arguments) {
    if (Main.run(arguments) != 0) {
      throw new IllegalStateException("failed: " + Arrays.toString(arguments));
    }
  }

  private static Path jpeg(Path folder, Path file) throws IOException {
    try (Stream<Path> images = Files.list(folder)) {
      BufferedImage image = ImageIO.read(images.sorted().findFirst().orElseThrow().toFile());
      ImageIO.write(image, "jpg", file.toFile());
    }
    return file;
  }

  private static Path weights(Path file) {
    Map<String, StoredTensor> tensors = new LinkedHashMap<>();
    ResNet.randomWeights(1)
        .tensors()
        .forEach(
            (name, tensor) -> {
              if (!name.startsWith("layer4") && !name.startsWith("fc")) {
                tensors.put(name, StoredTensor.of(tensor));
              }
            });
    new Safetensors(Map.of(), tensors).write(file);
    return file;
  }
}

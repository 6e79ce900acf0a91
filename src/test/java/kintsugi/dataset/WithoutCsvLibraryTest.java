package kintsugi.dataset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The lists of a program that leaves the optional CSV library out. */
class WithoutCsvLibraryTest {
  @TempDir Path folder;

  /** Loads the package anew and hides the CSV library from it. */
  private static final class WithoutCsv extends ClassLoader {
    private WithoutCsv() {
      super(WithoutCsvLibraryTest.class.getClassLoader());
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
      if (name.startsWith("tools.jackson.dataformat.csv.")) {
        throw new ClassNotFoundException(name);
      }
      if (!name.startsWith("kintsugi.dataset.")) {
        return super.loadClass(name, resolve);
      }
      Class<?> loaded = findLoadedClass(name);
      return loaded == null ? define(name) : loaded;
    }

    private Class<?> define(String name) throws ClassNotFoundException {
      try (InputStream in = getResourceAsStream(name.replace('.', '/') + ".class")) {
        byte[] bytes = in.readAllBytes();
        return defineClass(name, bytes, 0, bytes.length);
      } catch (IOException e) {
        throw new ClassNotFoundException(name, e);
      }
    }
  }

  @Test
  void jsonLinesAreReadAndCsvNamesTheMissingLibrary() throws Exception {
    Method files =
        new WithoutCsv().loadClass("kintsugi.dataset.FileList").getMethod("files", Path.class);
    Path lines = Files.writeString(folder.resolve("list.jsonl"), "{\"file\": \"1.png\"}\n");
    assertThat(files.invoke(null, lines)).isEqualTo(List.of(folder.resolve("1.png")));
    Path csv = Files.writeString(folder.resolve("list.csv"), "file\n1.png\n");
    assertThatThrownBy(() -> files.invoke(null, csv))
        .isInstanceOf(InvocationTargetException.class)
        .cause()
        .isInstanceOf(kintsugi.InputException.class)
        .hasMessageContaining(csv + ": reading CSV needs")
        .hasMessageContaining("jackson-dataformat-csv");
  }
}

package kintsugi.bench.suite;

import java.nio.file.Path;

/** Files as they were named in the folder where a script was called, which goes to another one. */
public final class Places {
  private static final Path FROM = Path.of(System.getenv().getOrDefault("KINTSUGI_FROM", ""));

  private Places() {}

  /** {@return the file of that name, as it is reached from here} */
  public static Path of(String name) {
    return FROM.resolve(name);
  }
}

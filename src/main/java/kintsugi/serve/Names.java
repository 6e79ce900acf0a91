package kintsugi.serve;

import java.nio.file.Path;
import java.util.regex.Pattern;

/** The names by which models are called: letters, digits, dots, hyphens, underscores. */
public final class Names {
  private static final Pattern NAME = Pattern.compile("[\\p{L}\\p{N}_][\\p{L}\\p{N}._-]{0,99}");

  private Names() {}

  /**
   * {@return whether a model can be called by a name}
   *
   * @param name the name
   */
  public static boolean isName(String name) {
    return NAME.matcher(name).matches();
  }

  /**
   * {@return a file's name without its ending}
   *
   * @param file the file
   */
  public static String stem(Path file) {
    String name = file.getFileName().toString();
    int dot = name.lastIndexOf('.');
    return dot > 0 ? name.substring(0, dot) : name;
  }
}

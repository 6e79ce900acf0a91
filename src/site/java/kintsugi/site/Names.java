package kintsugi.site;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where a name of the program leads: to the Javadoc if it is part of the API, else to the source.
 *
 * @param root the project's folder
 * @param api the Javadoc, a folder of the site
 */
record Names(Path root, Path api) {
  private static final List<String> SOURCES =
      List.of(
          "src/main/java/kintsugi/",
          "src/examples/java/kintsugi/",
          "src/test/java/kintsugi/",
          "src/tornado/java/kintsugi/",
          "src/interop/java/kintsugi/",
          "src/spark/java/kintsugi/",
          "src/fuzz/java/kintsugi/");
  private static final Pattern NAME =
      Pattern.compile("(?:kintsugi\\.)?((?:[a-z]+\\.)*)([A-Z]\\w+)(?:[#.](\\w+)(?:\\(.*\\))?)?");

  /** {@return where a name leads, from the site's folder, if it is one of the program's} */
  Optional<String> address(String code) throws IOException {
    Matcher name = NAME.matcher(code);
    if (!name.matches() || name.group(1).isEmpty()) {
      return Optional.empty();
    }
    String file = name.group(1).replace('.', '/') + name.group(2);
    Path page = api.resolve("kintsugi/kintsugi/" + file + ".html");
    if (Files.exists(page)) {
      String member = name.group(3) == null ? "" : member(page, name.group(3));
      if (name.group(3) == null || !member.isEmpty()) {
        return Optional.of("api/kintsugi/kintsugi/" + file + ".html" + member);
      }
    }
    return Optional.ofNullable(source(file + ".java", name.group(3)));
  }

  private static String member(Path page, String name) throws IOException {
    Matcher id =
        Pattern.compile("id=\"(" + Pattern.quote(name) + "(?:\\([^\"]*\\))?)\"")
            .matcher(Files.readString(page));
    return id.find() ? "#" + id.group(1) : "";
  }

  /**
   * {@return the address of a source file's page, at the line where a method begins; null if there
   * is no such file}
   */
  String source(String file, String method) throws IOException {
    for (String folder : SOURCES) {
      Path source = root.resolve(folder + file);
      if (Files.exists(source)) {
        return Source.address(folder + file) + (method == null ? "" : line(source, method));
      }
    }
    return null;
  }

  private static String line(Path source, String method) throws IOException {
    Pattern start = Pattern.compile("^\\s+(?!return|\\*|/|\\.)[\\w<].*\\b" + method + "\\(.*");
    List<String> lines = Files.readAllLines(source);
    for (int i = 0; i < lines.size(); i++) {
      if (start.matcher(lines.get(i)).matches() && !lines.get(i).endsWith(";")) {
        return "#L" + (i + 1);
      }
    }
    return "";
  }
}

package kintsugi.tools;

import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import kintsugi.InputException;
import kintsugi.weights.WebConnection;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The known vulnerabilities of the dependencies, which {@code mvn -Pvulnerabilities test} asks <a
 * href="https://google.github.io/osv.dev/post-v1-querybatch/">osv.dev</a> for. It is asked through
 * the proxy that the environment names, as other programs read it ({@code https_proxy}). Where it
 * cannot be reached a line says so, and the build goes on.
 */
final class Vulnerabilities {
  private static final int PATIENCE_MILLIS = 30_000;

  /** A line of Maven's list of dependencies: group, name, kind, perhaps a classifier, version. */
  private static final Pattern LISTED =
      Pattern.compile("\\s*([^:\\s]+):([^:\\s]+):jar(?::[^:\\s]+)?:([^:\\s]+):[a-z]+\\b.*");

  private Vulnerabilities() {}

  /** What the database could not be asked for. */
  private static final class Unreachable extends Exception {
    private static final long serialVersionUID = 1L;

    Unreachable(String reason) {
      super(reason);
    }
  }

  /**
   * Prints them.
   *
   * @param arguments Maven's list, and the address of the database
   */
  public static void main(String[] arguments) throws IOException {
    System.exit(run(Path.of(arguments[0]), URI.create(arguments[1]), System.getenv()));
  }

  /**
   * {@return 1 if there are some or the question is wrong, 0 if there are none or nobody answers}
   */
  static int run(Path list, URI database, Map<String, String> environment) throws IOException {
    List<String> dependencies = packages(Files.readAllLines(list));
    if (dependencies.isEmpty()) {
      System.out.println(list + ": no dependency is listed; has Maven's list another form now?");
      return 1;
    }
    try {
      List<String> found = find(dependencies, database, environment);
      found.forEach(System.out::println);
      System.out.println(
          dependencies.size() + " dependencies, " + found.size() + " known vulnerabilities");
      return found.isEmpty() ? 0 : 1;
    } catch (IllegalStateException | InputException e) {
      System.out.println(e.getMessage());
      return 1;
    } catch (Unreachable e) {
      System.out.println(
          "not checked for known vulnerabilities: "
              + database.getAuthority()
              + " "
              + e.getMessage()
              + "; try again where it can be reached");
      return 0;
    }
  }

  /** The dependencies as package URLs. */
  private static List<String> packages(List<String> lines) {
    return lines.stream()
        .map(LISTED::matcher)
        .filter(Matcher::matches)
        .map(m -> "pkg:maven/" + m.group(1) + "/" + m.group(2) + "@" + m.group(3))
        .sorted()
        .distinct()
        .toList();
  }

  private static List<String> find(
      List<String> dependencies, URI database, Map<String, String> environment) throws Unreachable {
    JsonNode results = asked(dependencies, database, environment).path("results");
    if (results.size() != dependencies.size()) {
      throw new Unreachable("has " + results.size() + " answers to " + dependencies.size());
    }
    List<String> found = new ArrayList<>();
    for (int i = 0; i < dependencies.size(); i++) {
      for (JsonNode vulnerability : results.path(i).path("vulns")) {
        String id = vulnerability.path("id").asString();
        found.add(dependencies.get(i) + ": https://osv.dev/" + id);
      }
    }
    return found;
  }

  private static JsonNode asked(
      List<String> dependencies, URI database, Map<String, String> environment) throws Unreachable {
    Map<String, Object> queries =
        Map.of(
            "queries",
            dependencies.stream().map(each -> Map.of("package", Map.of("purl", each))).toList());
    try {
      HttpURLConnection connection = WebConnection.open(database, environment);
      connection.setConnectTimeout(PATIENCE_MILLIS);
      connection.setReadTimeout(PATIENCE_MILLIS);
      connection.setInstanceFollowRedirects(false);
      connection.setRequestProperty("Content-Type", "application/json");
      connection.setDoOutput(true);
      connection.getOutputStream().write(JsonMapper.shared().writeValueAsBytes(queries));
      int status = connection.getResponseCode();
      if (status / 100 == 4 && status != 429) {
        throw new IllegalStateException(
            database.getAuthority() + " refuses the question: " + status);
      }
      if (status != 200) {
        throw new Unreachable("answers " + status);
      }
      return JsonMapper.shared().readTree(connection.getInputStream());
    } catch (IOException e) {
      throw new Unreachable("cannot be reached (" + e.getClass().getSimpleName() + ")");
    } catch (JacksonException e) {
      throw new Unreachable("does not answer with JSON");
    }
  }
}

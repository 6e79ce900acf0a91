package kintsugi.tools;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The known vulnerabilities of the dependencies, which {@code mvn -Pvulnerabilities test} asks <a
 * href="https://google.github.io/osv.dev/post-v1-querybatch/">osv.dev</a> for. Where that cannot be
 * reached a line says so, and the build goes on.
 */
final class Vulnerabilities {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

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
  public static void main(String[] arguments) throws IOException, InterruptedException {
    System.exit(run(Path.of(arguments[0]), URI.create(arguments[1])));
  }

  /**
   * {@return 1 if there are some or the question is wrong, 0 if there are none or nobody answers}
   */
  static int run(Path list, URI database) throws IOException, InterruptedException {
    List<String> dependencies = packages(Files.readAllLines(list));
    if (dependencies.isEmpty()) {
      System.out.println(list + ": no dependency is listed; has Maven's list another form now?");
      return 1;
    }
    try {
      List<String> found = find(dependencies, database);
      found.forEach(System.out::println);
      System.out.println(
          dependencies.size() + " dependencies, " + found.size() + " known vulnerabilities");
      return found.isEmpty() ? 0 : 1;
    } catch (IllegalStateException e) {
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

  private static List<String> find(List<String> dependencies, URI database)
      throws InterruptedException, Unreachable {
    JsonNode results = asked(dependencies, database).path("results");
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

  private static JsonNode asked(List<String> dependencies, URI database)
      throws InterruptedException, Unreachable {
    Map<String, Object> queries =
        Map.of(
            "queries",
            dependencies.stream().map(each -> Map.of("package", Map.of("purl", each))).toList());
    HttpRequest request =
        HttpRequest.newBuilder(database)
            .timeout(PATIENCE)
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(JsonMapper.shared().writeValueAsString(queries)))
            .build();
    try (HttpClient client = HttpClient.newBuilder().connectTimeout(PATIENCE).build()) {
      HttpResponse<String> response = client.send(request, BodyHandlers.ofString());
      int status = response.statusCode();
      if (status / 100 == 4 && status != 429) {
        throw new IllegalStateException(
            database.getAuthority() + " refuses the question: " + status);
      }
      if (status != 200) {
        throw new Unreachable("answers " + status);
      }
      return JsonMapper.shared().readTree(response.body());
    } catch (IOException e) {
      throw new Unreachable("cannot be reached (" + e.getClass().getSimpleName() + ")");
    } catch (JacksonException e) {
      throw new Unreachable("does not answer with JSON");
    }
  }
}

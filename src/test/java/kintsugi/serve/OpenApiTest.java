package kintsugi.serve;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The description that the server sends of itself names what there is, and nothing else. */
class OpenApiTest {
  private static final JsonNode DESCRIPTION =
      JsonMapper.shared().readTree(OpenApiTest.class.getResourceAsStream("openapi.json"));

  @Test
  void everyRouteIsDescribedAndEveryDescriptionIsARoute() {
    Set<String> described = new TreeSet<>();
    for (var path : DESCRIPTION.get("paths").properties()) {
      path.getValue()
          .propertyNames()
          .forEach(method -> described.add(method.toUpperCase(Locale.ROOT) + " " + path.getKey()));
    }
    // Nothing of a line is used before a request comes.
    List<Route> routes = Server.routes(null);
    assertThat(described)
        .containsExactlyInAnyOrderElementsOf(
            routes.stream().map(route -> route.method() + " " + route.template()).toList());
  }

  @Test
  void everyNameInAPathIsAParameterAndEveryReferenceLeadsSomewhere() {
    for (var path : DESCRIPTION.get("paths").properties()) {
      Matcher name = Pattern.compile("\\{(\\w+)}").matcher(path.getKey());
      while (name.find()) {
        for (JsonNode operation : path.getValue()) {
          assertThat(operation.get("parameters").valueStream())
              .as(path.getKey())
              .anyMatch(
                  p ->
                      p.get("in").asString().equals("path")
                          && p.get("name").asString().equals(name.group(1)));
        }
      }
    }
    for (JsonNode reference : DESCRIPTION.findValues("$ref")) {
      assertThat(DESCRIPTION.at(reference.asString().substring(1)).isMissingNode())
          .as(reference.asString())
          .isFalse();
    }
  }
}

package kintsugi.serve;

import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * A route: what handles a method on the paths of a template.
 *
 * @param method of HTTP
 * @param template a path, in which {@code {name}} stands for any one segment
 * @param handler the work
 */
record Route(String method, String template, Handler handler) {
  /** The work of a route. */
  interface Handler {
    /**
     * {@return the reply}
     *
     * @param request its body not read yet
     * @throws IOException if the other side is gone
     */
    Reply handle(Request request) throws IOException;
  }

  /** {@return the values of the template's names, decoded; empty if the path is another} */
  Optional<Map<String, String>> match(String path) {
    String[] wanted = template.split("/", -1);
    String[] given = path.split("/", -1);
    if (wanted.length != given.length) {
      return Optional.empty();
    }
    Map<String, String> names = new LinkedHashMap<>();
    for (int i = 0; i < wanted.length; i++) {
      if (wanted[i].startsWith("{")) {
        names.put(wanted[i].substring(1, wanted[i].length() - 1), segment(given[i]));
      } else if (!wanted[i].equals(given[i])) {
        return Optional.empty();
      }
    }
    return Optional.of(names);
  }

  private static String segment(String text) {
    try {
      // In a path a plus stands for itself.
      return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw new Refusal(Refusal.BAD_REQUEST, "the path has " + text + ", which is not encoded");
    }
  }
}

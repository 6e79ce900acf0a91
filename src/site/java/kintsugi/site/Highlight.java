package kintsugi.site;

import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** Java with its comments, texts and keywords marked. */
final class Highlight {
  private static final Pattern PARTS =
      Pattern.compile(
          "(?<comment>//[^\n]*|/\\*.*?\\*/)"
              + "|(?<text>\"\"\".*?\"\"\"|\"(?:\\\\.|[^\"\\\\\n])*\"|'(?:\\\\.|[^'\\\\\n])*')"
              + "|\\b(?<keyword>abstract|assert|boolean|break|byte|case|catch|char|class|continue"
              + "|default|do|double|else|enum|extends|false|final|finally|float|for|if|implements"
              + "|import|instanceof|int|interface|long|new|null|package|permits|private|protected"
              + "|public|record|return|sealed|short|static|super|switch|synchronized|this|throw"
              + "|throws|true|try|var|void|volatile|while|yield)\\b"
              + "|(?<escaped>[&<>])",
          Pattern.DOTALL);

  private Highlight() {}

  /** {@return code as HTML} */
  static String html(String code, String language) {
    return language.equals("java")
        ? PARTS.matcher(code).replaceAll(Highlight::part)
        : Html.escape(code);
  }

  private static String part(MatchResult part) {
    String html = Html.escape(part.group());
    String kind = part.group("comment") != null ? "c" : part.group("text") != null ? "t" : "k";
    // A mark is of one line, so that a page of a source can be cut into its lines.
    String marked =
        part.group("escaped") != null
            ? html
            : "<span class=\"%s\">%s</span>"
                .formatted(
                    kind, html.replace("\n", "</span>\n<span class=\"%s\">".formatted(kind)));
    return java.util.regex.Matcher.quoteReplacement(marked);
  }
}

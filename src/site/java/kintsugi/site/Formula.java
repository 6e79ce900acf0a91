package kintsugi.site;

import java.util.Set;
import org.commonmark.node.CustomNode;
import org.commonmark.parser.beta.InlineContentParser;
import org.commonmark.parser.beta.InlineContentParserFactory;
import org.commonmark.parser.beta.InlineParserState;
import org.commonmark.parser.beta.ParsedInline;
import org.commonmark.parser.beta.Position;
import org.commonmark.parser.beta.Scanner;

/** A formula of a document, between single or double dollars as on a forge. */
final class Formula extends CustomNode {
  private final String tex;
  private final boolean display;

  private Formula(String tex, boolean display) {
    this.tex = tex;
    this.display = display;
  }

  String tex() {
    return tex;
  }

  /** Whether it stands on a line of its own. */
  boolean display() {
    return display;
  }

  /** Reads formulas where Markdown reads emphasis and links. */
  static final class Reader implements InlineContentParserFactory {
    @Override
    public Set<Character> getTriggerCharacters() {
      return Set.of('$');
    }

    @Override
    public InlineContentParser create() {
      return Reader::read;
    }

    private static ParsedInline read(InlineParserState state) {
      Scanner scanner = state.scanner();
      int dollars = scanner.matchMultiple('$');
      Position from = scanner.position();
      if (dollars > 2 || scanner.find('$') <= 0) {
        return ParsedInline.none();
      }
      String tex = scanner.getSource(from, scanner.position()).getContent();
      boolean outside = Character.isWhitespace(tex.charAt(0)) || tex.endsWith(" ");
      if (scanner.matchMultiple('$') != dollars || outside && dollars == 1) {
        return ParsedInline.none();
      }
      return ParsedInline.of(new Formula(tex.strip(), dollars == 2), scanner.position());
    }
  }
}

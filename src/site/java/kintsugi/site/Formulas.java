package kintsugi.site;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import org.mozilla.javascript.Context;
import org.mozilla.javascript.Function;
import org.mozilla.javascript.JavaScriptException;
import org.mozilla.javascript.Scriptable;
import org.mozilla.javascript.ScriptableObject;

/**
 * Formulas in TeX as MathML: KaTeX, run by Rhino while the site is built, so that a page needs
 * neither a script nor a font to show them. Of one thread.
 */
final class Formulas implements AutoCloseable {
  private final Context context = Context.enter();
  private final Scriptable scope;
  private final Scriptable katex;
  private final Function render;

  Formulas() {
    // KaTeX runs a second, and compiling it would take longer.
    context.setInterpretedMode(true);
    context.setLanguageVersion(Context.VERSION_ES6);
    scope = context.initStandardObjects();
    ScriptableObject.putProperty(scope, "self", scope);
    context.evaluateString(scope, library(), "katex.min.js", 1, null);
    katex = (Scriptable) ScriptableObject.getProperty(scope, "katex");
    render = (Function) ScriptableObject.getProperty(katex, "renderToString");
  }

  /**
   * {@return a formula as MathML}
   *
   * @param display whether it stands on a line of its own
   * @throws IllegalArgumentException if it is not TeX that KaTeX reads
   */
  String mathml(String tex, boolean display) {
    Scriptable options = context.newObject(scope);
    ScriptableObject.putProperty(options, "output", "mathml");
    ScriptableObject.putProperty(options, "displayMode", display);
    ScriptableObject.putProperty(options, "strict", "error");
    try {
      return Context.toString(render.call(context, scope, katex, new Object[] {tex, options}));
    } catch (JavaScriptException e) {
      throw new IllegalArgumentException("$" + tex + "$: " + e.details(), e);
    }
  }

  private static String library() {
    try (InputStream in = Formulas.class.getResourceAsStream("katex.min.js")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new IllegalStateException("katex.min.js cannot be read", e);
    }
  }

  @Override
  public void close() {
    context.close();
  }
}

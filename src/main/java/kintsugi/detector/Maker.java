package kintsugi.detector;

import kintsugi.Version;

/**
 * The program that computed a model's numbers. What does not decide them, such as the JVM, the
 * processor and the number of threads, is not in it, so that a model file is the same to the byte
 * wherever the same images lead to the same numbers.
 *
 * @param kintsugi the version
 * @param arithmetic of the engine ({@link kintsugi.engine.Engine#arithmetic})
 */
public record Maker(String kintsugi, String arithmetic) {
  /** This program, with the engine of a session. */
  static Maker of(Session session) {
    return new Maker(Version.number(), session.engine().arithmetic());
  }
}

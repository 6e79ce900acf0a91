package kintsugi.audit;

import java.util.function.Supplier;

/**
 * A difference, and what is expected of its diagnosis.
 *
 * @param name of the difference
 * @param stage that has to be named first
 * @param cause that has to be among the words of the likeliest one
 * @param b the second implementation, which has it
 */
record Planted(String name, String stage, String cause, Supplier<Subject> b) {
  @Override
  public String toString() {
    return name;
  }
}

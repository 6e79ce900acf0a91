package kintsugi.report;

/** The machine that a program ran on, as reports name it. */
final class Host {
  private Host() {}

  /** The runtime's version and maker. */
  static String java() {
    return System.getProperty("java.vm.version") + ", " + System.getProperty("java.vendor");
  }

  /** The operating system and its processors' architecture. */
  static String system() {
    return System.getProperty("os.name") + " " + System.getProperty("os.arch");
  }
}

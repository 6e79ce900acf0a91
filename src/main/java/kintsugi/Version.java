package kintsugi;

import java.io.IOException;
import java.io.InputStream;
import java.lang.module.ModuleDescriptor;
import java.net.URI;
import java.security.CodeSource;
import java.util.Optional;

/** The version of Kintsugi. */
public final class Version {
  private Version() {}

  /** {@return the version that the module knows} */
  public static String number() {
    return Optional.ofNullable(Version.class.getModule().getDescriptor())
        .or(() -> nextToTheClasses(Version.class.getProtectionDomain().getCodeSource()))
        .flatMap(ModuleDescriptor::rawVersion)
        .orElse("(no version)");
  }

  /**
   * The module's descriptor where the classes are on the class path, and so in no module; empty
   * where it cannot be read, or in a jar of several libraries is another one's.
   */
  static Optional<ModuleDescriptor> nextToTheClasses(CodeSource source) {
    if (source == null || source.getLocation() == null) {
      return Optional.empty();
    }
    String place = source.getLocation().toString();
    String folder = place.endsWith("/") ? place : "jar:" + place + "!/";
    try (InputStream in = URI.create(folder + "module-info.class").toURL().openStream()) {
      return Optional.of(ModuleDescriptor.read(in))
          .filter(module -> module.name().equals("kintsugi"));
    } catch (IOException | RuntimeException e) {
      return Optional.empty();
    }
  }
}

package kintsugi;

import java.io.IOException;
import java.io.InputStream;
import java.lang.module.ModuleDescriptor;
import java.net.URI;
import java.util.Optional;

/** The version of Kintsugi. */
public final class Version {
  private Version() {}

  /** {@return the version that the module knows} */
  public static String number() {
    return Optional.ofNullable(Version.class.getModule().getDescriptor())
        .or(Version::nextToTheClasses)
        .flatMap(ModuleDescriptor::rawVersion)
        .orElse("(no version)");
  }

  /** The module's descriptor where the classes are on the class path, and so in no module. */
  private static Optional<ModuleDescriptor> nextToTheClasses() {
    String place = Version.class.getProtectionDomain().getCodeSource().getLocation().toString();
    String folder = place.endsWith("/") ? place : "jar:" + place + "!/";
    try (InputStream in = URI.create(folder + "module-info.class").toURL().openStream()) {
      return Optional.of(ModuleDescriptor.read(in));
    } catch (IOException e) {
      return Optional.empty();
    }
  }
}

package kintsugi;

import java.lang.module.ModuleDescriptor;
import java.util.Optional;

/** Which Kintsugi this is. */
public final class Version {
  private Version() {}

  /** {@return the number, which a module knows; started from the class path there is none} */
  public static String number() {
    return Optional.ofNullable(Version.class.getModule().getDescriptor())
        .flatMap(ModuleDescriptor::rawVersion)
        .orElse("(no version: not started as a module)");
  }
}

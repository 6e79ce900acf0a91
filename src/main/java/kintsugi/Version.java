package kintsugi;

import java.lang.module.ModuleDescriptor;
import java.util.Optional;

/** The version of Kintsugi. */
public final class Version {
  private Version() {}

  /** {@return the version that the module knows; on the class path there is none} */
  public static String number() {
    return Optional.ofNullable(Version.class.getModule().getDescriptor())
        .flatMap(ModuleDescriptor::rawVersion)
        .orElse("(no version: not started as a module)");
  }
}

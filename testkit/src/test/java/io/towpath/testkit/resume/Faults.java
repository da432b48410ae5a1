package io.towpath.testkit.resume;

import java.util.Set;

/**
 * The faults that are planted in one run; none in earnest.
 *
 * @param planted the faults
 */
record Faults(Set<Fault> planted) {
  static final Faults NONE = new Faults(Set.of());

  static Faults of(Fault fault) {
    return new Faults(Set.of(fault));
  }

  boolean has(Fault fault) {
    return planted.contains(fault);
  }
}

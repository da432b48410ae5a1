/** Whole-server measurements, and the server that outside load generators are pointed at. */
@NullMarked
package io.towpath.benchmarks;

import org.jspecify.annotations.NullMarked;

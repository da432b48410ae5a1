/**
 * What tests of Towpath, and of programs that use it, stand on: time moved by hand, links in
 * memory, recorders of what was called, and the contracts that implementations must pass. Nothing
 * here sleeps, and nothing reads a clock.
 */
@NullMarked
package io.towpath.testkit;

import org.jspecify.annotations.NullMarked;

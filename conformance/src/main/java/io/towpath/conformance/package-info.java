/** Servers that outside conformance suites are run against, and their runners. */
@NullMarked
package io.towpath.conformance;

import org.jspecify.annotations.NullMarked;

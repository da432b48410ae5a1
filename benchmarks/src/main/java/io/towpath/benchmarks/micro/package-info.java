/**
 * JMH benchmarks of the codecs and of a session's way in and out, without network or clock: {@code
 * java -jar benchmarks.jar jmh}.
 */
@NullMarked
package io.towpath.benchmarks.micro;

import org.jspecify.annotations.NullMarked;

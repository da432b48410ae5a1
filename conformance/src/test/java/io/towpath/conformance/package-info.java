/**
 * Runs the scripts of {@code conformance/node} as tests of the build: the official client against
 * our server, our client against ours and the official one, and the chat in a real browser.
 */
@NullMarked
package io.towpath.conformance;

import org.jspecify.annotations.NullMarked;

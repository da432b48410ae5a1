package io.towpath.engine;

import org.jspecify.annotations.Nullable;

/**
 * One step in the life of a session: which transport carries it from then on, and why. Immutable;
 * any thread.
 *
 * @param transport the transport, or null if none carries the session from then on
 * @param reason a code of lowercase letters and hyphens: {@code open}, {@code upgrade}, {@code
 *     attach} or what the client gave as its reason, {@code revived}; without a transport {@code
 *     lost}, {@code ping-timeout}
 * @param millis milliseconds since the session was opened
 */
public record TransportChange(@Nullable TransportName transport, String reason, long millis) {}

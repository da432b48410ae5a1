package io.towpath.engine;

import org.jspecify.annotations.Nullable;

/**
 * How often one kind of change has happened to the sessions of a server: a counter for a dashboard,
 * labelled as {@link TransportChange} is. Immutable; any thread.
 *
 * @param transport the transport that carried the sessions from then on, or null if none did
 * @param reason the code, as in {@link TransportChange#reason}; {@code other} for those of clients
 *     beyond the first 64 different ones
 * @param count how often since the server started; it never falls
 */
public record TransportCount(@Nullable TransportName transport, String reason, long count) {}

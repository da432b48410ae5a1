/**
 * Engine.IO v4: packets, sessions, heartbeat, upgrade, and the {@link io.towpath.engine.Transport}
 * that carries them. Knows no HTTP server, no frame and no event.
 *
 * <p>The way in: {@link io.towpath.engine.EnginePacketCodec} makes a packet, a {@link
 * io.towpath.engine.Transport} delivers it, {@link io.towpath.engine.EngineSession} acts on it or
 * hands it to its listener. The way out: {@link io.towpath.engine.MessageBatch} is queued by the
 * session, whose one pump hands it to the current transport. {@link
 * io.towpath.engine.EngineSessions} finds a session by its id; {@link
 * io.towpath.engine.RequestCheck} says what a request is allowed to do.
 */
package io.towpath.engine;

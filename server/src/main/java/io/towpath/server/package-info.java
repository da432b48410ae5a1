/**
 * Towpath on Undertow: {@link io.towpath.server.TowpathServer} for a server of its own, {@link
 * io.towpath.server.TowpathHandler} for one that the application has already, {@link
 * io.towpath.server.Towpath} for what both can do. The only place that knows Undertow and XNIO.
 *
 * <p>A request comes to {@link io.towpath.server.EngineEndpoint}, which leads it through its
 * checks. {@link io.towpath.server.Polls} hands it to its session as a {@link
 * io.towpath.longpoll.PollExchange}, or {@link io.towpath.server.Upgrades} turns its connection
 * into a {@link io.towpath.websocket.ByteLink}.
 */
@NullMarked
package io.towpath.server;

import org.jspecify.annotations.NullMarked;

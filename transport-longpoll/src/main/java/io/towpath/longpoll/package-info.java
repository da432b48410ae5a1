/**
 * The HTTP long-polling transport of Engine.IO v4. An HTTP server brings each request of a session
 * as a {@link io.towpath.longpoll.PollExchange} to the session's {@link
 * io.towpath.longpoll.PollingTransport}, which parks a GET until there is something to say and
 * takes the packets out of a POST with the {@link io.towpath.longpoll.PayloadCodec}.
 */
package io.towpath.longpoll;

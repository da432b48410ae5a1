/**
 * The WebSocket transport. A request is judged by {@link io.towpath.websocket.WebSocketUpgrade};
 * its connection then becomes a {@link io.towpath.websocket.ByteLink}, and the way of a message is:
 *
 * <pre>
 * in   ByteLink -&gt; WebSocketReceiver (FrameDecoder -&gt; MessageAssembler) -&gt; WebSocketTransport
 * out  WebSocketTransport -&gt; WebSocketConnection -&gt; FrameWriter -&gt; FrameEncoder -&gt; ByteLink
 * </pre>
 *
 * <p>The codecs do no I/O and own no clock. They serve both roles, so the testkit's client is the
 * same code. A rule that the peer breaks is a {@link io.towpath.websocket.ProtocolViolation},
 * thrown where it is seen and turned into a Close frame in one place, the connection.
 */
package io.towpath.websocket;

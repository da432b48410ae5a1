package io.towpath.conformance;

/**
 * A server that the scripts talk to: with default options, and once more with a ping interval of
 * 300 ms and a ping timeout of 400 ms. {@link InteropServer} is ours, {@link ReferenceServer} the
 * official one.
 *
 * <p>The control port answers {@code /reason?id=} with the reason that a socket left for, as soon
 * as there is one, and on {@code /restart} stops the first server and starts it again on its port.
 */
interface PeerServer extends AutoCloseable {
  int port();

  int impatientPort();

  int controlPort();

  @Override
  void close();
}

package io.towpath.benchmarks;

/** A Socket.IO client on one of the transports. Confined to the loop's thread. */
interface Session {
  /** What a load hears of its sessions. */
  interface Listener {
    /** The namespace has been joined. */
    void onConnected(Session session);

    /** A Socket.IO packet has arrived, without the Engine.IO type before it. */
    void onPacket(Session session, byte[] bytes, int start, int end);

    /** The server has ended the session, or has answered the end that we asked for. */
    void onEnd(Session session);
  }

  /** Queues a Socket.IO packet; it leaves at the end of the turn. */
  void send(byte[] packet, int length);

  /** Writes what was queued outside a turn. */
  void flush();

  /** Asks for an orderly end; {@link Listener#onEnd} follows. */
  void end();
}

package io.towpath.engine;

import java.nio.charset.StandardCharsets;

/**
 * One Engine.IO v4 packet as a value.
 *
 * <p>Arrays inside packets are handed over, never copied: who creates a packet gives its bytes away
 * and nobody changes them later. Source: Engine.IO protocol, revision 4.
 */
public sealed interface EnginePacket extends Outgoing {

  /**
   * Packet {@code 0}: the server's handshake, the first packet of a session.
   *
   * @param json the handshake as JSON text
   */
  record Open(String json) implements EnginePacket {}

  /** Packet {@code 1}: the sender ends the session. */
  record Close() implements EnginePacket {}

  /**
   * Packet {@code 2}: heartbeat question, or the probe of an upgrade.
   *
   * @param data what follows the type digit; empty for a heartbeat
   */
  record Ping(String data) implements EnginePacket {}

  /**
   * Packet {@code 3}: heartbeat answer.
   *
   * @param data what follows the type digit; repeats the data of the ping
   */
  record Pong(String data) implements EnginePacket {}

  /**
   * Packet {@code 4}: a text message, kept as the UTF-8 bytes that came off the wire.
   *
   * @param bytes the array that holds the message; the receiver may keep it
   * @param offset where the message starts, after the type digit
   * @param length the number of bytes of the message; 0 is an empty message
   */
  record Text(byte[] bytes, int offset, int length) implements EnginePacket {
    /** Creates a message from characters. */
    public static Text of(String text) {
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      return new Text(bytes, 0, bytes.length);
    }

    /** Returns the message as a string. */
    public String string() {
      return new String(bytes, offset, length, StandardCharsets.UTF_8);
    }
  }

  /**
   * A binary message: a binary frame on WebSocket, {@code b} and base64 on polling.
   *
   * @param bytes the message; the receiver may keep it
   */
  record Binary(byte[] bytes) implements EnginePacket {}

  /**
   * Packet {@code 5}: the client completes the upgrade to the transport that carries this packet.
   */
  record Upgrade() implements EnginePacket {}

  /** Packet {@code 6}: says nothing; completes a parked poll. */
  record Noop() implements EnginePacket {}

  /**
   * Packet {@code 7}, in resumable sessions only: everything up to a message has arrived.
   *
   * @param number the number of that message; 0 if none has arrived
   */
  record Received(long number) implements EnginePacket {}

  /**
   * Packet {@code 8}, in resumable sessions only: says which message comes next here.
   *
   * @param number the number of that message, from 1
   */
  record Next(long number) implements EnginePacket {}

  /** The packet {@code 1}. */
  Close CLOSE = new Close();

  /** The heartbeat ping, {@code 2} without data. */
  Ping PING = new Ping("");

  /** The heartbeat pong, {@code 3} without data. */
  Pong PONG = new Pong("");

  /** The packet {@code 5}. */
  Upgrade UPGRADE = new Upgrade();

  /** The packet {@code 6}. */
  Noop NOOP = new Noop();
}

package io.towpath.websocket;

import java.time.Duration;

/**
 * Bounds of one connection. Immutable; any thread.
 *
 * @param maxMessageBytes longest message taken, after all its fragments; 1,000,000 by default,
 *     which is Engine.IO's {@code maxPayload}; at most 1 GiB. One byte more closes with 1009.
 * @param maxFrameBytes longest payload of one frame taken; by default the message limit. One byte
 *     more closes with 1009, before anything is reserved.
 * @param maxFragments most frames of one message; 1,024 by default. One more closes with 1008.
 * @param assemblyTimeout longest time from the first bytes of a message to its last; 30 seconds by
 *     default. After it the connection closes with 1008.
 * @param closeTimeout longest time that a closing handshake, and the end of the TCP connection
 *     after it, may take; 5 seconds by default. After it the connection is aborted.
 * @param writeTimeout longest time in which the network takes nothing although bytes wait; 30
 *     seconds by default. After it the connection is aborted.
 * @param maxPendingControlFrames most pings and pongs that wait to be written; 16 by default. When
 *     one more comes, the oldest is dropped: RFC 6455 section 5.5.3 asks for an answer to the most
 *     recent ping only.
 * @param deflate how messages are compressed when both ends have agreed to it; what was agreed on
 *     decides over {@link DeflateOptions#contextTakeover}
 */
public record WebSocketOptions(
    int maxMessageBytes,
    int maxFrameBytes,
    int maxFragments,
    Duration assemblyTimeout,
    Duration closeTimeout,
    Duration writeTimeout,
    int maxPendingControlFrames,
    DeflateOptions deflate) {

  /** The longest message that may be allowed: 1 GiB. */
  public static final int MAX_MESSAGE_BYTES = 1 << 30;

  /** The defaults. */
  public static final WebSocketOptions DEFAULTS = builder().build();

  /**
   * Checks the bounds.
   *
   * @throws IllegalArgumentException if a limit is below 1 (a frame: 125, what a control frame may
   *     hold) or above its own, or a time is not positive
   */
  public WebSocketOptions {
    atLeast("maxMessageBytes", maxMessageBytes, 1);
    if (maxMessageBytes > MAX_MESSAGE_BYTES) {
      throw new IllegalArgumentException("maxMessageBytes must be at most 1 GiB");
    }
    atLeast("maxFrameBytes", maxFrameBytes, 125);
    atLeast("maxFragments", maxFragments, 1);
    atLeast("maxPendingControlFrames", maxPendingControlFrames, 1);
    positive("assemblyTimeout", assemblyTimeout);
    positive("closeTimeout", closeTimeout);
    positive("writeTimeout", writeTimeout);
  }

  /** Returns a builder that starts with the defaults. */
  public static Builder builder() {
    return new Builder();
  }

  private static void atLeast(String name, int value, int least) {
    if (value < least) {
      throw new IllegalArgumentException(name + " must be at least " + least + ": " + value);
    }
  }

  private static void positive(String name, Duration value) {
    if (value.isNegative() || value.toMillis() == 0) {
      throw new IllegalArgumentException(name + " must be at least a millisecond: " + value);
    }
  }

  /** Collects options; confined to one thread. */
  public static final class Builder {
    private int maxMessageBytes = 1_000_000;

    /** 0 until set: as long as a message. */
    private int maxFrameBytes;

    private int maxFragments = 1024;
    private Duration assemblyTimeout = Duration.ofSeconds(30);
    private Duration closeTimeout = Duration.ofSeconds(5);
    private Duration writeTimeout = Duration.ofSeconds(30);
    private int maxPendingControlFrames = 16;
    private DeflateOptions deflate = DeflateOptions.DEFAULTS;

    private Builder() {}

    /** Sets {@link WebSocketOptions#maxMessageBytes}. */
    public Builder maxMessageBytes(int bytes) {
      maxMessageBytes = bytes;
      return this;
    }

    /** Sets {@link WebSocketOptions#maxFrameBytes}. */
    public Builder maxFrameBytes(int bytes) {
      atLeast("maxFrameBytes", bytes, 125);
      maxFrameBytes = bytes;
      return this;
    }

    /** Sets {@link WebSocketOptions#maxFragments}. */
    public Builder maxFragments(int frames) {
      maxFragments = frames;
      return this;
    }

    /** Sets {@link WebSocketOptions#assemblyTimeout}. */
    public Builder assemblyTimeout(Duration timeout) {
      assemblyTimeout = timeout;
      return this;
    }

    /** Sets {@link WebSocketOptions#closeTimeout}. */
    public Builder closeTimeout(Duration timeout) {
      closeTimeout = timeout;
      return this;
    }

    /** Sets {@link WebSocketOptions#writeTimeout}. */
    public Builder writeTimeout(Duration timeout) {
      writeTimeout = timeout;
      return this;
    }

    /** Sets {@link WebSocketOptions#maxPendingControlFrames}. */
    public Builder maxPendingControlFrames(int frames) {
      maxPendingControlFrames = frames;
      return this;
    }

    /** Sets {@link WebSocketOptions#deflate}. */
    public Builder deflate(DeflateOptions options) {
      deflate = options;
      return this;
    }

    /**
     * Returns the options.
     *
     * @throws IllegalArgumentException if one of them makes no sense
     */
    public WebSocketOptions build() {
      return new WebSocketOptions(
          maxMessageBytes,
          maxFrameBytes == 0 ? Math.max(125, maxMessageBytes) : maxFrameBytes,
          maxFragments,
          assemblyTimeout,
          closeTimeout,
          writeTimeout,
          maxPendingControlFrames,
          deflate);
    }
  }
}

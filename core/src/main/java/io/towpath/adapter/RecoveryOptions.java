package io.towpath.adapter;

import java.time.Duration;

/**
 * Options of connection state recovery: how long, and how much, is kept for clients that come back.
 * What is kept is bounded for each namespace. Immutable; any thread.
 */
public final class RecoveryOptions {
  private final long maxDisconnectionMillis;
  private final boolean skipMiddlewares;
  private final int maxSessions;
  private final int maxPackets;
  private final long maxPacketBytes;

  private RecoveryOptions(Builder builder) {
    maxDisconnectionMillis = builder.maxDisconnectionMillis;
    skipMiddlewares = builder.skipMiddlewares;
    maxSessions = builder.maxSessions;
    maxPackets = builder.maxPackets;
    maxPacketBytes = builder.maxPacketBytes;
  }

  /** Returns a builder with the defaults. */
  public static Builder builder() {
    return new Builder();
  }

  /** Returns milliseconds within which a client may come back. */
  public long maxDisconnectionMillis() {
    return maxDisconnectionMillis;
  }

  /** Returns whether a client that comes back passes no middlewares. */
  public boolean skipMiddlewares() {
    return skipMiddlewares;
  }

  /** Returns how many lost sockets of a namespace are kept. */
  public int maxSessions() {
    return maxSessions;
  }

  /** Returns how many events of a namespace are known. */
  public int maxPackets() {
    return maxPackets;
  }

  /** Returns how many bytes of events of a namespace are kept. */
  public long maxPacketBytes() {
    return maxPacketBytes;
  }

  /** Collects options; {@link #build} checks them. Not thread safe. */
  public static final class Builder {
    private long maxDisconnectionMillis = 120_000;
    private boolean skipMiddlewares = true;
    private int maxSessions = 10_000;
    private int maxPackets = 10_000;
    private long maxPacketBytes = 16L << 20;

    private Builder() {}

    /** Sets how long a client may be away; default 2 minutes, as the reference. */
    public Builder maxDisconnectionDuration(Duration duration) {
      maxDisconnectionMillis = positive("maxDisconnectionDuration", duration.toMillis());
      return this;
    }

    /**
     * Sets whether a client that comes back passes no middlewares; default true, as the reference.
     * Set it to false if what a client may do can change while it is away.
     */
    public Builder skipMiddlewares(boolean skip) {
      skipMiddlewares = skip;
      return this;
    }

    /**
     * Sets how many lost sockets of a namespace are kept; past it the one that was lost first
     * cannot come back. Default 10,000.
     */
    public Builder maxSessions(int sessions) {
      maxSessions = (int) positive("maxSessions", sessions);
      return this;
    }

    /**
     * Sets how many events of a namespace are known; past it who has received nothing since the
     * oldest cannot come back. Default 10,000.
     */
    public Builder maxPackets(int packets) {
      maxPackets = (int) positive("maxPackets", packets);
      return this;
    }

    /**
     * Sets how many bytes of events of a namespace are kept; past it who has missed the oldest
     * cannot come back. Default 16 MiB.
     */
    public Builder maxPacketBytes(long bytes) {
      maxPacketBytes = positive("maxPacketBytes", bytes);
      return this;
    }

    /** Returns the options. */
    public RecoveryOptions build() {
      return new RecoveryOptions(this);
    }

    private static long positive(String option, long value) {
      if (value <= 0) {
        throw new IllegalArgumentException(option + " must be more than zero");
      }
      return value;
    }
  }
}

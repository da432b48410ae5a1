package io.towpath.benchmarks;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A Socket.IO session over long-polling: one connection for the GET that is always parked, one for
 * POSTs, of which one is on its way at a time; what is sent meanwhile leaves in the next. A
 * connection that the server closes after an answer is opened anew.
 */
final class PollingSession implements Session {
  private static final byte SEPARATOR = 0x1e;

  private final LoadLoop loop;
  private final Listener listener;
  private final Requests polls = new Requests(true);
  private final Requests posts = new Requests(false);
  private final ByteArrayOutputStream payload = new ByteArrayOutputStream();
  private String path = "/socket.io/?EIO=4&transport=polling";
  private byte[] pollRequest;
  private boolean connected;

  /** Whether the packet that ends the session is on its way; its answer is the end. */
  private boolean ending;

  private boolean ended;

  PollingSession(LoadLoop loop, Listener listener) {
    this.loop = loop;
    this.listener = listener;
    pollRequest = pollRequest();
    polls.send(pollRequest);
  }

  private byte[] pollRequest() {
    return ("GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1:" + loop.server().getPort() + "\r\n\r\n")
        .getBytes(StandardCharsets.US_ASCII);
  }

  @Override
  public void send(byte[] packet, int length) {
    add((byte) '4', packet, length);
  }

  private void add(byte type, byte[] packet, int length) {
    if (payload.size() > 0) {
      payload.write(SEPARATOR);
    }
    payload.write(type);
    payload.write(packet, 0, length);
  }

  @Override
  public void flush() {
    if (posts.underWay != null || payload.size() == 0) {
      return;
    }
    String head =
        "POST "
            + path
            + " HTTP/1.1\r\nHost: 127.0.0.1:"
            + loop.server().getPort()
            + "\r\nContent-Type: text/plain;charset=UTF-8\r\nContent-Length: "
            + payload.size()
            + "\r\n\r\n";
    byte[] start = head.getBytes(StandardCharsets.US_ASCII);
    byte[] request = Arrays.copyOf(start, start.length + payload.size());
    System.arraycopy(payload.toByteArray(), 0, request, start.length, payload.size());
    payload.reset();
    posts.send(request);
  }

  @Override
  public void end() {
    ending = true;
    add((byte) '1', new byte[0], 0);
  }

  private void endNow() {
    if (!ended) {
      ended = true;
      polls.close();
      posts.close();
      listener.onEnd(this);
    }
  }

  private void polled(byte[] bytes, int start, int end) {
    int from = start;
    for (int at = start; at <= end; at++) {
      if (at == end || bytes[at] == SEPARATOR) {
        packet(bytes, from, at);
        from = at + 1;
      }
    }
    polls.send(pollRequest);
    flush();
  }

  private void packet(byte[] bytes, int start, int end) {
    byte type = start < end ? bytes[start] : 0;
    if (type == '4') {
      if (connected) {
        listener.onPacket(this, bytes, start + 1, end);
      } else if (bytes[start + 1] == '0') {
        connected = true;
        listener.onConnected(this);
      } else {
        throw new LoadFailure(
            "the namespace was refused: "
                + new String(bytes, start, Math.min(80, end - start), StandardCharsets.UTF_8));
      }
    } else if (type == '0') {
      String open = new String(bytes, start, end - start, StandardCharsets.US_ASCII);
      int sid = open.indexOf("\"sid\":\"") + 7;
      path += "&sid=" + open.substring(sid, open.indexOf('"', sid));
      pollRequest = pollRequest();
      send(new byte[] {'0'}, 1);
    } else if (type == '2') {
      add((byte) '3', new byte[0], 0);
    } else if (type != '6') {
      throw new LoadFailure("unexpected packet type " + type);
    }
  }

  /** Requests of one method, one after the other. */
  private final class Requests {
    private final boolean forPolls;
    private @Nullable Channel channel;

    /** The request that has not been answered; null while there is none. */
    private byte @Nullable [] underWay;

    Requests(boolean forPolls) {
      this.forPolls = forPolls;
    }

    void send(byte[] request) {
      underWay = request;
      Channel open = channel;
      if (open == null || open.isClosed()) {
        channel = new Channel(this);
      } else if (open.isReady) {
        open.write(request);
        open.flush();
      }
    }

    void close() {
      if (channel != null) {
        channel.close();
      }
    }
  }

  private final class Channel extends LoadConnection {
    private final Requests requests;
    private boolean isReady;
    private boolean hasAnswered;

    Channel(Requests requests) {
      super(loop);
      this.requests = requests;
    }

    @Override
    void connected() {
      isReady = true;
      byte[] request = requests.underWay;
      if (request != null) {
        write(request);
      }
    }

    @Override
    int take(byte[] bytes, int length) {
      int body = HttpResponse.headEnd(bytes, 0, length);
      if (body < 0) {
        return 0;
      }
      int end = body + HttpResponse.contentLength(bytes, 0, body);
      if (end > length) {
        return 0;
      }
      String method = requests.forPolls ? "GET" : "POST";
      if (end < length || requests.underWay == null) {
        throw new LoadFailure("an answer to a " + method + " that was not asked for");
      }
      if (ending) {
        if (!requests.forPolls && payload.size() == 0) {
          endNow();
        } else {
          requests.underWay = null;
          PollingSession.this.flush();
        }
        return length;
      }
      int status = HttpResponse.status(bytes, 0);
      if (status != 200) {
        throw new LoadFailure(method + " answered with status " + status);
      }
      hasAnswered = true;
      requests.underWay = null;
      if (requests.forPolls) {
        polled(bytes, body, end);
      } else {
        PollingSession.this.flush();
      }
      return end;
    }

    @Override
    void ended() {
      byte[] request = requests.underWay;
      if (ending) {
        endNow();
      } else if (request != null) {
        if (!hasAnswered) {
          throw new LoadFailure("the server closed a connection instead of answering");
        }
        // It met the end of a connection that was kept alive no longer.
        requests.send(request);
      }
    }
  }
}

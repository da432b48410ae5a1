package io.towpath.benchmarks;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/**
 * A Socket.IO session over long-polling: one connection for the GET that is always parked, one for
 * POSTs, of which one is on its way at a time; what is sent meanwhile leaves in the next.
 */
final class PollingSession implements Session {
  private static final byte SEPARATOR = 0x1e;

  private final LoadLoop loop;
  private final Listener listener;
  private final Channel polls;
  private final Channel posts;
  private final ByteArrayOutputStream payload = new ByteArrayOutputStream();
  private String path = "/socket.io/?EIO=4&transport=polling";
  private byte[] pollRequest;
  private boolean posting;
  private boolean ready;
  private boolean connected;

  PollingSession(LoadLoop loop, Listener listener) {
    this.loop = loop;
    this.listener = listener;
    pollRequest = pollRequest();
    polls = new Channel(true);
    posts = new Channel(false);
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
    if (posting || payload.size() == 0 || !ready) {
      return;
    }
    posting = true;
    String head =
        "POST "
            + path
            + " HTTP/1.1\r\nHost: 127.0.0.1:"
            + loop.server().getPort()
            + "\r\nContent-Type: text/plain;charset=UTF-8\r\nContent-Length: "
            + payload.size()
            + "\r\n\r\n";
    posts.write(head.getBytes(StandardCharsets.US_ASCII));
    posts.write(payload.toByteArray());
    payload.reset();
    posts.flush();
  }

  @Override
  public void end() {
    polls.close();
    posts.close();
    listener.onEnd(this);
  }

  private void poll() {
    polls.write(pollRequest);
  }

  private void polled(byte[] bytes, int start, int end) {
    int from = start;
    for (int at = start; at <= end; at++) {
      if (at == end || bytes[at] == SEPARATOR) {
        packet(bytes, from, at);
        from = at + 1;
      }
    }
    poll();
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
        throw new LoadFailure("the namespace was refused");
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

  /** One of the two connections. */
  private final class Channel extends LoadConnection {
    private final boolean forPolls;

    Channel(boolean forPolls) {
      super(loop);
      this.forPolls = forPolls;
    }

    @Override
    void connected() {
      if (forPolls) {
        poll();
      } else {
        ready = true;
        PollingSession.this.flush();
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
      if (end < length) {
        throw new LoadFailure("a response that was not asked for");
      }
      int status = HttpResponse.status(bytes, 0);
      if (status != 200) {
        throw new LoadFailure((forPolls ? "GET" : "POST") + " answered with status " + status);
      }
      if (forPolls) {
        polled(bytes, body, end);
      } else {
        posting = false;
        PollingSession.this.flush();
      }
      return end;
    }

    @Override
    void ended() {
      throw new LoadFailure("the server closed a polling connection");
    }
  }
}

package io.towpath.server;

import io.towpath.engine.CloseReason;
import io.towpath.engine.Dismissal;
import io.towpath.engine.EnginePacket;
import io.towpath.engine.EngineSession;
import io.towpath.engine.EngineSessions;
import io.towpath.engine.HandshakeRequest;
import io.towpath.engine.RequestCheck;
import io.towpath.engine.Scheduler;
import io.towpath.engine.SessionListener;
import io.towpath.engine.Transport;
import io.towpath.websocket.WebSocketConnection;
import io.towpath.websocket.WebSocketOptions;
import io.towpath.websocket.WebSocketTransport;
import io.towpath.websocket.WebSocketUpgrade;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.xnio.XnioIoThread;

/**
 * Answers requests for a WebSocket that have been let through: with the 101, and then with the new
 * transport in its session's hands, or closed. Called on I/O threads.
 */
final class Upgrades {
  /**
   * How long the first packet waits for a client of revision 3. Some begin to listen for messages
   * only when they have heard of the opening, and miss one that arrives in one piece with the 101;
   * on a busy machine a client reads what has come within some milliseconds in one piece.
   */
  private static final long OLD_CLIENT_MILLIS = 25;

  private final EngineSessions sessions;
  private final Function<EngineSession, SessionListener> listeners;
  private final Scheduler scheduler;
  private final WebSocketOptions options;
  private final Refusals refusals;
  private final WebSocketUpgrade handshake;

  /** The connections that are open; each leaves it by itself. Any thread. */
  private final WebSocketLinks links = new WebSocketLinks();

  Upgrades(
      EngineSessions sessions,
      Function<EngineSession, SessionListener> listeners,
      Scheduler scheduler,
      HttpOptions http,
      WebSocketOptions options,
      boolean perMessageDeflate,
      Refusals refusals) {
    this.sessions = sessions;
    this.listeners = listeners;
    this.scheduler = scheduler;
    this.options = options;
    this.refusals = refusals;
    // The Origin of every kind of request is checked before the upgrade is looked at.
    this.handshake =
        new WebSocketUpgrade(
            request -> true,
            WebSocketUpgrade.Subprotocols.FIRST_OFFERED,
            new AnswerHeaders(http)::ofUpgrade,
            perMessageDeflate ? options.deflate() : null);
  }

  /** Opens a session over WebSocket. */
  void open(EngineRequest request, String id) {
    if (sessions.isFull()) {
      refusals.refuse(request, Refusals.FULL);
      return;
    }
    upgrade(
        request,
        sessions.options().isResumable(request.request()),
        transport -> {
          if (sessions.open(id, request.request(), transport, listeners) == null) {
            // Others have taken the last place since the request was let through.
            refusals.tellFull(request);
            transport.start(Unheard.INSTANCE);
            transport.close();
          }
        });
  }

  /** Offers a classic session, which is on polling, the WebSocket that the request asks for. */
  void offer(EngineRequest request, EngineSession session) {
    upgrade(request, false, session::offer);
  }

  /** Offers it to a resumable session, which may not want it. */
  void attach(EngineRequest request, RequestCheck.Resumes resumes) {
    upgrade(
        request,
        true,
        transport -> {
          Dismissal refusal = resumes.session().attach(resumes.asked(), transport);
          if (refusal != null) {
            dismiss(transport, refusal);
          }
        });
  }

  /** Completes the handshake of a WebSocket that nobody wants, and says why. */
  void dismiss(EngineRequest request, Dismissal why) {
    upgrade(request, true, transport -> dismiss(transport, why));
  }

  private static void dismiss(Transport transport, Dismissal why) {
    transport.start(Unheard.INSTANCE);
    transport.dismiss(why);
  }

  private void upgrade(EngineRequest request, boolean resumable, Consumer<Transport> then) {
    request.applyHeaders();
    XnioIoThread thread = request.exchange().getIoThread();
    HandshakeRequest asked = request.request();
    WebSocketTransport.Binary binary =
        resumable
            ? WebSocketTransport.Binary.RESUMABLE
            : WebSocketTransport.Binary.of(asked.protocol(), asked.wantsBase64());
    WebSocketEndpoint.upgrade(
        request.exchange(),
        asked,
        handshake,
        links,
        (link, deflate) -> {
          WebSocketConnection connection = link.connection(scheduler, options, deflate);
          WebSocketTransport transport = new WebSocketTransport(connection, binary);
          try {
            if (asked.protocol() == 3) {
              Runnable start = () -> then.accept(transport);
              thread.executeAfter(start, OLD_CLIENT_MILLIS, TimeUnit.MILLISECONDS);
            } else {
              then.accept(transport);
            }
          } finally {
            // The answer itself, if nothing has been said that it could have left with.
            connection.flush();
          }
        });
  }

  /** Returns whether a WebSocket has bytes to write, also one whose session has ended. */
  boolean isWriting() {
    return links.isWriting();
  }

  /** Returns how many WebSocket connections are open, also those whose sessions have ended. */
  int openLinks() {
    return links.size();
  }

  /** Lets go of what the I/O threads were given; what is open stays open. */
  void close() {
    links.close();
  }

  /** Hears out a transport that is closed as soon as it has started. */
  private enum Unheard implements Transport.Events {
    INSTANCE;

    @Override
    public void onPacket(EnginePacket packet) {}

    @Override
    public void onBurstEnd() {}

    @Override
    public void onWritable() {}

    @Override
    public void onClosed(CloseReason reason, @Nullable String description) {}
  }
}
